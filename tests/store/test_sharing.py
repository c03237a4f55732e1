"""Values built of the parts of earlier ones."""

import sys
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import InvalidState
from liveex_django.store import FrozenDict, FrozenList, freeze, thaw
from liveex_django.store.sameness import is_same_tree
from liveex_django.store.sharing import share

# Few, and close to each other: what only == takes for the same meets often, and so does what only looks the same.
JSON_VALUES = [None, True, False, 0, 1, 0.0, -0.0, 1.0, "", "a", "1", 1000, 2**70]
OTHER_VALUES = [
    *(Decimal(1), Decimal("1.0"), UUID(int=1), date(2024, 1, 1), timedelta(1), time(1), time(1, fold=1)),
    *(datetime(2024, 1, 1), datetime(2024, 1, 1, fold=1), datetime(2024, 1, 1, 1, tzinfo=UTC)),
    *(datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=1))), "2024-01-01", str(UUID(int=1))),
]


def trees(values: list[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["a", "b", 1, 2**70])
    return st.recursive(
        st.sampled_from(values),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )


@st.composite
def pairs(draw: st.DrawFn, values: list[Any]) -> tuple[Any, Any]:
    """An old value, frozen, and a new one that has much of it: in other places, changed, or as the same object."""
    pool = draw(st.lists(trees(values), min_size=1, max_size=5))
    items = st.lists(st.sampled_from(range(len(pool))), max_size=8)
    old = freeze([pool[i] for i in draw(items)])
    new = [draw(st.sampled_from([thaw(freeze(pool[i])), *old])) for i in draw(items)]
    if draw(st.booleans()):
        return freeze(dict(enumerate(old))), dict(enumerate(new))
    return old, new


def row(number: int, **changes: Any) -> dict[str, Any]:
    """A freshly made row, in which nothing is an object of another."""
    return {"id": 1000 + number, "name": f"row {number}", "tags": [f"tag {number}"], **changes}


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [row(number) for number in numbers]


def origins(old: Any, new: Any) -> list[int | None]:
    """Where in ``old`` each item of ``new`` stands, itself; None when nowhere."""
    return [next((i for i, one in enumerate(old) if one is item), None) for item in new]


class TestShare:
    @given(pairs(JSON_VALUES + OTHER_VALUES))
    def test_gives_the_same_tree_and_leaves_the_old_one_alone(self, pair):
        old, new = pair
        before, plain = thaw(old), freeze(thaw(freeze(new)))

        shared = share(old, new)

        assert is_same_tree(shared, plain)
        assert type(shared) is type(plain)
        assert repr(shared) == repr(plain)
        assert is_same_tree(old, freeze(before))

    @given(pairs(JSON_VALUES))
    def test_identical_parts_are_the_same_object(self, pair):
        old, new = pair

        shared = share(old, new)

        check_parts(old, shared)
        assert share(shared, thaw(shared)) is shared

    def test_all_of_it_is_the_old_one_when_nothing_has_changed(self):
        old = freeze({"rows": rows(1, 2), "total": 1000.5})

        assert share(old, {"rows": rows(1, 2), "total": 1000.5}) is old

    def test_what_shares_nothing_is_the_new_one(self):
        new = freeze(rows(3, 4))

        assert share(freeze(rows(1, 2, 5)), new) is new
        assert share(None, new) is new

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ({"a": 1}, {"a": True}),
            ({"a": 1}, {"a": 1.0}),
            ({"a": 0.0}, {"a": -0.0}),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
            ([1], {0: 1}),
            ([], {}),
            ([Decimal("1.0")], [Decimal("1.00")]),
        ],
    )
    def test_what_only_equals_is_not_taken_for_the_same(self, old, new):
        shared = share(freeze(old), new)

        assert repr(shared) == repr(new)

    def test_what_cannot_be_stored_is_refused(self):
        cyclic: list[Any] = [row(1)]
        cyclic.append(cyclic)

        for value in ([row(1), {"a": object()}], {True: 1}, cyclic, row(1, tags={1})):
            with pytest.raises(InvalidState):
                share(freeze([row(1), row(2)]), value)

    @pytest.mark.parametrize(
        "value", [MultiValueDict({"a": ["x"]}), OrderedDict(a="x"), {SafeString("a"): SafeString("x")}]
    )
    def test_an_instance_of_a_subclass_is_what_freezing_makes_of_it(self, value):
        shared = share(freeze([{"a": "x"}, 1]), [value, 2])

        assert is_same_tree(shared, freeze([value, 2]))

    def test_a_key_that_only_equals_is_refused_in_a_row_too(self):
        with pytest.raises(InvalidState, match="has the key True"):
            share(freeze([{1: "a"}]), [{True: "a"}])


