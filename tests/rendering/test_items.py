"""Which item of a loop is which of the one before; matched as objects, without any template."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.rendering.items import comparable, match_items
from liveex_django.store import freeze


def matched(before: list[Any], after: list[Any]) -> tuple[list[int | None], set[int]]:
    found = match_items(comparable(before), comparable(after))
    return found.sources, found.differing


class TestMatching:
    @pytest.mark.parametrize(
        ("before", "after", "sources", "differing"),
        [
            ("abc", "abc", [0, 1, 2], set()),
            ("abc", "axc", [0, 1, 2], {1}),
            ("abc", "abcd", [0, 1, 2, None], {3}),
            ("abc", "xabc", [None, 0, 1, 2], {0}),
            ("abc", "bc", [1, 2], set()),
            ("abc", "cab", [2, 0, 1], set()),
            ("abc", "cxa", [2, 1, 0], {1}),
            ("abcd", "xd", [0, 3], {0}),
            ("aab", "aba", [0, 2, 1], set()),
            ("aa", "a", [0], set()),
            ("a", "aa", [0, None], {1}),
            ("", "a", [None], {0}),
            ("a", "", [], set()),
        ],
    )
    def test_finds_equal_ones_anywhere_and_pairs_what_is_left_in_order(
        self, before: str, after: str, sources: list[int | None], differing: set[int]
    ) -> None:
        assert matched(list(before), list(after)) == (sources, differing)

    def test_takes_plain_data_for_the_same_when_it_is_the_same_object(self) -> None:
        one, twin = freeze({"n": 1}), freeze({"n": 1})

        assert matched([one], [one]) == ([0], set())
        assert matched([one], [twin]) == ([0], {0})

    def test_takes_nothing_else_for_the_same(self) -> None:
        model, value = object(), freeze({"n": 1})

        assert matched([model], [model]) == ([0], {0})
        assert matched([(1, model)], [(1, model)]) == ([0], {0})
        assert matched([value], [id(value)]) == ([0], {0})

    def test_looks_into_pairs(self) -> None:
        value = freeze({"n": 1})

        assert matched([("a", value), ("b", 2)], [("b", 2), ("a", value)]) == ([1, 0], set())

    def test_tells_a_number_from_a_boolean_and_from_a_text(self) -> None:
        assert matched([True, 1, "1"], [1, "1", True]) == ([1, 2, 0], set())

    @given(st.lists(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef")))
    def test_uses_every_old_item_once_and_says_which_new_ones_differ(self, before: list[str], after: list[str]) -> None:
        sources, differing = matched(before, after)

        used = [source for source in sources if source is not None]
        assert len(set(used)) == len(used)
        assert len(sources) == len(after)
        for number, source in enumerate(sources):
            assert (number not in differing) == (source is not None and before[source] == after[number])
        # As many are kept as can be.
        assert len(after) - len(differing) == sum(min(before.count(one), after.count(one)) for one in "abcdef")
