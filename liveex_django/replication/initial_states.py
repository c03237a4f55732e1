"""Making the state that an instance begins with."""

import inspect
from typing import Any

from ..store import FrozenDict, Store
from .threads import run_apart


async def make_initial(store: Store) -> FrozenDict[str, Any]:
    """What the store's ``state=`` gives now, checked and frozen; a plain def runs in a thread."""
    initial: Any = store.initial
    if inspect.iscoroutinefunction(initial):
        return store.check_initial(await initial())
    return store.check_initial(await run_apart(initial) if callable(initial) else initial)
