"""The built-in mutations made ready to run: what they do is looked up in the log."""

from dataclasses import replace
from typing import TYPE_CHECKING

from ..exceptions import NotInTransaction
from ..store import freeze
from ..store.restoring import RESET, Replacement, Reversal
from .calls import Call
from .followed import Followed
from .history import state_at
from .undo import reverse
from .upgrades import upgraded

if TYPE_CHECKING:
    from .hub import Hub


async def ready(hub: "Hub", followed: Followed, call: Call, *, is_alone: bool) -> Call:
    """
    ``call``, ready to run on the replica's present state; other mutations are so already.

    The undo of an undo becomes a redo.

    Args:
        is_alone: Whether it is an entry of its own.

    Raises:
        NotInTransaction: It cannot be part of one.
        VersionGone, UndoRefused: There is nothing that it could do.
    """
    mutation = call.mutation
    if isinstance(mutation, Reversal):
        if not is_alone:
            raise NotInTransaction(mutation.name)
        done = await reverse(hub.log, followed, mutation.name, call.payload["version"])
        mutation = replace(mutation, name=done.name).to(done.patches, done.inverse)
        return Call(mutation, freeze({"version": done.version}))
    if not isinstance(mutation, Replacement):
        return call
    if mutation.name == RESET:
        target = await hub.loading.initial_state(followed.instance)
    else:
        earlier = await state_at(hub.log, followed, call.payload["version"])
        target = await upgraded(followed.instance.store, earlier.state, earlier.schema)
    return Call(mutation.to(target), call.payload)
