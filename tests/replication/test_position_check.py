"""The regular comparison with the log: nobody is behind for longer, whatever the layer has lost."""

import asyncio
import copy

import pytest

from liveex_django.exceptions import LogKeyTaken, LogUnreachable
from liveex_django.replication import HistoryLost, Hub, Instance, MemoryMutationLog, position_check
from liveex_django.replication.followed import Phase
from liveex_django.replication.snapshots import SNAPSHOT_ENTRIES
from liveex_django.replication.timing import Timing

from .build import make_counter
from .test_commits import add
from .test_groups import Layer, until

NEVER = Timing(check=3600, hold=0.0, probe=0.05, linger=0.0)


class AwayLog(MemoryMutationLog):
    """Unreachable while ``error`` is set."""

    def __init__(self):
        super().__init__()
        self.error = None
        self.asked = []

    async def heads(self, instances):
        self.asked.append(len(instances))
        if self.error:
            raise self.error
        return await super().heads(instances)

    async def read(self, instance, after):
        if self.error:
            raise self.error
        return await super().read(instance, after)


@pytest.fixture
def log():
    return AwayLog()


@pytest.fixture
async def deaf(log):
    """A hub that no message reaches, and one that commits."""
    hubs = [Hub(log, Layer(), NEVER), Hub(log, Layer(), NEVER)]
    yield hubs
    for hub in hubs:
        await hub.close()


class TestComparing:
    async def test_what_no_message_told_is_found(self, deaf):
        instance = Instance(make_counter())
        reader, writer = [await hub.acquire(instance) for hub in deaf]
        await add(deaf[1], writer, 5)

        await deaf[0].check.run()
        await deaf[0].mending.settled()

        assert reader.replica.position == writer.replica.position
        assert reader.phase is Phase.LIVE
        assert (deaf[0].metrics.missed, deaf[0].metrics.resyncs, deaf[0].metrics.checks) == (1, 1, 1)

    async def test_all_instances_are_asked_for_in_one_round_trip(self, deaf, log):
        for _ in range(7):
            await deaf[0].acquire(Instance(make_counter()))
        await deaf[0].acquire(Instance(make_counter(scope="page"), "tab"))

        await deaf[0].check.run()

        assert log.asked == [8]

    async def test_who_is_up_to_date_reads_nothing(self, deaf):
        instance = Instance(make_counter())
        reader = await deaf[0].acquire(instance)
        await add(deaf[0], reader, 5)

        await deaf[0].check.run()

        assert (deaf[0].metrics.resyncs, reader.mending) == (0, None)

    async def test_a_page_that_nobody_wrote_to_stays_unwritten(self, deaf, log):
        instance = Instance(make_counter(scope="page"), "tab")
        await deaf[0].acquire(instance)

        await deaf[0].check.run()
        await deaf[0].mending.settled()

        assert await log.load(instance) is None

    async def test_a_page_that_another_process_wrote_to_is_found(self, deaf):
        instance = Instance(make_counter(scope="page"), "tab")
        reader, writer = [await hub.acquire(instance) for hub in deaf]
        await add(deaf[1], writer, 5)

        await deaf[0].check.run()
        await deaf[0].mending.settled()

        assert reader.replica.state["count"] == 5

    async def test_a_history_that_the_log_has_lost_begins_again_and_is_told(self, deaf, log, caplog):
        instance = Instance(make_counter())
        followed, changes = await deaf[0].acquire(instance), []
        await add(deaf[0], followed, 5)
        followed.subscribe(changes.append)
        log.clear()

        await deaf[0].check.run()
        await deaf[0].mending.settled()

        assert changes == [HistoryLost(0)]
        assert (followed.replica.state["count"], deaf[0].metrics.lost) == (0, 1)
        assert "has lost" in caplog.text

    async def test_an_end_that_the_log_has_lost_is_told_however_far_it_has_come_since(self, deaf, log):
        instance = Instance(make_counter())
        (reader, writer), changes = [await hub.acquire(instance) for hub in deaf], []
        await add(deaf[0], reader, 5)
        lagging = copy.deepcopy(log._histories)
        await add(deaf[0], reader, 6)
        reader.subscribe(changes.append)
        log._histories = lagging
        # So many that it begins at a snapshot, and what was shown here is not among the entries after it.
        for _ in range(SNAPSHOT_ENTRIES):
            await add(deaf[1], writer, 1)
        await until(lambda: log._histories[instance.digest].snapshot.position.version == SNAPSHOT_ENTRIES)

        await deaf[0].check.run()
        await deaf[0].mending.settled()

        assert changes == [HistoryLost(SNAPSHOT_ENTRIES + 1)]
        assert (reader.replica.state["count"], deaf[0].metrics.lost) == (5 + SNAPSHOT_ENTRIES, 1)

    async def test_it_runs_by_itself(self, log):
        hubs = [Hub(log, Layer(), Timing(check=0.05, hold=0.0, probe=0.05)), Hub(log, Layer(), NEVER)]
        instance = Instance(make_counter())
        reader, writer = [await hub.acquire(instance) for hub in hubs]

        await add(hubs[1], writer, 5)

        await until(lambda: reader.replica.state["count"] == 5)
        for hub in hubs:
            await hub.close()

    async def test_a_process_that_stood_still_compares_at_once(self, deaf, log, monkeypatch, caplog):
        monkeypatch.setattr(position_check, "_TICK", 0.01)
        hub = Hub(log, Layer(), NEVER)
        await hub.acquire(Instance(make_counter()))
        now = hub.loop.time
        late = 0.0
        monkeypatch.setattr(hub.loop, "time", lambda: now() + late)

        late = 5.0

        await until(lambda: log.asked == [1])
        assert "stood still" in caplog.text
        await hub.close()

    async def test_a_closed_hub_asks_nothing_more(self, log):
        before = asyncio.all_tasks()
        hub = Hub(log, Layer(), NEVER)
        await hub.acquire(Instance(make_counter()))
        await hub.close()
        log.asked.clear()

        hub.check.soon()
        hub.check.start()

        assert asyncio.all_tasks() == before
        assert log.asked == []


