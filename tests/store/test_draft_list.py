"""A draft of a list does what a list does: every operation here runs on both, and the results are compared."""

import bisect
import copy
import heapq
import operator
import random

import pytest

from liveex_django.store.draft import produce
from liveex_django.store.frozen import freeze, thaw
from liveex_django.store.patches import apply_patches

NUMBERS = [3, 1, 2, 3, 5]
ROWS = [{"id": 2, "n": [1]}, {"id": 1, "n": []}, {"id": 3, "n": [2]}]

READS = {
    "length": len,
    "truth": bool,
    "text": repr,
    "index": lambda v: (v[0], v[-1], v[True]),
    "index out of range": lambda v: v[9],
    "index by text": lambda v: v["a"],
    "slice": lambda v: v[1:3],
    "slice backwards": lambda v: v[::-2],
    "slice out of range": lambda v: v[7:9],
    "contains": lambda v: (3 in v, 4 in v),
    "count": lambda v: (v.count(3), v.count(9)),
    "find": lambda v: (v.index(3), v.index(3, 1), v.index(5, -2)),
    "find nothing": lambda v: v.index(3, 1, 2),
    "iterate": list,
    "iterate backwards": lambda v: list(reversed(v)),
    "copy": lambda v: v.copy(),
    "add": lambda v: (operator.add(v, [1]), operator.add([1], v), v + v),
    "add a tuple": lambda v: operator.add(v, (1,)),
    "add to a tuple": lambda v: operator.add((1,), v),
    "multiply": lambda v: (v * 2, 2 * v, v * 0, v * -1),
    "multiply by text": lambda v: v * "a",
    "equal": lambda v: (v == [3, 1, 2, 3, 5], v == [], v != v, v == v, v == (3, 1, 2, 3, 5)),
    "compare": lambda v: (v < [4], v <= v, v > [3, 1], v >= [9]),
    "compare with text": lambda v: v < "a",
    "sorted": lambda v: (sorted(v), min(v), max(v), sum(v)),
    "unpack": lambda v: (lambda *a: a)(*v),
    "hash": hash,
    "bisect": lambda v: bisect.bisect(v, 2),
}

