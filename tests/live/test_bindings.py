"""What a template sees of a store."""

import pytest
from django.template import Context, Engine

from liveex_django.live.bindings import BoundStore
from liveex_django.store import Store, freeze
from liveex_django.store.getters import GetterCache

STATE = freeze({"count": 4})


def double(state):
    return 2 * state["count"]


def bound_store() -> BoundStore:
    store = Store("shop", scope="page", state=lambda: {})
    store.getter(double)
    return BoundStore(STATE, GetterCache(store.getters).bind(STATE), version=7, key="red")


def render(text: str) -> str:
    return Engine(string_if_invalid="nothing").from_string(text).render(Context({"store": bound_store()}))


class TestBoundStore:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("{{ store.count }}", "4"),
            ("{{ store.double }}", "8"),
            ("{{ store.version }}", "7"),
            ("{{ store.key }}", "red"),
            ("{{ store.misspelt }}", "nothing"),
        ],
    )
    def test_shows_templates_state_getters_version_and_key(self, text: str, shown: str):
        assert render(text) == shown

    @pytest.mark.parametrize("name", ["count", "version", "key", "misspelt"])
    def test_has_nothing_unread_but_getters(self, name: str):
        assert bound_store().was_read(name)

    def test_has_a_getter_read_when_somebody_has(self):
        bound = bound_store()
        assert not bound.was_read("double")

        assert bound["double"] == 8

        assert bound.was_read("double")

    def test_runs_no_getter_to_say_that_it_has_one(self):
        bound = bound_store()

        assert "double" in bound
        assert "misspelt" not in bound
        assert not bound.was_read("double")
