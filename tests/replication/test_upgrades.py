"""Stored states of another release: brought up to date, or left alone."""

import asyncio

import pytest

from liveex_django.exceptions import MissingMigration, NewerSchema, Reject, UndoRefused
from liveex_django.replication import Hub, Instance, Origin, Outdated, Snapshot
from liveex_django.replication.commits import commit
from liveex_django.store import Plugin, Store

from .build import call, entries_of, make_counter, position_of


def make_release(schema, **options):
    """The store of a board as one release has it; from schema 2 on, cards have tags, from 3 on a title."""
    state = {"cards": [{"id": 1}], "moves": 0}
    store = Store("test.releases", scope="key", schema=schema, state=state, **options)

    @store.mutation
    def move(state):
        state["moves"] += 1

    if schema > 1:

        @store.migrate(1, 2)
        def add_tags(state):
            for card in state["cards"]:
                card["tags"] = []

    if schema > 2:

        @store.migrate(2, 3)
        def add_title(state):
            state["title"] = f"{len(state['cards'])} cards"

    return store


async def move(hub, followed):
    return await commit(hub, followed, [call(followed.instance.store, "move")], Origin(), 1)


@pytest.fixture
async def stored(hub):
    """An instance that release 1 has stored, at version 2."""
    async with hub.following(Instance(make_release(1), "a")) as followed:
        for _ in range(2):
            await move(hub, followed)


class TestLoading:
    async def test_migrates_through_every_schema_in_one_entry(self, hub, stored):
        async with hub.following(Instance(make_release(3), "a")) as followed:
            assert followed.replica.state == {"cards": [{"id": 1, "tags": []}], "moves": 2, "title": "1 cards"}
            entry = (await entries_of(hub, followed))[-1]
            assert (entry.version, entry.name, entry.schema) == (3, "$migrate", 3)
            assert entry.payload == {"old": 1, "new": 3, "modules": []}

    async def test_happens_once(self, hub, stored):
        for _ in range(2):
            async with hub.following(Instance(make_release(2), "a")) as followed:
                await move(hub, followed)

        assert [entry.name for entry in await hub.log.history(followed.instance, 10)] == [
            "move",
            "move",
            "$migrate",
            "move",
            "move",
        ]

    async def test_starts_from_a_snapshot_too(self, hub, stored):
        release = Instance(make_release(1), "a")
        async with hub.following(release) as followed:
            entry = await move(hub, followed)
            await hub.log.save_snapshot(release, Snapshot(position_of(entry), followed.replica.state, 1))

        async with hub.following(Instance(make_release(2), "a")) as followed:
            assert followed.replica.state["cards"] == [{"id": 1, "tags": []}]

    async def test_of_two_processes_one_migrates(self, log, stored):
        hubs = [Hub(log, None), Hub(log, None)]
        instance = Instance(make_release(2), "a")

        both = await asyncio.gather(*(hub.acquire(instance) for hub in hubs))

        names = [entry.name for entry in await log.history(instance, 10)]
        assert names == ["move", "move", "$migrate"]
        assert {str(followed.replica.state) for followed in both} == {str(both[0].replica.state)}
        for hub in hubs:
            await hub.close()

    async def test_one_that_was_overtaken_does_not_migrate_again(self, hub, stored, log, monkeypatch):
        append, other = log.append, Hub(log, None)

        async def be_late(instance, after, entry):
            monkeypatch.setattr(log, "append", append)
            async with other.following(instance) as there:
                await move(other, there)
            return await append(instance, after, entry)

        monkeypatch.setattr(log, "append", be_late)
        async with hub.following(Instance(make_release(2), "a")) as followed:
            names = [entry.name for entry in await entries_of(hub, followed)]
        await other.close()

        assert names == ["move", "move", "$migrate", "move"]

    async def test_without_a_way_there_is_a_clear_error_and_nothing_is_written(self, hub, stored, log):
        store = Store("test.releases", scope="key", schema=2, state={})

        with pytest.raises(MissingMigration, match=r"@store\.migrate\(1, 2\)"):
            await hub.acquire(Instance(store, "a"))

        assert (await log.heads([Instance(store, "a")]))[0].version == 2

    async def test_a_migration_that_fails_changes_nothing_and_says_where(self, hub, stored, log):
        store = Store("test.releases", scope="key", schema=2, state={})

        @store.migrate(1, 2)
        def fail(state):
            state["moves"] = 99
            raise KeyError("tags")

        with pytest.raises(KeyError) as caught:
            await hub.acquire(Instance(store, "a"))

        assert "the stored state of test.releases:a was brought up to date" in caught.value.__notes__[0]
        assert (await log.heads([Instance(store, "a")]))[0].version == 2
        assert not hub._followed

    async def test_plugins_cannot_stand_in_its_way(self, hub, stored):
        class Closed(Plugin):
            def before(self, step, state):
                raise Reject("closed")

        async with hub.following(Instance(make_release(2, plugins=[Closed()]), "a")) as followed:
            assert followed.replica.schema == 2

    async def test_what_is_new_begins_at_the_stores_schema(self, hub):
        async with hub.following(Instance(make_release(3), "new")) as followed:
            assert await entries_of(hub, followed) == []
            assert followed.replica.schema == 3


