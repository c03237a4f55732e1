"""How often Redis is asked for the same thing, by a clock of our own."""

import pytest

from liveex_django.exceptions import LogFull, LogUnreachable, OutcomeUnknown
from liveex_django.replication.redis_attempts import Attempts, Patience
from liveex_django.replication.redis_errors import Failure
from liveex_django.replication.redis_operations import Ask
from liveex_django.replication.redis_scripts import APPEND, LOAD


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def begin(now):
    return lambda ask: Attempts((ask,), Patience(answer=5, outcome=30), lambda: now[0])


@pytest.fixture
def commit(begin):
    return begin(Ask(APPEND, (), (), commits="shop, id 'e1'"))


@pytest.fixture
def reading(begin):
    return begin(Ask(LOAD, (), ()))


def unanswered():
    return Failure(LogUnreachable("redis://x", "silence"), "silence", may_have_run=True, may_pass=True)


def unreached():
    return Failure(LogUnreachable("redis://x", "refused"), "refused", may_pass=True)


def full():
    return Failure(LogFull("redis://x"), "memory is full")


class TestAttempts:
    def test_a_cut_connection_is_followed_by_another_at_once(self, commit):
        assert commit.fail(unanswered()) == 0

    def test_pauses_grow_to_a_second_and_are_spread(self, commit):
        pauses = [commit.fail(unreached()) for _ in range(12)]

        assert 0 < pauses[0] <= 0.02
        assert all(0.5 <= pause <= 1 for pause in pauses[8:])
        assert len(set(pauses)) == len(pauses)

    def test_a_commit_that_was_never_sent_ends_with_what_was_in_the_way(self, commit, now):
        commit.fail(unreached())
        now[0] += 6

        with pytest.raises(LogUnreachable, match="Nothing was committed"):
            commit.fail(unreached())

    def test_a_commit_that_may_have_run_is_asked_for_longer_and_then_unknown(self, commit, now):
        for _ in range(5):
            commit.fail(unanswered())
            now[0] += 5.5
        assert commit.may_have_run
        now[0] += 5

        with pytest.raises(OutcomeUnknown, match="id 'e1', is unknown: refused"):
            commit.fail(unreached())

    def test_a_refusal_at_once_is_the_outcome(self, commit):
        with pytest.raises(LogFull):
            commit.fail(full())

    def test_a_refusal_after_a_try_that_may_have_run_is_not(self, commit, now):
        commit.fail(unanswered())

        assert commit.fail(full()) > 0
        now[0] += 31
        with pytest.raises(OutcomeUnknown, match="memory is full"):
            commit.fail(full())

    def test_reading_is_never_unknown(self, reading, now):
        reading.fail(unanswered())
        now[0] += 6

        with pytest.raises(LogUnreachable):
            reading.fail(unanswered())
