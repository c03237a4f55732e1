"""What happens when an action is dispatched while the same action still runs."""

import asyncio
import threading
from types import SimpleNamespace

import pytest

from liveex_django.exceptions import ActionCancelled, ActionTimeout, AlreadyRunning, DispatchCircle, Superseded
from liveex_django.replication import Instance, Origin
from liveex_django.store import Store

from .build import act, entries_of, make_counter


class Gate:
    """Actions of a store that say that they have begun, and end when they may."""

    def __init__(self, **options):
        self.store = make_counter()
        self.begun = asyncio.Queue()
        self.ended = []
        self.go = asyncio.Event()

        @self.store.action(**options)
        async def work(ctx, name: str):
            self.begun.put_nowait(name)
            try:
                await self.go.wait()
                await ctx.acommit("note", text=name)
                return name
            finally:
                self.ended.append(name)


@pytest.fixture
async def followed_by(hub):
    held = []

    async def follow(store):
        held.append(await hub.acquire(Instance(store)))
        return held[-1]

    yield follow
    for followed in held:
        hub.release(followed)


def user(pk):
    return SimpleNamespace(pk=pk, is_authenticated=True)


ANONYMOUS = SimpleNamespace(pk=None, is_authenticated=False)


class TestParallel:
    async def test_runs_both(self, hub, followed_by):
        gate = Gate()
        followed = await followed_by(gate.store)
        tasks = [asyncio.create_task(act(hub, followed, "work", name)) for name in "ab"]

        begun = [await gate.begun.get(), await gate.begun.get()]
        gate.go.set()

        assert begun == ["a", "b"]
        assert await asyncio.gather(*tasks) == ["a", "b"]


class TestFirst:
    async def test_refuses_the_newer_one(self, hub, followed_by):
        gate = Gate(policy="first")
        followed = await followed_by(gate.store)
        first = asyncio.create_task(act(hub, followed, "work", "a"))
        await gate.begun.get()

        with pytest.raises(AlreadyRunning, match="work is running already"):
            await act(hub, followed, "work", "b")
        gate.go.set()

        assert await first == "a"
        assert await act(hub, followed, "work", "c") == "c"

    async def test_lets_others_in(self, hub, followed_by):
        gate = Gate(policy="first")
        one, other = await followed_by(gate.store), await followed_by(Gate(policy="first").store)
        askers = [None, user(1), user(2)]
        tasks = [asyncio.create_task(act(hub, one, "work", "a", origin=Origin(user=asker))) for asker in askers]
        for _ in tasks:
            await gate.begun.get()
        gate.go.set()

        assert await asyncio.gather(*tasks) == ["a"] * 3
        assert other is not one

    async def test_tells_anonymous_visitors_apart(self, hub, followed_by):
        gate = Gate(policy="first")
        followed = await followed_by(gate.store)
        origins = [Origin(user=ANONYMOUS, visitor="p1"), Origin(user=ANONYMOUS, visitor="p2"), Origin(user=ANONYMOUS)]
        tasks = [asyncio.create_task(act(hub, followed, "work", "a", origin=origin)) for origin in origins]
        for _ in tasks:
            await gate.begun.get()

        with pytest.raises(AlreadyRunning):
            await act(hub, followed, "work", "b", origin=Origin(user=ANONYMOUS, visitor="p1"))
        gate.go.set()
        await asyncio.gather(*tasks)

    async def test_an_action_that_fails_leaves_its_place(self, hub, followed_by):
        store = make_counter()

        @store.action(policy="first")
        async def fail(ctx):
            raise OSError("away")

        followed = await followed_by(store)
        for _ in range(2):
            with pytest.raises(OSError, match="away"):
                await act(hub, followed, "fail")

        assert not hub.slots._slots

    async def test_holds_for_a_plain_def_too(self, hub, followed_by):
        store, begun, go = make_counter(), threading.Event(), threading.Event()

        @store.action(policy="first")
        def work(ctx):
            begun.set()
            go.wait(5)

        followed = await followed_by(store)
        first = asyncio.create_task(act(hub, followed, "work"))
        await asyncio.to_thread(begun.wait, 5)

        with pytest.raises(AlreadyRunning):
            await act(hub, followed, "work")
        go.set()
        await first


