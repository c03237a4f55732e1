from dataclasses import dataclass
from typing import Any

import pytest

from liveex_django.exceptions import InvalidDeclaration, InvalidPayload, InvalidState, Reject
from liveex_django.store import Store, freeze
from liveex_django.store.draft import Effects
from liveex_django.store.mutations import Mutation

STATE = freeze({"items": [{"id": 1, "count": 3}, {"id": 2, "count": 0}], "filter": []})


def declare(function: Any) -> Mutation:
    return Mutation.declare(function, "shop")


def run(function: Any, *args: Any, **kwargs: Any) -> Effects:
    """The effects that committing ``function`` with these arguments has on STATE."""
    mutation = declare(function)
    return mutation.run(STATE, mutation.parameters.bind(args, kwargs))


def take(state, item_id: int, quantity: int = 1):
    item = next(item for item in state["items"] if item["id"] == item_id)
    if item["count"] < quantity:
        raise Reject("not enough in stock")
    item["count"] -= quantity


class TestRun:
    def test_gives_the_next_state_and_patches_both_ways(self):
        effects = run(take, 1, quantity=2)

        assert effects.state == {"items": [{"id": 1, "count": 1}, {"id": 2, "count": 0}], "filter": []}
        assert effects.patches == (("set", ("items", 0, "count"), 1),)
        assert effects.inverse == (("set", ("items", 0, "count"), 3),)

    def test_leaves_the_state_it_started_from_alone(self):
        effects = run(take, 1)

        assert STATE["items"][0]["count"] == 3
        assert effects.state["filter"] is STATE["filter"]

    def test_that_changes_nothing_gives_the_same_state(self):
        assert run(lambda_named("nothing", lambda state: None)).state is STATE

    def test_passes_on_what_the_function_raises(self):
        with pytest.raises(Reject, match="not enough in stock"):
            run(take, 2)

    def test_gives_arguments_of_the_annotated_types(self):
        @dataclass
        class Point:
            x: int

        def place(state, point: Point):
            state["x"] = point.x

        assert run(place, Point(5)).state["x"] == 5

    def test_lets_the_function_change_its_arguments(self):
        def add(state, item):
            item["count"] = 7
            state["items"].append(item)

        assert run(add, {"id": 3}).state["items"][2] == {"id": 3, "count": 7}

    def test_refuses_a_payload_that_does_not_fit(self):
        with pytest.raises(InvalidPayload, match="Mutation 'take' of store 'shop' needs item_id"):
            declare(take).run(STATE, freeze({}))

    def test_refuses_what_state_cannot_hold(self):
        def put(state):
            state["filter"].append({"a": {1}})

        with pytest.raises(InvalidState, match=r"state\['filter'\]\[0\]\['a'\] is a set"):
            run(put)

    @pytest.mark.parametrize("returned", [0, False, "", [], STATE])
    def test_refuses_a_result(self, returned):
        def count(state):
            state["filter"].append(1)
            return returned

        with pytest.raises(InvalidDeclaration, match=r"Mutation 'count' of store 'shop' returned a .*nobody would get"):
            run(count)

    def test_refuses_a_part_of_the_draft_as_result(self):
        def last(state):
            return state["items"]

        with pytest.raises(InvalidDeclaration, match="returned a DraftList"):
            run(last)

    def test_refuses_a_coroutine_as_result_and_closes_it(self):
        async def later(): ...

        def wrapper(state):
            return later()

        with pytest.raises(InvalidDeclaration, match="returned a coroutine"):
            run(wrapper)

    def test_names_the_culprit_of_a_next_that_finds_nothing(self):
        with pytest.raises(RuntimeError, match=r"Mutation 'take' of store 'shop' let a StopIteration out"):
            run(take, 99)


class TestDeclaration:
    def test_a_decorated_mutation_stays_a_plain_function(self):
        store = Store("shop", scope="page", state={"filter": []})

        @store.mutation
        def add_filter(state, category_id: int):
            state["filter"].append(category_id)

        state: dict[str, list[int]] = {"filter": []}
        add_filter(state, 3)

        assert state == {"filter": [3]}

    def test_refuses_async_and_generators(self):
        async def coroutine(state): ...

        async def async_generator(state):
            yield

        def generator(state):
            yield

        for function in (coroutine, async_generator, generator):
            with pytest.raises(InvalidDeclaration, match=r"is async or a generator.*Make it a plain def"):
                declare(function)

    def test_refuses_a_lambda(self):
        with pytest.raises(InvalidDeclaration, match="'<lambda>' cannot be the name of a mutation"):
            declare(lambda state: None)

    def test_refuses_a_function_without_state(self):
        with pytest.raises(InvalidDeclaration, match="Mutation 'reset' of store 'shop' has no parameter to be given"):
            declare(lambda_named("reset", lambda: None))

    def test_refuses_a_parameter_with_the_name_of_an_option_of_commit(self):
        with pytest.raises(InvalidDeclaration, match="cannot have a parameter named 'on_commit'"):
            declare(lambda_named("put", lambda state, on_commit: None))


def lambda_named(name: str, function: Any) -> Any:
    function.__name__ = name
    return function
