"""Committing: an update is never lost, applied twice, or half done."""

import asyncio
from dataclasses import replace

import pytest
from channels.layers import InMemoryChannelLayer

from liveex_django.exceptions import CommitInMutation
from liveex_django.replication import Committed, Hub, Instance, MemoryMutationLog, Origin, Resynced, groups, outgoing
from liveex_django.replication.calls import TRANSACTION
from liveex_django.replication.commits import commit, prepare
from liveex_django.store import Plugin, Reject

from .build import call, entries_of, make_counter


async def add(hub, followed, amount=1, origin=None):
    return await commit(hub, followed, [call(followed.instance.store, "add", amount=amount)], origin or Origin(), 1)


class TestCommit:
    async def test_numbers_commits_from_one_without_gaps(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            versions = [(await add(hub, followed)).version for _ in range(3)]

        assert versions == [1, 2, 3]

    async def test_the_entry_says_everything(self, hub):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            entry = await add(hub, followed, 5, Origin(id="id", cause="cause", action="bump"))

        assert (entry.name, entry.payload, entry.id) == ("add", {"amount": 5}, "id.1")
        assert (entry.action, entry.actor, entry.cause, entry.schema) == ("bump", None, "cause", 1)
        assert entry.patches == (("set", ("count",), 5),)
        assert entry.inverse == (("set", ("count",), 0),)
        assert entry.at.tzinfo is not None

    async def test_a_mutation_that_raises_leaves_the_version_alone(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            with pytest.raises(RuntimeError, match="half way"):
                await commit(hub, followed, [call(followed.instance.store, "half")], Origin(), 1)

            assert (followed.replica.state["count"], followed.replica.position.version) == (0, 0)
            assert not await hub.log.history(followed.instance, 10)

    @pytest.mark.parametrize("method", ["commit", "dispatch", "get_state"])
    async def test_a_mutation_that_commits_is_told_where_that_belongs(self, hub, method):
        store, other = make_counter(), make_counter()

        @store.mutation
        def meddle(state):
            arguments = {"commit": ["add"], "dispatch": ["bump"], "get_state": []}[method]
            getattr(other.at(), method)(*arguments)

        async with hub.following(Instance(store)) as followed:
            with pytest.raises(CommitInMutation, match=rf"'meddle' of store '{store.name}' called {method}\(\), but"):
                await commit(hub, followed, [call(store, "meddle")], Origin(), 1)

            assert followed.replica.position.version == 0

    async def test_a_rejecting_mutation_logs_nothing(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            with pytest.raises(Reject, match="no thirteens"):
                await add(hub, followed, 13)

            assert followed.replica.position.version == 0

    async def test_the_same_id_again_gives_the_first_entry(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            first = await add(hub, followed, 1, Origin(id="same"))
            second = await add(hub, followed, 7, Origin(id="same"))

            assert second == first
            assert followed.replica.state["count"] == 1

    async def test_several_calls_are_one_entry_or_none(self, hub):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            both = [call(store, "add", amount=2), call(store, "note", text="two")]
            entry = await commit(hub, followed, both, Origin(), 1)
            with pytest.raises(Reject):
                await commit(hub, followed, [call(store, "note", text="x"), call(store, "add", amount=13)], Origin(), 1)

            assert entry.name == TRANSACTION
            assert followed.replica.state == {"count": 2, "log": ["two"]}
            assert followed.replica.position.version == 1

    async def test_reset_goes_back_to_the_initial_state(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            await add(hub, followed, 4)

            entry = await commit(hub, followed, [call(followed.instance.store, "$reset")], Origin(), 1)

            assert followed.replica.state == {"count": 0, "log": []}
            assert (entry.version, entry.name) == (2, "$reset")

    async def test_restore_goes_back_to_a_version(self, hub):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            for amount in (1, 2, 3):
                await add(hub, followed, amount)

            await commit(hub, followed, [call(store, "$restore", version=2)], Origin(), 1)
            with pytest.raises(Reject, match="no version 9"):
                await commit(hub, followed, [call(store, "$restore", version=9)], Origin(), 1)

            assert followed.replica.state["count"] == 3
            assert followed.replica.position.version == 4

    async def test_plugins_see_it_and_may_refuse(self, hub):
        class Watcher(Plugin):
            seen = []

            def before(self, step, state):
                if step.payload.get("amount") == 5:
                    raise Reject("not five")

            def after(self, step, before, after, entry):
                self.seen.append((step.name, before["count"], after["count"], entry.version))

            def error(self, step, error):
                self.seen.append((step.name, str(error)))

        async with hub.following(Instance(make_counter(plugins=[Watcher()]))) as followed:
            await add(hub, followed, 2)
            with pytest.raises(Reject):
                await add(hub, followed, 5)

        assert Watcher.seen == [("add", 0, 2, 1), ("add", "not five")]

    async def test_plugins_see_each_mutation_of_a_transaction_with_the_states_around_it(self, hub):
        class Watcher(Plugin):
            seen = []

            def before(self, step, state):
                self.seen.append(("before", state["count"]))

            def after(self, step, before, after, entry):
                self.seen.append(("after", before["count"], after["count"]))

        store = make_counter(plugins=[Watcher()])
        async with hub.following(Instance(store)) as followed:
            await commit(hub, followed, [call(store, "add", amount=2), call(store, "add", amount=3)], Origin(), 1)

        assert Watcher.seen == [("before", 0), ("before", 2), ("after", 0, 2), ("after", 2, 5)]

    async def test_plugins_and_subscribers_that_fail_do_not_break_a_commit(self, hub, caplog):
        class Broken(Plugin):
            def before(self, step, state):
                raise ValueError("broken before")

            def after(self, step, before, after, entry):
                raise ValueError("broken after")

        store = make_counter(plugins=[Broken()])
        store.on("add")(lambda entry, before, after: 1 / 0)
        async with hub.following(Instance(store)) as followed:
            entry = await add(hub, followed, 2)

        assert entry.version == 1
        assert ["broken" in caplog.text, "ZeroDivisionError" in caplog.text] == [True, True]


async def prepare_add(hub, followed, amount=1, **origin):
    return await prepare(
        hub, followed, [call(followed.instance.store, "add", amount=amount)], Origin(id="p", **origin), 1
    )


class TestPrepare:
    async def test_others_in_this_process_wait_until_it_is_committed(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            prepared = await prepare_add(hub, followed, 3)
            other = asyncio.create_task(add(hub, followed, 10))
            is_waiting = not (await asyncio.wait({other}, timeout=0.05))[0]
            before = await entries_of(hub, followed)

            entry = await prepared.commit()

            assert (is_waiting, before, entry.id, entry.version) == (True, [], "p.1", 1)
            assert (await other).version == 2

    async def test_or_until_it_is_given_up(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            prepared = await prepare_add(hub, followed, 3)
            other = asyncio.create_task(add(hub, followed, 10))

            prepared.give_up()

            assert (await other).version == 1
            assert followed.replica.state["count"] == 10

    async def test_one_that_is_refused_keeps_nobody(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            with pytest.raises(Reject):
                await prepare_add(hub, followed, 13)

            assert (await asyncio.wait_for(add(hub, followed), 5)).version == 1

    async def test_one_whose_caller_goes_away_keeps_nobody(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            caller = asyncio.create_task(prepare_add(hub, followed))
            await asyncio.sleep(0)
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller

            assert (await asyncio.wait_for(add(hub, followed), 5)).version == 1

    async def test_it_runs_again_on_what_another_process_has_committed_meanwhile(self, hub, log):
        other = Hub(log, InMemoryChannelLayer())
        instance = Instance(make_counter())
        async with hub.following(instance) as followed, other.following(instance) as elsewhere:
            prepared = await prepare_add(hub, followed, 3)
            await add(other, elsewhere, 10)

            entry = await prepared.commit()

            assert (entry.version, followed.replica.state["count"]) == (2, 13)
        await other.close()

    async def test_plugins_are_told_of_a_failure(self, hub):
        seen = []

        class Watcher(Plugin):
            def error(self, step, error):
                seen.append((step.name, str(error)))

        async with hub.following(Instance(make_counter(plugins=[Watcher()]))) as followed:
            with pytest.raises(Reject):
                await prepare_add(hub, followed, 13)

        assert seen == [("add", "no thirteens")]


class Slow(MemoryMutationLog):
    """A log whose appends wait for ``go``."""

    def __init__(self):
        super().__init__()
        self.go, self.reached = asyncio.Event(), asyncio.Event()

    async def append(self, instance, after, *entries):
        outcome = await super().append(instance, after, *entries)
        self.reached.set()
        await self.go.wait()
        return outcome


class TestCancellation:
    @pytest.fixture
    def log(self):
        return Slow()

    async def test_a_commit_that_has_begun_is_not_cut_in_half(self, hub, log):
        async with hub.following(Instance(make_counter())) as followed:
            caller = asyncio.create_task(add(hub, followed, 5))
            await log.reached.wait()

            caller.cancel()
            await asyncio.sleep(0)
            was_done_at_once = caller.done()
            log.go.set()
            with pytest.raises(asyncio.CancelledError):
                await caller

            assert not was_done_at_once
            assert followed.replica.state["count"] == 5

    async def test_a_commit_that_waits_for_its_turn_is_dropped(self, hub, log):
        async with hub.following(Instance(make_counter())) as followed:
            first = asyncio.create_task(add(hub, followed, 5))
            await log.reached.wait()
            second = asyncio.create_task(add(hub, followed, 7))
            await asyncio.sleep(0)

            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
            log.go.set()
            await first
            await add(hub, followed, 1)

            assert [entry.payload["amount"] for entry in await entries_of(hub, followed)] == [5, 1]

    async def test_a_log_that_fails_leaves_the_queue_open(self, hub, log, monkeypatch):
        async with hub.following(Instance(make_counter())) as followed:
            with monkeypatch.context() as patch:
                patch.setattr(log, "append", lambda *args: 1 / 0)
                with pytest.raises(ZeroDivisionError):
                    await add(hub, followed, 5)
            log.go.set()

            assert (await asyncio.wait_for(add(hub, followed, 2), 5)).version == 1


class TestTwoHubs:
    """Two hubs over one log and one layer stand for two processes."""

    @pytest.fixture
    async def hubs(self, log):
        layer = InMemoryChannelLayer(capacity=10_000)
        hubs = [Hub(log, layer), Hub(log, layer)]
        yield hubs
        for hub in hubs:
            await hub.close()

    async def test_no_update_is_lost_when_both_write_at_once(self, hubs):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]

        await asyncio.gather(*(add(hubs[number % 2], followed[number % 2]) for number in range(100)))
        for hub, here in zip(hubs, followed, strict=True):
            await hub.loading.catch_up(here)

        assert [here.replica.state["count"] for here in followed] == [100, 100]
        assert followed[0].replica.position == followed[1].replica.position

    async def test_what_one_commits_reaches_the_other_over_the_layer(self, hubs):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]
        arrived: asyncio.Future = asyncio.get_running_loop().create_future()
        followed[1].subscribe(arrived.set_result)

        entry = await add(hubs[0], followed[0], 6)
        change = await asyncio.wait_for(arrived, 5)

        assert change == Committed(entry, {"count": 0, "log": []}, {"count": 6, "log": []})

    async def test_a_hole_is_filled_from_the_log(self, hubs, monkeypatch):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]
        versions: asyncio.Queue = asyncio.Queue()
        followed[1].subscribe(lambda change: versions.put_nowait(change.entry.version))
        send, lost = hubs[0].groups.layer.group_send, []

        async def lose_the_first(group, message):
            if not lost:
                lost.append(message)
            else:
                await send(group, message)

        monkeypatch.setattr(hubs[0].groups.layer, "group_send", lose_the_first)
        for _ in range(3):
            await add(hubs[0], followed[0])

        seen = [await asyncio.wait_for(versions.get(), 5) for _ in range(3)]
        assert seen == [1, 2, 3]

    async def test_a_layer_that_is_away_does_not_break_the_commit(self, hubs, monkeypatch, caplog):
        async def refuse(group, message):
            raise ConnectionError("away")

        monkeypatch.setattr(hubs[0].groups.layer, "group_send", refuse)
        async with hubs[0].following(Instance(make_counter())) as followed:
            entry = await add(hubs[0], followed)
        await hubs[0].close()

        assert entry.version == 1
        assert "did not take entries" in caplog.text

    async def test_a_layer_that_hangs_does_not_hold_up_commits(self, hubs, monkeypatch):
        async def hang(group, message):
            await asyncio.Event().wait()

        monkeypatch.setattr(hubs[0].groups.layer, "group_send", hang)
        monkeypatch.setattr(outgoing, "_MOST_SENDING", 0.01)
        async with hubs[0].following(Instance(make_counter())) as followed:
            versions = [(await asyncio.wait_for(add(hubs[0], followed), 5)).version for _ in range(3)]

        assert versions == [1, 2, 3]

    async def test_a_layer_that_was_away_is_listened_to_again(self, hubs, monkeypatch, caplog):
        monkeypatch.setattr(groups, "_FIRST_PAUSE", 0.01)
        receive, failures = hubs[1].groups.layer.receive, []

        async def fail_once(channel):
            if not failures:
                failures.append(channel)
                raise ConnectionError("away")
            return await receive(channel)

        monkeypatch.setattr(hubs[1].groups.layer, "receive", fail_once)
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]
        arrived: asyncio.Future = asyncio.get_running_loop().create_future()
        followed[1].subscribe(arrived.set_result)

        await add(hubs[0], followed[0], 6)

        assert (await asyncio.wait_for(arrived, 5)).after["count"] == 6
        assert "cannot be listened to" in caplog.text

    async def test_bytes_that_the_layer_cannot_take_apart_are_counted_and_hold_up_nothing(
        self, hubs, monkeypatch, caplog
    ):
        monkeypatch.setattr(groups, "_FIRST_PAUSE", 3600)
        receive, junk = hubs[1].groups.layer.receive, [ValueError("no MessagePack"), TypeError("a list is no key")]

        async def receive_junk_first(channel):
            if junk:
                raise junk.pop()
            return await receive(channel)

        monkeypatch.setattr(hubs[1].groups.layer, "receive", receive_junk_first)
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]
        arrived: asyncio.Future = asyncio.get_running_loop().create_future()
        followed[1].subscribe(arrived.set_result)

        await add(hubs[0], followed[0], 6)

        assert (await asyncio.wait_for(arrived, 5)).after["count"] == 6
        assert sum(hub.metrics.damaged for hub in hubs) == 2
        assert "no MessagePack" in caplog.text

    async def test_an_entry_that_does_not_fit_makes_the_replica_load_afresh(self, hubs, caplog):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]
        entry = await add(hubs[0], followed[0], 6)
        await hubs[1].loading.catch_up(followed[1])
        nonsense = replace(entry, version=2, id="x", patches=(("set", ("nowhere", "deep"), 1),))

        hubs[1].hear(instance.digest, nonsense)
        await hubs[1].mending.settled()

        assert followed[1].replica.state["count"] == 6
        assert "does not fit" in caplog.text

    async def test_callbacks_of_the_store_run_in_the_process_that_committed(self, hubs):
        store, seen = make_counter(), []
        store.on("add")(lambda entry, before, after: seen.append(entry.version))
        followed = [await hub.acquire(Instance(store)) for hub in hubs]

        await add(hubs[0], followed[0])
        await hubs[1].loading.catch_up(followed[1])

        assert seen == [1]

    async def test_a_message_that_is_not_ours_is_dropped(self, hubs, caplog):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]
        arrived: asyncio.Future = asyncio.get_running_loop().create_future()
        followed[1].subscribe(arrived.set_result)
        foreign = {"type": "liveex.entries", "hub": "x", "instance": instance.digest, "after": "", "entries": [b"?"]}

        await hubs[0].groups.layer.group_send(hubs[0].groups.group_of(instance), foreign)
        await hubs[0].groups.layer.group_send(hubs[0].groups.group_of(instance), {"type": "other"})
        await add(hubs[0], followed[0])
        await asyncio.wait_for(arrived, 5)

        assert hubs[1].metrics.damaged == 2
        assert "not one of ours" in caplog.text
        assert followed[1].replica.state["count"] == 1


class TestFollowing:
    async def test_an_emptied_log_begins_again_and_says_so(self, hub, caplog):
        async with hub.following(Instance(make_counter())) as followed:
            await add(hub, followed, 5)
            changes = []
            followed.subscribe(changes.append)
            hub.log.clear()

            await add(hub, followed, 2)

        assert "has lost" in caplog.text
        assert followed.replica.state["count"] == 2
        assert isinstance(changes[0], Resynced)

    async def test_holders_share_a_replica_that_goes_with_the_last(self, hub):
        instance = Instance(make_counter())
        one, two = await hub.acquire(instance), await hub.acquire(instance)
        hub.release(one)
        three = await hub.acquire(instance)
        hub.release(two)
        hub.release(three)

        fresh = await hub.acquire(instance)

        assert one is two is three
        assert fresh is not one

    async def test_an_initial_state_that_fails_fails_everyone_who_waits_and_may_be_tried_again(self, hub):
        attempts = []

        def initial():
            attempts.append(1)
            if len(attempts) == 1:
                raise OSError("database away")
            return {"count": 3}

        from liveex_django.store import Store

        instance = Instance(Store("test.failing", scope="global", state=initial))
        results = await asyncio.gather(hub.acquire(instance), hub.acquire(instance), return_exceptions=True)
        followed = await hub.acquire(instance)

        assert [str(result) for result in results] == ["database away"] * 2
        assert followed.replica.state == {"count": 3}

    async def test_a_page_is_written_at_its_first_commit_only(self, hub):
        instance = Instance(make_counter(scope="page"), "tab")
        async with hub.following(instance) as followed:
            before = await hub.log.load(instance)
            await add(hub, followed)

        assert before is None
        assert (await hub.log.load(instance))[0].position.version == 0

    async def test_the_birth_of_a_page_is_no_resync(self, hub):
        async with hub.following(Instance(make_counter(scope="page"), "tab")) as followed:
            changes = []
            followed.subscribe(changes.append)

            entry = await add(hub, followed)

        assert [change.entry for change in changes] == [entry]

    async def test_who_has_left_is_not_told(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            seen, ends = [], []
            followed.subscribe(lambda change: ends[0]())
            ends.append(followed.subscribe(seen.append))

            await add(hub, followed)

        assert seen == []

    async def test_one_function_may_subscribe_twice_and_leave_twice(self, hub):
        async with hub.following(Instance(make_counter())) as followed:
            seen = []
            leave, _ = followed.subscribe(seen.append), followed.subscribe(seen.append)
            leave()
            leave()

            await add(hub, followed)

        assert len(seen) == 1

    async def test_a_subscriber_that_fails_does_not_disturb_the_others(self, hub, caplog):
        async with hub.following(Instance(make_counter())) as followed:
            seen = []
            followed.subscribe(lambda change: 1 / 0)
            followed.subscribe(seen.append)

            await add(hub, followed)

        assert len(seen) == 1
        assert "A subscriber of" in caplog.text

    async def test_store_subscribers_are_called_once_per_entry_in_order(self, hub):
        store, seen, done = make_counter(), [], asyncio.Event()

        @store.on("add")
        def plain(entry, before, after):
            seen.append(("plain", entry.version, before["count"], after["count"]))

        @store.on("add")
        async def awaited(entry, before, after):
            seen.append(("async", entry.version))
            if entry.version == 2:
                done.set()

        async with hub.following(Instance(store)) as followed:
            await add(hub, followed, 1)
            await add(hub, followed, 1)
            await asyncio.wait_for(done.wait(), 5)

        assert [item for item in seen if item[0] == "plain"] == [("plain", 1, 0, 1), ("plain", 2, 1, 2)]
        assert [item for item in seen if item[0] == "async"] == [("async", 1), ("async", 2)]