class TestQueue:
    async def test_runs_one_after_the_other_in_the_order_they_came(self, hub, followed_by):
        gate = Gate(policy="queue")
        followed = await followed_by(gate.store)
        tasks = [asyncio.create_task(act(hub, followed, "work", name)) for name in "abc"]
        await gate.begun.get()
        begun_meanwhile = gate.begun.qsize()
        gate.go.set()

        await asyncio.gather(*tasks)

        assert begun_meanwhile == 0
        assert followed.replica.state["log"] == ["a", "b", "c"]

    async def test_an_action_that_dispatches_itself_is_part_of_itself(self, hub, followed_by):
        store = make_counter()

        @store.action(policy="queue")
        async def countdown(ctx, number: int):
            await ctx.acommit("note", text=str(number))
            if number:
                await ctx.adispatch(countdown, number - 1)

        followed = await followed_by(store)
        await asyncio.wait_for(act(hub, followed, "countdown", 2), 5)

        assert followed.replica.state["log"] == ["2", "1", "0"]

    async def test_waiting_in_a_circle_is_an_error(self, hub, followed_by):
        store, both = make_counter(), asyncio.Barrier(2)

        @store.action(policy="queue")
        async def ping(ctx, is_outer: bool = False):
            if is_outer:
                await both.wait()
                await ctx.adispatch(pong)

        @store.action(policy="queue")
        async def pong(ctx, is_outer: bool = False):
            if is_outer:
                await both.wait()
                await ctx.adispatch(ping)

        followed = await followed_by(store)
        work = [act(hub, followed, name, is_outer=True) for name in ("ping", "pong")]
        results = await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), 5)

        assert [type(result) for result in results].count(DispatchCircle) == 1
        assert results.count(None) == 1

    async def test_siblings_of_one_action_wait_for_each_other(self, hub, followed_by):
        store = make_counter()

        @store.action(policy="queue")
        async def step(ctx, text: str):
            await asyncio.sleep(0)
            await ctx.acommit("note", text=text)

        @store.action
        async def both(ctx):
            await asyncio.gather(ctx.adispatch(step, "a"), ctx.adispatch(step, "b"))

        followed = await followed_by(store)
        await asyncio.wait_for(act(hub, followed, "both"), 5)

        assert followed.replica.state["log"] == ["a", "b"]


class TestLatest:
    async def test_cancels_the_older_ones_and_waits_until_they_have_ended(self, hub, followed_by):
        gate = Gate(policy="latest")
        followed = await followed_by(gate.store)
        tasks = [asyncio.create_task(act(hub, followed, "work", "a"))]
        await gate.begun.get()
        tasks += [asyncio.create_task(act(hub, followed, "work", name)) for name in "bc"]
        begun, ended_before = await gate.begun.get(), list(gate.ended)
        gate.go.set()

        results = await asyncio.gather(*tasks, return_exceptions=True)

        assert (begun, ended_before) == ("c", ["a"])
        assert [type(result) for result in results] == [Superseded, Superseded, str]
        assert followed.replica.state["log"] == ["c"]
        assert not hub.slots._slots

    async def test_says_so_to_an_action_that_dispatched_it_and_that_one_goes_on(self, hub, followed_by):
        gate = Gate(policy="latest")

        @gate.store.action
        async def outer(ctx):
            try:
                await ctx.adispatch("work", "inner")
            except Superseded as error:
                await ctx.acommit("note", text=error.reason)
            return "went on"

        followed = await followed_by(gate.store)
        task = asyncio.create_task(act(hub, followed, "outer"))
        await gate.begun.get()
        newer = asyncio.create_task(act(hub, followed, "work", "newer"))
        await gate.begun.get()
        gate.go.set()

        assert await task == "went on"
        assert await newer == "newer"
        assert "was asked for again" in " ".join(followed.replica.state["log"])

    async def test_what_was_committed_before_stays(self, hub, followed_by):
        store, begun = make_counter(), asyncio.Event()

        @store.action(policy="latest")
        async def search(ctx, text: str):
            await ctx.acommit("note", text=text)
            if text == "old":
                begun.set()
                await asyncio.Event().wait()

        followed = await followed_by(store)
        old = asyncio.create_task(act(hub, followed, "search", "old"))
        await begun.wait()
        await act(hub, followed, "search", "new")

        with pytest.raises(Superseded):
            await old
        assert followed.replica.state["log"] == ["old", "new"]

    async def test_one_that_swallows_its_cancellation_ends_as_it_likes(self, hub, followed_by):
        store, begun = make_counter(), asyncio.Event()

        @store.action(policy="latest")
        async def stubborn(ctx, text: str):
            if text == "old":
                begun.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    return "ended by itself"
            return text

        followed = await followed_by(store)
        old = asyncio.create_task(act(hub, followed, "stubborn", "old"))
        await begun.wait()

        assert await act(hub, followed, "stubborn", "new") == "new"
        assert await old == "ended by itself"


