"""
``atomic=True``: database rows and commits, both or not at all.

The commits are kept back while the action runs. At its end they are left in the outbox, in the same database transaction,
and tried on the newest state, so that one that is refused takes the rows with it. When the database has committed they go
to the log, under the id they were left under, and from the outbox. When the process dies in between, a relay finds them.

With a log in this process's memory nothing is left: it would end together with the log.
"""

import logging
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, transaction

from ..exceptions import AtomicInTransaction, CommitsRefused
from . import outbox
from .bundle import Bundle, current_bundle
from .commits import Prepared
from .context import Context, Dispatch
from .relay import POSTPONING
from .threads import wait_for_loop
from .transactions import open_transaction

logger = logging.getLogger("liveex.replication")


def call_atomic(dispatch: Dispatch, ctx: Context, arguments: dict[str, Any]) -> Any:
    """
    In a thread: run the function of an atomic action; within another atomic action as a part of that.

    Raises:
        OutboxMissing: Nothing was done.
        CommitsRefused: The rows are saved, and another process came between.
        Exception: Whatever the function, a mutation or the database raised: neither rows nor commits.
    """
    outer = current_bundle(dispatch.followed)
    if outer is None:
        return _AtomicCall(dispatch, ctx).run(arguments)
    if open_transaction() is None:
        raise AtomicInTransaction(dispatch.action.name, dispatch.action.store_name)
    with transaction.atomic(), outer.savepoint():
        return dispatch.action.function(ctx, **arguments)


class _AtomicCall:
    """One call, in one thread; ``id`` is that of the entry that its commits become."""

    def __init__(self, dispatch: Dispatch, ctx: Context) -> None:
        self._dispatch = dispatch
        self._ctx = ctx
        self._bundle = Bundle(dispatch.followed, is_atomic=True)
        self._id = ctx.next_ids[0]
        self._is_left = dispatch.hub.log.shared
        # From when it was tried until the database has decided.
        self._prepared: Prepared | None = None
        self._refusal: Exception | None = None

    def run(self, arguments: dict[str, Any]) -> Any:
        if self._is_left:
            outbox.require_table(self._dispatch.action)
        if self._is_made_before():
            return None
        try:
            with transaction.atomic(using=outbox.DATABASE):
                # Before all callbacks of the action, which meet the state that it has made.
                transaction.on_commit(self._commit, using=outbox.DATABASE)
                with self._bundle.open():
                    returned = self._dispatch.action.function(self._ctx, **arguments)
                if self._bundle.calls and not transaction.get_rollback(using=outbox.DATABASE):
                    self._prepare()
            # Within the transaction of a TestCase no block ends in a commit.
            self._commit()
        except DatabaseError:
            # Another process may run it too, and has been first to leave its commits.
            if self._is_made_before():
                return None
            raise
        finally:
            self._give_up()
        if self._refusal is not None:
            raise self._refusal
        return returned

    def _is_made_before(self) -> bool:
        """Whether an earlier run of the same dispatch has saved rows and left commits, which only happens together."""
        if not self._dispatch.origin.is_repeatable:
            return False
        if self._is_left and outbox.has(self._id):
            return True
        find = self._dispatch.hub.log.find(self._dispatch.followed.instance, [self._id])
        return wait_for_loop(find, self._dispatch.hub.loop) is not None

    def _prepare(self) -> None:
        """The last thing before the database commits."""
        calls, instance = self._bundle.calls, self._dispatch.followed.instance
        if self._is_left:
            # First, as everything that locks rows: whoever waits for its turn of the instance holds them already.
            outbox.leave(self._id, instance, calls, self._ctx.own_origin)
        self._prepared = self._ctx.prepare(calls)

    def _commit(self) -> None:
        """The rows are saved: nothing that happens here takes them back. Does nothing when it is called again."""
        prepared, self._prepared = self._prepared, None
        if prepared is None:
            return
        loop = self._dispatch.hub.loop
        try:
            wait_for_loop(prepared.commit(), loop)
        except Exception as error:
            if isinstance(error, CancelledError) or loop.is_closed():
                raise
            if self._is_left and isinstance(error, POSTPONING):
                logger.warning(
                    "Commit %s of action %r waits in the outbox, with its rows saved: %s",
                    self._id,
                    self._dispatch.action.name,
                    error,
                )
            else:
                self._keep_refusal(error)
        else:
            self._drop()

    def _keep_refusal(self, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        action = self._dispatch.action
        self._refusal = CommitsRefused(action.name, action.store_name, self._id, why)
        self._refusal.__cause__ = error
        if self._is_left:
            outbox.refuse(self._id, why)
        logger.error("%s", self._refusal)

    def _drop(self) -> None:
        if self._is_left:
            try:
                outbox.drop(self._id)
            except DatabaseError as error:
                logger.warning(
                    "Commit %s is in the log, and stays in the outbox until a relay looks: %s", self._id, error
                )

    def _give_up(self) -> None:
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._dispatch.hub.loop.call_soon_threadsafe(prepared.give_up)
