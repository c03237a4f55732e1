"""What one live view has in common with other views of its template, and how its trees are made of that and of its own."""

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any

from ..rendering import Names, Reads, Rendered, diff, keep_own
from .showing import Parts, Showing, is_whole, shared_stores, showing_of
from .template_context import context_layers

if TYPE_CHECKING:
    from .mounted import Mounted


class Sharing:
    """
    Of a view that follows its stores.

    Attributes:
        showings: By region, what is shared of it; empty when nothing is.
    """

    __slots__ = ("_beside", "_mounted", "_stores", "showings")

    def __init__(self, mounted: "Mounted") -> None:
        self._mounted = mounted
        self._stores = shared_stores(mounted)
        # The names of the view's own, beside which there is what is shared.
        self._beside: list[str] | None = None
        self.showings: list[Showing] = []

    @property
    def reads(self) -> list[Reads]:
        """By region, what the view reads for itself."""
        regions = self._mounted.regions
        return [showing.reads for showing in self.showings] or [region.template.reads for region in regions]

    def update(self) -> Sequence[Rendered | None]:
        """By region, the shared tree of the newest state."""
        if not self._stores:
            return [None] * len(self._mounted.regions)
        names = self._own_names()
        if names != self._beside:
            self._beside = names
            self.showings = [showing_of(self._mounted, region, self._stores) for region in self._mounted.regions]
        return [showing.update(self._stores) for showing in self.showings]

    def _own_names(self) -> list[str]:
        """The names that a view may get while it lives: of assigns, and of a state that is not shared."""
        main = self._mounted.followed.get("")
        names = list(self._mounted.view.assigns)
        return names if main is None or "" in self._stores else [*names, *main.replica.state]

    def keep_own(self, shared: Sequence[Rendered | None]) -> list[Rendered] | None:
        """The newest of what is shared with what the view has of its own, when nothing that this reads has changed."""
        if not self._mounted.rendered or not self.showings:
            return None
        names = Names(context_layers(self._mounted))
        kept = [keep_own(names, old, common) for old, common in zip(self._mounted.rendered, shared, strict=True)]
        return None if None in kept else kept  # type: ignore[return-value]

    def take_frame(self, known_parts: Set[str]) -> str | None:
        """
        The text of the next frame of a view that has nothing of its own, and the tree that it leads to as the one that is
        rendered and sent; None when there is more to it.
        """
        mounted = self._mounted
        if len(self.showings) != 1 or mounted.sent is None or self._own_names() != self._beside:
            return None
        (showing,), (old,) = self.showings, mounted.sent
        tree = showing.update(self._stores)
        if tree is None or not is_whole(tree):
            return None
        text = "" if old is tree else showing.frame(mounted.id, old, known_parts)
        if text is not None:
            mounted.rendered = mounted.sent = [tree]
        return text

    def diff(self, number: int, old: Rendered, new: Rendered, parts: Parts) -> Any:
        """What to send of a region to a page that has ``old``."""
        return self.showings[number].changes(old, new, parts) if self.showings else diff(old, new, parts)

    def marked(self, number: int, rendered: Rendered) -> str:
        """The HTML of a region."""
        return self.showings[number].marked(rendered) if self.showings else rendered.marked()
