from typing import Any

import pytest

from liveex_django.exceptions import InvalidDeclaration, InvalidState, UnknownAction, UnknownMutation
from liveex_django.store import Plugin, Store, freeze


def make_store(name: str, **kwargs: Any) -> Store:
    return Store(name, **{"scope": "page", "state": {}, **kwargs})


@pytest.fixture
def cart():
    store = make_store("cart", state={"items": []})

    @store.mutation
    def add(state, item: str):
        state["items"].append(item)

    @store.getter
    def count(state):
        return len(state["items"])

    @store.action(public=True)
    async def buy(ctx, item: str): ...

    return store


@pytest.fixture
def shop(cart):
    store = make_store("shop", state={"title": "Shop"}, modules={"cart": cart})

    @store.mutation
    def rename(state, title: str):
        state["title"] = title

    return store


class TestNames:
    def test_stand_behind_the_name_of_the_module(self, shop):
        assert list(shop.mutations) == ["rename", "cart/add"]
        assert list(shop.getters) == ["cart/count"]
        assert list(shop.actions) == ["cart/buy"]
        assert len(shop.mutations) == 2

    def test_a_function_is_found_under_its_full_name(self, shop, cart):
        add = cart.find_mutation("add").function

        found = shop.find_mutation(add)

        assert (found.name, found.module, found.store_name) == ("cart/add", ("cart",), "shop")
        assert cart.find_mutation(add).name == "add"

    def test_within_a_module_its_own_names_are_meant(self, shop):
        assert shop.find_mutation("add", within=("cart",)).name == "cart/add"
        assert shop.find_action("buy", within=("cart",)).name == "cart/buy"

    def test_within_a_module_other_names_are_unknown(self, shop):
        with pytest.raises(UnknownMutation) as caught:
            shop.find_mutation("rename", within=("cart",))

        assert str(caught.value) == (
            "Store 'shop', in its module 'cart', has no mutation 'rename', so this commit cannot be made.\n"
            "Known mutations: add."
        )
        with pytest.raises(UnknownMutation):
            shop.find_mutation("$reset", within=("cart",))

    def test_an_unknown_name_lists_those_of_modules(self, shop):
        with pytest.raises(UnknownAction, match=r"Did you mean 'cart/buy'\? Known actions: cart/buy\."):
            shop.find_action("cart/by")

    def test_a_later_declaration_in_a_module_is_seen(self, shop, cart):
        @cart.mutation
        def clear(state): ...

        assert shop.find_mutation(clear).name == "cart/clear"

    def test_modules_may_have_modules(self, shop):
        mall = make_store("mall", modules={"left": shop})

        assert list(mall.mutations) == ["left/rename", "left/cart/add"]
        assert mall.find_mutation("left/cart/add").module == ("left", "cart")
        assert mall.find_mutation("cart/add", within=("left",)).name == "left/cart/add"


class TestState:
    def test_a_mutation_of_a_module_gets_the_state_of_the_module(self, shop):
        mutation = shop.find_mutation("cart/add")

        effects = mutation.run(freeze({"title": "Shop", "cart": {"items": []}}), freeze({"item": "pear"}))

        assert effects.state == {"title": "Shop", "cart": {"items": ["pear"]}}
        assert effects.patches == (("insert", ("cart", "items", 0), "pear"),)

    def test_begins_as_a_dict_of_dicts(self, shop):
        assert shop.initial == {"title": "Shop", "cart": {"items": []}}
        assert shop.check_initial(shop.initial) == shop.initial

    def test_begins_with_a_def_when_one_of_them_is_a_def(self, cart):
        shop = make_store("shop", state=lambda: {"title": "Shop"}, modules={"cart": cart})

        assert shop.initial() == {"title": "Shop", "cart": {"items": []}}

    async def test_begins_with_an_async_def_when_one_of_them_is_async(self, cart):
        async def initial():
            return {"items": ["pear"]}

        shop = make_store("shop", modules={"basket": make_store("basket", state=initial), "cart": cart})

        assert await shop.initial() == {"basket": {"items": ["pear"]}, "cart": {"items": []}}

    def test_cannot_begin_with_both_def_and_async_def(self):
        async def initial(): ...

        with pytest.raises(InvalidDeclaration, match="Make all def, or all async def"):
            make_store("shop", state=lambda: {}, modules={"cart": make_store("cart", state=initial)})

    def test_lacks_the_key_that_belongs_to_a_module(self, cart):
        with pytest.raises(InvalidDeclaration, match="has the key 'cart', where the state of its module"):
            make_store("shop", state={"cart": 1}, modules={"cart": cart})

    def test_is_checked_for_each_module(self, shop):
        with pytest.raises(InvalidState, match="in store 'cart'"):
            shop.check_initial({"title": "Shop", "cart": 3})


class TestRefusals:
    @pytest.mark.parametrize("name", ["a/b", "", "$a", "a b"])
    def test_the_name_is_an_identifier(self, cart, name):
        with pytest.raises(InvalidDeclaration, match="a module's state is found under its name"):
            make_store("shop", modules={name: cart})

    def test_the_module_is_a_store(self):
        with pytest.raises(InvalidDeclaration, match=r"'inventory.store' is no Store. Give the Store itself"):
            make_store("shop", modules={"cart": "inventory.store"})

    def test_the_name_is_free(self, shop):
        with pytest.raises(InvalidDeclaration, match="it has a module of that name already"):
            shop.add_module("cart", make_store("other"))

    def test_no_getter_has_the_name(self, shop):
        with pytest.raises(InvalidDeclaration, match="both a getter and a key of the state named 'cart'"):

            @shop.getter
            def cart(state): ...

    def test_no_getter_had_the_name_before(self):
        store = make_store("shop")

        @store.getter
        def cart(state): ...

        with pytest.raises(InvalidDeclaration, match="it has a getter of that name"):
            store.add_module("cart", make_store("cart"))

    def test_a_store_does_not_contain_itself(self, shop, cart):
        with pytest.raises(InvalidDeclaration, match="would contain itself"):
            shop.add_module("shop", shop)
        with pytest.raises(InvalidDeclaration, match="would contain itself"):
            cart.add_module("shop", shop)

    def test_a_store_is_in_another_only_once(self, shop, cart):
        with pytest.raises(InvalidDeclaration, match="is in it already"):
            shop.add_module("basket", cart)
        with pytest.raises(InvalidDeclaration, match="is in it already"):
            make_store("mall", modules={"left": shop, "right": make_store("other", modules={"cart": cart})})

    def test_both_are_shared_by_the_same_people(self, cart):
        with pytest.raises(
            InvalidDeclaration, match="has scope 'page', but nested it is shared by whoever shares this"
        ):
            make_store("shop", scope="global", modules={"cart": cart})

    def test_plugins_belong_to_the_outermost_store(self):
        with pytest.raises(InvalidDeclaration, match="has plugins, which see whole instances only"):
            make_store("shop", modules={"cart": make_store("cart", plugins=[Plugin()])})
