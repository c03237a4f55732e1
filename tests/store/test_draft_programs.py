"""
Random programs run on a draft and on a deep copy in plain Python, and everything about the two is compared.

A program is a list of steps; each picks a container that can be reached (also one that was taken out before), an
operation, and values, which may be containers that stand somewhere already: so parts get moved, aliased, swapped and
put into themselves. The same steps are interpreted on both sides.
"""

import operator
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from liveex_django.exceptions import InvalidState
from liveex_django.store.codec import decode_state, encode_state
from liveex_django.store.draft import produce, transition
from liveex_django.store.frozen import freeze, is_plain, thaw
from liveex_django.store.patches import apply_patches

KEYS = st.sampled_from(["a", "b", "c", 1, 2])
# Values that Python calls equal and that are not: True and 1, 1 and 1.0, 0.0 and -0.0.
SCALARS = st.sampled_from([0, 1, True, False, 1.0, 0.0, -0.0, None, "a", "b", 7])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)
STATES = st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1)


class Reference:
    """Stands in a program for a container that can be reached when the step runs."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"Reference({self.number})"


REFERENCES = st.builds(Reference, st.integers(0, 30))
OPERANDS = st.one_of(VALUES, REFERENCES)
INDEXES = st.integers(-4, 6)
SLICES = st.builds(slice, st.none() | INDEXES, st.none() | INDEXES, st.sampled_from([None, None, 1, 2, 3, -1, -2]))


def sort_key(value: Any) -> tuple[str, str]:
    return type(value).__name__ if is_plain(value) and not is_container(value) else "~", str(type(value) is bool)


DICT_OPERATIONS = {
    "set": lambda d, key, other, value, more: operator.setitem(d, key, value),
    "delete": lambda d, key, other, value, more: operator.delitem(d, key),
    "pop": lambda d, key, other, value, more: d.pop(key),
    "pop or default": lambda d, key, other, value, more: d.pop(key, value),
    "popitem": lambda d, key, other, value, more: list(d.popitem()),
    "clear": lambda d, key, other, value, more: d.clear(),
    "setdefault": lambda d, key, other, value, more: d.setdefault(key, value),
    "update": lambda d, key, other, value, more: d.update({key: value, other: more}),
    "or in place": lambda d, key, other, value, more: operator.ior(d, {key: value}) is d,
    "or": lambda d, key, other, value, more: operator.setitem(d, key, d | {other: value}),
    "copy": lambda d, key, other, value, more: operator.setitem(d, key, d.copy()),
    "move": lambda d, key, other, value, more: operator.setitem(d, key, d.pop(other)),
    "swap": lambda d, key, other, value, more: d.update({key: d[other], other: d[key]}),
    "keys": lambda d, key, other, value, more: list(d),
    "write while iterating": lambda d, key, other, value, more: [operator.setitem(d, k, value) for k in d],
    "grow while iterating": lambda d, key, other, value, more: [d.update({key: value}) for _ in d],
}
LIST_OPERATIONS = {
    "set": lambda v, i, part, value, more: operator.setitem(v, i, value),
    "delete": lambda v, i, part, value, more: operator.delitem(v, i),
    "set slice": lambda v, i, part, value, more: operator.setitem(v, part, [value, more]),
    "set slice to itself": lambda v, i, part, value, more: operator.setitem(v, part, v[part]),
    "copy slice": lambda v, i, part, value, more: operator.setitem(v, slice(i, i), v[part]),
    "delete slice": lambda v, i, part, value, more: operator.delitem(v, part),
    "append": lambda v, i, part, value, more: v.append(value),
    "extend": lambda v, i, part, value, more: v.extend([value, more]),
    "insert": lambda v, i, part, value, more: v.insert(i, value),
    "pop": lambda v, i, part, value, more: v.pop(i),
    "remove": lambda v, i, part, value, more: v.remove(value),
    "index": lambda v, i, part, value, more: v.index(value),
    "contains": lambda v, i, part, value, more: value in v,
    "clear": lambda v, i, part, value, more: v.clear(),
    "reverse": lambda v, i, part, value, more: v.reverse(),
    "sort": lambda v, i, part, value, more: v.sort(key=lambda item: sort_key(thaw(item))),
    "sort numbers": lambda v, i, part, value, more: v.sort(),
    "add in place": lambda v, i, part, value, more: operator.iadd(v, [value]) is v,
    "multiply": lambda v, i, part, value, more: operator.imul(v, min(i, 2)) is v if len(v) < 20 else None,
    "move": lambda v, i, part, value, more: v.insert(i, v.pop()),
    "swap": lambda v, i, part, value, more: operator.setitem(v, slice(0, 2), [v[1], v[0]]),
    "remove while iterating": lambda v, i, part, value, more: [v.remove(item) for item in v],
}
STEPS = st.tuples(
    st.integers(0, 30),
    st.sampled_from(sorted(DICT_OPERATIONS)),
    st.sampled_from(sorted(LIST_OPERATIONS)),
    KEYS,
    KEYS,
    INDEXES,
    SLICES,
    OPERANDS,
    OPERANDS,
)
PROGRAMS = st.lists(STEPS, min_size=1, max_size=10)

# How long an example takes says nothing here: the machine may be busy.
unhurried = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])


def is_container(value: Any) -> bool:
    return isinstance(value, Mapping) or hasattr(value, "append")


def reachable(root: Any, taken_out: list[Any]) -> list[Any]:
    """Every container below ``root``, each once, in an order that is the same for drafts and plain data."""
    found: list[Any] = []
    waiting = [root, *taken_out]
    seen = set()
    while waiting:
        value = waiting.pop(0)
        if is_container(value) and id(value) not in seen:
            seen.add(id(value))
            found.append(value)
            waiting += list(value.values() if isinstance(value, Mapping) else value)
    return found


def interpret(root: Any, program: list[Any]) -> list[Any]:
    """Run ``program`` on ``root``; what each step gave: a scalar, the kind of a container, or the type of an error."""
    log: list[Any] = []
    taken_out: list[Any] = []
    for target, on_dict, on_list, key, other, index, part, value, more in program:
        containers = reachable(root, taken_out)
        container = containers[target % len(containers)]
        operands = [
            containers[operand.number % len(containers)] if isinstance(operand, Reference) else thaw(operand)
            for operand in (value, more)
        ]
        try:
            if isinstance(container, Mapping):
                result = DICT_OPERATIONS[on_dict](container, key, other, *operands)
            else:
                result = LIST_OPERATIONS[on_list](container, index, part, *operands)
        except (LookupError, TypeError, ValueError, RuntimeError) as error:
            result = type(error)
        if is_container(result):
            taken_out.append(result)
        log.append(len(result) if is_container(result) else result)
    return log


def contains_itself(value: Any, above: tuple[int, ...] = ()) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    if id(value) in above:
        return True
    parts = value.values() if isinstance(value, dict) else value
    return any(contains_itself(part, (*above, id(value))) for part in parts)


def written(value: Any) -> Any:
    """A text that differs for any two values which a page could tell apart."""
    return repr(value)


@unhurried
@given(STATES, PROGRAMS)
def test_a_program_does_to_a_draft_what_it_does_to_a_deep_copy(start, program):
    base = freeze(start)
    plain = thaw(base)
    before = written(base)
    expected = interpret(plain, program)
    if contains_itself(plain):
        event("contains itself")
        with pytest.raises(InvalidState, match="contains itself"):
            produce(base, lambda state: interpret(state, program))
        assert written(base) == before
        return

    effects = produce(base, lambda state: interpret(state, program))

    event("changed" if effects.patches else "unchanged")
    assert effects.returned == expected
    assert written(effects.state) == written(plain)
    assert written(base) == before
    assert written(apply_patches(base, effects.patches)) == written(effects.state)
    assert written(apply_patches(effects.state, effects.inverse)) == before
    assert (effects.state is base) == (written(plain) == before)
    assert bool(effects.patches) == bool(effects.inverse) == (effects.state is not base)


@unhurried
@given(STATES, st.lists(PROGRAMS, min_size=2, max_size=4))
def test_a_history_can_be_replayed_and_taken_back_in_any_process(start, programs):
    base = freeze(start)
    states, history = [base], []
    for program in programs:
        try:
            effects = produce(states[-1], lambda state, program=program: interpret(state, program))
        except InvalidState:
            continue
        states.append(effects.state)
        history.append(effects)

    replica = decode_state(encode_state(base))
    for effects in history:
        replica = apply_patches(replica, effects.patches)
    assert written(replica) == written(states[-1])
    for effects in reversed(history):
        replica = apply_patches(replica, effects.inverse)
    assert written(replica) == written(base)


@unhurried
@given(STATES, STATES)
def test_any_state_can_be_led_to_any_other(start, end):
    old, new = freeze(start), freeze(end)

    effects = transition(old, new)

    assert written(effects.state) == written(new)
    assert written(apply_patches(effects.state, effects.inverse)) == written(old)


@unhurried
@given(STATES, PROGRAMS)
def test_what_patches_do_not_name_is_the_same_object(start, program):
    base = freeze(start)
    try:
        effects = produce(base, lambda state: interpret(state, program))
    except InvalidState:
        return

    named = {path[0] for _, path, _ in effects.patches}
    for key, value in base.items():
        if key not in named:
            assert effects.state[key] is value
