"""Committing: an update is never lost, applied twice, or half done."""

import asyncio

import pytest
from channels.layers import InMemoryChannelLayer

from liveex_django.replication import Committed, Hub, Instance, Origin, Resynced
from liveex_django.replication.commits import Call, commit
from liveex_django.replication.followed import TRANSACTION
from liveex_django.store import Plugin, Reject

from .build import make_counter


def call(store, name, **payload):
    mutation = store.find_mutation(name)
    return Call(mutation, mutation.parameters.bind((), payload))


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
            await hub.catch_up(here)

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
        send, lost = hubs[0].layer.group_send, []

        async def lose_the_first(group, message):
            if not lost:
                lost.append(message)
            else:
                await send(group, message)

        monkeypatch.setattr(hubs[0].layer, "group_send", lose_the_first)
        for _ in range(3):
            await add(hubs[0], followed[0])

        seen = [await asyncio.wait_for(versions.get(), 5) for _ in range(3)]
        assert seen == [1, 2, 3]

    async def test_a_layer_that_is_away_does_not_break_the_commit(self, hubs, monkeypatch, caplog):
        async def refuse(group, message):
            raise ConnectionError("away")

        monkeypatch.setattr(hubs[0].layer, "group_send", refuse)
        async with hubs[0].following(Instance(make_counter())) as followed:
            entry = await add(hubs[0], followed)

        assert entry.version == 1
        assert "did not take entry 1" in caplog.text

    async def test_a_message_that_is_not_ours_is_dropped(self, hubs, caplog):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in hubs]
        arrived: asyncio.Future = asyncio.get_running_loop().create_future()
        followed[1].subscribe(arrived.set_result)
        foreign = {"type": "liveex.entry", "hub": "x", "instance": instance.digest, "entry": b"not ours"}

        await hubs[0].layer.group_send(instance.group, foreign)
        await hubs[0].layer.group_send(instance.group, {"type": "other"})
        await add(hubs[0], followed[0])
        await asyncio.wait_for(arrived, 5)

        assert "not an entry of ours" in caplog.text
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
