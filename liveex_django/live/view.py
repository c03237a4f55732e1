"""
``LiveView``: what a project subclasses. It has a life cycle, handlers and assigns; it does no I/O of its own.

In order of time, at the HTTP render and again at every join: ``has_permission``, ``get_store_key`` and
``can_subscribe`` for each store, ``mount``, ``handle_params``, render. Then, while the page is open, for each commit
``handle_mutation`` (or ``handle_resync``) and render, for each event its handler and render.
"""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

from ..exceptions import InvalidDeclaration, NavigationRefused
from ..store import Entry, FrozenDict, Getters
from ..store.names import shorten
from ..store.parameters import Parameters
from . import messages
from .assigns import Assigns
from .async_work import Handler, Work
from .bindings import StoreRef
from .commands import Commands
from .hooks import default
from .pushes import push, to_json

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase, QueryDict

    from .mounted import Mounted

# Bytes of JSON in one push_event; as much as a browser may send at once, LIVEEX["MAX_FRAME"] left alone.
_MOST_DETAIL = 65_536

Hook = Awaitable[None] | None
Answer = Awaitable[bool] | bool


@dataclass(frozen=True, slots=True)
class EventHandler:
    """
    A method that a browser may call.

    Attributes:
        idempotent: It may be run again when its outcome is unknown.
    """

    name: str
    function: Callable[..., Any]
    parameters: Parameters
    idempotent: bool = False


F = TypeVar("F", bound=Callable[..., Any])


@overload
def event(method: F, /) -> F: ...


@overload
def event(method: None = None, /, *, idempotent: bool = False) -> Callable[[F], F]: ...


def event(method: F | None = None, /, *, idempotent: bool = False) -> F | Callable[[F], F]:
    """
    Put a method of a live view on the closed list of what a browser may call: ``@event``, or ``@event(idempotent=True)``.

    Args:
        idempotent: It may be run again when its outcome is unknown: besides ``self.dispatch``, whose commits count once, it
            does nothing that would do harm twice.

    Raises:
        InvalidDeclaration: ``idempotent`` is neither True nor False.
    """
    if not isinstance(idempotent, bool):
        raise InvalidDeclaration(
            f"An @event has idempotent={shorten(repr(idempotent))}, which is neither True nor False. Choose one."
        )

    def declare(method: F) -> F:
        method.is_liveex_event = True  # type: ignore[attr-defined]
        method.is_idempotent = idempotent  # type: ignore[attr-defined]
        return method

    return declare if method is None else declare(method)


