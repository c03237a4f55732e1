"""Patches lead from one state to another, share what they do not touch, and refuse a state they were not made for."""

import pytest

from liveex_django.exceptions import DamagedPatch
from liveex_django.store.draft import produce
from liveex_django.store.frozen import FrozenDict, FrozenList, freeze
from liveex_django.store.patches import apply_patches, to_json_patch, touched_keys

STATE = freeze({"count": 1, "items": [{"id": 1}, {"id": 2}, {"id": 3}], "by_id": {7: "a", "x": {}}})


class TestApply:
    @pytest.mark.parametrize(
        ("patch", "place", "result"),
        [
            (("set", ("count",), 2), "count", 2),
            (("set", ("new",), None), "new", None),
            (("set", ("items", 1, "id"), 9), "items", [{"id": 1}, {"id": 9}, {"id": 3}]),
            (("set", ("items", 0), "x"), "items", ["x", {"id": 2}, {"id": 3}]),
            (("insert", ("items", 0), 0), "items", [0, {"id": 1}, {"id": 2}, {"id": 3}]),
            (("insert", ("items", 3), 0), "items", [{"id": 1}, {"id": 2}, {"id": 3}, 0]),
            (("delete", ("items", 1), None), "items", [{"id": 1}, {"id": 3}]),
            (("delete", ("by_id", 7), None), "by_id", {"x": {}}),
            (("set", ("by_id", 8), []), "by_id", {7: "a", "x": {}, 8: []}),
        ],
    )
    def test_a_patch_changes_one_place(self, patch, place, result):
        changed = apply_patches(STATE, [patch])

        assert changed[place] == result
        assert {key: changed[key] for key in changed if key != place} == {
            key: STATE[key] for key in STATE if key != place
        }

    def test_it_comes_back_frozen_and_the_old_state_stays_as_it_was(self):
        changed = apply_patches(STATE, [("set", ("items", 0, "tags"), ["a"]), ("insert", ("items", 0), {"id": 0})])

        assert [type(changed), type(changed["items"][0]), type(changed["items"][1]["tags"])] == [
            FrozenDict,
            FrozenDict,
            FrozenList,
        ]
        assert STATE["items"] == [{"id": 1}, {"id": 2}, {"id": 3}]

    def test_what_is_not_touched_is_the_same_object(self):
        changed = apply_patches(STATE, [("set", ("items", 1, "id"), 9)])

        assert changed["by_id"] is STATE["by_id"]
        assert changed["items"][0] is STATE["items"][0]

    def test_no_patches_give_the_same_object(self):
        assert apply_patches(STATE, []) is STATE

    def test_each_path_is_meant_for_the_state_after_the_patches_before_it(self):
        changed = apply_patches(STATE, [("delete", ("items", 0), None), ("set", ("items", 0, "id"), "second")])

        assert changed["items"] == [{"id": "second"}, {"id": 3}]

    def test_a_value_of_a_patch_is_not_changed_by_a_later_one(self):
        value = freeze({"a": 1})

        changed = apply_patches(STATE, [("set", ("new",), value), ("set", ("new", "a"), 2)])

        assert (changed["new"], value) == ({"a": 2}, {"a": 1})

    def test_an_insert_into_a_dict_brings_a_key_to_its_place_in_the_order(self):
        state = freeze({"a": 1, "b": 2})

        assert list(apply_patches(state, [("insert", ("z",), [0, 0])])) == ["z", "a", "b"]
        assert list(apply_patches(state, [("insert", ("z",), [1, 0])])) == ["a", "z", "b"]

    def test_a_place_behind_the_last_key_means_the_end(self):
        assert list(apply_patches(freeze({"a": 1}), [("insert", ("z",), [9, 0])])) == ["a", "z"]

    def test_the_whole_state_can_be_replaced(self):
        assert apply_patches(STATE, [("set", (), {"a": [1]}), ("set", ("a", 0), 2)]) == {"a": [2]}

    @pytest.mark.parametrize(
        "patch",
        [
            ("set", ("missing", "a"), 1),
            ("set", ("items", 3), 1),
            ("set", ("items", -1), 1),
            ("set", ("items", True), 1),
            ("set", ("items", "0"), 1),
            ("insert", ("items", 4), 1),
            ("insert", ("count", 0), 1),
            ("insert", ("by_id", "x"), [0, 1]),
            ("insert", ("by_id", "y"), [-1, 1]),
            ("insert", ("by_id", "y"), None),
            ("delete", ("items", 3), None),
            ("delete", ("missing",), None),
            ("delete", ("count", "a"), None),
            ("set", ("items", 0, "id", "deeper"), 1),
            ("set", ("a",), {1, 2}),
            ("move", ("count",), 1),
            ("set", (), 1),
            ("delete", (), None),
        ],
    )
    def test_a_patch_that_does_not_fit_is_refused_and_nothing_changes(self, patch):
        with pytest.raises(DamagedPatch):
            apply_patches(STATE, [("set", ("count",), 5), patch])

        assert STATE["count"] == 1

    def test_the_error_names_the_place_and_what_is_wrong(self):
        with pytest.raises(DamagedPatch) as caught:
            apply_patches(STATE, [("delete", ("items", 3), None)])

        assert str(caught.value) == (
            "A patch would delete state['items'][3], but the list there has 3 items. "
            "It was made for another state than this one."
        )


