"""
One record per commit in the logger ``liveex``, at DEBUG: who did what, what changed, and how long it took.

The same is in ``record.liveex``, a dict of JSON-ready values, for handlers that write JSON. With the level off it costs
one question.
"""

import logging
from time import perf_counter

from ..store import Entry
from .calls import State
from .entry_facts import facts_of, lines_of
from .instance import Instance

logger = logging.getLogger("liveex")


def started() -> float:
    """When a commit began (s), or 0 when nobody would read how long it took."""
    return perf_counter() if logger.isEnabledFor(logging.DEBUG) else 0.0


def log_commit(instance: Instance, entry: Entry, before: State, began: float) -> None:
    """Write the record; whatever goes wrong with it, the commit stands."""
    if not began or not logger.isEnabledFor(logging.DEBUG):
        return
    try:
        milliseconds = (perf_counter() - began) * 1000
        facts = facts_of(instance, entry, before)
        head, *lines = lines_of(instance, entry, facts)
        logger.debug(
            "%s",
            "\n    ".join([f"{head}, {milliseconds:.1f} ms", *lines]),
            extra={"liveex": {**facts, "milliseconds": round(milliseconds, 3)}},
        )
    except Exception:
        logger.exception("Entry %d of %s could not be written to this log; it is committed.", entry.version, instance)