def check_parts(old: Any, shared: Any) -> None:
    """Whether ``shared`` is made of the parts of ``old``."""
    if is_same_tree(old, shared):
        assert shared is old
    elif type(old) is type(shared) is FrozenDict:
        for key in shared.keys() & old.keys():
            check_parts(old[key], shared[key])
    elif type(old) is type(shared) is FrozenList:
        of_old = {id(item) for item in old}
        reused = [item for item in shared if id(item) in of_old]
        for item in shared:
            if type(item) in (FrozenDict, FrozenList) and any(is_same_tree(one, item) for one in old):
                assert any(is_same_tree(one, item) for one in reused)


class TestLists:
    @pytest.mark.parametrize(
        ("new", "expected"),
        [
            ((0, 1, 2, 3), [0, 1, 2, 3]),
            ((1, 2, 3), [1, 2, 3]),
            ((0, 1, 2), [0, 1, 2]),
            ((9, 0, 1, 2, 3), [None, 0, 1, 2, 3]),
            ((0, 9, 1, 8, 2, 3), [0, None, 1, None, 2, 3]),
            ((0, 9, 2, 3), [0, None, 2, 3]),
            ((9, 1, 8, 3), [None, 1, None, 3]),
            ((3, 2, 1, 0), [3, 2, 1, 0]),
            ((2, 0, 3, 9, 1), [2, 0, 3, None, 1]),
            ((), []),
        ],
    )
    @pytest.mark.parametrize("is_of_the_state", [True, False])
    def test_an_item_is_found_wherever_it_stands(self, new, expected, is_of_the_state):
        stored = freeze(rows(*range(10)))
        old = freeze(stored[:4])

        shared = share(old, [stored[i] if is_of_the_state else row(i) for i in new])

        assert origins(old, shared) == expected
        assert shared == rows(*new)

    @pytest.mark.parametrize("inserted", [(), (7,), (7, 8)])
    def test_a_changed_item_is_compared_with_the_one_behind_the_same_neighbour(self, inserted):
        old = freeze(rows(0, 1, 2, 3))

        shared = share(old, [*rows(*inserted), row(0), row(1), row(2, name="new"), row(3)])

        changed = shared[-2]
        assert origins(old, shared) == [*(None for _ in inserted), 0, 1, None, 3]
        assert changed == row(2, name="new")
        assert changed["tags"] is old[2]["tags"]
        assert changed["id"] is old[2]["id"]

    def test_or_before_the_same_neighbour(self):
        old = freeze(rows(0, 1, 2, 3))

        shared = share(old, [row(3), row(9), row(1, name="new"), row(2), row(0)])

        assert origins(old, shared) == [3, None, None, 2, 0]
        assert shared[2]["tags"] is old[1]["tags"]

    def test_else_with_what_is_left(self):
        old = freeze(rows(0, 1, 2, 3, 4))

        shared = share(old, [row(4), row(8), row(2, name="new"), row(9), row(0)])

        assert origins(old, shared) == [4, None, None, None, 0]
        assert len(shared) == 5

    def test_numbers_at_their_places_are_kept(self):
        old = freeze([1000.5, 1001.5, 1002.5, 1003.5])

        shared = share(old, [float(number) for number in ("1000.5", "1.5", "1002.5", "2.5")])

        assert origins(old, shared) == [0, None, 2, None]

    @pytest.mark.parametrize(
        "make",
        [
            lambda size: ([[]] * size, [[0]] * size),
            lambda size: (rows(*range(size)), rows(*reversed(range(size)))),
            lambda size: (rows(*range(size)), [row(i, name="x") for i in reversed(range(size))]),
            lambda size: ([0, 1] * size, [1, 0, 0] * size),
            lambda size: ([{"a": i % 2} for i in range(size)], [{"a": bool(i % 2)} for i in range(size)]),
        ],
        ids=["two values", "reversed", "changed and reversed", "few numbers", "equal but not the same"],
    )
    def test_takes_time_in_proportion_to_its_length(self, make):
        def count_calls(size: int) -> int:
            old, new = make(size)
            old = freeze(old)
            calls = 0

            def count(*args: object) -> None:
                nonlocal calls
                calls += 1

            sys.setprofile(count)
            try:
                share(old, new)
            finally:
                sys.setprofile(None)
            return calls

        assert count_calls(400) < 2.5 * count_calls(200)

    def test_a_change_far_below_is_looked_at_once_at_every_level(self):
        def nested(depth: int, leaf: str) -> Any:
            return [nested(depth - 1, leaf), ["beside"]] if depth else [leaf]

        old = freeze(nested(90, "old"))

        shared = share(old, nested(90, "new"))

        assert shared == nested(90, "new")
        while len(shared) == 2:
            assert shared[1] is old[1]
            old, shared = old[0], shared[0]
