import gc
import subprocess
import sys
from typing import Any

import pytest

from liveex_django.exceptions import InvalidDeclaration, InvalidState, UnknownAction, UnknownMutation
from liveex_django.store import FrozenDict, Store, freeze, registered_stores


def make_store(name: str = "counter", **kwargs: Any) -> Store:
    return Store(name, **{"scope": "page", "state": {"count": 0}, **kwargs})


@pytest.fixture
def counter():
    store = make_store()

    @store.mutation
    def increment(state, amount: int = 1):
        state["count"] += amount

    @store.mutation()
    def decrement(state):
        state["count"] -= 1

    @store.action(public=True)
    async def bump(ctx): ...

    return store


class TestDeclaration:
    def test_a_store_says_who_it_is(self):
        assert repr(make_store()) == "<Store 'counter', scope 'page'>"

    def test_the_scope_must_be_given(self):
        with pytest.raises(InvalidDeclaration) as caught:
            Store("counter", state={})

        assert str(caught.value) == (
            "Store 'counter' has no scope, so nobody knows who shares its state; a guess could show one visitor's "
            "choices to all. Say it with Store('counter', scope=..., state=...):\n"
            "    'global'   every visitor shares one\n"
            "    'user'     one per logged-in user\n"
            "    'session'  one per browser session\n"
            "    'page'     one per browser tab\n"
            "    'key'      the view says which, in get_store_key()"
        )

    @pytest.mark.parametrize("scope", ["Page", "", None, ["page"]])
    def test_the_scope_must_be_one_of_five(self, scope):
        with pytest.raises(InvalidDeclaration, match=r"has scope=.*which is none"):
            make_store(scope=scope)

    @pytest.mark.parametrize("schema", [0, -1, True, "1", 1.5])
    def test_the_schema_is_a_whole_number_from_one(self, schema):
        with pytest.raises(InvalidDeclaration, match="migrations count in whole numbers from 1"):
            make_store(schema=schema)

    def test_the_name_must_fit_into_keys_of_the_log(self):
        with pytest.raises(InvalidDeclaration, match="'a b' cannot be the name of a store"):
            make_store("a b")

    @pytest.mark.parametrize("kind", ["mutation", "getter", "action"])
    def test_a_name_is_declared_once(self, kind):
        store = make_store()

        def thing(state): ...

        declare = getattr(store, kind)
        declare(thing)

        with pytest.raises(InvalidDeclaration, match=rf"has a {kind} 'thing' already, .*test_store.*line \d+.*Rename"):
            declare(thing)

    def test_a_mutation_and_an_action_may_share_a_name(self, counter):
        @counter.action
        def increment(ctx): ...

        assert counter.find_action("increment").function is increment
        assert counter.find_mutation("increment").function is not increment

    def test_a_getter_cannot_have_the_name_of_a_key_of_the_state(self):
        store = make_store()

        with pytest.raises(InvalidDeclaration, match="both a getter and a key of the state named 'count'"):

            @store.getter
            def count(state): ...

    def test_declarations_are_read_only_mappings(self, counter):
        assert list(counter.mutations) == ["increment", "decrement"]
        assert list(counter.actions) == ["bump"]
        assert dict(counter.getters) == {}
        assert repr(counter.mutations) == "<mutations of store 'counter': increment, decrement>"
        with pytest.raises(TypeError):
            counter.mutations["x"] = 1


class TestFind:
    def test_finds_by_name_and_by_function(self, counter):
        by_name = counter.find_mutation("increment")

        assert counter.find_mutation(by_name.function) is by_name

    def test_an_unknown_mutation_is_answered_with_the_nearest(self, counter):
        with pytest.raises(UnknownMutation) as caught:
            counter.find_mutation("incremnt")

        assert str(caught.value) == (
            "Store 'counter' has no mutation 'incremnt', so this commit cannot be made.\n"
            "Did you mean 'increment'? Known mutations: decrement, increment."
        )

    def test_an_unknown_action_is_answered_with_the_known_ones(self, counter):
        with pytest.raises(UnknownAction) as caught:
            counter.find_action("zzz")

        assert str(caught.value) == (
            "Store 'counter' has no action 'zzz', so this dispatch cannot be made.\nKnown actions: bump."
        )

    def test_a_function_of_the_same_name_is_not_taken_for_ours(self, counter):
        def increment(state): ...

        with pytest.raises(UnknownMutation, match=r"no mutation '.*test_store.*increment'.*\nDid you mean 'increment'"):
            counter.find_mutation(increment)

    @pytest.mark.parametrize("ref", [None, 3, [], "", "a/b", "$other", object()])
    def test_anything_else_is_unknown(self, counter, ref):
        with pytest.raises(UnknownMutation):
            counter.find_mutation(ref)

    def test_a_huge_name_makes_no_huge_message(self, counter):
        with pytest.raises(UnknownAction) as caught:
            counter.find_action("x" * 60_000)

        assert len(str(caught.value)) < 300


