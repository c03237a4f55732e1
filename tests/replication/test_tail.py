"""The history of an instance as somebody reads along: each entry once, in order, and no gap that is not told."""

import asyncio
from contextlib import aclosing, asynccontextmanager

import pytest

from liveex_django.exceptions import NewerSchema, UnknownMutation
from liveex_django.replication import Hub, Instance, Snapshot, memory
from liveex_django.replication.commits import commit
from liveex_django.replication.origin import Origin
from liveex_django.replication.tail import Lost, Seen, Trimmed, Wanted, follow, recent
from liveex_django.testing import FakeChannelLayer

from .build import call, make_counter, make_entry
from .test_groups import QUICK, until

ALL = Wanted()


@pytest.fixture
def instance():
    return Instance(make_counter(name="test.tail"))


@pytest.fixture
def layer():
    return FakeChannelLayer()


@pytest.fixture
async def other(log, layer):
    """Another process."""
    hub = Hub(log, layer, QUICK)
    yield hub
    await hub.close()


async def add(hub, instance, *amounts):
    async with hub.following(instance) as followed:
        for amount in amounts:
            await commit(hub, followed, [call(instance.store, "add", amount=amount)], Origin(), 1)


async def note(hub, instance, text):
    async with hub.following(instance) as followed:
        await commit(hub, followed, [call(instance.store, "note", text=text)], Origin(), 1)


def brief(told):
    """``(version, count before)`` of an entry; what else is told as it is."""
    return (told.entry.version, told.before["count"]) if isinstance(told, Seen) else told


async def told_now(log, instance, wanted=ALL):
    return [brief(told) for told in await recent(log, instance, wanted)]


@asynccontextmanager
async def following(log, layer, instance, wanted=ALL):
    """A process that reads along; gives what tells the next so many things."""
    hub = Hub(log, layer, QUICK, is_passing=True)
    tail = follow(hub, instance, wanted)

    async def take(number):
        return [brief(await asyncio.wait_for(anext(tail), 5)) for _ in range(number)]

    async with aclosing(tail):
        yield take
    await until(lambda: not hub.all_followed())
    await hub.close()


async def trim(hub, instance):
    """Have the log forget every entry there is."""
    async with hub.following(instance) as followed:
        await hub.log.save_snapshot(instance, Snapshot(followed.replica.position, followed.replica.state, 1))


def fail_over(log, instance, version):
    """The log is a copy now that lacks what came after a version."""
    history = log._find(instance)
    history.entries[:] = [entry for entry in history.entries if entry.version <= version]
    history.by_id = {entry.id: entry for entry in history.entries}


class TestRecent:
    async def test_is_the_oldest_first_with_the_state_before_each(self, hub, instance):
        await add(hub, instance, 1, 2, 3)

        assert await told_now(hub.log, instance) == [(1, 0), (2, 1), (3, 3)]

    async def test_may_be_the_newest_few(self, hub, instance):
        await add(hub, instance, 1, 2, 3)

        assert await told_now(hub.log, instance, Wanted(limit=2)) == [(2, 1), (3, 3)]
        assert await told_now(hub.log, instance, Wanted(limit=0)) == []

    async def test_may_begin_with_a_version(self, hub, instance):
        await add(hub, instance, 1, 2, 3)

        assert await told_now(hub.log, instance, Wanted(since=2)) == [(2, 1), (3, 3)]
        assert await told_now(hub.log, instance, Wanted(since=2, limit=1)) == [(3, 3)]
        assert await told_now(hub.log, instance, Wanted(since=9)) == []

    async def test_may_be_of_one_mutation(self, hub, instance):
        await add(hub, instance, 1, 2)
        await note(hub, instance, "a")
        await add(hub, instance, 3)

        assert await told_now(hub.log, instance, Wanted(mutation="add")) == [(1, 0), (2, 1), (4, 3)]
        assert await told_now(hub.log, instance, Wanted(mutation="add", limit=2)) == [(2, 1), (4, 3)]
        assert await told_now(hub.log, instance, Wanted(mutation="half")) == []
        with pytest.raises(UnknownMutation, match="Did you mean 'note'"):
            await told_now(hub.log, instance, Wanted(mutation="nte"))

    async def test_says_what_is_no_longer_kept_unless_it_was_not_asked_for(self, hub, instance, monkeypatch):
        monkeypatch.setattr(memory, "KEPT_ENTRIES", 0)
        await add(hub, instance, 1, 2)
        await trim(hub, instance)
        await add(hub, instance, 3)

        assert await told_now(hub.log, instance) == [Trimmed(1, 2), (3, 3)]
        assert await told_now(hub.log, instance, Wanted(since=2)) == [Trimmed(2, 2), (3, 3)]
        assert await told_now(hub.log, instance, Wanted(limit=1)) == [(3, 3)]
        assert await told_now(hub.log, instance, Wanted(limit=2)) == [Trimmed(1, 2), (3, 3)]
        assert await told_now(hub.log, instance, Wanted(mutation="note")) == [Trimmed(1, 2)]

    async def test_of_an_instance_that_nobody_has_used_writes_nothing(self, log, instance):
        assert await recent(log, instance, ALL) is None
        assert await log.load(instance) is None


