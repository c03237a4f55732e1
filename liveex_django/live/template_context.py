"""What a template of a live view has in scope, and whether rendering it may wait for a database."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.template import Context, RequestContext

from ..rendering import Region
from ..store import is_plain
from .bindings import BoundStore

if TYPE_CHECKING:
    from .mounted import Mounted


def make_context(mounted: "Mounted") -> Context:
    """
    Layers, the later ones in front: context processors, state, getters, bound stores, assigns, ``store`` and ``view``.

    No name is in two of them (:func:`~liveex_django.live.assigns.claim_names`); getters are computed when they are read.
    """
    context = RequestContext(mounted.page.request)
    # A bound context does not run the context processors again.
    context.template = mounted.template
    context.template_name = mounted.template.name
    layers: list[Mapping[str, Any]] = [mounted.page.processed]
    bound: dict[str, Any] = {"view": mounted.view}
    for name, followed in mounted.followed.items():
        replica = followed.replica
        if not name:
            layers += [replica.state, replica.getters]
        bound[name or "store"] = BoundStore(
            replica.state, replica.getters, replica.position.version, followed.instance.key
        )
    layers += [dict(getattr(mounted.view, "assigns", {})), bound, {}]
    context.dicts[1:] = layers  # type: ignore[assignment]
    return context


def needs_thread(regions: Sequence[Region], context: Context) -> bool:
    """
    Whether rendering belongs into a thread: it has tags of unknown habits, or reads values that are not plain data
    (a queryset, the user), so it may run a query. Plain data is rendered on the event loop, which is quicker.
    """
    return any(
        not reads.quick or any(not _is_quick(context, name) for name in reads.heads)
        for reads in (region.template.reads for region in regions)
    )


def _is_quick(context: Context, name: str) -> bool:
    try:
        value = context.get(name)
    except Exception:  # of a getter; whether the template reads it in this state is seen when it is rendered
        return False
    return is_plain(value) or isinstance(value, BoundStore)


def run_processors(context_processors: Sequence[Any], request: Any) -> dict[str, Any]:
    """The values of the project's context processors; run once per join. Call it in a thread."""
    values: dict[str, Any] = {}
    for processor in context_processors:
        values.update(processor(request))
    return values
