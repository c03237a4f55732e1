"""What a template sees of a store."""

import pytest
from django.template import Context, Engine

from liveex_django.live.bindings import BoundStore
from liveex_django.store import Store, freeze
from liveex_django.store.getters import GetterCache

STATE = freeze({"count": 4})


def double(state):
    return 2 * state["count"]


def render(text: str) -> str:
    store = Store("shop", scope="page", state=lambda: {})
    store.getter(double)
    getters = GetterCache(store.getters).bind(STATE)
    bound = BoundStore(STATE, getters, version=7, key="red")
    return Engine(string_if_invalid="nothing").from_string(text).render(Context({"store": bound}))


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