class TestCondition:
    async def test_a_log_that_does_not_answer_is_told_once_and_when_it_answers_again(self, deaf, log, caplog):
        await deaf[0].acquire(Instance(make_counter()))
        told = []
        deaf[0].condition.subscribe(told.append)
        log.error = LogUnreachable("redis://there", "nobody answers")
        await deaf[0].check.run()
        await deaf[0].check.run()
        log.error = None

        await deaf[0].check.run()

        assert told == [True, False]
        assert deaf[0].metrics.failed_checks == 2
        assert caplog.text.count("does not answer") == 1

    async def test_while_it_does_not_answer_it_is_asked_at_every_tick(self, deaf, log, monkeypatch):
        monkeypatch.setattr(position_check, "_TICK", 0.01)
        hub = Hub(log, Layer(), NEVER)
        await hub.acquire(Instance(make_counter()))
        log.error = LogUnreachable("redis://there", "nobody answers")

        hub.check.soon()
        await until(lambda: len(log.asked) > 3)
        was_degraded, log.error = hub.condition.is_degraded, None

        await until(lambda: not hub.condition.is_degraded)
        assert was_degraded
        await hub.close()

    async def test_nobody_is_told_who_has_left(self, deaf):
        told = []
        deaf[0].condition.subscribe(told.append)()

        deaf[0].condition.degrade(LogUnreachable("redis://there", "nobody answers"))

        assert told == []


class TestQuarantine:
    async def test_an_instance_that_cannot_be_read_stays_as_it_is_and_the_others_go_on(
        self, deaf, log, monkeypatch, caplog
    ):
        bad, good = Instance(make_counter()), Instance(make_counter())
        readers, writers = [[await hub.acquire(one) for one in (bad, good)] for hub in deaf]
        read = log.read

        async def read_the_good_one(instance, after):
            if instance == bad:
                raise LogKeyTaken("a key", "a list")
            return await read(instance, after)

        for followed in writers:
            await add(deaf[1], followed, 5)
        monkeypatch.setattr(log, "read", read_the_good_one)
        for _ in range(3):
            await deaf[0].check.run()
            await deaf[0].mending.settled()

        assert [followed.replica.state["count"] for followed in readers] == [0, 5]
        assert deaf[0].mending.quarantined == {bad.digest}
        assert not deaf[0].condition.is_degraded
        assert caplog.text.count("cannot be brought up to date") == 1

    async def test_it_comes_back_when_it_can_be_read_again(self, deaf, log, monkeypatch):
        instance = Instance(make_counter())
        reader, writer = [await hub.acquire(instance) for hub in deaf]
        await add(deaf[1], writer, 5)

        async def refuse(instance, after):
            raise LogKeyTaken("a key", "a list")

        with monkeypatch.context() as patch:
            patch.setattr(log, "read", refuse)
            await deaf[0].check.run()
            await deaf[0].mending.settled()
        await deaf[0].check.run()
        await deaf[0].mending.settled()

        assert reader.replica.state["count"] == 5
        assert not deaf[0].mending.quarantined
