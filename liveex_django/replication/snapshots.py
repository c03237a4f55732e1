"""When a log is given a snapshot of a replica: it loads from there, and may let go of entries before it."""

import logging

from ..store import Entry
from .instance import Instance
from .log import MutationLog, Position, Snapshot
from .replica import Replica
from .sizes import size_of_patches

logger = logging.getLogger("liveex.replication")

# After so many entries, or so many bytes in their patches: a process that starts applies no more than that.
SNAPSHOT_ENTRIES = 500
SNAPSHOT_BYTES = 1_048_576


class SnapshotPlan:
    """What one replica has applied since the newest snapshot that it knows of."""

    def __init__(self) -> None:
        self._version = 0
        self._bytes = 0

    def begin(self, snapshot: Snapshot) -> None:
        """The log has this one."""
        self._version, self._bytes = snapshot.position.version, 0

    def follow(self, entry: Entry) -> None:
        """An entry was applied."""
        self._bytes += size_of_patches(entry.patches)

    def is_due(self, position: Position) -> bool:
        """Whether it is time for the next one; asked by whoever commits, so that not every process writes it."""
        return position.version - self._version >= SNAPSHOT_ENTRIES or self._bytes >= SNAPSHOT_BYTES

    async def save(self, log: MutationLog, instance: Instance, replica: Replica) -> None:
        """Write one; a log that cannot take it is asked again when the next one is due."""
        snapshot = Snapshot(replica.position, replica.state, replica.schema)
        self.begin(snapshot)
        try:
            await log.save_snapshot(instance, snapshot)
        except Exception:  # whatever a log raises; the entries are there
            logger.exception(
                "The log did not take a snapshot of %s at version %d.", instance, snapshot.position.version
            )
