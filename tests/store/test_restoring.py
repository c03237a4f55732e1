from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import InvalidPayload
from liveex_django.store import Store, freeze
from liveex_django.store.draft import Effects
from liveex_django.store.patches import apply_patches
from liveex_django.store.restoring import Replacement

store = Store("board", scope="global", state={"cards": [], "title": "Board"})

scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", 0.0, -0.0, 1.0])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner)
)
states = st.dictionaries(st.sampled_from("abcd"), values)


def restore(state: Any, target: Any) -> Effects:
    """What ``$reset`` to ``target`` does to ``state``; both as plain data."""
    return store.find_mutation("$reset").to(freeze(target)).run(freeze(state), freeze({}))


class TestReset:
    def test_puts_the_target_in_place(self):
        assert restore({"cards": [1], "draft": 2}, {"cards": [], "title": "Board"}).state == {
            "cards": [],
            "title": "Board",
        }

    def test_keeps_what_is_equal_as_the_same_object(self):
        state = freeze({"cards": [{"id": 1}], "title": "Other"})

        effects = (
            store.find_mutation("$reset").to(freeze({"cards": [{"id": 1}], "title": "Board"})).run(state, freeze({}))
        )

        assert effects.state["cards"] is state["cards"]
        assert effects.patches == (("set", ("title",), "Board"),)

    def test_of_a_state_that_is_there_already_changes_nothing(self):
        state = freeze({"cards": [{"id": 1}], "title": "Board"})

        assert restore(state, {"cards": [{"id": 1}], "title": "Board"}).state is state

    @pytest.mark.parametrize(("old", "new"), [(1, True), (1, 1.0), (0.0, -0.0), ({"a": 1, "b": 2}, {"b": 2, "a": 1})])
    def test_sees_differences_that_equality_hides(self, old, new):
        effects = restore({"value": old}, {"value": new})

        assert repr(effects.state["value"]) == repr(new)

    @given(old=states, new=states)
    def test_its_patches_lead_there_and_back(self, old, new):
        effects = restore(old, new)

        assert repr(effects.state) == repr(freeze(new))
        assert repr(apply_patches(freeze(old), effects.patches)) == repr(freeze(new))
        assert repr(apply_patches(effects.state, effects.inverse)) == repr(freeze(old))

    def test_takes_nothing(self):
        with pytest.raises(InvalidPayload, match=r"Mutation '\$reset' of store 'board' takes 0 values by position"):
            store.find_mutation("$reset").parameters.bind((1,), {})


class TestRestore:
    def test_takes_a_version(self):
        mutation = store.find_mutation("$restore")

        assert mutation.parameters.bind((3,), {}) == {"version": 3}
        assert (type(mutation), mutation.name) == (Replacement, "$restore")

    def test_cannot_run_before_it_knows_the_state(self):
        with pytest.raises(AssertionError, match=r"\$restore was run without"):
            store.find_mutation("$restore").run(freeze({}), freeze({"version": 3}))

    def test_is_not_listed_among_what_the_store_declares(self):
        assert "$restore" not in store.mutations
