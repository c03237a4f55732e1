"""``{% live_view "dotted.path" name=value %}``: a live view inside another, or in an ordinary page."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync
from django.core.exceptions import PermissionDenied, SynchronousOnlyOperation
from django.http import HttpRequest
from django.template import Context, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from ..exceptions import InvalidDeclaration, NavigationRefused, NotAllowed
from ..rendering import Hosted, HostedNode
from .children import Place
from .http import close_if_transient, embedded_page, sign_root
from .mounted import current_host
from .navigation import Redirected
from .view import LiveView

_USAGE = (
    'Write {% live_view "app.views.PartLive" %}, or with arguments {% live_view "app.views.PartLive" room=room.id %}; '
    'in a loop {% live_view "app.views.RowLive" key=row.id %}.'
)


class LiveViewNode(HostedNode):
    """
    Args:
        number: Which ``{% live_view %}`` of its template this is; with the loops around it, it names the place.
        key: What names the view instead, in a loop whose items come, go and move.
    """

    def __init__(
        self,
        path: FilterExpression,
        kwargs: Mapping[str, FilterExpression],
        number: int,
        key: FilterExpression | None = None,
    ) -> None:
        self.path = path
        self.kwargs = kwargs
        self.number = number
        self.key = key

    def host(self, context: Context) -> Hosted:
        view_class = find_view(self.path.resolve(context))
        kwargs = {name: value.resolve(context) for name, value in self.kwargs.items()}
        host = current_host()
        if host is not None:
            return host.children.host(self._place(context), view_class, kwargs)
        return _Embedded(_request_of(context), view_class, kwargs)

    def _place(self, context: Context) -> Place:
        counters = []
        loop = context.get("forloop")
        while loop:
            counters.append(str(loop["counter0"]))
            loop = loop["parentloop"]
        # A variable that is missing is an empty text.
        key = None if self.key is None else self.key.resolve(context)
        template = getattr(getattr(self, "origin", None), "template_name", "")
        return Place(
            number=".".join([str(self.number), *reversed(counters)]),
            tag=f"{template}:{self.number}",
            key="" if self.key is not None and key is None else key,
        )


class _Embedded:
    """A root view in a page that is not live itself: rendered at once, on whatever sync code renders the page."""

    def __init__(self, request: HttpRequest, view_class: type[LiveView], kwargs: Mapping[str, Any]) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self._html = async_to_sync(_render_embedded)(request, view_class, kwargs)
        else:
            raise SynchronousOnlyOperation(
                f"{{% live_view %}} of {view_class.__name__} was rendered on the event loop, where it cannot wait. Render "
                "the page in sync code, or with: await sync_to_async(render)(request, template)."
            )
        self.id = view_class.__qualname__
        self.moves = False

    def html(self) -> SafeString:
        return self._html

    def __str__(self) -> str:
        return self._html


async def _render_embedded(request: HttpRequest, view_class: type[LiveView], kwargs: Mapping[str, Any]) -> SafeString:
    page, view_id = await embedded_page(request)
    try:
        mounted = await page.add_root(view_id, view_class, kwargs)
        return mounted.html(token=sign_root(mounted, is_routed=False))
    except Redirected as redirected:
        raise NavigationRefused(
            f"{view_class.__name__} leads to {redirected.url!r:.200} while the page that embeds it is being rendered, "
            "which is too late. Redirect in the view of that page; or in the live view only when it is self.connected."
        ) from redirected
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    finally:
        page.close()
        await close_if_transient()


def find_view(path: object) -> type[LiveView]:
    """
    The live view at a dotted path.

    Raises:
        InvalidDeclaration: There is none.
    """
    found = path
    if isinstance(path, str):
        try:
            found = import_string(path)
        except ImportError as error:
            raise InvalidDeclaration(
                f"{path!r} is the path of no live view: {error}. Check the spelling. {_USAGE}"
            ) from error
    if isinstance(found, type) and issubclass(found, LiveView):
        return found
    raise InvalidDeclaration(f"{path!r:.100} is not a LiveView. {_USAGE}")


def _request_of(context: Context) -> HttpRequest:
    request = getattr(context, "request", None) or context.get("request")
    if isinstance(request, HttpRequest):
        return request
    raise InvalidDeclaration(
        "{% live_view %} needs the request of its page. Render the template with render(request, ...), or "
        "add 'django.template.context_processors.request' to the engine's context_processors."
    )


def parse_live_view(parser: Parser, token: Token) -> LiveViewNode:
    """Compile the tag."""
    words = token.split_contents()[1:]
    if not words:
        raise TemplateSyntaxError("{% live_view %} does not say which view. " + _USAGE)
    path, rest = parser.compile_filter(words[0]), words[1:]
    kwargs = token_kwargs(rest, parser)
    if rest:
        raise TemplateSyntaxError(f"{{% live_view %}} cannot read {' '.join(rest)!r}. {_USAGE}")
    numbers = parser.__dict__.setdefault("_liveex_numbers", itertools.count())
    key = kwargs.pop("key", None)
    return LiveViewNode(path, kwargs, next(numbers), key)
