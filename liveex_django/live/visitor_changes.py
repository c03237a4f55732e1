"""
Telling the processes that serve pages whose rights may have changed, once the database has committed it.

An announcement is ``{"names": [...]}``, as :mod:`liveex_django.live.visitors` names users and sessions, or
``{"everybody": True}``.
"""

import logging
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from ..replication.announcing import announce, can_announce
from ..replication.transactions import is_in_transaction, open_transaction
from .visitors import TOPIC

logger = logging.getLogger("liveex.live")

# With more names in one transaction everybody is looked at: 500 are 25 KB on the channel layer, and a list that long has
# most of those who are there.
_MOST_NAMES = 500


class Changes:
    """Who has changed in one database transaction; called when it has committed."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._is_everybody = False

    def add(self, names: Iterable[str] | None) -> None:
        """``None`` stands for everybody."""
        if names is not None:
            self._names.update(names)
        if names is None or len(self._names) > _MOST_NAMES:
            self._is_everybody = True
            self._names.clear()

    def __call__(self) -> None:
        content: dict[str, Any] = {"everybody": True} if self._is_everybody else {"names": sorted(self._names)}
        try:
            announce(TOPIC, content)
        except Exception as error:  # nobody's login or save may fail for it
            _warn(error)


def visitors_changed(*names: str, using: str | None = None) -> None:
    """
    Have the open pages of these visitors checked, once the present transaction has committed. Raises nothing.

    Args:
        using: The database that the change is in; by default any that has a transaction open here.
    """
    _tell(names, using)


def everybody_changed(*, using: str) -> None:
    """As :func:`visitors_changed`, for all open pages there are."""
    _tell(None, using)


def _tell(names: Iterable[str] | None, using: str | None) -> None:
    try:
        if can_announce():
            changes, alias = Changes(), using or open_transaction()
            if alias is not None and is_in_transaction(alias):
                _changes_of(alias).add(names)
            else:
                changes.add(names)
                changes()
    except Exception as error:  # as above: settings may name a log that cannot be
        _warn(error)


def _changes_of(alias: str) -> Changes:
    """
    Those that the open transaction tells of already, so that a bulk change is told once.

    Django drops a callback with the savepoint that it was given in. One that is still there goes only with a savepoint that
    is open now, which takes along what changes now as well.
    """
    for _, callback, *_ in reversed(transaction.get_connection(alias).run_on_commit):
        if isinstance(callback, Changes):
            return callback
    changes = Changes()
    transaction.on_commit(changes, using=alias)
    return changes


def _warn(error: Exception) -> None:
    logger.warning(
        "Open pages could not be told that the rights of somebody have changed, and notice it when they next look: %s",
        error,
    )
