"""The Redis keys of an instance, and of a sender of events."""

import re
from typing import NamedTuple

from ..exceptions import LogMisconfigured
from .claims import EventId
from .instance import Instance

# Braces would move the keys of an instance to different places of a cluster; the rest keeps keys readable in a shell.
_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


class Keys(NamedTuple):
    """
    What one instance has in Redis; redis_scripts.py says what is in them.

    They share one hash tag, so a script may use them together. Prefixes have no braces, so the keys of two prefixes are
    never the same, whatever the prefixes are.
    """

    head: str
    log: str
    ids: str


def check_prefix(prefix: str) -> str:
    """
    Raises:
        LogMisconfigured: It could lead keys out of their place.
    """
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
        raise LogMisconfigured(
            f"{prefix!r:.120} cannot be the prefix of the log's keys in Redis: a prefix has 1 to 100 ASCII letters, "
            'digits, "_", ".", ":" and "-". Take the name of your project.'
        )
    return prefix


def keys_under(prefix: str, digest: str) -> Keys:
    """The keys of the instance that has this digest, under a checked prefix."""
    place = f"{prefix}:{{{digest}}}"
    return Keys(f"{place}:head", f"{place}:log", f"{place}:ids")


def keys_of(prefix: str, instance: Instance) -> Keys:
    """The keys of ``instance`` under a checked prefix."""
    return keys_under(prefix, instance.digest)


def events_key(prefix: str, event: EventId) -> str:
    """The key of what became of an event and of the others of its sender; redis_claim_scripts.py says what is in it."""
    return f"{prefix}:{{{event.digest}}}:events"
