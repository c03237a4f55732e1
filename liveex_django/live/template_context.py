"""What a template of a live view has in scope, and whether rendering it may wait for a database."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.template import Context, RequestContext

from ..rendering import Reads
from ..store import is_plain
from .async_work import AsyncResult
from .bindings import BoundStore

if TYPE_CHECKING:
    from ..replication.followed import Followed
    from .mounted import Mounted


def make_context(mounted: "Mounted") -> Context:
    """
    Layers, the later ones in front: context processors, state, getters, bound stores, assigns and ``view``.

    No name is in two of them (:func:`~liveex_django.live.assigns.claim_names`); getters are computed when they are read.
    """
    context = RequestContext(mounted.page.request)
    # A bound context does not run the context processors again.
    context.template = mounted.template
    context.template_name = mounted.template.name
    layers: list[Any] = [*context_layers(mounted), {}]
    context.dicts[1:] = layers
    return context


def context_layers(mounted: "Mounted") -> list[Mapping[str, Any]]:
    """The layers, but for the empty one on top."""
    assigns = dict(getattr(mounted.view, "assigns", {}))
    return [mounted.page.processed, *store_layers(mounted.followed), assigns, {"view": mounted.view}]


def store_layers(followed: Mapping[str, "Followed"]) -> list[Mapping[str, Any]]:
    """What a template has of these stores, by the names under which they are bound: state, getters, and each as a whole."""
    layers: list[Mapping[str, Any]] = []
    bound: dict[str, Any] = {}
    for name, one in followed.items():
        replica = one.replica
        if not name:
            layers += [replica.state, replica.getters]
        bound[name or "store"] = BoundStore(replica.state, replica.getters, replica.position.version, one.instance.key)
    return [*layers, bound]


def needs_thread(mounted: "Mounted", reads: Reads) -> bool:
    """
    Whether rendering what reads this belongs into a thread: it has tags or filters of unknown habits, or reads values that
    are not plain data (a queryset, the user), so it may run a query. Plain data is rendered on the event loop, which is
    quicker.
    """
    if not reads.quick:
        return True
    heads = reads.heads
    sources = (mounted.page.processed, mounted.view.assigns)
    return "view" in heads or any(
        not _is_at_hand(source[name]) for source in sources for name in heads.intersection(source)
    )


def _is_at_hand(value: Any) -> bool:
    """Whether showing a value waits for nothing."""
    return is_plain(value) or (isinstance(value, AsyncResult) and value.is_plain)


def run_processors(context_processors: Sequence[Any], request: Any) -> dict[str, Any]:
    """The values of the project's context processors; run once per join. Call it in a thread."""
    values: dict[str, Any] = {}
    for processor in context_processors:
        values.update(processor(request))
    return values
