"""Holes are given a moment, then filled from the log; forks are noticed."""

from dataclasses import replace

import pytest

from liveex_django.replication import Committed, HistoryLost, Hub, Instance, Position, Resynced, Snapshot
from liveex_django.replication.followed import Phase
from liveex_django.replication.layer_messages import Entries
from liveex_django.replication.timing import Timing
from liveex_django.store import freeze

from .build import make_counter, make_entry, position_of
from .test_commits import add
from .test_groups import Layer, until

PATIENT = Timing(check=3600, hold=3600, probe=0.05, linger=0.0)
QUICK = Timing(check=3600, hold=0.0, probe=0.05, linger=0.0)


@pytest.fixture
async def hub(log):
    hub = Hub(log, Layer(), QUICK)
    yield hub
    await hub.close()


async def committed(log, instance, number):
    """Entries that another process has put into the log."""
    hub = Hub(log, None)
    async with hub.following(instance) as followed:
        entries = [await add(hub, followed) for _ in range(number)]
    await hub.close()
    return entries


def hear(hub, instance, entry, after):
    hub._hear(Entries("another", instance.digest, after, (entry,)))


class TestHoles:
    async def test_what_comes_by_itself_is_not_asked_for(self, log):
        hub, instance = Hub(log, Layer(), PATIENT), Instance(make_counter())
        followed, changes = await hub.acquire(instance), []
        followed.subscribe(changes.append)
        first, second = await committed(log, instance, 2)

        hear(hub, instance, second, first.id)
        was = followed.phase
        hear(hub, instance, first, "")

        assert was is Phase.SUSPECT
        assert [change.entry for change in changes] == [first, second]
        assert (hub.metrics.early, hub.metrics.applied, hub.metrics.resyncs) == (1, 1, 0)
        await hub.close()

    async def test_what_does_not_come_is_read_from_the_log(self, log, hub):
        instance = Instance(make_counter())
        followed, changes = await hub.acquire(instance), []
        followed.subscribe(changes.append)
        entries = await committed(log, instance, 3)

        hear(hub, instance, entries[2], entries[1].id)
        await hub.mending.settled()

        assert [change.entry for change in changes] == entries
        assert followed.phase is Phase.LIVE
        assert (hub.metrics.early, hub.metrics.resyncs) == (1, 1)

    async def test_thousands_of_early_entries_are_applied_without_end(self, log, hub):
        instance = Instance(make_counter())
        followed = await hub.acquire(instance)
        entries = await committed(log, instance, 990)

        for number in range(989, 0, -1):
            followed.receive(entries[number], entries[number - 1].id)
        followed.receive(entries[0], "")

        assert followed.replica.position.version == 990

    async def test_a_slow_read_of_one_instance_holds_up_no_other(self, log, hub, monkeypatch):
        slow, quick = Instance(make_counter()), Instance(make_counter())
        followed = [await hub.acquire(instance) for instance in (slow, quick)]
        entries = [await committed(log, instance, 2) for instance in (slow, quick)]
        read, is_held = log.read, []

        async def read_slowly(instance, after):
            if instance == slow:
                is_held.append(True)
                await until(lambda: followed[1].replica.position.version == 2)
            return await read(instance, after)

        monkeypatch.setattr(log, "read", read_slowly)
        hear(hub, slow, entries[0][1], entries[0][0].id)
        await until(lambda: is_held)
        hear(hub, quick, entries[1][1], entries[1][0].id)

        await until(lambda: followed[0].replica.position.version == 2)

    async def test_a_doubt_that_comes_while_it_is_mended_is_looked_into_again(self, log, hub, monkeypatch):
        instance = Instance(make_counter())
        followed = await hub.acquire(instance)
        first, second, third, fourth = await committed(log, instance, 4)
        read, reads = log.read, []

        async def read_and_be_overtaken(instance, after):
            entries = await read(instance, after)
            reads.append(after)
            if len(reads) == 1:
                hear(hub, instance, fourth, third.id)
                return entries[:2]
            return entries

        monkeypatch.setattr(log, "read", read_and_be_overtaken)
        hear(hub, instance, second, first.id)
        await hub.mending.settled()

        assert followed.replica.position == position_of(fourth)
        assert len(reads) == 2


class TestForks:
    """After a failover to a copy that lacked the newest entries, epoch and version may be equal, the content is not."""

    async def fork(self, log, instance, number):
        """The log, as the copy has it: the first ``number`` entries are others."""
        log.clear()
        hub = Hub(log, None)
        async with hub.following(instance) as followed:
            for _ in range(number):
                await add(hub, followed, 100)
        await hub.close()

    async def test_an_entry_that_follows_another_history_is_not_applied(self, log, hub):
        instance = Instance(make_counter())
        followed = await hub.acquire(instance)
        entries = await committed(log, instance, 2)
        for entry, after in zip(entries, ["", entries[0].id], strict=True):
            hear(hub, instance, entry, after)
        stranger = make_entry(followed.replica.position, id="stranger")

        hear(hub, instance, stranger, "the id of a fork")
        await hub.mending.settled()

        assert followed.replica.position == position_of(entries[1])
        assert (hub.metrics.foreign, followed.phase) == (1, Phase.LIVE)

    async def test_an_early_entry_of_another_history_is_not_applied_either(self, log, hub):
        instance = Instance(make_counter())
        followed = await hub.acquire(instance)
        first, second = await committed(log, instance, 2)
        stranger = replace(second, id="stranger")

        followed.receive(stranger, "the id of a fork")
        followed.receive(first, "")

        assert followed.replica.position == position_of(first)

    @pytest.mark.parametrize("kept", [2, 3, 5])
    async def test_a_fork_is_loaded_afresh_and_told_as_a_loss(self, log, hub, kept):
        instance = Instance(make_counter())
        followed, changes = await hub.acquire(instance), []
        for _ in range(3):
            await add(hub, followed)
        followed.subscribe(changes.append)
        epoch = followed.replica.position.epoch
        history = log._histories[instance.digest]
        history.entries.clear()
        position = history.base
        for number in range(kept):
            entry = make_entry(position, id=f"fork{number}")
            history.entries.append(entry)
            position = position_of(entry)

        await hub.check.run()
        await hub.mending.settled()

        assert changes == [HistoryLost(kept)]
        assert followed.replica.position == Position(epoch, kept, f"fork{kept - 1}")

    async def test_entries_that_were_only_trimmed_are_no_loss(self, log, hub):
        instance = Instance(make_counter())
        followed, changes = await hub.acquire(instance), []
        followed.subscribe(changes.append)
        entries = await committed(log, instance, 1200)
        await log.save_snapshot(instance, Snapshot(position_of(entries[-1]), freeze({"count": 1200, "log": []}), 1))

        await hub.check.run()
        await hub.mending.settled()

        assert changes == [Resynced(1200)]


class TestOrder:
    async def test_subscribers_see_each_version_once_whoever_brings_it(self, log, hub):
        instance = Instance(make_counter())
        followed, versions = await hub.acquire(instance), []
        followed.subscribe(lambda change: isinstance(change, Committed) and versions.append(change.entry.version))
        entries = await committed(log, instance, 5)

        hear(hub, instance, entries[4], entries[3].id)
        hear(hub, instance, entries[0], "")
        hear(hub, instance, entries[0], "")
        await add(hub, followed)
        await hub.mending.settled()

        assert versions == [1, 2, 3, 4, 5, 6]