class TestTouchedKeys:
    def test_they_are_the_first_steps_of_the_paths(self):
        patches = [("set", ("a", "b"), 1), ("insert", ("items", 0), 1), ("delete", ("a",), None)]

        assert touched_keys(patches) == {"a", "items"}
        assert touched_keys([]) == frozenset()

    def test_a_new_state_touches_all_of_them(self):
        assert touched_keys([("set", ("a",), 1), ("set", (), {})]) is None


class TestJsonPatch:
    def test_operations_are_those_of_rfc_6902(self):
        patches = [
            ("set", ("count",), 2),
            ("set", ("items", 0), 1),
            ("insert", ("items", 0), 1),
            ("delete", ("items", 0), None),
            ("insert", ("a",), freeze([0, "first"])),
            ("set", (), freeze({"a": 1})),
        ]

        assert to_json_patch(patches) == [
            {"op": "add", "path": "/count", "value": 2},
            {"op": "replace", "path": "/items/0", "value": 1},
            {"op": "add", "path": "/items/0", "value": 1},
            {"op": "remove", "path": "/items/0"},
            {"op": "add", "path": "/a", "value": "first"},
            {"op": "replace", "path": "", "value": {"a": 1}},
        ]

    def test_slashes_and_tildes_in_keys_are_escaped(self):
        assert to_json_patch([("set", ("a/b", "~c"), 1)])[0]["path"] == "/a~1b/~0c"

    def test_with_the_state_an_int_key_is_told_from_an_index(self):
        patches = [("set", ("by_id", 9), "new"), ("insert", ("by_id", 3), freeze([0, "b"])), ("set", ("items", 1), 0)]

        assert to_json_patch(patches, STATE) == [
            {"op": "add", "path": "/by_id/9", "value": "new"},
            {"op": "add", "path": "/by_id/3", "value": "b"},
            {"op": "replace", "path": "/items/1", "value": 0},
        ]

    def test_the_patches_of_a_mutation_lead_from_the_old_json_to_the_new(self):
        def change(state):
            state["items"].insert(1, {"id": 5})
            state["items"][2]["id"] = 6
            del state["items"][0]
            state["by_id"]["x"]["y"] = [1]
            state["by_id"][7] = "b"

        effects = produce(STATE, change)

        assert apply_json(to_plain(STATE), to_json_patch(effects.patches, STATE)) == to_plain(effects.state)


def to_plain(value):
    """``value`` as it comes out of JSON."""
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    return [to_plain(item) for item in value] if isinstance(value, list) else value


def apply_json(document, operations):
    """RFC 6902, the three operations that are used here, by the letter."""
    for operation in operations:
        *way, last = operation["path"].split("/")[1:]
        target = document
        for step in way:
            target = target[int(step) if isinstance(target, list) else step]
        key = int(last) if isinstance(target, list) else last
        if operation["op"] == "remove":
            del target[key]
        elif operation["op"] == "add" and isinstance(target, list):
            target.insert(key, to_plain(operation["value"]))
        else:
            assert operation["op"] == "add" or key in (target if isinstance(target, dict) else range(len(target)))
            target[key] = to_plain(operation["value"])
    return document