class TestFollow:
    async def test_goes_on_where_the_past_ends(self, other, log, layer, instance):
        await add(other, instance, 1, 2)
        async with following(log, layer, instance, Wanted(limit=1)) as take:
            assert await take(1) == [(2, 1)]

            await add(other, instance, 3, 4)

            assert await take(2) == [(3, 3), (4, 6)]

    async def test_tells_what_is_committed_before_the_past_was_told_once(self, other, log, layer, instance):
        await add(other, instance, 1, 2)
        async with following(log, layer, instance) as take:
            first = await take(1)
            await add(other, instance, 3)

            assert first + await take(2) == [(1, 0), (2, 1), (3, 3)]

    async def test_fills_in_what_the_layer_has_lost(self, other, log, instance):
        layer = FakeChannelLayer(seed=3, lose=0.4, double=0.4, delay=0.4)
        other = Hub(log, layer, QUICK)
        async with following(log, layer, instance) as take:
            taking = asyncio.create_task(take(40))
            await asyncio.sleep(0)
            await add(other, instance, *[1] * 40)
            layer.lose = layer.delay = 0
            layer.deliver()
            await add(other, instance, 1)

            assert await taking == [(version, version - 1) for version in range(1, 41)]
        await other.close()

    async def test_leaves_out_what_is_not_wanted(self, other, log, layer, instance):
        async with following(log, layer, instance, Wanted(mutation="add", since=3)) as take:
            taking = asyncio.create_task(take(2))
            await asyncio.sleep(0)
            await add(other, instance, 1, 1)
            await note(other, instance, "a")
            await add(other, instance, 1, 1)

            assert await taking == [(4, 2), (5, 3)]

    async def test_begins_again_with_the_history_of_an_emptied_log(self, other, log, layer, instance):
        await add(other, instance, 1, 2)
        async with following(log, layer, instance) as take:
            await take(2)
            log.clear()
            await add(other, instance, 5, 6)

            lost, *entries = await take(3)

        assert lost == Lost(log._find(instance).base.epoch, 0)
        assert entries == [(1, 0), (2, 5)]

    async def test_goes_on_where_a_copy_that_took_over_parts_from_what_was_told(self, other, log, layer, instance):
        await add(other, instance, 1, 2, 3, 4)
        epoch = log._find(instance).base.epoch
        async with following(log, layer, instance, Wanted(limit=3)) as take:
            await take(3)
            fail_over(log, instance, 2)
            await add(other, instance, 10, 20, 30)

            assert await take(4) == [Lost(epoch, 2), (3, 3), (4, 13), (5, 33)]

    async def test_says_what_was_trimmed_while_the_layer_was_away(self, other, log, layer, instance, monkeypatch):
        monkeypatch.setattr(memory, "KEPT_ENTRIES", 0)
        await add(other, instance, 1, 2)
        async with following(log, layer, instance) as take:
            await take(2)
            layer.lose = 1
            await add(other, instance, 3, 4)
            await trim(other, instance)
            await other.groups.sent()
            layer.lose = 0
            await add(other, instance, 5)

            assert await take(2) == [Trimmed(3, 4), (5, 10)]

    async def test_ends_when_a_later_release_takes_over(self, log, layer, instance):
        async with following(log, layer, instance) as take:
            taking = asyncio.create_task(take(1))
            await asyncio.sleep(0)
            later = Hub(log, layer, QUICK)
            newer = Instance(make_counter(name="test.tail", schema=2))
            await later.log.create(newer, {"count": 0, "log": []})
            head = (await log.heads([instance]))[0]
            entry = make_entry(head, schema=2)
            await log.append(newer, head, entry)
            later.tell_others(newer, entry, head.id)

            with pytest.raises(NewerSchema):
                await taking
            await later.close()
