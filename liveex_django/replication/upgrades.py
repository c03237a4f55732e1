"""
Bringing a stored state up to date: migrations from an earlier schema, and the states of modules that were added later.

It happens when an instance is loaded, and before the next commit when a module is added to a store that is in use. What
was done is an entry like any other, ``$migrate``, so every process applies the same and the log tells of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..store import Store, freeze
from ..store.migrations import Migration
from .calls import Call, State
from .followed import Followed
from .initial_states import make_initial

ModulePath = tuple[str, ...]


def is_up_to_date(followed: Followed) -> bool:
    """Whether the replica's state has the shape that this release works with."""
    return _fits(followed.instance.store, followed.replica.state, followed.replica.schema)


async def upgrade_call(store: Store, state: State, schema: int) -> Call:
    """
    What brings ``state`` up to date, as a call of ``$migrate``.

    Raises:
        MissingMigration: There is no way from its schema to the store's.
    """
    steps = store.migrations.steps(schema)
    added = {path: await make_initial(module) for path, module in _missing(store, state)}
    names = ["/".join(path) for path in added]
    payload = freeze({"old": schema, "new": store.schema, "modules": names})
    return Call(Migration.make(store.name, steps, added), payload)


async def upgraded(store: Store, state: State, schema: int) -> State:
    """``state`` up to date, without a word to the log; the same object when it is so already."""
    if _fits(store, state, schema):
        return state
    call = await upgrade_call(store, state, schema)
    return call.mutation.run(state, call.payload).state


def _fits(store: Store, state: State, schema: int) -> bool:
    return schema == store.schema and not (store.modules and any(_missing(store, state)))


def _missing(store: Store, state: Mapping[str, Any], prefix: ModulePath = ()) -> Iterator[tuple[ModulePath, Store]]:
    """The modules, at any depth, whose state is not there; those in one that is missing come with it."""
    for name, module in store.modules.items():
        if name not in state:
            yield (*prefix, name), module
        else:
            yield from _missing(module, state[name], (*prefix, name))
