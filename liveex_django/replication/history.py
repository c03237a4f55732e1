"""What was: entries of the past, and the states between them."""

from typing import TYPE_CHECKING, Any

from ..exceptions import Reject
from ..store import FrozenDict
from ..store.patches import apply_patches
from .followed import Followed

if TYPE_CHECKING:
    from .hub import Hub


async def state_at(hub: "Hub", followed: Followed, version: int) -> FrozenDict[str, Any]:
    """
    The state at an earlier version, made by undoing the entries since.

    Raises:
        Reject: There was no such version, or its entries are no longer kept.
    """
    state, newest = followed.replica.state, followed.replica.position.version
    if not 0 <= version <= newest:
        raise Reject(f"There is no version {version}; the newest is {newest}.")
    entries = [entry for entry in await hub.log.history(followed.instance, newest) if entry.version > version]
    if len(entries) != newest - version:
        raise Reject(f"Version {version} can no longer be restored: entries since then have been trimmed.")
    for entry in reversed(entries):
        state = apply_patches(state, entry.inverse)
    return state
