"""The log in memory: what every log does, and what only it does."""

import liveex_django.replication.memory as memory
from liveex_django.replication import Instance, MemoryMutationLog

from .build import EMPTY, make_counter
from .log_conformance import MutationLogConformance


class TestMemoryMutationLog(MutationLogConformance):
    async def test_it_is_this_process_alone_that_reads_it(self, log):
        assert not MemoryMutationLog.shared

    async def test_pages_that_nobody_touched_for_a_day_are_forgotten(self, log, monkeypatch):
        store, now = make_counter(scope="page"), [0.0]
        monkeypatch.setattr(memory, "monotonic", lambda: now[0])
        await log.create(Instance(store, "old"), EMPTY)
        now[0] = 80_000
        await log.create(Instance(store, "young"), EMPTY)
        now[0] = 90_000

        await log.create(Instance(store, "new"), EMPTY)

        known = [await log.load(Instance(store, key)) is not None for key in ("old", "young", "new")]
        assert known == [False, True, True]

    async def test_clear_forgets_everything(self, log):
        instance = Instance(make_counter())
        await log.create(instance, EMPTY)

        log.clear()

        assert await log.load(instance) is None
