"""A mutation writes plain Python; either all of it happens or none, and what it did not touch stays the same object."""

import copy
import gc
import pickle

import pytest

from liveex_django.exceptions import FrozenState, InvalidState, Reject, RevokedDraft
from liveex_django.store.draft import DraftDict, DraftList, produce, transition
from liveex_django.store.frozen import MAX_DEPTH, FrozenDict, FrozenList, freeze, thaw
from liveex_django.store.patches import apply_patches

BASE = freeze({"a": {"x": 1}, "b": {"x": 2}, "items": [{"id": 1, "tags": ["t"]}, {"id": 2, "tags": []}], "n": 1})


def run(recipe, base=BASE):
    """Effects of ``recipe``, after comparing them with the same program on a deep copy in plain Python."""
    plain = thaw(base)
    returned = recipe(plain)
    effects = produce(base, recipe)
    assert effects.state == plain
    assert not isinstance(returned, (int, str)) or effects.returned == returned
    assert apply_patches(base, effects.patches) == effects.state
    assert apply_patches(effects.state, effects.inverse) == base
    return effects


class TestProduce:
    def test_it_gives_the_new_state_patches_and_what_leads_back(self):
        def change(state):
            state["items"][1]["id"] = 5
            return "done"

        effects = run(change)

        assert effects.state["items"][1] == {"id": 5, "tags": []}
        assert effects.patches == (("set", ("items", 1, "id"), 5),)
        assert effects.inverse == (("set", ("items", 1, "id"), 2),)
        assert effects.returned == "done"

    def test_what_was_not_touched_is_the_same_object(self):
        effects = run(lambda state: state["items"][1].update(id=5))

        assert effects.state["a"] is BASE["a"]
        assert effects.state["items"][0] is BASE["items"][0]
        assert effects.state["items"][1]["tags"] is BASE["items"][1]["tags"]

    def test_the_new_state_is_frozen_all_the_way_down(self):
        effects = run(lambda state: state["items"].append({"id": 3, "tags": [{}]}))

        added = effects.state["items"][2]
        assert [type(added), type(added["tags"]), type(added["tags"][0])] == [FrozenDict, FrozenList, FrozenDict]
        with pytest.raises(FrozenState):
            effects.state["items"].append(1)

    @pytest.mark.parametrize(
        "recipe",
        [
            lambda state: None,
            lambda state: next(item["tags"] for item in state["items"]) == sorted(state["a"]),
            lambda state: state.update(n=1),
            lambda state: state["items"].append(state["items"].pop()),
            lambda state: state["a"].update(x=5) or state["a"].update(x=1),
            lambda state: state.__setitem__("a", {"x": 1}),
            lambda state: state.__setitem__("items", [dict(item) for item in state["items"]]),
            lambda state: state["items"].reverse() or state["items"].reverse(),
            lambda state: state["items"].sort(key=lambda item: item["id"]),
            lambda state: state.__setitem__("n", state.pop("n")),
            lambda state: state["items"][0]["tags"].__imul__(1),
        ],
    )
    def test_when_nothing_changed_in_the_end_the_state_is_the_same_object(self, recipe):
        effects = run(recipe)

        assert effects.state is BASE
        assert (effects.patches, effects.inverse) == ((), ())

    def test_a_part_that_was_rebuilt_equal_stays_the_same_object(self):
        def change(state):
            state["items"] = [{**item, "id": 7} if item["id"] == 2 else dict(item) for item in state["items"]]

        effects = run(change)

        assert effects.patches == (("set", ("items", 1, "id"), 7),)
        assert effects.state["items"][0] is BASE["items"][0]

    @pytest.mark.parametrize(("old", "new"), [(1, True), (True, 1), (1, 1.0), (0.0, -0.0), (0, False)])
    def test_another_type_is_another_value_although_python_calls_them_equal(self, old, new):
        base = freeze({"value": old, "values": [old]})

        def change(state):
            state["value"] = new
            state["values"] = [new]

        effects = run(change, base)

        assert repr(effects.state) == repr({"value": new, "values": [new]})
        assert repr(apply_patches(base, effects.patches)) == repr(effects.state)
        assert repr(apply_patches(effects.state, effects.inverse)) == repr(base)

    @pytest.mark.parametrize("error", [Reject("no"), KeyError("x"), RuntimeError(), KeyboardInterrupt()])
    def test_a_mutation_that_raises_changes_nothing(self, error):
        before = thaw(BASE)

        def change(state):
            state["items"][0]["tags"].append("new")
            state["items"].clear()
            raise error

        with pytest.raises(type(error)) as caught:
            produce(BASE, change)

        assert caught.value is error
        assert before == BASE

    def test_a_mutation_may_run_another_on_another_state(self):
        other = freeze({"x": [1]})

        def change(state):
            inner = produce(other, lambda draft: draft["x"].append(2))
            state["n"] = inner.state["x"]

        assert run(change).state["n"] == [1, 2]


