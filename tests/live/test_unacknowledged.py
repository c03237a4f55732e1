"""Those who do not acknowledge, on a clock that the test moves."""

import pytest

from liveex_django.live.unacknowledged import Unacknowledged

from .delivered import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def overdue():
    return []


@pytest.fixture
def waiting(clock, overdue):
    return Unacknowledged(clock, overdue.append)


class TestUnacknowledged:
    def test_are_overdue_after_fifteen_seconds(self, waiting, clock, overdue):
        waiting.expect("a")

        clock.move(14.9)
        assert overdue == []
        clock.move(0.1)

        assert overdue == ["a"]

    def test_are_overdue_once(self, waiting, clock, overdue):
        waiting.expect("a")

        clock.move(100)

        assert overdue == ["a"]

    def test_have_as_long_again_after_each_sign(self, waiting, clock, overdue):
        for _ in range(5):
            waiting.expect("a")
            clock.move(10)

        assert overdue == []
        clock.move(5)
        assert overdue == ["a"]

    def test_are_forgotten_when_all_has_arrived(self, waiting, clock, overdue):
        waiting.expect("a")
        waiting.forget("a")

        clock.move(100)

        assert overdue == []

    def test_are_each_overdue_in_their_own_time(self, waiting, clock, overdue):
        waiting.expect("a")
        clock.move(5)
        waiting.expect("b")
        clock.move(5)
        waiting.expect("c")
        waiting.expect("a")

        clock.move(10)
        assert overdue == ["b"]
        clock.move(5)

        assert overdue == ["b", "c", "a"]

    def test_share_one_timer(self, waiting, clock):
        for number in range(1000):
            waiting.expect(number)

        assert len(clock.timers) == 1

    def test_have_none_when_there_is_nobody(self, waiting, clock):
        waiting.expect("a")
        waiting.forget("a")

        clock.move(15)

        assert clock.timers == []

    def test_may_be_expected_anew_by_whoever_is_told(self, clock, overdue):
        waiting = Unacknowledged(clock, lambda one: (overdue.append(one), waiting.expect("another")))
        waiting.expect("a")

        clock.move(15)
        clock.move(15)

        assert overdue == ["a", "another"]