class TestTimeout:
    async def test_cancels_the_action_and_names_it(self, hub, followed_by):
        store = make_counter(name="slow.shop")

        @store.action(timeout=0.01)
        async def wait(ctx):
            await ctx.acommit("add")
            await asyncio.Event().wait()

        followed = await followed_by(store)
        with pytest.raises(ActionTimeout, match=r"'wait' of store 'slow.shop' was cancelled after 0.01 s.*stays"):
            await act(hub, followed, "wait")

        assert followed.replica.state["count"] == 1

    async def test_a_timeout_of_the_actions_own_is_its_own(self, hub, followed_by):
        store = make_counter()

        @store.action(timeout=60)
        async def impatient(ctx):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()

        with pytest.raises(TimeoutError) as caught:
            await act(hub, await followed_by(store), "impatient")

        assert not isinstance(caught.value, ActionTimeout)

    async def test_does_not_count_the_time_in_the_queue(self, hub, followed_by):
        gate = Gate(policy="queue", timeout=5)
        followed = await followed_by(gate.store)
        tasks = [asyncio.create_task(act(hub, followed, "work", name)) for name in "ab"]
        await gate.begun.get()
        gate.go.set()

        assert await asyncio.gather(*tasks) == ["a", "b"]


class TestCancellation:
    async def test_an_action_runs_to_its_end_when_the_caller_goes_away(self, hub, followed_by):
        gate = Gate()
        followed = await followed_by(gate.store)
        caller = asyncio.create_task(act(hub, followed, "work", "a"))
        await gate.begun.get()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        done = asyncio.Event()
        followed.subscribe(lambda change: done.set())

        gate.go.set()
        await asyncio.wait_for(done.wait(), 5)

        assert followed.replica.state["log"] == ["a"]

    async def test_pages_that_come_while_it_runs_hear_of_what_it_commits(self, hub):
        gate = Gate()
        instance = Instance(gate.store)
        followed = await hub.acquire(instance)
        caller = asyncio.create_task(act(hub, followed, "work", "a"))
        await gate.begun.get()
        hub.release(followed)

        async with hub.following(instance) as later:
            gate.go.set()
            await caller

            assert later.replica.state["log"] == ["a"]

    async def test_an_await_that_was_cancelled_is_an_error_and_no_cancellation(self, hub, followed_by):
        store = make_counter()

        @store.action
        async def lost(ctx):
            future = asyncio.get_running_loop().create_future()
            future.cancel()
            await future

        with pytest.raises(ActionCancelled, match="something that it awaits was cancelled"):
            await act(hub, await followed_by(store), "lost")

    async def test_a_failure_that_nobody_waits_for_is_logged(self, hub, followed_by, caplog):
        store, begun, go = make_counter(), asyncio.Event(), asyncio.Event()

        @store.action
        async def fail(ctx):
            begun.set()
            await go.wait()
            raise OSError("unheard")

        followed = await followed_by(store)
        caller = asyncio.create_task(act(hub, followed, "fail"))
        await begun.wait()
        caller.cancel()
        await asyncio.wait([caller])
        go.set()
        await hub.close(drain=5)

        assert "Nobody waited any longer" in caplog.text
        assert "unheard" in caplog.text

    async def test_a_shutdown_says_what_it_had_to_leave_unfinished(self, hub, followed_by, caplog):
        gate = Gate()
        caller = asyncio.create_task(act(hub, await followed_by(gate.store), "work", "a"))
        await gate.begun.get()

        await hub.close(drain=0.01)
        await asyncio.wait([caller])

        assert "were still running 0.01 s after the shutdown began" in caplog.text
        assert caller.cancelled()

    async def test_a_thread_that_runs_is_waited_for(self, hub, followed_by):
        store, begun, go = make_counter(), threading.Event(), threading.Event()

        @store.action
        def slow(ctx):
            begun.set()
            go.wait(5)
            ctx.commit("add")

        @store.action(policy="latest")
        async def outer(ctx, name: str):
            if name == "old":
                await ctx.adispatch(slow)
            await ctx.acommit("note", text=name)

        followed = await followed_by(store)
        old = asyncio.create_task(act(hub, followed, "outer", "old"))
        await asyncio.to_thread(begun.wait, 5)
        new = asyncio.create_task(act(hub, followed, "outer", "new"))
        await asyncio.sleep(0)
        go.set()
        await new

        with pytest.raises(Superseded):
            await old
        assert [entry.name for entry in await entries_of(hub, followed)] == ["add", "note"]


def test_the_default_is_parallel():
    store = Store("test.default", scope="global", state={})

    @store.action
    async def work(ctx): ...

    assert store.find_action("work").policy == "parallel"