class TestAliases:
    def test_a_part_read_twice_is_one_object(self):
        def change(state):
            assert state["a"] is state["a"]
            assert state["items"][0] is state["items"][-2]
            assert next(iter(state["items"])) is state["items"][0]

        run(change)

    def test_a_write_through_one_path_is_seen_through_the_other(self):
        def change(state):
            state["alias"] = state["a"]
            state["alias"]["x"] = 10
            state["a"]["y"] = 20

        effects = run(change)

        assert effects.state["a"] == effects.state["alias"] == {"x": 10, "y": 20}

    def test_aliasing_ends_with_the_mutation(self):
        aliased = run(lambda state: state.__setitem__("alias", state["a"])).state

        effects = run(lambda state: state["alias"].update(x=99), aliased)

        assert (effects.state["a"], effects.state["alias"]) == ({"x": 1}, {"x": 99})

    def test_a_part_that_stands_twice_in_the_base_is_two_equal_values(self):
        row = freeze({"x": 1})
        base = freeze({"one": row, "two": row, "rows": [row, row]})

        def change(state):
            state["one"]["x"] = 2
            state["rows"][1]["x"] = 3

        state = produce(base, change).state

        assert state == {"one": {"x": 2}, "two": {"x": 1}, "rows": [{"x": 1}, {"x": 3}]}

    def test_a_frozen_value_that_is_assigned_is_a_value_and_becomes_a_draft_of_its_own_place(self):
        row = freeze({"x": [1]})

        def change(state):
            state["one"] = row
            state["two"] = row
            state["one"]["x"].append(2)

        state = produce(BASE, change).state

        assert (state["one"], state["two"], row) == ({"x": [1, 2]}, {"x": [1]}, {"x": [1]})

    def test_a_plain_value_that_was_assigned_is_still_the_mutations_own(self):
        def change(state):
            row = {"id": 3, "tags": []}
            state["items"].append(row)
            assert state["items"][2] is row
            row["id"] = 4
            state["items"][2]["tags"].append("late")

        assert run(change).state["items"][2] == {"id": 4, "tags": ["late"]}

    def test_it_is_copied_when_the_mutation_ends(self):
        kept = {"id": 3}

        effects = produce(BASE, lambda state: state["items"].append(kept))
        kept["id"] = 99

        assert effects.state["items"][2] == {"id": 3}
        assert effects.patches[0][2] == {"id": 3}

    def test_drafts_may_stand_inside_plain_values(self):
        def change(state):
            state["box"] = {"rows": [state["items"][0], state["a"]]}
            state["box"]["rows"][0]["id"] = 77
            state["box"]["rows"][1]["x"] = 78

        state = run(change).state

        assert (state["items"][0]["id"], state["box"]["rows"][0]["id"], state["a"]["x"]) == (77, 77, 78)

    def test_shallow_copies_hold_the_same_parts_and_deep_copies_do_not(self):
        def change(state):
            state["shallow"] = dict(state["items"][0])
            state["deep"] = copy.deepcopy(state["items"][0])
            state["items"][0]["tags"].append("new")

        state = run(change).state

        assert (state["shallow"]["tags"], state["deep"]["tags"]) == (["t", "new"], ["t"])

    def test_moved_and_swapped_parts_stay_what_they_are(self):
        def change(state):
            state["a"], state["b"] = state["b"], state["a"]
            state["items"][0], state["items"][1] = state["items"][1], state["items"][0]
            moved = state["items"].pop()
            state["moved"] = moved
            moved["id"] = 100

        state = run(change).state

        assert state == {"a": {"x": 2}, "b": {"x": 1}, "items": [{"id": 2, "tags": []}], "n": 1} | {
            "moved": {"id": 100, "tags": ["t"]}
        }

    def test_a_part_taken_out_can_be_changed_without_effect(self):
        def change(state):
            row = state["items"].pop(0)
            row["tags"].append("lost")
            return len(row["tags"])

        effects = run(change)

        assert effects.patches == (("delete", ("items", 0), None),)

    def test_a_part_put_into_itself_is_refused_with_its_path(self):
        def change(state):
            state["a"]["deep"] = {"er": [state["a"]]}

        with pytest.raises(InvalidState, match=r"state\['a'\]\['deep'\]\['er'\]\[0\] contains itself"):
            produce(BASE, change)

    def test_the_state_put_into_itself_is_refused(self):
        with pytest.raises(InvalidState, match=r"state\['self'\] contains itself"):
            produce(BASE, lambda state: state.__setitem__("self", state))

    def test_a_cycle_that_is_gone_in_the_end_is_no_cycle(self):
        def change(state):
            state["a"]["self"] = state["a"]
            del state["a"]["self"]

        assert run(change).state is BASE


