"""Getters, and stores under a name, in a template: what is not read is not run, and what has not changed is kept."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from liveex_django.store import Store, freeze
from liveex_django.store.getters import GetterCache, Getters
from tests.rendering.counted import CountedPage


def large(state: Any) -> Any:
    return [item for item in state["items"] if item["n"] > state["least"]]


def total(state: Any, getters: Any) -> Any:
    return sum(item["n"] for item in getters["large"])


def broken(state: Any) -> Any:
    if state["least"] > 2:
        raise RuntimeError("too much")
    return state["least"]


class Shop:
    """A state with its getters, as a template has them in scope."""

    def __init__(self) -> None:
        store = Store("shop", scope="page", state=lambda: {})
        for function in (large, total, broken):
            store.getter(function)
        self._cache = GetterCache(store.getters, "shop")
        self.state = freeze({"items": [{"n": 1}, {"n": 5}], "least": 2, "title": "Shop"})

    def change(self, **values: Any) -> "Shop":
        self.state = freeze({**self.state, **values})
        return self

    def getters(self) -> Getters:
        return self._cache.bind(self.state)

    def layers(self) -> tuple[Mapping[str, Any], ...]:
        return self.state, self.getters()

    @property
    def runs(self) -> dict[str, int]:
        return self._cache.recomputations


class Named(Mapping[str, Any]):
    """A store under a name, as far as rendering knows one."""

    is_read_by_name = True

    def __init__(self, state: Mapping[str, Any], getters: Getters, version: int = 0) -> None:
        self._state, self._getters, self.version = state, getters, version

    def __getitem__(self, name: str) -> Any:
        if name in self._state or name in self._getters:
            return (self._state if name in self._state else self._getters)[name]
        raise KeyError(name)

    def was_read(self, name: str) -> bool:
        return name in self._state or name not in self._getters or self._getters.was_read(name)

    def __iter__(self) -> Iterator[str]:
        yield from (*self._state, *self._getters)

    def __len__(self) -> int:
        return len(self._state) + len(self._getters)


class TestAGetter:
    def test_that_reads_nothing_that_changed_keeps_what_shows_it(self) -> None:
        page, shop = CountedPage("{{ title|seen }}{{ total|seen }}"), Shop()
        page.show(*shop.layers())

        assert page.show(*shop.change(title="Market").layers()) == ["Market"]
        assert shop.runs == {"large": 1, "total": 1}

    def test_that_gives_an_equal_number_keeps_what_shows_it(self) -> None:
        page, shop = CountedPage("{{ total|seen }}"), Shop()
        page.show(*shop.layers())

        assert page.show(*shop.change(items=[{"n": 5}]).layers()) == []

    def test_may_be_a_loop_of_which_unchanged_rows_are_kept(self) -> None:
        page, shop = CountedPage("{% for x in large %}<i>{{ x.n|seen }}</i>{% endfor %}"), Shop()
        page.show(*shop.layers())

        assert page.show(*shop.change(items=[{"n": 1}, *shop.state["items"], {"n": 7}]).layers()) == [7]

    def test_that_is_not_read_is_not_run(self) -> None:
        page, shop = CountedPage("{{ title|seen }}{% if all %}{{ large|length }}{% endif %}"), Shop()
        page.show(*shop.layers())
        page.show(*shop.change(items=[], title="Market").layers())

        assert shop.runs == {}

    def test_that_was_not_read_is_when_it_is_shown(self) -> None:
        page, shop = CountedPage("{% if all %}{{ total|seen }}{% endif %}"), Shop()
        page.show(*shop.layers())

        assert page.show(*shop.layers(), all=True) == [5]
        assert page.show(*shop.change(items=[{"n": 9}]).layers(), all=True) == [9]

    def test_that_was_not_read_is_in_the_row_that_shows_it(self) -> None:
        page, shop = (
            CountedPage("{% for x in items %}{% if x.n > 5 %}{{ x.n|joined:total }}{% endif %}{% endfor %}"),
            Shop(),
        )
        page.show(*shop.layers())

        assert page.show(*shop.change(items=[*shop.state["items"], {"n": 6}]).layers()) == [(6, 11)]
        assert page.show(*shop.change(items=[*shop.state["items"], {"n": 7}]).layers()) == [(6, 18), (7, 18)]

    def test_that_raises_is_left_to_what_shows_it(self) -> None:
        page, shop = CountedPage("{{ title|seen }}{% if title == 'Shop' %}{{ broken|seen }}{% endif %}"), Shop()
        page.show(*shop.layers())

        assert page.show(*shop.change(least=3, title="Market").layers()) == ["Market"]

    def test_that_raises_where_it_is_shown_raises_there_and_leaves_the_last_render(self) -> None:
        page, shop = CountedPage("{{ broken|seen }}{{ title|seen }}"), Shop()
        page.show(*shop.layers())

        with pytest.raises(RuntimeError, match="too much"):
            page.render(*shop.change(least=3).layers())

        assert page.show(*shop.change(least=2, title="Market").layers()) == ["Market"]


class TestAStoreUnderAName:
    SOURCE = "{{ shop.title|seen }}{{ shop.total|seen }}{% for x in shop.items %}<i>{{ x.n|seen }}</i>{% endfor %}"

    def named(self, shop: Shop) -> Named:
        return Named(shop.state, shop.getters())

    def test_matters_only_in_what_is_read_of_it(self) -> None:
        page, shop = CountedPage(self.SOURCE), Shop()
        page.show(shop=self.named(shop))

        assert page.show(shop=self.named(shop.change(title="Market"))) == ["Market"]
        assert page.show(shop=self.named(shop.change(items=[*shop.state["items"], {"n": 2}]))) == [2]
        assert page.show(shop=self.named(shop.change(other="other"))) == []

    def test_may_have_a_version_that_is_neither_state_nor_a_getter(self) -> None:
        page, shop = CountedPage("{{ shop.version|seen }}"), Shop()
        page.show(shop=Named(shop.state, shop.getters(), version=1))

        assert page.show(shop=Named(shop.state, shop.getters(), version=2)) == [2]

    def test_runs_no_getter_that_is_not_read(self) -> None:
        page, shop = CountedPage("{{ shop.title|seen }}{% if all %}{{ shop.total }}{% endif %}"), Shop()
        page.show(shop=self.named(shop))
        page.show(shop=self.named(shop.change(title="Market")))

        assert shop.runs == {}

    def test_is_not_plain_when_it_is_handed_on_as_a_whole(self) -> None:
        page, shop = CountedPage("{% with s=shop %}{{ s.title|seen }}{% endwith %}{{ other|seen }}"), Shop()
        page.show(shop=self.named(shop), other=1)

        assert page.show(shop=self.named(shop), other=1) == ["Shop"]