class TestThePast:
    async def test_states_are_given_as_they_were_and_restored_as_they_are_now(self, hub, stored):
        async with hub.following(Instance(make_release(2), "a")) as followed:
            await commit(hub, followed, [call(followed.instance.store, "$restore", version=1)], Origin(), 1)

            assert followed.replica.state == {"cards": [{"id": 1, "tags": []}], "moves": 1}

    async def test_what_was_done_before_can_be_undone_and_the_migration_cannot(self, hub, stored):
        async with hub.following(Instance(make_release(2), "a")) as followed:
            store = followed.instance.store
            await commit(hub, followed, [call(store, "$undo", version=2)], Origin(), 1)
            with pytest.raises(UndoRefused, match=r"Version 3 is a \$migrate"):
                await commit(hub, followed, [call(store, "$undo", version=3)], Origin(), 1)

            assert followed.replica.state["moves"] == 1


class TestLaterRelease:
    """An old process, while a new one takes over."""

    @pytest.fixture
    async def old(self, hub):
        async with hub.following(Instance(make_release(1), "a")) as followed:
            await move(hub, followed)
            yield followed

    async def test_ends_what_the_old_one_serves_once_and_says_so(self, hub, old, log, caplog):
        changes = []
        old.subscribe(changes.append)
        new = Hub(log, None)
        async with new.following(Instance(make_release(2), "a")) as followed:
            await move(new, followed)
        await asyncio.sleep(0)
        await new.close()

        with pytest.raises(NewerSchema, match="no longer serves the instance"):
            await move(hub, old)

        assert changes == [Outdated(1, 2)]
        assert old.replica.state == {"cards": [{"id": 1}], "moves": 1}
        assert "has brought test.releases:a to schema 2" in caplog.text

    async def test_is_noticed_at_a_commit_when_no_message_came(self, hub, old, log, monkeypatch):
        monkeypatch.setattr(Hub, "tell_others", lambda *args: None)
        new = Hub(log, None)
        async with new.following(Instance(make_release(2), "a")):
            pass
        await new.close()

        with pytest.raises(NewerSchema):
            await move(hub, old)

        assert [entry.name for entry in await log.history(old.instance, 10)] == ["move", "$migrate"]

    async def test_keeps_the_old_one_from_loading_it(self, hub, log):
        new = Hub(log, None)
        async with new.following(Instance(make_release(2), "b")) as followed:
            await move(new, followed)
        await new.close()

        for _ in range(2):
            with pytest.raises(NewerSchema):
                await hub.acquire(Instance(make_release(1), "b"))

        assert not hub._followed

    async def test_ends_it_for_those_who_come_as_well(self, hub, old, log):
        new = Hub(log, None)
        async with new.following(Instance(make_release(2), "a")):
            await asyncio.sleep(0)
        await new.close()

        with pytest.raises(NewerSchema):
            await hub.acquire(old.instance)


class TestModules:
    @pytest.fixture
    def cart(self):
        cart = Store("test.cart", scope="global", state=lambda: {"items": []})

        @cart.mutation
        def put(state, item: str):
            state["items"].append(item)

        return cart

    async def test_one_added_later_gets_its_state_when_the_instance_is_loaded(self, hub, cart):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            await commit(hub, followed, [call(store, "add")], Origin(), 1)
        store.add_module("cart", cart)

        async with hub.following(Instance(store)) as followed:
            assert followed.replica.state["cart"] == {"items": []}
            assert (await entries_of(hub, followed))[-1].payload == {"old": 1, "new": 1, "modules": ["cart"]}

    async def test_one_added_to_an_instance_in_use_gets_its_state_before_the_next_commit(self, hub, cart):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            store.add_module("cart", cart)
            await commit(hub, followed, [call(store, "cart/put", item="a")], Origin(), 1)

            assert followed.replica.state["cart"] == {"items": ["a"]}
            assert [entry.name for entry in await entries_of(hub, followed)] == ["$migrate", "cart/put"]

    async def test_whoever_reads_it_next_finds_it(self, hub, cart):
        store = make_counter()
        async with hub.following(Instance(store)):
            store.add_module("cart", cart)
            async with hub.following(Instance(store)) as followed:
                assert followed.replica.state["cart"] == {"items": []}

    async def test_a_module_of_a_module_too(self, hub, cart):
        store = make_counter(modules={"cart": cart})
        async with hub.following(Instance(store)) as followed:
            cart.add_module("coupons", Store("test.coupons", scope="global", state={"codes": ["x"]}))
            await commit(hub, followed, [call(store, "add")], Origin(), 1)

            assert followed.replica.state["cart"] == {"items": [], "coupons": {"codes": ["x"]}}

    async def test_a_reset_has_it_as_well(self, hub, cart):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            store.add_module("cart", cart)
            await commit(hub, followed, [call(store, "cart/put", item="a")], Origin(), 1)
            await commit(hub, followed, [call(store, "$reset")], Origin(), 1)

            assert followed.replica.state["cart"] == {"items": []}

    async def test_a_page_that_nobody_has_changed_yet_gets_it_too(self, hub, cart):
        store = Store("test.page", scope="page", state={})
        page_cart = Store("test.page_cart", scope="page", state={"items": []})
        async with hub.following(Instance(store, "tab")):
            store.add_module("cart", page_cart)
            async with hub.following(Instance(store, "tab")) as followed:
                assert followed.replica.state == {"cart": {"items": []}}
