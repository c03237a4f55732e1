"""Hubs and event loops of one process: what a call from async code has set off ends before the call does."""

import asyncio
import gc
import threading
import weakref

import pytest

from liveex_django.exceptions import Reject
from liveex_django.replication import get_log, process
from liveex_django.replication.hub import Hub

from .build import make_counter


@pytest.fixture(autouse=True)
def a_worker(monkeypatch):
    """This process serves no pages, whatever other tests have done in it."""
    get_log().clear()
    monkeypatch.setattr(process, "_serving", threading.Event())


@pytest.fixture
def store():
    return make_counter()


def call_back_slowly(store, turns=20):
    """Have ``store`` call back for each ``add``; returns the versions whose callbacks have come to their end."""
    ended = []

    @store.on("add")
    async def slow(entry, before, after):
        for _ in range(turns):
            await asyncio.sleep(0)
        ended.append(entry.version)

    return ended


class TestALoopThatEndsWithItsCall:
    def test_lets_callbacks_of_the_store_end(self, store):
        ended = call_back_slowly(store)

        asyncio.run(store.at().acommit("add"))
        asyncio.run(store.at().adispatch("bump"))
        asyncio.run(store.at().aundo(2))

        assert ended == [1, 2]

    def test_lets_them_end_when_the_action_fails_after_its_commit(self, store):
        ended = call_back_slowly(store)

        @store.action
        async def commit_and_refuse(ctx):
            await ctx.acommit("add")
            raise Reject("too late")

        with pytest.raises(Reject):
            asyncio.run(store.at().adispatch("commit_and_refuse"))

        assert ended == [1]

    def test_lets_callbacks_of_callbacks_end(self, store):
        other = make_counter()
        ended = call_back_slowly(other)

        @store.on("add")
        async def pass_on(entry, before, after):
            await other.at().acommit("add")

        asyncio.run(store.at().acommit("add"))

        assert ended == [1]

    def test_takes_its_hub_along(self, store):
        hubs = []

        async def work():
            await store.at().acommit("add")
            hubs.append(weakref.ref(process.current_hub()))

        asyncio.run(work())
        gc.collect()

        assert dict(process._hubs) == {}
        assert [hub() for hub in hubs] == [None]

    def test_says_which_callback_it_would_not_wait_for(self, store, settings, caplog):
        settings.LIVEEX = {"DRAIN": 0}
        ended = call_back_slowly(store)

        asyncio.run(store.at().acommit("add"))

        assert ended == []
        assert "still runs after 0 s" in caplog.text


class TestACallFromAsyncCode:
    @pytest.fixture(autouse=True)
    async def end_hub(self):
        yield
        await process.close_hub()

    async def test_within_a_callback_does_not_wait_for_that_callback(self, store):
        seen = []

        @store.on("add")
        async def add_once_more(entry, before, after):
            seen.append(entry.version)
            if entry.version < 3:
                await store.at().acommit("add")

        await asyncio.wait_for(store.at().acommit("add"), 5)

        assert seen == [1, 2, 3]

    async def test_within_an_action_does_not_wait_for_a_callback_that_waits_for_the_action(self, store):
        other = make_counter()
        runs = []

        @store.action(policy="queue")
        async def work(ctx):
            runs.append(len(runs))
            if len(runs) == 1:
                await ctx.acommit("add")
                await other.at().acommit("add")

        @store.on("add")
        async def work_again(entry, before, after):
            await store.at().adispatch(work)

        await asyncio.wait_for(store.at().adispatch(work), 5)

        assert runs == [0, 1]

    async def test_in_a_thread_of_a_callback_uses_the_hub_that_called_back(self, store, monkeypatch):
        made = []
        begin = Hub.__init__
        monkeypatch.setattr(Hub, "__init__", lambda hub, *args, **kwargs: made.append(1) or begin(hub, *args, **kwargs))
        other = make_counter()

        @store.on("add")
        async def count(entry, before, after):
            await asyncio.to_thread(other.at().commit, "add")

        await store.at().acommit("add")

        assert (await other.at().aget_state())["count"] == 1
        assert made == [1]

    async def test_does_not_wait_where_pages_are_served(self, store):
        process.mark_as_serving()
        go = asyncio.Event()
        ended = []

        @store.on("add")
        async def wait(entry, before, after):
            await go.wait()
            ended.append(entry.version)

        await store.at().acommit("add")

        assert ended == []
        go.set()

    async def test_does_not_wait_when_it_is_cancelled(self, store):
        called, go = asyncio.Event(), asyncio.Event()

        @store.on("add")
        async def wait(entry, before, after):
            called.set()
            await go.wait()

        committing = asyncio.create_task(store.at().acommit("add"))
        await called.wait()
        committing.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(committing, 5)
        go.set()
