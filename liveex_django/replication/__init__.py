"""
Committed mutations across processes: a numbered log, a replica per instance that follows it, a hub per process.

docs/reference/replication.md is the page of this package.
"""

from ..store.handles import bind_handles
from .followed import Change, Committed, HistoryLost, Outdated, Phase, Resynced
from .handle import Handle
from .hub import Hub
from .instance import Instance
from .log import Appended, Behind, Elsewhere, MutationLog, Position, Repeated, Snapshot
from .memory import MemoryMutationLog
from .origin import Origin
from .outcomes import Applied, Failed, Outcome, Rejected
from .process import current_hub, get_log, mark_as_serving, reports
from .replica import Received, Replica
from .report import Report


def bind() -> None:
    """Let ``store.at()`` give handles of this package; called when the app is ready."""
    bind_handles(Handle)


__all__ = [
    "Appended",
    "Applied",
    "Behind",
    "Change",
    "Committed",
    "Elsewhere",
    "Failed",
    "Handle",
    "HistoryLost",
    "Hub",
    "Instance",
    "MemoryMutationLog",
    "MutationLog",
    "Origin",
    "Outcome",
    "Outdated",
    "Phase",
    "Position",
    "Received",
    "Rejected",
    "Repeated",
    "Replica",
    "Report",
    "Resynced",
    "Snapshot",
    "bind",
    "current_hub",
    "get_log",
    "mark_as_serving",
    "reports",
]
