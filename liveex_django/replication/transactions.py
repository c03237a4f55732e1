"""Whether a database transaction is open in this thread, seen with the eyes of a commit."""

from collections.abc import Callable

from django.db import connections, transaction


def open_transaction() -> str | None:
    """
    The alias of a database with an open ``atomic()`` block in this thread, or None.

    The block that ``TestCase`` opens around a test does not count: it stands for no transaction at all.
    """
    for connection in connections.all(initialized_only=True):
        if is_in_transaction(connection.alias):
            return connection.alias
    return None


def is_in_transaction(alias: str) -> bool:
    """As :func:`open_transaction`, of one database."""
    return any(not getattr(block, "_from_testcase", False) for block in connections[alias].atomic_blocks)


def after_database_commit(alias: str | None, work: Callable[[], object]) -> None:
    """Call ``work`` once the transaction has committed, at once when there is none, never when it rolls back."""
    if alias is None:
        work()
    else:
        transaction.on_commit(work, using=alias)
