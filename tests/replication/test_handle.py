"""Handles: an instance from anywhere."""

import asyncio
import gc
import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation

from liveex_django.exceptions import (
    InvalidDeclaration,
    NotReady,
    Reject,
    UnknownAction,
    UnknownGetter,
    UnknownMutation,
    VersionGone,
)
from liveex_django.replication import Applied, Failed, Rejected, get_log, process
from liveex_django.replication.clock import clock_set_to
from liveex_django.replication.threads import run_in_thread
from liveex_django.store import Store

from .build import make_counter

ADA = SimpleNamespace(pk=5, is_authenticated=True)


@pytest.fixture(autouse=True)
async def fresh_log():
    get_log().clear()
    yield
    await process.close_hub()


@pytest.fixture
def store():
    return make_counter()


@pytest.fixture
def serving(monkeypatch):
    """This process serves pages."""
    was_serving = process.is_serving()
    process.mark_as_serving()
    yield
    if not was_serving:
        process._serving.clear()


async def versions(handle, **conditions):
    return [entry.version for entry in await handle.ahistory(**conditions)]


class TestTry:
    async def test_gives_what_became_of_it_as_a_value(self, store):
        @store.action
        async def fail(ctx):
            raise OSError("away")

        handle = store.at()

        assert await handle.atry_dispatch("bump", 2) == Applied(2)
        match await handle.atry_dispatch("bump", 13):
            case Rejected(reason, error):
                assert (reason, type(error)) == ("no thirteens", Reject)
        match await handle.atry_dispatch("fail"):
            case Failed(error):
                assert str(error) == "away"
        match await handle.atry_commit("add", 3):
            case Applied(entry):
                assert entry.version == 2

    async def test_a_payload_that_does_not_fit_is_rejected(self, store):
        outcome = await store.at().atry_dispatch("bump", amount="many")

        assert isinstance(outcome, Rejected)
        assert "amount" in outcome.reason

    async def test_a_slip_in_a_name_is_raised(self, store):
        with pytest.raises(UnknownAction):
            await store.at().atry_dispatch("bmp")
        with pytest.raises(UnknownMutation):
            await store.at().atry_commit("ad")

    def test_has_a_sync_form(self, store):
        assert store.at().try_dispatch("bump", 2) == Applied(2)
        assert isinstance(store.at().try_commit("add", 13), Rejected)


class TestSync:
    def test_every_call_sees_what_the_ones_before_did(self, store):
        handle = store.at()
        handle.commit("add", 2)
        handle.dispatch("bump", 3)
        handle.undo(2)

        assert handle.get_state()["count"] == 2
        assert [entry.name for entry in handle.history()] == ["$undo", "add", "add"]
        assert handle.state_at(2)["count"] == 5
        assert handle.redo(2).version == 4

    def test_async_callbacks_of_the_store_end_before_the_call_does(self, store):
        seen = []

        @store.on("add")
        async def slow(entry, before, after):
            await asyncio.sleep(0)
            seen.append(entry.version)

        store.at().commit("add")

        assert seen == [1]

    def test_nested_plain_def_actions_need_one_thread_only(self, store, settings):
        settings.LIVEEX = {"THREADS": 1}

        @store.action
        def inner(ctx):
            ctx.commit("add")
            store.at().commit("add")

        @store.action
        def outer(ctx):
            ctx.dispatch(inner)
            store.at().dispatch(inner)

        store.at().dispatch("outer")

        assert store.at().get_state()["count"] == 4

    def test_threads_that_call_at_once_do_not_end_each_others_hubs(self, store):
        errors = []

        def work():
            try:
                for _ in range(10):
                    store.at().commit("add")
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert errors == []
        assert store.at().get_state()["count"] == 40

    async def test_each_names_its_async_form_on_a_running_loop(self, store):
        handle = store.at()
        calls = {
            "get_state": handle.get_state,
            "history": handle.history,
            "state_at": lambda: handle.state_at(0),
            "undo": lambda: handle.undo(1),
            "redo": lambda: handle.redo(1),
            "dispatch": lambda: handle.dispatch("bump"),
            "commit": lambda: handle.commit("add"),
            "try_dispatch": lambda: handle.try_dispatch("bump"),
            "try_commit": lambda: handle.try_commit("add"),
            "subscribe": lambda: handle.subscribe(print),
            "watch": lambda: handle.watch("double", print),
        }
        for name, call in calls.items():
            with pytest.raises(SynchronousOnlyOperation, match=rf"{name}\(\) would block.*await a{name}"):
                call()

    async def test_what_another_loop_of_the_process_commits_arrives_here(self, store):
        arrived = asyncio.Event()
        await store.at().asubscribe(lambda entry, before, after: arrived.set())

        await asyncio.to_thread(lambda: store.at().commit("add", 4))
        await asyncio.wait_for(arrived.wait(), 5)

        assert (await store.at().aget_state())["count"] == 4


