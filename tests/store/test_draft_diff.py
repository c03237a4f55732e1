"""Patches say no more than what happened, and of many steps and one replacement they are the smaller."""

import pytest

from liveex_django.store.codec import encode_state
from liveex_django.store.draft import produce
from liveex_django.store.frozen import freeze
from liveex_django.store.patches import apply_patches

ROWS = freeze({"rows": [{"id": i, "name": f"row {i}", "done": False} for i in range(100)], "by": {"a": 1, "b": 2}})


def effects_of(recipe, base=ROWS):
    effects = produce(base, recipe)
    assert repr(apply_patches(base, effects.patches)) == repr(effects.state)
    assert repr(apply_patches(effects.state, effects.inverse)) == repr(base)
    return effects


def move_last_to_front(state):
    state["rows"].insert(0, state["rows"].pop())


def keep_some(state):
    state["rows"] = [row for row in state["rows"] if row["id"] not in (3, 50)]


def write_in_the_style_of_redux(state):
    state["rows"] = [{**row, "done": True} if row["id"] == 7 else row for row in state["rows"]]


def insert_and_change_behind(state):
    state["rows"].insert(2, 0)
    state["rows"][50]["done"] = True


class TestSmallChanges:
    @pytest.mark.parametrize(
        ("recipe", "patches", "inverse"),
        [
            (
                lambda state: state["rows"][50].update(done=True, name="row 50"),
                [("set", ("rows", 50, "done"), True)],
                [("set", ("rows", 50, "done"), False)],
            ),
            (
                lambda state: state["rows"].append(1),
                [("insert", ("rows", 100), 1)],
                [("delete", ("rows", 100), None)],
            ),
            (
                lambda state: state["rows"].pop(1),
                [("delete", ("rows", 1), None)],
                [("insert", ("rows", 1), ROWS["rows"][1])],
            ),
            (
                move_last_to_front,
                [("delete", ("rows", 99), None), ("insert", ("rows", 0), ROWS["rows"][99])],
                [("delete", ("rows", 0), None), ("insert", ("rows", 99), ROWS["rows"][99])],
            ),
            (
                keep_some,
                [("delete", ("rows", 50), None), ("delete", ("rows", 3), None)],
                [("insert", ("rows", 3), ROWS["rows"][3]), ("insert", ("rows", 50), ROWS["rows"][50])],
            ),
            (
                write_in_the_style_of_redux,
                [("set", ("rows", 7, "done"), True)],
                [("set", ("rows", 7, "done"), False)],
            ),
            (
                insert_and_change_behind,
                [("insert", ("rows", 2), 0), ("set", ("rows", 50, "done"), True)],
                [("delete", ("rows", 2), None), ("set", ("rows", 49, "done"), False)],
            ),
            (
                lambda state: state["by"].update(c=3),
                [("set", ("by", "c"), 3)],
                [("delete", ("by", "c"), None)],
            ),
            (
                lambda state: state["by"].pop("b"),
                [("delete", ("by", "b"), None)],
                [("set", ("by", "b"), 2)],
            ),
            (
                lambda state: state["by"].pop("a"),
                [("delete", ("by", "a"), None)],
                [("insert", ("by", "a"), [0, 1])],
            ),
            (
                lambda state: state.pop("rows"),
                [("delete", ("rows",), None)],
                [("insert", ("rows",), [0, ROWS["rows"]])],
            ),
            (
                lambda state: state["by"].update(a=5, b=6),
                [("set", ("by", "a"), 5), ("set", ("by", "b"), 6)],
                [("set", ("by", "a"), 1), ("set", ("by", "b"), 2)],
            ),
        ],
    )
    def test_one_change_is_one_patch_in_each_direction(self, recipe, patches, inverse):
        effects = effects_of(recipe)

        assert (list(effects.patches), list(effects.inverse)) == (patches, inverse)

    def test_what_was_undone_within_the_mutation_is_not_there(self):
        def change(state):
            state["rows"].insert(5, "gone")
            state["rows"][6]["done"] = True
            state["rows"].remove("gone")
            state["by"]["c"] = 1
            del state["by"]["c"]

        assert effects_of(change).patches == (("set", ("rows", 5, "done"), True),)

    def test_the_order_of_patches_is_that_of_the_first_touch(self):
        names = ["delta", "alpha", "charlie", "bravo"]
        base = freeze(dict.fromkeys(sorted(names), 0))

        effects = effects_of(lambda state: [state.update({name: 1}) for name in names], base)

        assert [path for _, path, _ in effects.patches] == [(name,) for name in names]


