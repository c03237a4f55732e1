"""What a hub says leaves in order, together when the layer is slow, and never holds it up."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer

from liveex_django.replication import Position, outgoing
from liveex_django.replication.layer_messages import Announcement, Entries, unpack
from liveex_django.replication.metrics import Metrics
from liveex_django.replication.outgoing import Outgoing

from .build import make_entry, position_of
from .test_groups import until

START = Position("epoch", 0, "")


class SlowLayer(InMemoryChannelLayer):
    """Takes a message when it is told to."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()
        self.sent = []
        self.error = None

    async def group_send(self, group, message):
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.sent.append((group, unpack(message)))


@pytest.fixture
def layer():
    return SlowLayer()


@pytest.fixture
def out(layer):
    return Outgoing(layer, Metrics(), 0.002)


def chain(number, after=START):
    entries = []
    for index in range(number):
        entries.append(make_entry(after, id=f"e{after.version + 1}-{index}"))
        after = position_of(entries[-1])
    return entries


def say(out, entries, group="group", after=""):
    """One message for each entry, as commits make them."""
    for entry in entries:
        out.post(group, Entries("hub", "digest", after, (entry,)))
        after = entry.id


class TestGathering:
    async def test_what_is_said_while_a_message_is_on_its_way_leaves_together(self, out, layer):
        entries = chain(10)
        say(out, entries[:1])
        await asyncio.sleep(0)
        say(out, entries[1:], after=entries[0].id)

        layer.gate.set()
        await out.drain()

        assert [message.entries for _, message in layer.sent] == [tuple(entries[:1]), tuple(entries[1:])]
        assert layer.sent[1][1].after == entries[0].id

    async def test_of_too_many_the_newest_leave(self, out, layer, monkeypatch):
        monkeypatch.setattr(outgoing, "_MOST_ENTRIES", 4)
        entries = chain(10)
        say(out, entries)

        layer.gate.set()
        await out.drain()

        ((_, message),) = layer.sent
        assert message.entries == tuple(entries[6:])
        assert message.after == entries[5].id

    async def test_entries_of_another_history_stay_apart(self, out, layer):
        first, second = chain(1), chain(1, Position("another", 0, ""))
        out.post("group", Entries("hub", "digest", "", tuple(first)))
        out.post("group", Entries("hub", "digest", "", tuple(second)))

        layer.gate.set()
        await out.drain()

        assert len(layer.sent) == 2

    async def test_groups_do_not_wait_for_each_other(self, out, layer):
        say(out, chain(1), "one")
        say(out, chain(1), "two")

        layer.gate.set()
        await out.drain()

        assert sorted(group for group, _ in layer.sent) == ["one", "two"]

    async def test_order_is_kept_within_a_group(self, out, layer):
        for number in range(5):
            out.post("group", Announcement("hub", "topic", {"number": number}))

        layer.gate.set()
        await out.drain()

        assert [message.content["number"] for _, message in layer.sent] == [0, 1, 2, 3, 4]


class TestResting:
    """A group rests after a message. Here for a minute, when nothing else is said, so that no clock decides a test."""

    @pytest.fixture
    def out(self, layer):
        layer.gate.set()
        return Outgoing(layer, Metrics(), 60)

    async def test_what_is_said_meanwhile_leaves_together(self, out, layer):
        entries = chain(4)
        say(out, entries[:1])
        await until(lambda: layer.sent)
        say(out, entries[1:], after=entries[0].id)
        await until(lambda: not out._sending)

        assert len(layer.sent) == 1
        await out.drain()
        assert [message.entries for _, message in layer.sent] == [tuple(entries[:1]), tuple(entries[1:])]

    async def test_ends_by_itself(self, layer):
        layer.gate.set()
        out = Outgoing(layer, Metrics(), 0.001)
        for number in range(3):
            say(out, chain(1))
            await until(lambda number=number: len(layer.sent) == number + 1)

        await until(lambda: not out._resting)

    async def test_is_short_when_much_is_said(self, out, layer):
        entries = chain(1 + outgoing._MANY)
        say(out, entries[:1])
        await until(lambda: layer.sent)
        say(out, entries[1:], after=entries[0].id)

        await until(lambda: len(layer.sent) == 2)
        assert layer.sent[1][1].entries == tuple(entries[1:])

    async def test_is_skipped_when_much_was_said_while_a_message_was_on_its_way(self, out, layer):
        entries = chain(1 + outgoing._MANY)
        layer.gate.clear()
        say(out, entries[:1])
        await until(lambda: not out._waiting)
        say(out, entries[1:], after=entries[0].id)
        layer.gate.set()

        await until(lambda: len(layer.sent) == 2)

    async def test_holds_up_no_other_group(self, out, layer):
        say(out, chain(1), "one")
        await until(lambda: layer.sent)
        say(out, chain(1), "two")

        await until(lambda: len(layer.sent) == 2)

    async def test_nothing_is_left_when_it_has_drained(self, out, layer):
        say(out, chain(1))
        await until(lambda: layer.sent)
        await out.drain()

        assert not out._resting


class TestFailing:
    async def test_is_told_once_until_it_works_again(self, out, layer, caplog):
        layer.gate.set()
        layer.error = ConnectionError("away")
        for _ in range(3):
            say(out, chain(1))
            await out.drain()
        layer.error = None
        say(out, chain(1))
        await out.drain()

        assert caplog.text.count("did not take") == 1
        assert (out._metrics.unsent, out._metrics.sent) == (3, 1)

    async def test_nothing_is_left_when_it_has_drained(self, out, layer):
        before = asyncio.all_tasks()
        say(out, chain(3))

        layer.gate.set()
        await out.drain()

        assert asyncio.all_tasks() == before
        assert not out._waiting
