"""What a process's own health page can ask for."""

import asyncio
import json

import pytest

from liveex_django.exceptions import LogUnreachable
from liveex_django.replication import Hub, Instance, MemoryMutationLog, Phase, current_hub, reports
from liveex_django.replication.process import close_hub

from .build import act, make_counter


@pytest.fixture
async def own_hub():
    """The one of this event loop."""
    yield current_hub()
    await close_hub()


class TestReport:
    async def test_has_every_counter_and_is_ready_for_json(self, hub):
        report = hub.report()

        assert json.loads(json.dumps(report)) == report
        assert set(report) == {"id", "is_degraded", "instances", "outdated", "quarantined", "tasks", "metrics"}
        assert set(report["metrics"]) == set(hub.metrics.__slots__)

    async def test_counts_instances_by_their_phase(self, hub):
        for _ in range(3):
            followed = await hub.acquire(Instance(make_counter()))
        followed.phase = Phase.SUSPECT

        assert hub.report()["instances"] == {"loading": 0, "live": 2, "suspect": 1, "resync": 0}

    async def test_counts_what_runs(self, hub):
        store, begun, end = make_counter(), asyncio.Event(), asyncio.Event()

        @store.action
        async def wait(ctx):
            begun.set()
            await end.wait()

        async with hub.following(Instance(store)) as followed:
            task = asyncio.create_task(act(hub, followed, "wait"))
            await begun.wait()
            running = hub.report()["tasks"]
            end.set()
            await task

        assert running == 1
        assert hub.report()["tasks"] == 0

    async def test_says_when_the_log_does_not_answer(self, hub):
        hub.condition.degrade(LogUnreachable("redis://box", "nobody there"))

        assert hub.report()["is_degraded"]


class TestReports:
    async def test_are_those_of_the_hubs_of_this_process(self, own_hub):
        another = Hub(MemoryMutationLog(), None)

        found = reports()
        await another.close()

        assert own_hub.report() in found
        assert another.id not in {report["id"] for report in found}

    async def test_can_be_asked_for_in_any_thread(self, own_hub):
        found = await asyncio.to_thread(reports)

        assert own_hub.id in {report["id"] for report in found}
