"""A live view on a page: its stores, its regions, what the browser has of it, and the views nested in it."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.template import Context, Template
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..exceptions import InvalidDeclaration, NewerSchema
from ..rendering import Region, Rendered, find_regions, full
from ..replication import Change, Committed, HistoryLost, Instance, Outdated, Resynced
from ..replication.dispatch import dispatch
from ..replication.followed import Followed
from ..replication.threads import refuse_on_loop, run_in_thread, wait_for_loop
from . import hooks
from .assigns import Assigns, claim_names
from .async_work import AsyncWork
from .bindings import find_store
from .children import Children
from .eager import in_task
from .permissions import check_permission, check_subscription
from .scopes import check_instance, instance_key
from .sharing import Sharing
from .showing import is_whole
from .template_context import make_context, needs_thread
from .view import LiveView, hears_changes

if TYPE_CHECKING:
    from .page import Page

logger = logging.getLogger("liveex.live")

# The view whose template is being rendered in this thread or task; {% live_view %} asks it for its child.
_host: ContextVar["Mounted | None"] = ContextVar("liveex_host", default=None)

# Changes that wait for a render; with more, the view is told of one resync instead.
_MOST_PENDING = 1000


def current_host() -> "Mounted | None":
    """The live view that is being rendered here."""
    return _host.get()


class Mounted:
    """
    Life of one live view on one page.

    Attributes:
        id: ``"0"`` for a root, ``"0-1"`` nested.
        kwargs: What the view was mounted with.
        context: What an HTTP render was made with; the page around the regions is rendered with the same.
        followed: The instances it shows, by name; its own store is ``""``.
        children: The nested views.
        work: What the view has started and does not wait for.
        is_keyed: It may stand elsewhere in its parent after the next render.
        is_mounting: ``mount`` runs.
        rendered: The newest trees, one per region. ``sent``: those the browser has; None when it has none.
    """

    def __init__(
        self,
        page: "Page",
        view_id: str,
        view_class: type[LiveView],
        kwargs: Mapping[str, Any],
        parent: "Mounted | None" = None,
    ) -> None:
        self.page = page
        self.id = view_id
        self.kwargs = dict(kwargs)
        self.parent = parent
        self.children = Children(self)
        self.work = AsyncWork(self)
        self.is_keyed = False
        self.followed: dict[str, Followed] = {}
        self.rendered: list[Rendered] = []
        self.sent: list[Rendered] | None = None
        self.pending: list[Change] = []
        self.regions: list[Region] = []
        self.is_mounting = False
        self._release: list[Callable[[], None]] = []
        self._hears = hears_changes(view_class)
        self.view = view_class()
        self.view._mounted = self
        self.view.request = page.request
        self.view.user = page.user
        self.view.session = getattr(page.request, "session", None)
        self.view.params = page.request.GET
        self.view.kwargs = kwargs
        self.view.page_key = page.page_key
        self.view.connected = page.connected

    @property
    def main(self) -> Followed:
        """The instance of the view's own store."""
        try:
            return self.followed[""]
        except KeyError:
            raise InvalidDeclaration(
                f"{type(self.view).__name__} has no store, so there is no state to read and no action to dispatch. "
                'Add one: store = "app.store".'
            ) from None

    # Life

    async def start(self) -> None:
        """
        Permissions, stores, ``mount``, ``handle_params``, the regions of the template.

        Raises:
            NotAllowed: This visitor may not see it.
            Redirected: It leads elsewhere.
        """
        self.page.register(self)
        await check_permission(self.view)
        self.template = await run_in_thread(self._load_template)
        await self._follow_stores()
        self._sharing = Sharing(self)
        await check_subscription(self.view)
        self.view.assigns = Assigns(self._claims())
        self.is_mounting = True
        await hooks.call(self.view.mount)
        self.is_mounting = False
        self.page.navigation.check_start()
        await hooks.call(self.view.handle_params, self.view.params)
        self.page.navigation.check_start()
        await hooks.call(self.view._prepare)
        self.regions = await run_in_thread(find_regions, self.template, self.make_context())

    async def check_again(self) -> None:
        """
        Ask while the page is open what was asked when the view started.

        Raises:
            NotAllowed: This visitor may no longer see it.
            InvalidToken: The session that an instance belongs to has ended.
        """
        await check_permission(self.view)
        await check_subscription(self.view)
        for followed in self.followed.values():
            await check_instance(self.view, followed.instance)

    async def _follow_stores(self) -> None:
        # A page of which only the HTML is made hears of nothing.
        hold = self.page.hub.acquire if self.page.connected else self.page.hub.hold
        refs = dict(self.view.stores)
        if self.view.store is not None:
            refs[""] = self.view.store
        elif self.parent is not None and "" in self.parent.followed:
            self._follow("", await hold(self.parent.main.instance))
        for name, ref in refs.items():
            store = find_store(ref)
            key = await instance_key(self.view, store)
            # The HTTP render has made the key of the page.
            is_new = store.scope == "page" and not self.page.connected
            self._follow(name, await hold(Instance(store, key), is_new=is_new))

    def _follow(self, name: str, followed: Followed) -> None:
        self.followed[name] = followed
        self._release.append(lambda: self.page.hub.release(followed))
        if self.page.connected:
            self._release.append(followed.subscribe(lambda change: self._on_change(followed, change)))

    def _claims(self) -> dict[str, str]:
        sources: dict[str, Any] = {"a context processor": self.page.processed.keys() - _BUILT_IN}
        for name, followed in self.followed.items():
            if name:
                sources[f"the store bound as {name!r}"] = [name]
            else:
                sources[f"a key of the state of store {followed.instance.store.name!r}"] = followed.replica.state
                sources[f"a getter of store {followed.instance.store.name!r}"] = followed.instance.store.getters
        return claim_names(sources)

    def _load_template(self) -> Template:
        name = self.view.template_name
        if name is None:
            raise InvalidDeclaration(
                f'{type(self.view).__name__} has no template to render. Add one: template_name = "app/page.html".'
            )
        backend_template = get_template(name)
        template = getattr(backend_template, "template", None)
        if not isinstance(template, Template):
            raise InvalidDeclaration(
                f"{name!r} of {type(self.view).__name__} is not a template of Django's own engine, and only those can be "
                "live. Keep it where a DjangoTemplates engine finds it first."
            )
        self.page.process(template.engine)
        return template

    def close(self) -> None:
        """Give everything back; nested views too."""
        self.children.close()
        self.work.close()
        while self._release:
            self._release.pop()()
        self.page.unregister(self)

    def all_followed(self) -> Iterator[Followed]:
        """The instances that this view and those nested in it show."""
        yield from self.followed.values()
        for child in self.children:
            yield from child.all_followed()

    def _on_change(self, followed: Followed, change: Change) -> None:
        if isinstance(change, Resynced):
            if isinstance(change, Outdated):
                store = followed.instance.store
                self.page.outdated(NewerSchema(store.name, change.schema, store.schema))
                return
            if isinstance(change, HistoryLost):
                self.page.tell_loss(self)
        if self._hears:
            self._note(change)
        self.page.mark_dirty(self)

    def _note(self, change: Change) -> None:
        if len(self.pending) >= _MOST_PENDING:
            version = change.entry.version if isinstance(change, Committed) else change.version
            self.pending = [Resynced(version)]
        else:
            self.pending.append(change)

    async def tell_view(self) -> None:
        """Let the view act on what happened since the last render; its mistakes are logged and do not stop it."""
        if not self.pending:
            return
        await in_task()
        pending, self.pending = self.pending, []
        for change in pending:
            try:
                with self.page.navigation.handling():
                    if isinstance(change, Committed):
                        await hooks.call(self.view.handle_mutation, change.entry)
                    else:
                        await hooks.call(self.view.handle_resync, change.version)
                await self.page.navigation.settle()
            except Exception:  # a project's hook may raise anything; the change itself stands
                logger.exception("%s failed on a change; the view goes on.", type(self.view).__name__)

    # Rendering

    async def render(self) -> None:
        """Render every region anew; nested views that appear are started and rendered, those that are gone end."""
        shared = self._sharing.update()
        self.children.begin()
        if self.page.connected and all(map(is_whole, shared)):
            self.rendered = shared  # type: ignore[assignment]  # whole trees
        else:
            await self._render_own(shared)
        await self.children.settle()

    async def _render_own(self, shared: Sequence[Rendered | None]) -> None:
        """Render what is not shared."""
        if self.page.connected and (kept := self._sharing.keep_own(shared)) is not None:
            self.rendered = kept
            return
        context = self.make_context()
        if not self.page.connected:
            self.context = context
            for region in self.regions:
                region.note_names(context)
        if any(needs_thread(self, reads) for reads in self._sharing.reads):
            await in_task()
            self.rendered = await run_in_thread(self._render_regions, context, shared)
        else:
            self.rendered = self._render_regions(context, shared)

    def _render_regions(self, context: Context, shared: Sequence[Rendered | None]) -> list[Rendered]:
        token = _host.set(self)
        try:
            previous: Sequence[Rendered | None] = self.rendered or [None] * len(self.regions)
            return [
                region.render(context, old, common)
                for region, old, common in zip(self.regions, previous, shared, strict=True)
            ]
        finally:
            _host.reset(token)

    def make_context(self) -> Context:
        """What the template has in scope now."""
        return make_context(self)

    def nest(self, ending: str, view_class: type[LiveView], kwargs: Mapping[str, Any], *, is_keyed: bool) -> "Mounted":
        """A view inside this one that is not started yet; its id ends with ``ending``."""
        nested = Mounted(self.page, f"{self.id}-{ending}", view_class, kwargs, self)
        nested.is_keyed = is_keyed
        return nested

    def html(self, token: str = "") -> SafeString:
        """
        The regions with their wrappers, as a page or a diff of the parent contains them.

        Nothing when a nested view could not be started: its parent goes on without it.
        """
        if not self.rendered:
            return SafeString("")
        return SafeString(
            "".join(self.wrap(number, token if number == 0 else "") for number in range(len(self.regions)))
        )

    def wrap(self, number: int, token: str = "") -> SafeString:
        """One region's marked HTML in its wrapper element; ``token`` only for the first region of a root."""
        region, rendered = self.regions[number], self.rendered[number]
        return format_html(
            '<{}{} lx-view="{}" lx-region="{}"{} lx-digest="{}">{}</{}>',
            SafeString(region.tag),
            format_html(' id="{}"', html_id) if (html_id := region.html_id or self._html_id(number)) else "",
            self.id,
            number,
            format_html(' lx-token="{}"', token) if token else "",
            rendered.digest(),
            SafeString(self._sharing.marked(number, rendered)),
            SafeString(region.tag),
        )

    def _html_id(self, number: int) -> str:
        """What a morph in the browser knows a view by that moves; empty for one without a key, which never does."""
        return f"lx-{self.id}-{number}" if self.is_keyed else ""

    def take_diff(self, parts: dict[str, tuple[str, ...]]) -> dict[str, Any]:
        """What the browser lacks of this view, by region; afterwards it counts as sent."""
        sent: Sequence[Rendered | None] = self.sent or [None] * len(self.rendered)
        changes = {}
        for number, (old, new) in enumerate(zip(sent, self.rendered, strict=True)):
            if old is not new:
                change = full(new, parts) if old is None else self._sharing.diff(number, old, new, parts)
                if change != {}:
                    changes[str(number)] = change
        self._mark_sent()
        return changes

    def take_shared_frame(self, known_parts: Set[str]) -> str | None:
        """
        As :meth:`render` and :meth:`take_diff` of a view that has nothing of its own, as the text of a frame; None when
        there is more to it.
        """
        return None if self.pending or self.children else self._sharing.take_frame(known_parts)

    def take_join(self, digests: Mapping[str, str], parts: dict[str, tuple[str, ...]]) -> dict[str, Any]:
        """As :meth:`take_diff`, for a page that shows regions with these digests."""
        self.sent = self.rendered
        return {
            str(number): full(rendered, parts)
            for number, rendered in enumerate(self.rendered)
            # The page shows a nested view that could not be started here; the whole region takes it away.
            if digests.get(str(number)) != rendered.digest()
            or any(child not in self.children for child in rendered.hosted())
        }

    def _mark_sent(self) -> None:
        """What was just sent holds nested views that are new as a whole; the browser keeps those it has."""
        self.sent = self.rendered
        for child in self.children:
            if child.sent is None:
                child._mark_sent()

    # Dispatching from the view's own code

    async def dispatch(self, action: str | Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Dispatch an action of one of the view's stores as the page's user."""
        bound, ref = self.split_bound(action) if isinstance(action, str) else ("", action)
        followed = self.followed[bound] if bound else self.main
        found = followed.instance.store.find_action(ref)
        payload = found.parameters.bind(args, kwargs)
        return await dispatch(self.page.hub, followed, found, payload, self.page.next_origin())

    def split_bound(self, name: str) -> tuple[str, str]:
        """``order`` is one of the view's own store: ``("", "order")``. ``ui/order`` is one of the store bound as ``ui``."""
        bound, _, rest = name.partition("/")
        return (bound, rest) if bound and rest and bound in self.followed else ("", name)

    def dispatch_from_thread(
        self, action: str | Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """As :meth:`dispatch`, from a plain ``def`` in a thread."""
        refuse_on_loop("self.dispatch", "self.adispatch")
        return wait_for_loop(self.dispatch(action, args, kwargs), self.page.hub.loop)


# What context processors are expected to give: not a collision.
_BUILT_IN = frozenset({"request", "user", "perms", "messages", "csrf_token"})
