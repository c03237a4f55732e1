"""The counter of the README, as the plain functions that it is made of."""

import pytest

from demo_project.counter.store import add, parity


def test_add_adds():
    state = {"count": 1}

    add(state, 2)

    assert state == {"count": 3}


@pytest.mark.parametrize(("count", "expected"), [(0, "even"), (1, "odd"), (-1, "odd"), (-2, "even")])
def test_parity_knows_odd_from_even(count: int, expected: str):
    assert parity({"count": count}) == expected
