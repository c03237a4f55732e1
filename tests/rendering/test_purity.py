"""What is declared to be a function of its arguments is evaluated when one of them has changed, all else every time."""

from typing import Any

import pytest
from django.template import Context, Node
from django.template.defaultfilters import register as filters
from django.template.defaultfilters import stringfilter

from liveex_django.exceptions import InvalidDeclaration
from liveex_django.rendering import pure
from liveex_django.rendering.purity import is_declared, is_pure_filter
from tests.rendering.counted import CountedPage, PureNode, UnknownNode


class TestPure:
    def test_gives_the_function_back(self) -> None:
        def double(value: int) -> int:
            return 2 * value

        assert pure(double) is double
        assert is_pure_filter(double) is True

    def test_is_seen_through_what_is_put_around_a_function(self) -> None:
        @stringfilter
        @pure
        def shout(value: str) -> str:
            return value.upper()

        assert is_pure_filter(shout) is True

    def test_refuses_what_is_async(self) -> None:
        async def later(value: Any) -> Any:
            return value

        with pytest.raises(
            InvalidDeclaration, match="later is marked with @pure, but it is async or takes the context"
        ):
            pure(later)

    def test_refuses_what_takes_the_context(self) -> None:
        def greeting(context: Context, name: str) -> str:
            return name

        with pytest.raises(InvalidDeclaration, match="greeting is marked"):
            pure(greeting)

    def test_of_a_class_of_nodes_is_not_inherited(self) -> None:
        class Plain(Node):
            pass

        assert is_declared(PureNode)
        assert not is_declared(UnknownNode)
        assert not is_declared(Plain)


class TestDeclared:
    @pytest.mark.parametrize(
        "tag",
        [
            "{{ a|seen }}",
            "{{ a|joined:b }}",
            "{% total a b %}",
            "{% total a b more=0 %}",
            "{% pure_node a %}",
            "{% card a %}",
        ],
    )
    def test_ones_are_evaluated_when_an_argument_has_changed(self, tag: str) -> None:
        page = CountedPage(f"{tag}{{{{ other }}}}")
        page.show(a=1, b=2, other=3)

        assert page.show(a=1, b=2, other=4) == []
        assert len(page.show(a=5, b=2, other=4)) == 1

    @pytest.mark.parametrize("tag", ["{{ a|unknown }}", "{% unknown_total a %}", "{% unknown_node a %}"])
    def test_not_at_all_they_are_evaluated_every_time(self, tag: str) -> None:
        page = CountedPage(tag)
        page.show(a=1)

        assert page.show(a=1) == [1]

    def test_not_at_all_they_are_evaluated_in_every_row(self) -> None:
        page = CountedPage("{% for x in l %}<i>{{ x|seen }}{{ x|unknown }}</i>{% endfor %}")
        page.show(l=["a", "b"])

        assert page.show(l=["a", "b"]) == ["a", "b"]


class TestFiltersOfDjango:
    def test_are_functions_of_their_arguments(self) -> None:
        changing = {name for name, function in filters.filters.items() if is_pure_filter(function) is False}

        assert changing == {"random", "timesince", "timeuntil"}
        assert all(is_pure_filter(function) is not None for function in filters.filters.values())

    def test_of_nobody_are_unknown(self) -> None:
        class Unhashable:
            __hash__ = None  # type: ignore[assignment]

            def __call__(self, value: Any) -> Any:
                return value

        assert is_pure_filter(lambda value: value) is None
        assert is_pure_filter(Unhashable()) is None
