"""A draft of a dict does what a dict does: every operation here runs on both, and the results are compared."""

import copy
import operator

import pytest
from django.utils.safestring import SafeString

from liveex_django.store.draft import produce
from liveex_django.store.frozen import freeze, thaw
from liveex_django.store.patches import apply_patches

PLAIN = {"a": 1, "b": {"x": [1]}, 3: "three", "c": [{}]}

READS = {
    "length": len,
    "truth": bool,
    "text": repr,
    "get": lambda d: (d["a"], d.get("a"), d.get("z"), d.get("z", 5)),
    "get nothing": lambda d: d["z"],
    "get by bool": lambda d: d[True],
    "get by float": lambda d: d[3.0],
    "get by list": lambda d: d[[]],
    "contains": lambda d: ("a" in d, "z" in d, 3 in d),
    "iterate": list,
    "iterate backwards": lambda d: list(reversed(d)),
    "keys": lambda d: (list(d.keys()), "a" in d.keys(), len(d.keys())),  # noqa: SIM118
    "values": lambda d: (list(d.values()), 1 in d.values()),
    "items": lambda d: (list(d.items()), ("a", 1) in d.items()),
    "views backwards": lambda d: (list(reversed(d.keys())), list(reversed(d.values())), list(reversed(d.items()))),
    "views as sets": lambda d: (sorted(d.keys() & {"a", "z"}), sorted(map(str, d.keys() | {"z"})), d.keys() - {"a"}),
    "equal": lambda d: (d == {"a": 1}, d == d, d != d, d == thaw(d), d == []),
    "copy": lambda d: d.copy(),
    "or": lambda d: (d | {"z": 1, "a": 2}, {"z": 1, "a": 2} | d, d | d),
    "or with pairs": lambda d: d | [("a", 1)],
    "hash": hash,
    "unpack": lambda d: ({**d}, dict(d)),
    "compare": lambda d: d < {},
    "fromkeys": lambda d: d.fromkeys(["a"], 1),
}

WRITES = {
    "set": lambda d: operator.setitem(d, "a", 2),
    "set a new key": lambda d: operator.setitem(d, "z", {"y": []}),
    "set by a subclass of str": lambda d: operator.setitem(d, SafeString("a"), 2),
    "delete": lambda d: operator.delitem(d, "b"),
    "delete nothing": lambda d: operator.delitem(d, "z"),
    "delete by float": lambda d: operator.delitem(d, 3.0),
    "delete by list": lambda d: operator.delitem(d, []),
    "clear": lambda d: d.clear(),
    "clear and fill": lambda d: (d.clear(), d.update(c=1, a=1)),
    "pop": lambda d: (d.pop("a"), d.pop("z", 5), d.pop("z", None), d.pop(3)),
    "pop nothing": lambda d: d.pop("z"),
    "popitem": lambda d: (list(d.popitem()), list(d.popitem())),
    "popitem too often": lambda d: [d.popitem() for _ in range(9)],
    "setdefault": lambda d: (d.setdefault("a", 9), d.setdefault("z", 9), d.setdefault("y")),
    "setdefault and append": lambda d: (d.setdefault("z", []).append(1), d.setdefault("z", []).append(2)),
    "update": lambda d: d.update({"a": 2, "z": 3}),
    "update by pairs and names": lambda d: d.update([("a", 2), (7, 3)], z=4),
    "update by itself": lambda d: d.update(d),
    "update by a number": lambda d: d.update(5),
    "update by threes": lambda d: d.update([(1, 2, 3)]),
    "or in place": lambda d: operator.ior(d, {"a": 2, "z": 3}) is d,
    "or in place by pairs": lambda d: operator.ior(d, [("a", 2)]) is d,
    "move to the end": lambda d: operator.setitem(d, "a", d.pop("a")),
    "move the last to the end": lambda d: operator.setitem(d, "c", d.pop("c")),
    "rename": lambda d: operator.setitem(d, "renamed", d.pop("b")),
    "replace by hand": lambda d: (d.clear(), d.update({"c": [{}], 3: "three", "b": {"x": [1]}, "a": 1})),
    "grow while iterating": lambda d: [operator.setitem(d, "z", 1) for _ in d],
    "shrink while iterating": lambda d: [d.pop(key) for key in d],
    "set while iterating": lambda d: [operator.setitem(d, key, key) for key in d],
    "delete while iterating over a list of it": lambda d: [operator.delitem(d, key) for key in list(d)],
    "live views": lambda d: (lambda keys: (d.pop("a"), list(keys), len(keys)))(d.keys()),
    "nested": lambda d: (d["b"]["x"].append(2), d["c"][0].update(y=d["b"]), d["b"].pop("x")),
    "much": lambda d: (d.pop("b"), d.update(b=1), d.pop("a"), d.setdefault("a", 2), d.popitem(), d.update(q=1, c=2)),
}


def outcome(operation, values):
    """What ``operation`` returned, as plain data, or the type of what it raised; and what it left."""
    try:
        result = operation(values)
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        result = type(error)
    return copy.deepcopy(result), thaw(values)


def check(operation, plain):
    """Run ``operation`` on a plain dict and on a draft of it, and the patches there and back, order included."""
    base = freeze({"values": plain})
    expected = outcome(operation, thaw(plain))

    effects = produce(base, lambda state: outcome(operation, state["values"]))

    assert effects.returned == expected
    assert repr(effects.state["values"]) == repr(expected[1])
    assert repr(apply_patches(base, effects.patches)) == repr(effects.state)
    assert repr(apply_patches(effects.state, effects.inverse)) == repr(base)
    assert (effects.state is base) == (repr(expected[1]) == repr(plain))


class TestDraftDict:
    @pytest.mark.parametrize("operation", READS.values(), ids=READS.keys())
    def test_it_is_read_as_a_dict(self, operation):
        check(operation, PLAIN)

    @pytest.mark.parametrize("operation", WRITES.values(), ids=WRITES.keys())
    def test_it_is_written_as_a_dict(self, operation):
        check(operation, PLAIN)
        check(operation, {})

    def test_a_part_found_by_an_equal_key_is_patched_at_the_key_as_it_is_stored(self):
        base = freeze({"rows": {1: {"n": 1}, "a": {"n": 1}}})

        def change(state):
            state["rows"][True]["n"] = 2
            state["rows"][SafeString("a")]["n"] = 3

        effects = produce(base, change)

        assert effects.patches == (("set", ("rows", 1, "n"), 2), ("set", ("rows", "a", "n"), 3))
        assert [type(step) for _, path, _ in effects.patches for step in path] == [str, int, str, str, str, str]
