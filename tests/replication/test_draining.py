"""The end of a hub: what runs may end, what stays behind is said, and nobody waits for what never ends."""

import asyncio
import sys
import threading
from concurrent.futures import CancelledError
from functools import partial

import pytest
from channels.layers import InMemoryChannelLayer

from liveex_django.replication import Hub, Instance, current_hub, process

from .build import act, entries_of, make_counter


class Held:
    """An action that goes on when the test lets it; what it commits has an async subscriber."""

    def __init__(self):
        self.store = make_counter()
        self.begun, self.go, self.told = asyncio.Event(), asyncio.Event(), asyncio.Event()

        @self.store.action
        async def hold(ctx):
            self.begun.set()
            await self.go.wait()
            await ctx.acommit("add")

        @self.store.on("add")
        async def tell(entry, before, after):
            await asyncio.sleep(0)
            self.told.set()

    async def in_(self, hub):
        """Begin it."""
        followed = await hub.acquire(Instance(self.store))
        task = asyncio.create_task(act(hub, followed, "hold"))
        await self.begun.wait()
        return task


class TestDraining:
    async def test_lets_what_runs_end_and_what_it_starts(self, hub):
        held = Held()
        action = await held.in_(hub)
        closing = asyncio.create_task(hub.close(drain=30))
        await asyncio.sleep(0)

        held.go.set()
        await closing

        assert action.done()
        assert held.told.is_set()

    async def test_without_time_cancels_what_runs_and_says_so(self, hub, caplog):
        action = await Held().in_(hub)

        await hub.close(drain=0)
        await asyncio.wait([action])

        assert action.cancelled()
        assert "These were still running 0 s after the shutdown began" in caplog.text
        assert "action 'hold' of test.counter" in caplog.text

    async def test_lets_a_thread_that_it_has_cut_off_commit_no_more(self, hub):
        store, begun, go, told = make_counter(), threading.Event(), threading.Event(), asyncio.Queue()

        @store.action
        def hold(ctx):
            begun.set()
            go.wait(20)
            try:
                ctx.commit("add")
            finally:
                hub.loop.call_soon_threadsafe(told.put_nowait, sys.exc_info()[0])

        followed = await hub.acquire(Instance(store))
        action = asyncio.create_task(act(hub, followed, "hold"))
        await asyncio.to_thread(begun.wait, 20)

        await hub.close(drain=0)
        go.set()

        assert issubclass(await told.get(), CancelledError)
        assert await entries_of(hub, followed) == []
        await asyncio.wait([action])
        assert action.cancelled()

    async def test_does_not_wait_for_the_listener(self, log, caplog):
        hub = Hub(log, InMemoryChannelLayer())
        await hub.acquire(Instance(make_counter()))

        async with asyncio.timeout(20):
            await hub.close(drain=40)

        assert caplog.text == ""

    async def test_hears_of_others_meanwhile(self, log):
        layer, held = InMemoryChannelLayer(), Held()
        hub, other = Hub(log, layer), Hub(log, layer)
        await held.in_(hub)
        followed = await hub.acquire(Instance(held.store))
        heard = asyncio.Event()
        followed.subscribe(lambda change: heard.set())
        closing = asyncio.create_task(hub.close(drain=30))
        await asyncio.sleep(0)

        await act(other, await other.acquire(Instance(held.store)), "bump")
        await asyncio.wait_for(heard.wait(), 20)
        held.go.set()
        await closing

        assert followed.replica.state["count"] == 2
        await other.close()

    async def test_lets_those_go_who_want_to(self, hub):
        told = []

        async def leave(who):
            for _ in range(100):
                await asyncio.sleep(0)
            told.append(who)

        hub.ending.when_draining(partial(leave, "first"))
        stay = hub.ending.when_draining(partial(leave, "second"))
        stay()

        hub.ending.begin()
        await hub.close(drain=0)

        assert told == ["first"]

    async def test_lets_those_go_who_come_later(self, hub):
        told = asyncio.Event()

        async def leave():
            told.set()

        hub.ending.begin()
        hub.ending.when_draining(leave)

        await asyncio.wait_for(told.wait(), 20)

    async def test_does_not_wait_for_ever_for_those_who_do_not_go(self, hub, monkeypatch):
        monkeypatch.setattr("liveex_django.replication.ending._GOODBYE", 0.01)
        hub.ending.when_draining(asyncio.Event().wait)

        await hub.close(drain=0)

        assert not list(hub.ending.goodbyes)


class TestTheHubOfAProcess:
    @pytest.fixture(autouse=True)
    async def left_alone(self):
        yield
        await process.close_hub()

    async def test_is_the_one_that_is_draining_until_it_has_ended(self):
        hub, held = current_hub(), Held()
        await held.in_(hub)

        closing = asyncio.create_task(process.close_hub(30))
        await asyncio.sleep(0)
        while_draining = current_hub()
        held.go.set()
        await closing

        assert while_draining is hub
        assert current_hub() is not hub