class TestBulkChanges:
    def test_a_cleared_list_is_one_replacement_there_and_one_back(self):
        effects = effects_of(lambda state: state["rows"].clear())

        assert effects.patches == (("set", ("rows",), []),)
        assert effects.inverse == (("set", ("rows",), ROWS["rows"]),)

    def test_a_reversed_list_is_one_replacement(self):
        effects = effects_of(lambda state: state["rows"].reverse())

        assert [(op, path) for op, path, _ in effects.patches] == [("set", ("rows",))]

    def test_a_sort_that_moves_little_is_recorded_in_steps(self):
        base = freeze({"rows": [*range(50), 3, *range(50, 100)]})

        effects = effects_of(lambda state: state["rows"].sort(), base)

        assert effects.patches == (("delete", ("rows", 50), None), ("insert", ("rows", 4), 3))

    def test_each_direction_is_chosen_for_itself(self):
        effects = effects_of(lambda state: state["rows"].__delitem__(slice(1, None)))

        assert effects.patches == (("set", ("rows",), [ROWS["rows"][0]]),)
        assert len(effects.inverse) == 1

    def test_one_field_of_all_rows_is_recorded_field_by_field_when_rows_are_large(self):
        base = freeze({"rows": [{"text": "long " * 20, "seen": False} for _ in range(50)]})

        effects = effects_of(lambda state: [row.update(seen=True) for row in state["rows"]], base)

        assert len(effects.patches) == 50

    def test_all_values_of_a_dict_are_one_replacement_when_there_are_many(self):
        base = freeze({"counts": {f"k{i}": i for i in range(100)}})

        effects = effects_of(lambda state: [state["counts"].update({key: -1}) for key in state["counts"]], base)

        assert [(op, path) for op, path, _ in effects.patches] == [("set", ("counts",))]

    def test_a_few_fields_of_a_small_dict_are_never_a_replacement_so_that_others_can_change_beside_them(self):
        base = freeze({"point": {"x": 1, "y": 2, "z": 3}})

        effects = effects_of(lambda state: state["point"].update(x=5, y=6), base)

        assert effects.patches == (("set", ("point", "x"), 5), ("set", ("point", "y"), 6))

    def test_one_item_more_and_a_field_beside_it_are_kept_apart_too(self):
        base = freeze({"rows": [{"n": 1}]})

        effects = effects_of(lambda state: state["rows"].append(2) or state["rows"][0].update(n=2), base)

        assert effects.patches == (("insert", ("rows", 1), 2), ("set", ("rows", 0, "n"), 2))

    @pytest.mark.parametrize("values", [[3, 1, 2], {"a": 1, "b": 2, "c": 3}])
    def test_a_small_list_or_dict_that_is_cleared_is_one_replacement_too(self, values):
        base = freeze({"values": values})

        effects = effects_of(lambda state: state["values"].clear(), base)

        assert effects.patches == (("set", ("values",), type(values)()),)
        assert effects.inverse == (("set", ("values",), values),)

    def test_the_whole_state_is_never_a_replacement(self):
        base = freeze({f"k{i}": 1 for i in range(30)})

        effects = effects_of(lambda state: state.clear() or state.update(z=1), base)

        assert all(len(path) == 1 for _, path, _ in effects.patches + effects.inverse)

    def test_a_replacement_is_not_larger_than_the_steps_it_stands_for(self):
        def steps_only(state):
            rows = state["rows"]
            for _ in range(60):
                rows.pop(0)

        effects = effects_of(steps_only)

        size = len(encode_state(freeze({"p": [list(map(list_of, patch)) for patch in effects.patches]})))
        assert size < len(encode_state(freeze({"p": [["delete", ["rows", 0], None]] * 60}))) + 10 * len(effects.patches)

    def test_lists_of_the_same_few_values_are_compared_in_reasonable_time(self):
        base = freeze({"bits": [i % 3 == 0 for i in range(3000)]})

        effects = effects_of(lambda state: state["bits"].sort(), base)

        assert effects.state["bits"] == [False] * 2000 + [True] * 1000

    def test_a_value_that_stands_twice_on_every_level_is_walked_through_once(self):
        def double(state):
            value = [1]
            for _ in range(60):
                value = [value, value]
            state["tree"] = value

        effects = produce(ROWS, double)

        assert effects.state["tree"][0] is effects.state["tree"][1]


def list_of(part):
    return list(part) if isinstance(part, tuple) else part
