"""Pairing the items of two lists."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveex_django.store.draft_align import align

LETTERS = st.lists(st.sampled_from("abcd"), max_size=12)


def longest_common(old, new):
    """The length of a longest common subsequence, by the definition."""
    rows = [[0] * (len(new) + 1)]
    for item in old:
        row = [0]
        for j, other in enumerate(new):
            row.append(rows[-1][j] + 1 if item == other else max(row[-1], rows[-1][j + 1]))
        rows.append(row)
    return rows[-1][-1]


class TestAlign:
    @pytest.mark.parametrize(
        ("old", "new", "matched", "lost", "gained"),
        [
            ("", "", [], [], []),
            ("", "ab", [], [], [0, 1]),
            ("ab", "", [], [0, 1], []),
            ("abc", "abc", [(0, 0), (1, 1), (2, 2)], [], []),
            ("abc", "axc", [(0, 0), (1, 1), (2, 2)], [], []),
            ("abc", "ac", [(0, 0), (2, 1)], [1], []),
            ("ac", "abc", [(0, 0), (1, 2)], [], [1]),
            ("abcd", "dabc", [(0, 1), (1, 2), (2, 3)], [3], [0]),
        ],
    )
    def test_items_are_matched_lost_or_gained(self, old, new, matched, lost, gained):
        assert align(old, new) == (matched, lost, gained)

    @settings(deadline=None)
    @given(LETTERS, LETTERS)
    def test_as_many_as_possible_are_equal_and_every_item_is_accounted_for(self, old, new):
        matched, lost, gained = align(old, new)

        assert sorted([*(i for i, _ in matched), *lost]) == list(range(len(old)))
        assert sorted([*(j for _, j in matched), *gained]) == list(range(len(new)))
        assert all(a < c and b < d for (a, b), (c, d) in pairwise(matched))
        if all(old.count(letter) <= 4 for letter in "abcd"):
            assert sum(old[i] == new[j] for i, j in matched) >= longest_common(old, new)
