"""What the log asks of Redis and how it takes the answers, without a Redis: answers that come at a bad moment."""

import pytest

from liveex_django.replication import Appended, Instance, Position, Repeated
from liveex_django.replication import redis_operations as operations
from liveex_django.replication import redis_scripts as scripts
from liveex_django.replication.redis_operations import Answers, Operations, Pause
from liveex_django.store.codec import encode_entry, encode_state

from .build import EMPTY, make_counter, make_entry

START = Position("e", 0, "")
ENTRY = make_entry(START, id="id")
KEPT = [b"1-0", [b"id", b"id", b"entry", encode_entry(ENTRY)]]
LOADED = [b"loaded", b"e", b"0", b"", b"1", encode_state(EMPTY)]


@pytest.fixture
def log():
    return Operations("liveex", {}, 0)


@pytest.fixture
def instance():
    return Instance(make_counter())


def answer(steps, reply, *, was_repeated=False):
    """Send one answer; returns the scripts that are asked next, or what the operation ends with."""
    try:
        step = steps.send(Answers([reply], was_repeated))
    except StopIteration as end:
        return end.value
    return [ask.script for ask in step] if isinstance(step, tuple) else step


class TestAppend:
    @pytest.mark.parametrize(("was_repeated", "outcome"), [(True, Appended()), (False, Repeated(ENTRY))])
    def test_what_an_earlier_try_may_have_done_is_remembered_while_it_waits(self, log, instance, was_repeated, outcome):
        steps = log.append(instance, START, [ENTRY], None)
        next(steps)

        pause = answer(steps, [b"wait", 5], was_repeated=was_repeated)
        next(steps)

        assert pause == Pause(0.001)
        assert answer(steps, [b"repeated", b"id", b"1", [KEPT]]) == outcome


class TestLoad:
    def test_it_begins_again_when_the_log_is_cut_between_two_pages(self, log, instance, monkeypatch):
        monkeypatch.setattr(operations, "_PAGE", 1)
        steps = log.load(instance)
        next(steps)

        assert answer(steps, [*LOADED, [KEPT]]) == [scripts.READ]
        assert answer(steps, [b"elsewhere"]) == [scripts.LOAD]
        snapshot, entries = answer(steps, [*LOADED, []])
        assert (snapshot.state, entries) == (EMPTY, ())

    def test_creating_begins_again_when_what_was_there_is_lost_meanwhile(self, log, instance, monkeypatch):
        monkeypatch.setattr(operations, "_PAGE", 1)
        steps = log.create(instance, EMPTY)
        next(steps)

        assert answer(steps, [*LOADED, [KEPT]]) == [scripts.READ]
        assert answer(steps, [b"elsewhere"]) == [scripts.LOAD]
        assert answer(steps, [b"none"]) == [scripts.CREATE]
        assert answer(steps, [b"created"])[0].state == EMPTY
