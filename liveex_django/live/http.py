"""The HTTP render: what ``as_view()`` returns, and the pages that embed a live view."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.template import Context, Template
from django.template.loader import get_template, render_to_string

from .. import conf
from ..exceptions import LogError, NewerSchema, NotAllowed
from ..rendering.regions import REGIONS_KEY
from ..replication.process import close_hub, current_hub, is_serving
from ..replication.threads import run_in_thread
from .mounted import Mounted
from .navigation import Redirected
from .page import Page, new_page_key
from .permissions import LoginNeeded
from .positions import shown_of
from .posted import forged, run_posted
from .request import load_visitor
from .token import JoinToken, pack_kwargs, session_digest, sign, visitor_digest
from .view import LiveView

# Where a request keeps its page key and the number of the next root view.
_PAGE_KEY = "_liveex_page_key"
_NEXT_ROOT = "_liveex_next_root"
# By which Django's cache middleware and cache_page remember whether to keep the response. A page that somebody else has
# seen before would have that visitor's token, and share the instances of scope "page".
_MAY_CACHE = "_cache_update_cache"

# When a page that could not be shown is asked for again (s).
_AGAIN = 5

logger = logging.getLogger("liveex.live")


def page_view(view_class: type[LiveView]) -> Callable[..., Coroutine[Any, Any, HttpResponseBase]]:
    """The async view function for ``urls.py``."""
    methods = ["GET", "HEAD", *(["POST"] if view_class.post_events else [])]

    @transaction.non_atomic_requests  # Django refuses ATOMIC_REQUESTS for async views; nothing here writes
    async def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.method not in methods:
            return HttpResponseNotAllowed(methods)
        is_post = request.method == "POST"
        if is_post and (refusal := await run_in_thread(forged, request, view)) is not None:
            return refusal
        page, view_id = await embedded_page(request)
        status = 200
        try:
            mounted = await page.add_root(view_id, view_class, kwargs)
            if is_post:
                status = await run_posted(page, mounted)
            html = await run_in_thread(_render_page, mounted)
        except LoginNeeded:
            # Not at the top: a project without django.contrib.auth may still load this package's template tags.
            from django.contrib.auth.views import redirect_to_login

            return redirect_to_login(request.get_full_path())
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Redirected as redirected:
            return HttpResponseRedirect(redirected.url, headers={"Cache-Control": "no-store, private"})
        except (LogError, NewerSchema) as error:
            return await run_in_thread(_unavailable, request, view_class, error)
        finally:
            page.close()
            await close_if_transient()
        response = HttpResponse(html, status=status)
        # The page holds a token of its own, and back and forward must not bring back another visitor's state.
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    view.live_view_class = view_class  # type: ignore[attr-defined]
    view.__name__ = view_class.__name__
    view.__doc__ = view_class.__doc__
    return view


async def embedded_page(request: HttpRequest) -> tuple[Page, str]:
    """A page for one more root view of a request, and the id of that view. All roots of a request share a page key."""
    await run_in_thread(load_visitor, request)
    page_key = request.__dict__.setdefault(_PAGE_KEY, None) or new_page_key()
    number = request.__dict__.get(_NEXT_ROOT, 0)
    request.__dict__[_PAGE_KEY] = page_key
    request.__dict__[_NEXT_ROOT] = number + 1
    request.__dict__[_MAY_CACHE] = False
    return Page(current_hub(), request, page_key), str(number)


async def close_if_transient() -> None:
    """End the hub of an event loop that lives for one request only, as under WSGI and in Django's test client."""
    if not is_serving():
        await close_hub()


def sign_root(mounted: Mounted, *, is_routed: bool) -> str:
    """The join token of a root view."""
    page, view_class = mounted.page, type(mounted.view)
    return sign(
        JoinToken(
            view=f"{view_class.__module__}.{view_class.__qualname__}",
            root=mounted.id,
            page_key=page.page_key,
            path=page.request.path_info,
            query=page.request.META.get("QUERY_STRING", ""),
            visitor=visitor_digest(page.request),
            language=page.language or "",
            time_zone=page.time_zone,
            is_routed=is_routed,
            kwargs="" if is_routed else pack_kwargs(mounted.view.kwargs, view_class.__qualname__),
            csrf=page.csrf,
            release=conf.get("RELEASE"),
            shown=shown_of(mounted.all_followed()),
            session=session_digest(page.request),
        )
    )


def _unavailable(request: HttpRequest, view_class: type[LiveView], error: Exception) -> HttpResponse:
    """What a visitor gets while the log cannot be read, or a later release has taken over; it loads itself again."""
    logger.error("%s cannot be shown now: %s", view_class.__name__, error)
    content = render_to_string("liveex_django/unavailable.html", {"seconds": _AGAIN}, request)
    return HttpResponse(content, status=503, headers={"Retry-After": str(_AGAIN), "Cache-Control": "no-store"})


def _render_page(mounted: Mounted) -> str:
    """The whole HTML page around a root view. Runs in a thread: the page's own template may do anything."""
    token = sign_root(mounted, is_routed=True)
    context = mounted.context
    if mounted.regions[0].node is None:
        # A fragment becomes a page by itself, so that a first live view needs no base template.
        template: Template = get_template("liveex_django/page.html").template  # type: ignore[attr-defined]
        context["liveex_content"] = mounted.html(token)
        context["liveex_title"] = mounted.view.page_title or type(mounted.view).__name__
        return _render(template, context, {})
    regions = {
        region.node: mounted.wrap(number, token if number == 0 else "") for number, region in enumerate(mounted.regions)
    }
    return _render(mounted.template, context, regions)


def _render(template: Template, context: Context, regions: Mapping[Any, str]) -> str:
    """``template.render(context)``, with what the live regions of the page have become."""
    context.template = template
    with context.render_context.push_state(template):
        context.render_context[REGIONS_KEY] = regions
        html: str = template._render(context)  # type: ignore[attr-defined]  # what Template.render calls
    return html
