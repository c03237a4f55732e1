import inspect
from typing import Any

import pytest

from liveex_django.exceptions import InvalidDeclaration
from liveex_django.store import ActionContext, Store


@pytest.fixture
def store():
    return Store("shop", scope="page", state={})


async def order(ctx, item_id: int): ...


def order_now(ctx, item_id: int): ...


class TestDeclaration:
    def test_has_careful_defaults(self, store):
        store.action(order)

        action = store.find_action("order")

        assert (action.public, action.permission, action.atomic, action.idempotent) == (False, None, False, False)
        assert (action.policy, action.timeout, action.module) == ("parallel", None, ())

    def test_keeps_its_options(self, store):
        store.action(public=True, permission="shop.buy", atomic=True, idempotent=True, policy="queue")(order_now)

        action = store.find_action(order_now)

        assert (action.name, action.public, action.permission, action.atomic) == ("order_now", True, "shop.buy", True)
        assert (action.idempotent, action.policy) == (True, "queue")

    def test_knows_whether_it_is_async(self, store):
        store.action(order)
        store.action(order_now)

        assert [action.is_async for action in store.actions.values()] == [True, False]

    def test_leaves_the_function_as_it_is(self, store):
        assert store.action(order) is order
        assert store.action(public=True)(order_now) is order_now

    def test_takes_its_parameters_behind_ctx(self, store):
        store.action(order)

        assert store.find_action("order").parameters.decode_form([("item_id", "3")]) == {"item_id": 3}

    @pytest.mark.parametrize(
        ("function", "options", "message"),
        [
            (order, {"atomic": True}, "is atomic and an async def, but a database transaction"),
            (order, {"policy": "newest"}, "has policy='newest', which is none. Choose one of 'latest', 'first'"),
            (order, {"timeout": 0}, "has timeout=0, which is no time to wait"),
            (order, {"timeout": float("nan")}, "which is no time to wait"),
            (order, {"timeout": "3"}, "which is no time to wait"),
            (order, {"timeout": True}, "which is no time to wait"),
            (order, {"permission": ""}, "has permission='', which nobody could have"),
            (order, {"permission": ["a", "b"]}, "Name one permission as has_perm takes it"),
            (order, {"public": "yes"}, "has public='yes', which is neither True nor False"),
            (order_now, {"timeout": 3}, "is a plain def with timeout=3, but a plain def runs in a thread"),
            (order_now, {"policy": "latest"}, "is a plain def with policy='latest', but a plain def runs in a thread"),
        ],
    )
    def test_refuses_options_that_cannot_work(self, store, function, options, message):
        with pytest.raises(InvalidDeclaration) as caught:
            store.action(**options)(function)

        assert str(caught.value).startswith(f"Action {function.__name__!r} of store 'shop' ")
        assert message in str(caught.value)

    def test_allows_a_timeout_and_the_latest_for_async_def(self, store):
        store.action(timeout=2.5, policy="latest")(order)

        assert store.find_action(order).timeout == 2.5

    def test_refuses_generators(self, store):
        def generator(ctx):
            yield

        async def async_generator(ctx):
            yield

        for function in (generator, async_generator):
            with pytest.raises(InvalidDeclaration, match="is a generator, so calling it would run nothing"):
                store.action(function)

    def test_refuses_a_function_without_ctx(self, store):
        def alone(): ...

        with pytest.raises(InvalidDeclaration, match="ctx for an action"):
            store.action(alone)

    def test_refuses_an_unknown_option(self, store):
        with pytest.raises(TypeError, match="publik"):
            store.action(publik=True)(order)


class TestActionContext:
    def test_offers_each_verb_in_both_forms_with_the_same_parameters(self):
        for verb in ("commit", "dispatch"):
            plain, awaited = getattr(ActionContext, verb), getattr(ActionContext, f"a{verb}")

            assert inspect.signature(plain) == inspect.signature(awaited)
            assert inspect.iscoroutinefunction(awaited)

    def test_cannot_be_made_without_its_methods(self):
        incomplete: Any = ActionContext

        with pytest.raises(TypeError, match="abstract"):
            incomplete()