class TestRefusedValues:
    @pytest.mark.parametrize(
        ("recipe", "path"),
        [
            (lambda state: state.__setitem__("s", {1}), ("s",)),
            (lambda state: state["items"][0].__setitem__("s", (1,)), ("items", 0, "s")),
            (lambda state: state["items"][1]["tags"].append(b""), ("items", 1, "tags", 0)),
            (lambda state: state["items"][0]["tags"].__setitem__(-1, object()), ("items", 0, "tags", 0)),
            (lambda state: state["items"].insert(-1, {1}), ("items", 1)),
            (lambda state: state["a"].setdefault("s", {1}), ("a", "s")),
        ],
    )
    def test_a_value_of_a_wrong_type_is_refused_at_the_line_that_writes_it(self, recipe, path):
        def change(state):
            with pytest.raises(InvalidState) as caught:
                recipe(state)
            assert caught.value.path == path

        assert produce(BASE, change).state is BASE

    @pytest.mark.parametrize(
        ("recipe", "path", "why"),
        [
            (lambda state: state["items"].extend([1, {2}]), ("items", 3), "is a set"),
            (lambda state: state["a"].update(x={"y": [None, {1}]}), ("a", "x", "y", 1), "is a set"),
            (lambda state: state["items"][0]["tags"].append(float("nan")), ("items", 0, "tags", 1), "is nan"),
            (lambda state: state["a"].update(x={(1,): 1}), ("a", "x"), "has the key (1,)"),
            (lambda state: state.__setitem__("t", "\ud800"), ("t",), "half a character"),
        ],
    )
    def test_anything_else_is_refused_when_the_mutation_ends(self, recipe, path, why):
        with pytest.raises(InvalidState) as caught:
            produce(BASE, recipe)

        assert caught.value.path == path
        assert why in str(caught.value)

    @pytest.mark.parametrize("key", [True, None, 1.5, (1, 2), "\ud800"])
    def test_a_key_that_is_neither_text_nor_int_is_refused(self, key):
        with pytest.raises(InvalidState) as caught:
            produce(BASE, lambda state: state["a"].__setitem__(key, 1))

        assert caught.value.path == ("a",)

    def test_nesting_has_an_end_also_when_it_grows_by_one_level_at_a_time(self):
        def wrap(state):
            state["a"] = {"in": state["a"]}

        state = BASE
        for _ in range(MAX_DEPTH - 2):
            state = produce(state, wrap).state

        with pytest.raises(InvalidState, match=f"nested deeper than {MAX_DEPTH} levels"):
            produce(state, wrap)

    def test_a_draft_of_another_mutation_is_refused(self):
        kept = []
        produce(BASE, lambda state: kept.append(state["a"]))

        with pytest.raises(InvalidState, match=r"state\['b'\] is a draft of another mutation, which has ended"):
            produce(BASE, lambda state: state.__setitem__("b", kept[0]))

    def test_a_draft_of_a_mutation_around_this_one_is_refused(self):
        def change(state):
            with pytest.raises(InvalidState, match="of another mutation, which is still running"):
                produce(BASE, lambda inner: inner.__setitem__("b", state["a"]))

        produce(BASE, change)