class TestHistory:
    @pytest.fixture
    async def past(self, store):
        """Entries 1 to 4: two by Ada, one by nobody, a transaction; a day after each other."""

        @store.action
        async def both(ctx):
            async with ctx.transaction("both"):
                await ctx.acommit("add")
                await ctx.acommit("note", text="both")

        day = datetime(2026, 5, 1, tzinfo=UTC)
        work = [
            lambda: store.at(user=ADA).acommit("add"),
            lambda: store.at(user=ADA).acommit("note", text="a"),
            lambda: store.at().acommit("note", text="b"),
            lambda: store.at().adispatch("both"),
        ]
        for number, step in enumerate(work):
            with clock_set_to(day + timedelta(days=number)):
                await step()
        return store.at()

    async def test_is_the_newest_first_and_limited(self, past):
        assert await versions(past) == [4, 3, 2, 1]
        assert await versions(past, limit=2) == [4, 3]
        assert await versions(past, limit=0) == []

    async def test_by_mutation_finds_transactions_with_it_too(self, past):
        assert await versions(past, mutation="note") == [4, 3, 2]
        assert await versions(past, mutation="note", limit=2) == [4, 3]
        assert await versions(past, mutation="$transaction") == [4]
        assert await versions(past, mutation="$reset") == []

    async def test_by_the_function_of_a_mutation(self, past):
        assert await versions(past, mutation=past.store.find_mutation("add").function) == [4, 1]

    async def test_by_a_mutation_that_never_was(self, past):
        with pytest.raises(UnknownMutation, match="Did you mean 'note'"):
            await past.ahistory(mutation="nte")

    @pytest.mark.parametrize(("actor", "found"), [(ADA, [2, 1]), ("user:5", [2, 1]), ("system", [4, 3]), ("x", [])])
    async def test_by_actor(self, past, actor, found):
        assert await versions(past, actor=actor) == found

    async def test_by_time(self, past):
        second, fourth = datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)

        assert await versions(past, since=second, until=fourth) == [3, 2]
        assert await versions(past, since=datetime(2026, 5, 3, 12)) == [4]

    async def test_by_cause_finds_all_that_it_set_off(self, past, store):
        @store.action
        async def outer(ctx):
            await ctx.adispatch("both")
            return await ctx.acommit("add")

        entry = await past.adispatch("outer")
        dispatch_id = entry.id.rpartition(".")[0]

        assert await versions(past, cause=dispatch_id) == [5]
        assert await versions(past, cause="unknown") == []

    async def test_of_an_instance_that_nobody_has_used_is_empty(self):
        assert await versions(make_counter().at(), actor="system") == []


class TestStateAt:
    async def test_gives_every_state_there_was(self, store):
        handle = store.at()
        for amount in (1, 2, 3):
            await handle.acommit("add", amount)

        assert [(await handle.astate_at(version))["count"] for version in range(4)] == [0, 1, 3, 6]

    @pytest.mark.parametrize("version", [-1, 2])
    async def test_of_a_version_that_never_was(self, store, version):
        await store.at().acommit("add")

        with pytest.raises(VersionGone, match=rf"There is no version {version}. The versions from 0 to 1 can be had"):
            await store.at().astate_at(version)