class TestInitial:
    def test_a_dict_is_frozen_at_once(self):
        given = {"items": [1]}
        store = make_store(state=given)
        given["items"].append(2)

        assert store.initial == {"items": [1]}
        assert type(store.initial) is FrozenDict

    def test_functions_are_kept_as_they_are(self):
        def plain(): ...

        async def awaited(): ...

        assert make_store(state=plain).initial is plain
        assert make_store(state=awaited).initial is awaited

    def test_a_dict_that_cannot_be_state_is_refused_at_once(self):
        with pytest.raises(InvalidState, match=r"state\['a'\] is a set"):
            make_store(state={"a": {1}})

    @pytest.mark.parametrize("state", [None, 3, [], dict, "x"])
    def test_something_else_is_refused(self, state):
        with pytest.raises(InvalidDeclaration, match=r"which is neither a dict nor a function. Give a dict, or a def"):
            make_store(state=state)

    def test_a_function_that_needs_something_is_refused(self):
        with pytest.raises(InvalidDeclaration, match="which needs request, and nobody would give it that"):
            make_store(state=lambda request: {})

    def test_a_generator_is_refused(self):
        def generator():
            yield {}

        with pytest.raises(InvalidDeclaration, match="is a generator"):
            make_store(state=generator)


class TestCheckInitial:
    def test_freezes_what_came(self):
        state = make_store().check_initial({"items": [1]})

        assert state == {"items": [1]}
        assert type(state) is FrozenDict

    @pytest.mark.parametrize("value", [None, [], "x", 3])
    def test_refuses_what_is_no_dict(self, value):
        with pytest.raises(InvalidState, match=r"begins as a .* in store 'counter', but must be a dict"):
            make_store().check_initial(value)

    def test_refuses_a_coroutine_and_closes_it(self):
        async def later(): ...

        with pytest.raises(InvalidState, match="begins as a coroutine"):
            make_store(state=lambda: later()).check_initial(later())

    def test_refuses_keys_at_the_top_that_are_no_text(self):
        with pytest.raises(InvalidState, match="has the key 1 at the top"):
            make_store().check_initial({1: 2})

    def test_refuses_a_getter_with_the_name_of_a_key(self):
        store = make_store(state=lambda: {"count": 0})

        @store.getter
        def count(state): ...

        with pytest.raises(InvalidDeclaration, match="both a getter and a key of the state named 'count'"):
            store.check_initial({"count": 0})


class TestRegistry:
    def test_lists_the_stores_there_are_by_name(self):
        one, two = make_store("registry-b"), make_store("registry-a")

        assert [store for store in registered_stores() if store.name.startswith("registry-")] == [two, one]

    def test_forgets_a_store_that_nobody_keeps(self):
        store = make_store("registry-gone")
        del store
        gc.collect()

        assert "registry-gone" not in [store.name for store in registered_stores()]

    def test_a_store_that_could_not_be_made_is_not_listed(self):
        with pytest.raises(InvalidDeclaration):
            make_store("registry-broken", scope="all")

        assert "registry-broken" not in [store.name for store in registered_stores()]


def test_the_store_needs_neither_django_nor_an_event_loop():
    program = (
        "import sys, liveex_django.store\n"
        "unwanted = {'django', 'channels', 'redis', 'asyncio', 'asgiref'} & sys.modules.keys()\n"
        "sys.exit(f'imported {unwanted}' if unwanted else 0)"
    )

    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603

    assert (outcome.returncode, outcome.stderr) == (0, "")


def test_a_mutation_found_by_name_runs(counter):
    mutation = counter.find_mutation("increment")

    effects = mutation.run(counter.check_initial(counter.initial), freeze({"amount": 3}))

    assert effects.state == {"count": 3}
