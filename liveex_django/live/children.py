"""The live views nested in one: which of them a render finds again, and which begin and end with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.safestring import SafeString

from ..exceptions import InvalidKey
from . import hooks
from .eager import in_task
from .navigation import Redirected
from .permissions import check_permission, check_subscription
from .scopes import instance_key
from .view import LiveView

if TYPE_CHECKING:
    from .mounted import Mounted

# Bytes of the digest of a key. Who can write keys into the data shall not find two with the same one: 2**48 attempts.
_DIGEST_SIZE = 12


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where in a view's template a nested one stands.

    Attributes:
        number: Which tag, and which turns of the loops around it: ``"0.3"``.
        tag: The tag alone: its template, and which one of that it is.
        key: What tells the views of this tag apart, wherever they stand; None when that is their number.
    """

    number: str
    tag: str
    key: object = None

    def name(self, view_class: type[LiveView]) -> str:
        """
        What the view's id ends with: letters, digits and dots, whatever the key is.

        Raises:
            InvalidKey: It is neither a text that is not empty, nor a number.
        """
        if self.key is None:
            return self.number
        if isinstance(self.key, bool) or not isinstance(self.key, str | int | UUID) or self.key == "":
            raise InvalidKey(view_class.__name__, self.key, "which is neither a text nor a number")
        text = f"{self.tag}\0{self.key}".encode("utf-8", "surrogatepass")
        return f"k{blake2b(text, digest_size=_DIGEST_SIZE).hexdigest()}"


class HostedView:
    """A nested view as its parent's rendering sees it: one slot that never changes while the view lives."""

    def __init__(self, mounted: "Mounted", generation: int) -> None:
        self.mounted = mounted
        self.moves = mounted.is_keyed
        self.id = f"{mounted.id}@{generation}"
        # What it is to be told of after the render.
        self.new_kwargs: dict[str, Any] | None = None

    def html(self) -> SafeString:
        return self.mounted.html()

    def __str__(self) -> str:
        return self.html()


class Children:
    """
    Args:
        parent: The view whose template they stand in.
    """

    def __init__(self, parent: "Mounted") -> None:
        self._parent = parent
        # By the end of their id.
        self._alive: dict[str, HostedView] = {}
        self._seen: dict[str, HostedView] = {}
        self._generation = 0

    def __iter__(self) -> Iterator["Mounted"]:
        """Those that are alive."""
        return iter([child.mounted for child in self._alive.values()])

    def __bool__(self) -> bool:
        return bool(self._alive)

    def __contains__(self, hosted: object) -> bool:
        return hosted in self._alive.values()

    def begin(self) -> None:
        """The parent is about to be rendered."""
        self._seen = {}

    def host(self, place: Place, view_class: type[LiveView], kwargs: Mapping[str, Any]) -> HostedView:
        """
        The view at a place: the one that is there, or a new one that is started after the render.

        Other arguments make another view: they say what it shows. One with a key and a ``handle_kwargs`` is told of them.

        Raises:
            InvalidKey: No key, or one that another view of this tag has.
        """
        name = place.name(view_class)
        if place.key is not None and name in self._seen:
            raise InvalidKey(view_class.__name__, place.key, "which another one of the same tag has")
        while name in self._seen:
            name += "+"
        child = self._alive.get(name)
        if child is None or type(child.mounted.view) is not view_class or not self._takes(child, place, kwargs):
            self._generation += 1
            # A browser leaves a view alone while its id stays the same, so what replaces one needs another.
            ending = name if child is None else f"{name}~{self._generation}"
            mounted = self._parent.nest(ending, view_class, kwargs, is_keyed=place.key is not None)
            child = HostedView(mounted, self._generation)
        self._seen[name] = child
        return child

    @staticmethod
    def _takes(child: HostedView, place: Place, kwargs: Mapping[str, Any]) -> bool:
        """Whether a view is still the one that these arguments speak of."""
        is_same = child.mounted.kwargs == kwargs
        can_be_told = place.key is not None and hasattr(child.mounted.view, "handle_kwargs")
        child.new_kwargs = dict(kwargs) if can_be_told and not is_same else None
        return is_same or can_be_told

    async def settle(self) -> None:
        """The parent has been rendered: what is gone ends, what is new is started and rendered, what stays is told."""
        for name in self._alive.keys() - self._seen.keys():
            self._alive.pop(name).mounted.close()
        for name, child in self._seen.items():
            if self._alive.get(name) is not child:
                await in_task()
                await self._adopt(name, child)
            elif child.new_kwargs is not None:
                await in_task()
                await self._tell(name, child)

    async def _adopt(self, name: str, child: HostedView) -> None:
        """Start and render a view that has just appeared; on a live page its failure is its own."""
        page = self._parent.page
        if name in self._alive:
            self._alive.pop(name).mounted.close()
        try:
            with hooks.Contained():
                await child.mounted.start()
                await child.mounted.render()
        except BaseException as error:
            child.mounted.close()
            if isinstance(error, Redirected) and page.is_joined:
                page.push(error.kind, error.url)
                return
            if not page.connected or not isinstance(error, Exception) or isinstance(error, Redirected):
                raise
            page.report_render_error(child.mounted)
        else:
            self._alive[name] = child

    async def _tell(self, name: str, child: HostedView) -> None:
        """Hand a view its new arguments. When it fails, or may not be seen with them, another takes its place."""
        mounted, kwargs = child.mounted, child.new_kwargs or {}
        child.new_kwargs = None
        try:
            with hooks.Contained():
                mounted.kwargs = mounted.view.kwargs = kwargs
                await check_permission(mounted.view)
                await check_subscription(mounted.view)
                if await _shows_the_same(mounted):
                    await hooks.call(mounted.view.handle_kwargs, kwargs)  # type: ignore[attr-defined]
                    mounted.page.mark_dirty(mounted)
                    return
        except Exception:  # a project's hook may raise anything
            mounted.page.report_render_error(mounted)
        # Meanwhile the page may have ended, and all of its views.
        if self._alive.get(name) is child:
            del self._alive[name]
            mounted.close()
            self._parent.page.mark_dirty(self._parent)

    def close(self) -> None:
        """End them all."""
        for child in self._alive.values():
            child.mounted.close()
        self._alive.clear()


async def _shows_the_same(mounted: "Mounted") -> bool:
    """Whether a view with a store of scope ``"key"`` still names the same instance."""
    for followed in mounted.followed.values():
        instance = followed.instance
        # A view that has no store of its own shows its parent's.
        is_own = mounted.view.store is not None or followed is not mounted.followed.get("")
        if (
            is_own
            and instance.store.scope == "key"
            and await instance_key(mounted.view, instance.store) != instance.key
        ):
            return False
    return True
