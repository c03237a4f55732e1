"""The store of the items, as plain functions on plain dicts."""

import pytest

from demo_project.items import store as items
from liveex_django.store import Reject


class Context:
    """As much of an action's context as the actions here use; remembers what they commit."""

    def __init__(self, state):
        self.state = state
        self.committed = []

    async def acommit(self, mutation, *arguments):
        self.committed.append((mutation, *arguments))


@pytest.fixture
def state():
    return {**items.initial_state(), "filter": []}


def getters_of(state):
    """The getters that others build on."""
    return {"category_names": items.category_names(state)}


def names_shown(state):
    return [item["name"] for item in items.visible_items(state, getters_of(state))]


class TestInitialState:
    def test_has_the_twelve_items_by_category(self, state):
        shown = [
            (item["category"], item["name"], item["count"]) for item in items.visible_items(state, getters_of(state))
        ]

        assert shown == [
            ("House", "Spoon", 5),
            ("House", "Fork", 5),
            ("House", "Couch", 1),
            ("Office", "Laptop", 1),
            ("Office", "Coffee Machine", 1),
            ("Car", "Fire Extinguisher", 1),
            ("Car", "Safety Vest", 2),
            ("Car", "Friends", 0),
            ("Car", "Wheels", 5),
            ("General", "Suitcase", 1),
            ("General", "Kindle", 1),
            ("General", "Pair of Shoes", 7),
        ]


class TestAddFilter:
    def test_appends_so_that_the_order_of_clicks_is_kept(self, state):
        items.add_filter(state, 3)
        items.add_filter(state, 1)

        assert state["filter"] == [3, 1]
        assert items.selected_categories(state, getters_of(state)) == ["Car", "House"]

    def test_adds_a_category_once_when_two_visitors_click_at_once(self, state):
        items.add_filter(state, 3)
        items.add_filter(state, 3)

        assert state["filter"] == [3]

    @pytest.mark.parametrize("unknown", [0, 5, -1])
    def test_refuses_a_category_that_does_not_exist(self, state, unknown: int):
        with pytest.raises(Reject, match="no such category"):
            items.add_filter(state, unknown)

        assert state["filter"] == []


class TestRemoveFilter:
    def test_removes_the_category(self, state):
        state["filter"] = [3, 1, 2]

        items.remove_filter(state, 1)

        assert state["filter"] == [3, 2]

    def test_does_nothing_when_another_visitor_was_first(self, state):
        items.remove_filter(state, 1)

        assert state["filter"] == []


class TestSetMinCount:
    def test_refuses_a_negative_minimum(self, state):
        with pytest.raises(Reject, match="negative"):
            items.set_min_count(state, -1)

        assert state["min_count"] == 0


class TestVisibleItems:
    def test_are_those_of_the_selected_categories(self, state):
        state["filter"] = [2, 1]

        assert names_shown(state) == ["Spoon", "Fork", "Couch", "Laptop", "Coffee Machine"]

    def test_have_at_least_the_minimum_count(self, state):
        state["min_count"] = 5

        assert names_shown(state) == ["Spoon", "Fork", "Wheels", "Pair of Shoes"]

    def test_satisfy_both(self, state):
        state["filter"] = [3]
        state["min_count"] = 2

        assert names_shown(state) == ["Safety Vest", "Wheels"]

    def test_are_none_when_nothing_is_that_many(self, state):
        state["min_count"] = 99

        assert names_shown(state) == []


class TestFilterByCategory:
    async def test_commits_an_addition_for_a_category_that_is_not_selected(self, state):
        ctx = Context(state)

        await items.filter_by_category(ctx, 3)

        assert ctx.committed == [(items.add_filter, 3)]

    async def test_commits_a_removal_for_one_that_is(self, state):
        ctx = Context({**state, "filter": [3]})

        await items.filter_by_category(ctx, 3)

        assert ctx.committed == [(items.remove_filter, 3)]


class TestFilterByCount:
    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("5", 5),
            (" 5 ", 5),
            ("3abc", 3),
            ("99", 99),
            ("", 0),
            ("abc", 0),
            ("-3", 0),
            ("²", 0),
            ("9" * 5000, 999_999_999),
        ],
    )
    async def test_takes_the_leading_digits(self, state, typed: str, expected: int):
        ctx = Context(state)

        await items.filter_by_count(ctx, typed)

        assert ctx.committed == [(items.set_min_count, expected)]
