import inspect
from typing import Any

import pytest

from liveex_django.exceptions import NotReady
from liveex_django.store import Store, StoreHandle, bind_handles


@pytest.fixture
def store():
    return Store("room", scope="key", state={})


@pytest.fixture
def bound():
    """Binds a factory for one test and puts back what was there."""
    previous: list[Any] = []
    yield lambda factory: previous.append(bind_handles(factory))
    for factory in previous[:1]:
        bind_handles(factory)


class TestAt:
    def test_asks_the_bound_factory(self, store, bound):
        bound(lambda *asked: asked)

        assert store.at("room-42", user="ada") == (store, "room-42", "ada")
        assert store.at() == (store, "", None)

    def test_says_how_to_start_when_nothing_is_bound(self, store, bound):
        bound(None)

        with pytest.raises(NotReady, match=r"Store 'room'.*'room-42' before liveex_django was started.*INSTALLED_APPS"):
            store.at("room-42")


class TestBindHandles:
    def test_returns_what_was_bound_before(self, bound):
        bound(first := object)

        assert bind_handles(None) is first


class TestStoreHandle:
    def test_offers_each_verb_in_both_forms_with_the_same_parameters(self):
        methods = {name for name, _ in inspect.getmembers(StoreHandle, inspect.isfunction) if not name.startswith("_")}
        verbs = {name for name in methods if f"a{name}" in methods}

        assert methods == verbs | {f"a{name}" for name in verbs}
        for verb in verbs:
            plain, awaited = getattr(StoreHandle, verb), getattr(StoreHandle, f"a{verb}")

            assert inspect.signature(plain) == inspect.signature(awaited)
            assert inspect.iscoroutinefunction(awaited)
