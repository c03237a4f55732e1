"""What a hub knows and has counted, as plain data: for a project's health page, and for ``manage.py liveex_doctor``."""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, TypedDict

from .followed import Phase

if TYPE_CHECKING:
    from .hub import Hub


class Report(TypedDict):
    """
    Ready for JSON.

    ``id`` names the hub. ``is_degraded``: the log does not answer it. ``instances``: how many it follows, by the values of
    ``Phase``. ``outdated``: how many of them a later release has taken over. ``quarantined``: digests of those whose log
    cannot be used. ``tasks``: actions, commits and callbacks that run now. ``metrics``: the counters of ``Metrics``.
    """

    id: str
    is_degraded: bool
    instances: dict[str, int]
    outdated: int
    quarantined: list[str]
    tasks: int
    metrics: dict[str, int]


def make_report(hub: "Hub", tasks: int) -> Report:
    """The report of a hub that runs so many tasks. Any thread may ask; nothing is waited for."""
    followed = hub.all_followed()
    phases = Counter(each.phase for each in followed)
    return {
        "id": hub.id,
        "is_degraded": hub.condition.is_degraded,
        "instances": {phase.value: phases[phase] for phase in Phase},
        "outdated": sum(each.newer_schema is not None for each in followed),
        "quarantined": sorted(hub.mending.quarantined),
        "tasks": tasks,
        "metrics": asdict(hub.metrics),
    }