class LiveView:
    """
    A part of a page that updates itself.

    Attributes:
        store: Dotted path of the store module, the module, or the Store that this view shows. A nested view without one
            shows its parent's.
        stores: More stores, by the name they get in the template.
        template_name: Any template of the project.
        login_required, permission_required: Hold for the HTTP render, the join and every event.
        post_events: Names of events that a plain HTTP form may run, so that it works without JavaScript.
    """

    store: ClassVar[StoreRef | None] = None
    stores: ClassVar[Mapping[str, StoreRef]] = {}
    template_name: ClassVar[str | None] = None
    login_required: ClassVar[bool] = False
    permission_required: ClassVar[str | None] = None
    post_events: ClassVar[Collection[str]] = frozenset()

    #: The handlers of this class by event name; made from the methods marked with :func:`event`.
    event_handlers: ClassVar[Mapping[str, EventHandler]] = {}

    request: "HttpRequest"
    user: Any
    session: Any
    kwargs: Mapping[str, Any]
    params: "QueryDict"
    page_key: str
    connected: bool
    #: What :meth:`set_title` was given last, for the ``<title>`` of the first render: ``{{ view.page_title }}``.
    page_title: str = ""
    assigns: Assigns
    _mounted: "Mounted"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        members = {name: getattr_static(cls, name) for name in dir(cls)}
        cls.event_handlers = {
            name: _declare_event(cls, name, member)
            for name, member in members.items()
            if getattr(member, "is_liveex_event", False)
        }

    # What a project may override; each may be ``def`` or ``async def``.

    @default
    def mount(self) -> Hook:
        """Prepare the assigns. Called at the HTTP render and at every join; ``self.connected`` tells which."""
        return None

    @default
    def handle_params(self, params: "QueryDict") -> Hook:
        """Take the URL's query: after ``mount``, and whenever a patch changes it, which every view of the page is told."""
        return None

    @default
    def handle_mutation(self, entry: Entry) -> Hook:
        """Act on a committed mutation of one of this view's stores, once per entry, before the view renders."""
        return None

    @default
    def handle_resync(self, version: int) -> Hook:
        """Act on a state that was loaded afresh, with entries in between that nobody here saw."""
        return None

    @default
    def get_store_key(self) -> Awaitable[str] | str:
        """For stores of scope ``"key"``: which instance this view shows. Computed here, never taken from a browser."""
        raise InvalidDeclaration(
            f"{type(self).__name__} shows a store of scope 'key' but does not say which instance. Add\n"
            "    def get_store_key(self):\n"
            "        return f\"room-{self.kwargs['room']}\""
        )

    @default
    def can_subscribe(self) -> Answer:
        """Whether this visitor may see the instances this view shows."""
        return True

    @default
    def has_permission(self) -> Answer:
        """Whether this visitor may see and use this view, besides ``login_required`` and ``permission_required``."""
        return True

    @default
    def _prepare(self) -> Hook:
        """For the mixins of this package: called after ``handle_params``, before the first render."""
        return None

    # At hand in every hook and handler

    @property
    def state(self) -> FrozenDict[str, Any]:
        """The newest state of the view's store."""
        return self._mounted.main.replica.state

    @property
    def getters(self) -> Getters:
        """The getters over :attr:`state`."""
        return self._mounted.main.replica.getters

    async def adispatch(self, action: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Dispatch an action as this view's user; it need not be public. ``"ui/order"`` is one of the store bound as ``ui``.
        """
        return await self._mounted.dispatch(action, args, kwargs)

    def dispatch(self, action: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As :meth:`adispatch`, from a plain ``def``."""
        return self._mounted.dispatch_from_thread(action, args, kwargs)

    def push_event(self, name: str, detail: Any = None) -> None:
        """
        Tell the page's scripts something: ``handleEvent`` of its hooks, and ``liveex:event:<name>`` on its document. What
        a handler pushes arrives together with what it has changed. It is not kept for a page that is not connected.

        Raises:
            InvalidDetail: ``detail`` is no plain data, or takes more than 64 KiB.
        """
        detail = to_json(detail, f"The detail of push_event({shorten(repr(name))})", most=_MOST_DETAIL)
        push(self._mounted.page, messages.EVENTS, [name, detail])

    def push_commands(self, commands: Commands) -> None:
        """
        Have the page do :data:`JS` commands, which have to name their elements: ``JS.hide("#menu")``. As
        :meth:`push_event` otherwise.
        """
        for command in commands.as_data():
            push(self._mounted.page, messages.COMMANDS, command)

    # Where the page goes, once the hook or handler has returned

    def push_patch(self, to: "str | Mapping[str, Any]", *, replace: bool = False) -> None:
        """
        Give the page another query: every view's ``handle_params`` is called, and the browser's URL changes.

        Args:
            to: ``"?page=2"``, or the parameters; of those None is left out, and a list gives several of a name.
            replace: The browser's history gets no new entry.

        Raises:
            NavigationRefused: In ``mount``; or it is a URL of another page.
            UnsafeRedirect: It is no URL of this site.
        """
        if self._mounted.is_mounting:
            raise NavigationRefused(
                f"{type(self).__name__}.mount() called push_patch(), and a page that is being mounted has no query yet that "
                "could change. Call it in handle_params(), which follows, or redirect() to another URL."
            )
        self._mounted.page.navigation.patch(to, replace=replace)

    def push_navigate(self, to: Any, *args: Any, **kwargs: Any) -> None:
        """
        Lead the page to another live view over the same socket, as a link with ``lx-navigate`` does.

        Args:
            to: As ``django.shortcuts.redirect`` takes it: a URL, the name of one, or an object with ``get_absolute_url``.

        Raises:
            UnsafeRedirect: It is no URL of this site.
        """
        self._mounted.page.navigation.leave(messages.NAVIGATE, to, args, kwargs)

    def redirect(self, to: Any, *args: Any, **kwargs: Any) -> None:
        """As :meth:`push_navigate`, to whatever page of this site: the browser loads it. Over HTTP both are a redirect."""
        self._mounted.page.navigation.leave(messages.REDIRECT, to, args, kwargs)

    def set_title(self, title: str) -> None:
        """Change the title of the page, as tabs and bookmarks show it."""
        self.page_title = str(title)  # perhaps a lazy translation
        self._mounted.page.navigation.set_title(self.page_title)

    # Work that takes a while

    def start_async(self, work: Work, *, name: str = "", on_result: Handler | None = None, keep: bool = False) -> None:
        """
        Start work that the page does not wait for: a coroutine, or a function without arguments; a plain ``def`` runs in a
        thread. Not at the HTTP render.

        Args:
            name: Starting another one of this name cancels it. Without, the name of the function.
            on_result: A method, or its name, that takes the :class:`AsyncResult`; then the view is rendered.
            keep: Let it run to its end when the view goes away. Its result then reaches nobody.

        Raises:
            TooMuchAsyncWork: The page has enough of it.
        """
        self._mounted.work.start(work, name, on_result, keep)

    def assign_async(self, name: str, work: Work, *, keep: bool = False) -> None:
        """As :meth:`start_async`, with an :class:`AsyncResult` as ``self.assigns[name]`` from now on."""
        self._mounted.work.assign(name, work, keep)

    def cancel_async(self, name: str) -> None:
        """Cancel what was started under a name and has not ended. What runs in a thread goes on; its result is dropped."""
        self._mounted.work.cancel(name)

    # Into urls.py and routing

    @classmethod
    def as_view(cls) -> Callable[..., Coroutine[Any, Any, "HttpResponseBase"]]:
        """The view for ``urls.py``: renders the page in full; its script then joins over the websocket."""
        from .http import page_view

        return page_view(cls)

    @classmethod
    def as_asgi(cls) -> Any:
        """A Channels consumer that serves this view alone, for projects that route websockets by hand."""
        from .consumer import LiveViewConsumer

        return LiveViewConsumer.as_asgi(only=cls)


def hears_changes(cls: type[LiveView]) -> bool:
    """Whether a class has a hook of its own that is told of changes."""
    return cls.handle_mutation is not LiveView.handle_mutation or cls.handle_resync is not LiveView.handle_resync


_OWN_NAMES = frozenset(name for name in vars(LiveView) if not name.startswith("__"))


def _declare_event(cls: type[LiveView], name: str, method: Callable[..., Any]) -> EventHandler:
    if name in _OWN_NAMES or name.startswith("_"):
        raise InvalidDeclaration(
            f"{cls.__name__}.{name} is marked with @event, but a browser must not call it: it is private or one of "
            "LiveView's own methods. Give the handler another name."
        )
    parameters = getattr(method, "parameters", None) or Parameters(
        method, skip=1, owner=f"Event {name!r} of {cls.__name__}"
    )
    return EventHandler(name, method, parameters, method.is_idempotent)  # type: ignore[attr-defined]
