"""
What all views of one template over the same stores have in common: rendered, compared and encoded once in a process.

Shared are stores that many visitors look at, those of scope ``"global"`` and ``"key"``. What a view has for itself, its
assigns, what context processors give and its other stores, is not even in the context in which the shared tree is made.
"""

from collections.abc import Mapping, Set
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.template import Context
from django.urls import get_script_prefix
from django.utils import timezone, translation

from ..rendering import Region, Rendered, SharedChanges, namespace_of
from ..replication.followed import Followed
from . import messages
from .template_context import store_layers

if TYPE_CHECKING:
    from .mounted import Mounted

_SHARED_SCOPES = frozenset({"global", "key"})
# Of one instance: templates, languages and sets of local names. The one that was made first goes when there are more.
_MOST = 64

Parts = dict[str, tuple[str, ...]]


class Showing:
    """
    One region over one set of stores, in one language and time zone.

    Attributes:
        tree: What was shared at the newest positions; None when nothing could be.
        reads: What a view reads for itself.
    """

    def __init__(self, region: Region, local: frozenset[str], namespace: Any) -> None:
        self._region = region
        self._local = local
        self._namespace = namespace
        self._positions: tuple[Any, ...] = ()
        self.tree: Rendered | None = None
        self.reads = region.template.reads
        self._begin()

    def _begin(self) -> None:
        """What is made from a tree when somebody asks for it."""
        self._changes = SharedChanges(messages.encode_bytes)
        self._marked = ""
        # By tree that a page has and id of its view, with the parts that the text mentions.
        self._frames: dict[tuple[int, str], tuple[str, frozenset[str]]] = {}

    def update(self, followed: Mapping[str, Followed]) -> Rendered | None:
        """The shared tree of the newest state; evaluated when this is the first to ask for it."""
        positions = tuple([one.replica.position for one in followed.values()])
        if positions != self._positions or (self.tree is not None and not self._region.template.is_current(self.tree)):
            self._positions = positions
            context = Context()
            context.dicts += store_layers(followed)
            context.request = SimpleNamespace(current_app=self._namespace)  # type: ignore[attr-defined]
            try:
                tree = self._region.render_shared(context, self._local, self.tree)
            except Exception:  # of a template; each view runs into it, and is reported
                tree = None
            if tree is not self.tree:
                self.tree = tree
                template = self._region.template
                self.reads = template.reads if tree is None else template.reads_beside(tree)
                self._begin()
        return self.tree

    def frame(self, view_id: str, old: Rendered, known_parts: Set[str]) -> str | None:
        """
        The text of the frame that brings a page from ``old`` to the tree, all of which is shared, in its only region; empty
        when nothing changed, None when the page is to be told of parts first.
        """
        assert self.tree is not None
        found = self._frames.get((id(old), view_id))
        if found is None:
            parts: Parts = {}
            # Which keeps the old tree, so that no other one has its id meanwhile.
            change = self._changes.between(old, self.tree, parts)
            text = messages.encode({messages.PATCH: {view_id: {"0": change}}}) if change != {} else ""
            found = self._frames[id(old), view_id] = text, frozenset(parts)
        text, names = found
        return text if names <= known_parts else None

    def marked(self, tree: Rendered) -> str:
        """The HTML of a tree, which is made once when all of it is shared."""
        if tree is not self.tree:
            return tree.marked()
        if not self._marked:
            self._marked = tree.marked()
        return self._marked

    def changes(self, old: Rendered, new: Rendered, parts: Parts) -> Any:
        """What to send to a page that has ``old`` so that it has ``new``."""
        if new is self.tree:
            return self._changes.between(old, new, parts)
        return self._changes.of_view(old, new, parts)


_showings: WeakKeyDictionary[Followed, dict[tuple[object, ...], Showing]] = WeakKeyDictionary()


def shared_stores(mounted: "Mounted") -> dict[str, Followed]:
    """Those of the view's stores that others look at too, by their names in the template."""
    return {
        name: followed for name, followed in mounted.followed.items() if followed.instance.store.scope in _SHARED_SCOPES
    }


def showing_of(mounted: "Mounted", region: Region, followed: Mapping[str, Followed]) -> Showing:
    """What a view shares with others in one of its regions."""
    local = local_names(mounted, followed)
    namespace = namespace_of(mounted.page.request)
    instances = tuple((name, one.instance) for name, one in followed.items())
    where = (translation.get_language(), timezone.get_current_timezone_name(), get_script_prefix(), namespace)
    known = _showings.setdefault(next(iter(followed.values())), {})
    key = (region, instances, where, local)
    showing = known.get(key)
    if showing is None:
        showing = known[key] = Showing(region, local, namespace)
        if len(known) > _MOST:
            del known[next(iter(known))]
    return showing


def local_names(mounted: "Mounted", followed: Mapping[str, Followed]) -> frozenset[str]:
    """The names that are not those of the shared stores."""
    names = {"view", "request", *mounted.page.processed, *mounted.view.assigns}
    for name, one in mounted.followed.items():
        if name in followed:
            continue
        names.add(name or "store")
        if not name:
            names.update(one.replica.state, one.replica.getters)
    return frozenset(names)


def is_whole(tree: Rendered | None) -> bool:
    """Whether a shared tree is all there is, and a view has nothing to add."""
    return tree is not None and not tree.memo.local
