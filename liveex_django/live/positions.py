"""
Where a page stood, for its join token: so a page that was away is told when the log has lost what it has shown.

Names and epochs are cut to 8 hex digits each. They are compared with others of the same few instances, and what they
decide over is a message to the visitor.
"""

from collections.abc import Iterable, Mapping

from ..replication.followed import Followed

_DIGITS = 8


def shown_of(followed: Iterable[Followed]) -> dict[str, str]:
    """``"<epoch>:<version>"`` by instance; those that are not in the log yet have nothing to lose."""
    return {
        one.instance.digest[:_DIGITS]: f"{one.replica.position.epoch[:_DIGITS]}:{one.replica.position.version}"
        for one in followed
        if one.is_born
    }


def is_lost(shown: Mapping[str, str], followed: Iterable[Followed]) -> bool:
    """Whether one of the instances is of another history now, or has fewer versions."""
    for one in followed:
        epoch, _, version = shown.get(one.instance.digest[:_DIGITS], "").partition(":")
        position = one.replica.position
        if epoch and (position.epoch[:_DIGITS] != epoch or position.version < int(version)):
            return True
    return False