class TestSubscribe:
    async def test_calls_once_per_entry_in_order_until_it_is_ended(self, store):
        seen = []
        end = await store.at().asubscribe(lambda entry, before, after: seen.append((entry.version, after["count"])))
        await store.at().acommit("add", 1)
        await store.at().acommit("add", 2)
        end()
        await store.at().acommit("add", 3)
        end()

        assert seen == [(1, 1), (2, 3)]

    async def test_ends_with_its_block(self, store):
        seen = []
        with await store.at().asubscribe(lambda entry, before, after: seen.append(entry.version)):
            await store.at().acommit("add")
        await store.at().acommit("add")

        assert seen == [1]

    async def test_ends_with_its_owner_and_does_not_keep_it(self, store):
        seen = []

        class Owner:
            def note(self, entry, before, after):
                seen.append(entry.version)

        owner = Owner()
        await store.at().asubscribe(owner.note, owner=owner)
        await store.at().acommit("add")
        del owner
        gc.collect()
        await store.at().acommit("add")

        assert seen == [1]
        assert not any(followed._subscribers for followed in process.current_hub().all_followed())

    @pytest.mark.parametrize(
        ("callback", "message"),
        [
            (lambda entry: None, r"cannot be called with \(entry, before, after\)"),
            (asyncio.sleep, "is an async def"),
        ],
    )
    async def test_refuses_what_could_not_be_called(self, store, callback, message):
        with pytest.raises(InvalidDeclaration, match=message):
            await store.at().asubscribe(callback)

    async def test_refuses_an_owner_that_cannot_be_watched(self, store):
        with pytest.raises(InvalidDeclaration, match="A list cannot own a subscription"):
            await store.at().asubscribe(lambda entry, before, after: None, owner=[])

    async def test_from_a_thread_of_a_process_that_serves(self, store, serving):
        process.current_hub()
        seen, told = [], asyncio.Event()

        def callback(entry, before, after):
            seen.append(entry.version)
            told.set()

        end = await run_in_thread(lambda: store.at().subscribe(callback))
        await store.at().acommit("add")
        await run_in_thread(end)
        await asyncio.sleep(0)
        await store.at().acommit("add")

        assert seen == [1]

    def test_where_nobody_would_ever_call_back(self, store):
        with pytest.raises(NotReady, match=r"subscribe\(\) was called in a thread.*Call asubscribe\(\)"):
            store.at().subscribe(lambda entry, before, after: None)


class TestWatch:
    async def test_calls_once_per_version_that_changes_the_value(self, store):
        seen = []
        end = await store.at().awatch("double", lambda new, old: seen.append((new, old)))
        await store.at().acommit("add", 2)
        await store.at().acommit("note", text="nothing to do with it")
        await store.at().acommit("add", 0)
        await store.at().acommit("add", 1)
        end()
        await store.at().acommit("add", 5)

        assert seen == [(4, 0), (6, 4)]

    async def test_takes_functions_of_state_and_of_getters(self, store):
        seen = []
        await store.at().awatch(lambda state: len(state["log"]), lambda new, old: seen.append(("log", new)))
        await store.at().awatch(
            lambda state, getters: getters["double"] > 3, lambda new, old: seen.append(("double", new))
        )
        await store.at().awatch(store.getters["double"].function, lambda new, old: seen.append(("function", new)))
        await store.at().acommit("add", 1)
        await store.at().acommit("note", text="a")
        await store.at().acommit("add", 1)

        assert seen == [("function", 2), ("log", 1), ("double", True), ("function", 4)]

    async def test_an_unknown_getter_is_told_at_once_and_leaves_nothing_behind(self, store):
        with pytest.raises(UnknownGetter, match="Did you mean 'double'"):
            await store.at().awatch("duble", lambda new, old: None)

        assert not any(followed._subscribers for followed in process.current_hub().all_followed())

    async def test_a_getter_that_fails_later_is_logged_and_tried_again(self, caplog):
        store = Store("test.ratio", scope="global", state={"divisor": 2})
        seen = []

        @store.mutation
        def divide_by(state, divisor: int):
            state["divisor"] = divisor

        @store.getter
        def ratio(state):
            return 12 // state["divisor"]

        await store.at().awatch("ratio", lambda new, old: seen.append((new, old)))
        for divisor in (0, 3):
            await store.at().acommit("divide_by", divisor)

        assert seen == [(4, 6)]
        assert "ZeroDivisionError" in caplog.text


class TestUndoBy:
    async def test_names_who_acts(self, store):
        handle = store.at(user=ADA)
        await handle.acommit("add")

        entries = [await handle.aundo(1), await handle.aredo(1, by="user:7")]
        entries.append(await handle.aundo(1, by=SimpleNamespace(pk=9, is_authenticated=True)))

        assert [entry.actor for entry in entries] == ["user:5", "user:7", "user:9"]


async def test_a_sync_call_from_a_thread_of_an_async_project(store):
    await sync_to_async(lambda: store.at().commit("add", 3))()

    assert (await store.at().aget_state())["count"] == 3