class TestEnd:
    USES = (
        len,
        list,
        copy.copy,
        copy.deepcopy,
        lambda draft: draft == draft.__class__,
        lambda draft: draft[0],
        lambda draft: draft.__setitem__(0, 1),
        lambda draft: draft.__delitem__(0),
        lambda draft: draft.pop(0),
        lambda draft: draft.clear(),
        lambda draft: 1 in draft,
        lambda draft: next(reversed(draft)),
    )
    LIST_USES = (
        lambda draft: draft.append(1),
        lambda draft: draft.extend([]),
        lambda draft: draft.insert(0, 1),
        lambda draft: draft.sort(),
        lambda draft: draft.reverse(),
        lambda draft: draft.index(1),
        lambda draft: draft.count(1),
        lambda draft: draft.remove(1),
        lambda draft: draft < [],
        lambda draft: draft * 2,
        lambda draft: draft[:],
    )
    DICT_USES = (
        lambda draft: draft.update(a=1),
        lambda draft: draft.get("x"),
        lambda draft: draft.popitem(),
        lambda draft: draft.setdefault("x"),
        lambda draft: list(draft.items()),
        lambda draft: draft | {},
    )

    @pytest.mark.parametrize("wrote", [False, True])
    @pytest.mark.parametrize(
        ("key", "use"), [("items", use) for use in USES + LIST_USES] + [("a", use) for use in USES + DICT_USES]
    )
    def test_a_draft_that_was_kept_can_neither_be_read_nor_written(self, key, use, wrote):
        kept = []

        def change(state):
            kept.append(state[key])
            if wrote:
                state["a"]["x"] = 5
                state["items"].append(5)

        state = produce(BASE, change).state
        before = thaw(state)

        with pytest.raises(RevokedDraft):
            use(kept[0])
        assert state == before

    def test_it_can_still_be_shown_in_a_traceback(self):
        kept = []

        produce(BASE, lambda state: kept.extend([state, state["items"]]))

        assert repr(kept) == "[<dict of a mutation that has ended>, <list of a mutation that has ended>]"

    def test_drafts_end_also_when_the_mutation_raises(self):
        kept = []

        def change(state):
            kept.append(state["a"])
            raise Reject

        with pytest.raises(Reject):
            produce(BASE, change)
        with pytest.raises(RevokedDraft):
            kept[0]["x"] = 1

    def test_an_iterator_that_was_kept_ends_too(self):
        kept = []

        def change(state):
            kept.append(iter(state["items"]))
            next(kept[0])

        produce(BASE, change)

        with pytest.raises(RevokedDraft):
            next(kept[0])

    def test_a_kept_draft_does_not_keep_the_state(self):
        base = freeze({"a": {}})
        kept = []

        effects = produce(base, lambda state: kept.append(state) or state["a"].update(x=1))

        held = gc.get_referents(kept[0])
        assert not any(value is state for value in held for state in (base, effects.state))

    def test_a_draft_cannot_be_pickled(self):
        def change(state):
            with pytest.raises(TypeError, match=r"cannot be pickled. Pickle thaw\(draft\)"):
                pickle.dumps(state["a"])

        produce(BASE, change)


class TestTransition:
    def test_it_gives_what_leads_from_one_state_to_another_and_back(self):
        target = freeze({**thaw(BASE), "n": 2, "items": [{"id": 1, "tags": ["t", "u"]}, {"id": 2, "tags": []}]})

        effects = transition(BASE, target)

        assert effects.patches == (("insert", ("items", 0, "tags", 1), "u"), ("set", ("n",), 2))
        assert effects.inverse == (("delete", ("items", 0, "tags", 1), None), ("set", ("n",), 1))
        assert effects.state == target

    def test_what_is_equal_stays_the_same_object(self):
        target = freeze({**thaw(BASE), "items": [{"id": 1, "tags": ["t", "u"]}, {"id": 2, "tags": []}]})

        state = transition(BASE, target).state

        assert state["a"] is BASE["a"]
        assert state["items"][1] is BASE["items"][1]

    def test_equal_states_are_no_change(self):
        assert transition(BASE, freeze(thaw(BASE))).state is BASE


class TestKinds:
    def test_drafts_are_mappings_and_sequences_and_neither_dict_nor_list(self):
        def change(state):
            assert (type(state), type(state["items"])) == (DraftDict, DraftList)
            assert not isinstance(state, dict)
            assert not isinstance(state["items"], list)
            match state:
                case {"items": [{"id": first}, *_]}:
                    return first

        assert produce(BASE, change).returned == 1

    def test_a_draft_can_be_thawed(self):
        def change(state):
            state["a"]["x"] = [state["b"]]
            plain = thaw(state["a"])
            assert (type(plain), type(plain["x"]), type(plain["x"][0])) == (dict, list, dict)
            plain["x"].clear()

        assert run(change).state["a"] == {"x": [{"x": 2}]}
