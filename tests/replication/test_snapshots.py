"""Snapshots: a log loads from the newest, and lets go of what is old."""

import asyncio

import pytest

from liveex_django.replication import Hub, Instance, MemoryMutationLog, Origin
from liveex_django.replication.commits import commit

from .build import act, call, make_counter


class Recording(MemoryMutationLog):
    """Says which snapshots it was given."""

    def __init__(self):
        super().__init__()
        self.versions = []
        self.fails = False

    async def save_snapshot(self, instance, snapshot):
        if self.fails:
            raise ConnectionError("away")
        self.versions.append(snapshot.position.version)
        await super().save_snapshot(instance, snapshot)


@pytest.fixture
def log():
    return Recording()


async def settle(hub):
    """Wait for what commits have left to be done."""
    await asyncio.gather(*(task for task in hub._tasks if task is not asyncio.current_task()))


async def test_are_written_every_five_hundred_entries_and_let_the_log_trim(hub, log):
    async with hub.following(Instance(make_counter())) as followed:
        for _ in range(1600):
            await act(hub, followed, "bump")
        await settle(hub)

        assert log.versions == [500, 1000, 1500]
        assert len(await log.history(followed.instance, 5000)) == 1100
        assert followed.replica.state["count"] == 1600


async def test_are_written_when_the_entries_have_become_large(hub, log):
    store = make_counter()
    async with hub.following(Instance(store)) as followed:
        for _ in range(5):
            await commit(hub, followed, [call(store, "note", text="x" * 300_000)], Origin(), 1)
        await settle(hub)

        assert log.versions == [4]


async def test_entries_that_were_loaded_count(hub, log):
    instance = Instance(make_counter())
    async with hub.following(instance) as followed:
        for _ in range(499):
            await act(hub, followed, "bump")
    async with hub.following(instance) as followed:
        await act(hub, followed, "bump")
        await settle(hub)

    assert log.versions == [500]


async def test_whoever_comes_later_starts_from_one(hub, log):
    instance = Instance(make_counter())
    async with hub.following(instance) as followed:
        for _ in range(510):
            await act(hub, followed, "bump")
        await settle(hub)

    snapshot, entries = await log.load(instance)
    other = Hub(log, None)
    async with other.following(instance) as followed:
        assert (snapshot.state["count"], len(entries), followed.replica.state["count"]) == (500, 10, 510)
    await other.close()


async def test_a_log_that_does_not_take_one_is_no_failure_of_the_commit(hub, log, caplog):
    log.fails = True
    async with hub.following(Instance(make_counter())) as followed:
        for _ in range(501):
            await act(hub, followed, "bump")
        await settle(hub)

    assert "did not take a snapshot" in caplog.text
    assert len([message for message in caplog.messages if "snapshot" in message]) == 1