WRITES = {
    "set": lambda v: operator.setitem(v, 1, 9),
    "set from the end": lambda v: operator.setitem(v, -1, 9),
    "set by bool": lambda v: operator.setitem(v, True, 9),
    "set out of range": lambda v: operator.setitem(v, 5, 9),
    "set by text": lambda v: operator.setitem(v, "a", 9),
    "set slice": lambda v: operator.setitem(v, slice(1, 3), [7, 8, 9]),
    "set slice by generator": lambda v: operator.setitem(v, slice(1, 3), (i for i in "ab")),
    "set slice of nothing": lambda v: operator.setitem(v, slice(3, 1), [7]),
    "set slice to itself": lambda v: operator.setitem(v, slice(1, 2), v),
    "set slice to a number": lambda v: operator.setitem(v, slice(1, 2), 7),
    "set extended slice": lambda v: operator.setitem(v, slice(None, None, 2), [7, 8, 9]),
    "set extended slice backwards": lambda v: operator.setitem(v, slice(None, None, -2), [7, 8, 9]),
    "set extended slice of another length": lambda v: operator.setitem(v, slice(None, None, 2), [7]),
    "delete": lambda v: operator.delitem(v, 1),
    "delete from the end": lambda v: operator.delitem(v, -2),
    "delete out of range": lambda v: operator.delitem(v, -6),
    "delete slice": lambda v: operator.delitem(v, slice(1, 3)),
    "delete extended slice": lambda v: operator.delitem(v, slice(None, None, 2)),
    "delete slice of nothing": lambda v: operator.delitem(v, slice(3, 1)),
    "delete all": lambda v: operator.delitem(v, slice(None)),
    "append": lambda v: v.append(4),
    "extend": lambda v: v.extend([4, 5]),
    "extend by itself": lambda v: v.extend(v),
    "extend by what raises": lambda v: v.extend(10 // (2 - i) for i in range(5)),
    "extend by text": lambda v: v.extend("ab"),
    "extend by a number": lambda v: v.extend(4),
    "insert": lambda v: v.insert(1, 4),
    "insert far away": lambda v: (v.insert(99, 4), v.insert(-99, 4)),
    "insert at text": lambda v: v.insert("a", 4),
    "pop": lambda v: (v.pop(), v.pop(0), v.pop(-2)),
    "pop out of range": lambda v: v.pop(9),
    "pop too often": lambda v: [v.pop() for _ in range(6)],
    "remove": lambda v: v.remove(3),
    "remove nothing": lambda v: v.remove(4),
    "clear": lambda v: v.clear(),
    "reverse": lambda v: v.reverse(),
    "sort": lambda v: v.sort(),
    "sort backwards by key": lambda v: v.sort(key=lambda i: -i, reverse=True),
    "sort what cannot be sorted": lambda v: v.sort(key=lambda i: "a" if i == 3 else i),
    "look at it while it is sorted": lambda v: v.sort(key=lambda i: (len(v), -i)),
    "write to it while it is sorted": lambda v: v.sort(key=lambda i: v.append(i) or -i),
    "add in place": lambda v: operator.iadd(v, (4, 5)) is v,
    "multiply in place": lambda v: operator.imul(v, 2) is v,
    "multiply in place by zero": lambda v: operator.imul(v, 0) is v,
    "grow while iterating": lambda v: [v.append(i) for i in v if len(v) < 9],
    "shrink while iterating": lambda v: [v.remove(i) for i in v if i == 3],
    "shrink while iterating backwards": lambda v: [v.pop() for i in reversed(v) if i != 3],
    "insort": lambda v: (v.sort(), bisect.insort(v, 4)),
    "shuffle": lambda v: random.Random(1).shuffle(v),
    "swap": lambda v: (operator.setitem(v, slice(0, 2), (v[1], v[0])), v.append(v.pop(0))),
    "much": lambda v: (v.pop(0), v.append(1), v.insert(2, 1), v.reverse(), v.remove(1), v.sort(), v.extend(v[1:])),
}


def outcome(operation, values):
    """What ``operation`` returned, as plain data, or the type of what it raised; and what it left."""
    try:
        result = operation(values)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        result = type(error)
    return copy.deepcopy(result), thaw(values)


def check(operation, plain):
    """Run ``operation`` on a plain list and on a draft of it, and the patches there and back."""
    base = freeze({"values": plain})
    expected = outcome(operation, thaw(plain))

    effects = produce(base, lambda state: outcome(operation, state["values"]))

    assert effects.returned == expected
    assert repr(effects.state["values"]) == repr(expected[1])
    assert repr(apply_patches(base, effects.patches)) == repr(effects.state)
    assert repr(apply_patches(effects.state, effects.inverse)) == repr(base)
    assert (effects.state is base) == (repr(expected[1]) == repr(plain))


class TestDraftList:
    @pytest.mark.parametrize("operation", READS.values(), ids=READS.keys())
    def test_it_is_read_as_a_list(self, operation):
        check(operation, NUMBERS)

    @pytest.mark.parametrize("operation", WRITES.values(), ids=WRITES.keys())
    def test_it_is_written_as_a_list(self, operation):
        check(operation, NUMBERS)
        check(operation, [])

    @pytest.mark.parametrize(
        "operation",
        [
            lambda v: v.sort(key=lambda row: row["id"]),
            lambda v: v.sort(),
            lambda v: v.reverse() or v[0].update(id=9),
            lambda v: v.remove(v[1]),
            lambda v: v.remove({"id": 1, "n": []}),
            lambda v: v.index(v[2]),
            lambda v: v.pop(0)["n"].append(1),
            lambda v: [row["n"].append(row["id"]) for row in v],
            lambda v: v.extend(v[:2]) or v[0].update(id=7),
            lambda v: operator.imul(v, 2)[0].update(id=7),
            lambda v: operator.setitem(v, slice(0, 2), v[1:]),
            lambda v: operator.setitem(v, slice(None, None, -1), v[:]),
            lambda v: v.insert(1, v.pop()),
            lambda v: v.insert(0, {"id": 0}) or v[3]["n"].clear(),
            lambda v: [v.remove(row) for row in v],
            lambda v: v[True].update(id=7),
            lambda v: v.sort(key=lambda row: row["n"].append(9) or -row["id"]),
        ],
    )
    def test_it_is_written_as_a_list_of_dicts(self, operation):
        check(operation, ROWS)

    def test_c_code_that_wants_a_real_list_refuses_it(self):
        def change(state):
            with pytest.raises(TypeError, match="DraftList"):
                heapq.heappush(state["values"], 1)

        assert produce(freeze({"values": [1]}), change).patches == ()

    def test_what_a_mutation_catches_leaves_no_trace(self):
        def change(state):
            with pytest.raises(IndexError):
                state["values"].pop(7)
            with pytest.raises(ValueError, match="x not in list"):
                state["values"].remove(7)

        base = freeze({"values": [1]})
        assert produce(base, change).state is base
