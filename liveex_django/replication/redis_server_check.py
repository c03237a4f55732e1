"""Whether a Redis server can keep the log, from what it says of itself."""

import logging

from ..exceptions import LogUnsupported

logger = logging.getLogger("liveex.replication")

# XTRIM MINID and exclusive ranges; also the oldest that Linux distributions still mend.
OLDEST = (6, 2)


class ServerCheck:
    """Done once per log, by the first that reaches the server."""

    def __init__(self, address: str) -> None:
        self.is_needed = True
        self._address = address

    def look_at(self, info: bytes) -> None:
        """
        Take the answer to ``INFO``.

        Raises:
            LogUnsupported: The server is too old. What it does when its memory is full is only logged.
        """
        facts = dict(line.split(":", 1) for line in info.decode(errors="replace").splitlines() if ":" in line)
        version = facts.get("redis_version", "")
        numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        if numbers and numbers < OLDEST:
            raise LogUnsupported(
                f"The Redis at {self._address} is of version {version}, and the log needs "
                f"{'.'.join(map(str, OLDEST))} or newer (Valkey of any version will do). Bring it up to date, or name "
                "another server in LIVEEX['LOG']."
            )
        self.is_needed = False
        policy = facts.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            logger.warning(
                "The Redis at %s has maxmemory-policy %s: when its memory is full, it deletes what the log says is "
                "committed, and stores begin again. Set it to noeviction, or give the log a Redis of its own.",
                self._address,
                policy,
            )
