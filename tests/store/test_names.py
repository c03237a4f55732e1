import pytest
from asgiref.sync import sync_to_async

from liveex_django.exceptions import InvalidDeclaration
from liveex_django.store.names import (
    check_store_name,
    declared_name,
    is_async_function,
    is_plain_function,
    nearest,
    shorten,
)


class TestNearest:
    @pytest.mark.parametrize(
        ("name", "guess"),
        [("incremnt", "increment"), ("addFilter", "add_filter"), ("increment", "increment"), ("zzz", None), ("", None)],
    )
    def test_finds_what_a_slip_was_meant_to_be(self, name, guess):
        assert nearest(name, ["increment", "decrement", "add_filter"]) == guess

    def test_does_not_compare_names_of_absurd_length(self):
        assert nearest("increment" * 1000, ["increment" * 1000]) is None


class TestShorten:
    def test_leaves_a_short_text_alone(self):
        assert shorten("x" * 100) == "x" * 100

    def test_cuts_a_long_text_to_the_given_length(self):
        assert shorten("abcdef", 4) == "abc…"


class TestIsPlainFunction:
    def test_is_true_of_a_def(self):
        def plain(): ...

        assert is_plain_function(plain)

    def test_is_false_of_async_and_generators(self):
        async def coroutine(): ...

        async def async_generator():
            yield

        def generator():
            yield

        assert not any(map(is_plain_function, (coroutine, async_generator, generator)))


class TestIsAsyncFunction:
    def test_is_true_of_an_async_def_and_of_what_wraps_a_def_as_one(self):
        async def coroutine(): ...

        @sync_to_async
        def wrapped(): ...

        assert is_async_function(coroutine)
        assert is_async_function(wrapped)
        assert not is_plain_function(wrapped)

    def test_is_false_of_a_def_and_of_what_is_no_function(self):
        def plain(): ...

        assert not any(map(is_async_function, (plain, print, dict, None)))


class TestDeclaredName:
    def test_is_the_name_of_the_function(self):
        def increment(state): ...

        assert declared_name(increment, "mutation", "counter") == "increment"

    @pytest.mark.parametrize("name", ["$reset", "<lambda>", "two words", ""])
    def test_refuses_a_name_that_is_no_identifier(self, name):
        def function(state): ...

        function.__name__ = name

        with pytest.raises(InvalidDeclaration, match=r"cannot be the name of a getter of store 'counter'.*with def"):
            declared_name(function, "getter", "counter")

    @pytest.mark.parametrize("thing", [3, "increment", dict, print, staticmethod(len)])
    def test_refuses_what_is_no_function(self, thing):
        with pytest.raises(InvalidDeclaration, match=r"@store\.action of store 'counter' was put on"):
            declared_name(thing, "action", "counter")


class TestCheckStoreName:
    @pytest.mark.parametrize("name", ["a", "inventory", "shop.cart-2_x", "x" * 100])
    def test_accepts_what_can_go_into_a_key_of_the_log(self, name):
        assert check_store_name(name) == name

    @pytest.mark.parametrize("name", ["", "x" * 101, "größe", "a b", "a/b", "a\n", "{a}", None, 3])
    def test_refuses_anything_else(self, name):
        with pytest.raises(InvalidDeclaration, match="cannot be the name of a store"):
            check_store_name(name)
