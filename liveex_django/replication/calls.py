"""Mutations with their payloads, on their way to becoming one entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..store import Entry, FrozenDict, freeze
from ..store.draft import Effects
from ..store.mutations import Mutation
from ..store.patches import Patch

# Name of an entry that holds several mutations, all or nothing. Its payload is {"label", "calls"}, each of the calls
# {"mutation", "payload"}; "label" is there when the transaction was given one.
TRANSACTION = "$transaction"

State = FrozenDict[str, Any]
Run = Callable[[Mutation, State, FrozenDict[str, Any]], Effects]


def _run(mutation: Mutation, state: State, payload: FrozenDict[str, Any]) -> Effects:
    return mutation.run(state, payload)


@dataclass(frozen=True, slots=True)
class Call:
    """One mutation with its payload."""

    mutation: Mutation
    payload: FrozenDict[str, Any]


@dataclass(frozen=True, slots=True)
class Outline:
    """What an entry says it is: its name and payload."""

    name: str
    payload: FrozenDict[str, Any]


def outline(calls: Sequence[Call], label: str | None = None) -> Outline:
    """A single call is an entry of its own name; several are a transaction, and so is one with a label."""
    if len(calls) == 1 and label is None:
        return Outline(calls[0].mutation.name, calls[0].payload)
    listed = [{"mutation": call.mutation.name, "payload": call.payload} for call in calls]
    return Outline(TRANSACTION, freeze({"calls": listed} if label is None else {"label": label, "calls": listed}))


def mutation_names(entry: Entry) -> tuple[str, ...]:
    """The mutations that an entry stands for, each once: its own, or those of its transaction."""
    if entry.name != TRANSACTION:
        return (entry.name,)
    return tuple(dict.fromkeys(call["mutation"] for call in entry.payload["calls"]))


def run_calls(
    state: State,
    calls: Sequence[Call],
    *,
    # Called with the number of each call and the state that it starts from; may raise.
    before: Callable[[int, State], None] = lambda number, state: None,
    run: Run = _run,
) -> tuple[Effects, Sequence[State]]:
    """The effects of several mutations after one another as those of one, and the states around each of them."""
    patches: list[Patch] = []
    inverse: list[Patch] = []
    states = [state]
    for number, call in enumerate(calls):
        before(number, state)
        effects = run(call.mutation, state, call.payload)
        state = effects.state
        patches.extend(effects.patches)
        inverse[:0] = effects.inverse
        states.append(state)
    return Effects(state=state, patches=tuple(patches), inverse=tuple(inverse), returned=None), states
