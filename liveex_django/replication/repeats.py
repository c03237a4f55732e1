"""
What is asked for again under the same id, because the process that was asked first died before it could answer.

Its commits have the ids that they had, so the log does not take them twice. But what runs again meets a state in which
they are applied already, and may refuse or fail because of just that. So before such a failure counts, the log is
asked whether the first run got further than this one.
"""

import logging
from collections.abc import Iterable, Sequence

from ..exceptions import LogError, OutcomeUnknown
from .instance import Instance
from .log import MutationLog
from .origin import Origin

logger = logging.getLogger("liveex.replication")


async def find_made(log: MutationLog, instance: Instance, ids: Sequence[str], error: Exception) -> int | None:
    """
    The version of the first of these commits that the log has, now that running them again has ended with ``error``.

    Raises:
        OutcomeUnknown: The log cannot be asked.
    """
    try:
        return await log.find(instance, ids)
    except LogError as unasked:
        raise OutcomeUnknown(f"{instance}, id {ids[0]!r}", str(unasked)) from error


async def is_excused(
    log: MutationLog, origin: Origin, instances: Iterable[Instance], next_ids: Sequence[str], error: Exception
) -> bool:
    """
    Whether a run that ended with ``error`` is one that had been applied already, so that it is no failure.

    Args:
        next_ids: Ids of what this run would have committed next, had it gone on.

    Raises:
        OutcomeUnknown: The log cannot be asked.
    """
    if not origin.is_repeatable or isinstance(error, LogError):
        return False
    for instance in instances:
        version = await find_made(log, instance, next_ids, error)
        if version is not None:
            logger.info(
                "%s was asked for again and ended with %r. That is no error: its first run has been applied, as version %d "
                "of %s.",
                origin.id,
                error,
                version,
                instance,
            )
            return True
    return False
