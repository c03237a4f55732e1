"""Atomic actions over a log that other processes share: what is in the outbox when, and what a relay makes of it."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import DatabaseError, connection

from liveex_django.exceptions import CommitsRefused, LogUnreachable, OutboxMissing
from liveex_django.models import OutboxEntry
from liveex_django.replication import Hub, Instance, MemoryMutationLog, Origin, outbox, process, relay
from liveex_django.replication.threads import run_in_thread
from liveex_django.store import Reject, Store

from .build import act, entries_of, make_counter

ROOT = Path(__file__).parents[2]


class Shared(MemoryMutationLog):
    """A log that outlives its processes, which are the hubs of a test; it may be away, for some or for all."""

    shared = True

    def __init__(self):
        super().__init__()
        self.is_away = False
        self.before_append = None

    async def append(self, instance, after, *entries):
        if self.before_append is not None:
            await self.before_append()
        if self.is_away:
            raise LogUnreachable("redis://x", "away")
        return await super().append(instance, after, *entries)


@pytest.fixture(autouse=True)
def in_django_thread(settings, transactional_db):
    """Plain def code in the thread that has the test's database."""
    settings.LIVEEX = {"THREADS": 0}


@pytest.fixture
def log():
    return Shared()


@asynccontextmanager
async def another_hub(log):
    """Another process."""
    hub = Hub(log, None)
    try:
        yield hub
    finally:
        await hub.close()


@pytest.fixture
def shop():
    """A store with ten things, and an atomic action that also saves a row."""
    store = make_counter()

    @store.mutation
    def take(state, amount: int, price: Decimal, day: date):
        if state["count"] + amount > 10:
            raise Reject("sold out")
        state["count"] += amount
        state["log"].append(f"{price} {day}")

    @store.action(atomic=True)
    def order(ctx, amount: int):
        Group.objects.create(name=f"{Group.objects.count() + 1}: {amount}")
        ctx.commit(take, amount, Decimal("1.50"), date(2026, 5, 1))
        return "ordered"

    @store.action(atomic=True)
    def order_twice(ctx, amount: int):
        ctx.dispatch(order, amount)
        ctx.commit("note", text="twice")

    return store


@pytest.fixture
async def followed(hub, shop):
    async with hub.following(Instance(shop)) as followed:
        yield followed


async def rows():
    return await run_in_thread(lambda: list(Group.objects.values_list("name", flat=True)))


async def left():
    return await run_in_thread(lambda: list(OutboxEntry.objects.order_by("created", "id")))


class TestOrder:
    async def test_the_commit_is_in_the_outbox_from_the_commit_of_the_database_until_it_is_in_the_log(
        self, hub, log, followed
    ):
        seen = []

        async def look():
            in_log = await log.history(followed.instance, 10)
            seen.append((await rows(), [entry.id for entry in await left()], in_log))

        log.before_append = look
        returned = await act(hub, followed, "order", 3, origin=Origin(id="event", cause="page"))

        assert returned == "ordered"
        assert seen == [(["1: 3"], ["event.1"], ())]
        assert await left() == []
        assert [entry.id for entry in await entries_of(hub, followed)] == ["event.1"]

    async def test_an_action_that_fails_leaves_nothing(self, hub, followed):
        with pytest.raises(Reject, match="sold out"):
            await act(hub, followed, "order", 11)

        assert (await rows(), await left(), await entries_of(hub, followed)) == ([], [], [])

    async def test_one_that_commits_nothing_leaves_nothing(self, hub, shop, followed):
        @shop.action(atomic=True)
        def write(ctx):
            Group.objects.create(name="row")

        await act(hub, followed, "write")

        assert (await rows(), await left()) == (["row"], [])

    async def test_with_a_log_in_memory_nothing_is_written(self, shop, django_assert_num_queries):
        async with another_hub(MemoryMutationLog()) as hub, hub.following(Instance(shop)) as followed:
            queries = []

            @sync_to_async
            def watch():
                return connection.execute_wrapper(
                    lambda execute, sql, *rest: (queries.append(sql), execute(sql, *rest))[1]
                )

            with await watch():
                await act(hub, followed, "order", 3)

        assert not any("outbox" in sql for sql in queries)
        assert any("auth_group" in sql for sql in queries)

    async def test_actions_within_are_part_of_the_one_that_is_left(self, hub, log, followed):
        log.is_away = True

        await act(hub, followed, "order_twice", 3, origin=Origin(id="event"))

        [entry] = await left()
        assert (entry.id, entry.action) == ("event.1", "order_twice")


class TestLogThatIsAway:
    async def test_the_action_ends_normally_and_its_commits_wait(self, hub, log, followed, caplog):
        log.is_away = True

        returned = await act(hub, followed, "order", 3, origin=Origin(id="event", by="user:5", cause="page"))

        [entry] = await left()
        assert (returned, await rows()) == ("ordered", ["1: 3"])
        assert (entry.id, entry.action, entry.actor, entry.cause) == ("event.1", "order", "user:5", "page")
        assert (entry.store, entry.key, entry.refused) == (followed.instance.store.name, "", "")
        assert "Commit event.1 of action 'order' waits in the outbox, with its rows saved" in caplog.text

    async def test_a_relay_of_another_process_commits_them_once(self, hub, log, followed):
        log.is_away = True
        await act(hub, followed, "order", 3, origin=Origin(id="event", by="user:5", cause="page"))
        log.is_away = False

        async with another_hub(log) as one, another_hub(log) as two:
            done = await asyncio.gather(one.relay.relay(), two.relay.relay(), hub.relay.relay())

        [entry] = await entries_of(hub, followed)
        assert done == [True] * 3
        assert (entry.id, entry.action, entry.actor, entry.cause) == ("event.1", "order", "user:5", "page")
        assert entry.payload == {"amount": 3, "price": Decimal("1.50"), "day": date(2026, 5, 1)}
        assert await left() == []

    async def test_the_oldest_go_first_and_wait_together(self, hub, log, followed):
        log.is_away = True
        for number in range(3):
            await act(hub, followed, "order", 1, origin=Origin(id=f"e{number}"))
        while_away = await hub.relay.relay()
        log.is_away = False

        assert (while_away, await hub.relay.relay()) == (False, True)
        assert [entry.id for entry in await entries_of(hub, followed)] == ["e0.1", "e1.1", "e2.1"]

    async def test_before_the_rows_are_saved_it_fails_as_a_whole(self, hub, log, followed, monkeypatch):
        async def be_away(instance, after):
            raise LogUnreachable("redis://x", "away")

        monkeypatch.setattr(log, "read", be_away)

        with pytest.raises(LogUnreachable):
            await act(hub, followed, "order", 3)

        assert (await rows(), await left()) == ([], [])


class TestRefusal:
    async def test_of_a_relay_stays_in_the_outbox_and_is_told_once(self, hub, log, followed, caplog):
        log.is_away = True
        await act(hub, followed, "order", 7, origin=Origin(id="event"))
        log.is_away = False
        await act(hub, followed, "bump", 5)

        for _ in range(2):
            assert await hub.relay.relay()

        [entry] = await left()
        assert entry.refused == "Reject: sold out"
        assert [record.levelname for record in caplog.records if "is refused now" in record.getMessage()] == ["ERROR"]
        assert followed.replica.state["count"] == 5

    async def test_because_another_process_came_between_fails_the_action_with_its_rows_saved(
        self, hub, log, followed, caplog
    ):
        async with another_hub(log) as other, other.following(followed.instance) as elsewhere:

            async def come_between():
                log.before_append = None
                await act(other, elsewhere, "bump", 5)

            log.before_append = come_between
            with pytest.raises(CommitsRefused, match=r"event\.1, were refused: Reject: sold out"):
                await act(hub, followed, "order", 7, origin=Origin(id="event"))

        [entry] = await left()
        assert (await rows(), entry.refused) == (["1: 7"], "Reject: sold out")
        assert "are in the database, but its commits, event.1, were refused" in caplog.text

    async def test_is_no_refusal_when_a_relay_was_faster(self, hub, log, followed):
        async with another_hub(log) as other:

            async def be_faster():
                log.before_append = None
                assert await other.relay.relay()

            log.before_append = be_faster
            await act(hub, followed, "order", 7, origin=Origin(id="event"))

        assert await left() == []
        assert [entry.id for entry in await entries_of(hub, followed)] == ["event.1"]
        assert followed.replica.state["count"] == 7

    async def test_what_only_another_release_can_commit_waits_for_it(self, hub, log, shop, followed, caplog):
        log.is_away = True
        await act(hub, followed, "order", 1, origin=Origin(id="e1"))
        log.is_away = False
        await sync_to_async(OutboxEntry.objects.update)(store="test.of-a-newer-release")

        assert [await hub.relay.relay() for _ in range(2)] == [False, False]
        assert caplog.text.count("waits in the outbox: This process has no store") == 1
        await sync_to_async(OutboxEntry.objects.update)(store=shop.name)
        assert await hub.relay.relay()
        assert followed.replica.state["count"] == 1

    async def test_what_is_not_ours_in_the_table_waits_and_holds_up_no_other_instance(self, hub, log, followed):
        log.is_away = True
        await act(hub, followed, "order", 1, origin=Origin(id="e1"))
        log.is_away = False
        fields = {"key": "", "action": "x", "created": "2020-01-01T00:00:00Z"}
        await OutboxEntry.objects.acreate(id="nonsense.1", store=make_counter().name, calls=b"nonsense", **fields)

        assert not await hub.relay.relay()
        assert [entry.id for entry in await left()] == ["nonsense.1"]
        assert followed.replica.state["count"] == 1


class TestIdempotentAndAtomic:
    """Asked for again after its process died: rows too are saved once."""

    AGAIN = Origin(id="event", is_repeatable=True)

    async def test_what_is_in_the_log_does_not_run_again(self, hub, followed):
        for _ in range(2):
            await act(hub, followed, "order", 7, origin=self.AGAIN)

        assert (await rows(), followed.replica.state["count"]) == (["1: 7"], 7)

    async def test_what_is_in_the_outbox_does_not_run_again(self, hub, log, followed):
        log.is_away = True
        for _ in range(2):
            await act(hub, followed, "order", 7, origin=self.AGAIN)

        assert (await rows(), len(await left())) == (["1: 7"], 1)

    async def test_one_that_runs_in_two_processes_at_once_is_saved_once(self, hub, log, followed, monkeypatch):
        log.is_away = True
        with monkeypatch.context() as patch:
            # The second has looked before the first has committed.
            answers = iter([False, False, True])
            patch.setattr(outbox, "has", lambda id: next(answers))
            for _ in range(2):
                await act(hub, followed, "order", 7, origin=self.AGAIN)

        assert (await rows(), len(await left())) == (["1: 7"], 1)


@contextmanager
def no_table():
    with connection.schema_editor() as editor:
        editor.delete_model(OutboxEntry)
    outbox._seen.clear()
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(OutboxEntry)


class TestTable:
    def test_the_migrations_make_the_model(self):
        call_command("makemigrations", "liveex_django", check=True, dry_run=True, skip_checks=True, verbosity=0)

    def test_without_it_an_atomic_action_says_what_to_run_and_does_nothing(self, log, shop):
        async def work():
            async with another_hub(log) as hub, hub.following(Instance(shop)) as followed:
                with pytest.raises(OutboxMissing, match=r"'order'.*manage\.py migrate liveex_django"):
                    await act(hub, followed, "order", 3)
                return await entries_of(hub, followed)

        with no_table():
            assert asyncio.run(work()) == []
        assert not Group.objects.exists()

    def test_without_it_a_relay_says_so_and_goes_on_looking(self, log, caplog):
        async def work():
            async with another_hub(log) as hub:
                return await hub.relay.relay()

        with no_table():
            assert asyncio.run(work()) is False
        assert "manage.py migrate liveex_django" in caplog.text

    def test_the_package_is_imported_before_the_apps_are_ready(self):
        program = (
            "from django.conf import settings; settings.configure(SECRET_KEY='x');"
            "from liveex_django.replication import Hub, atomic_actions, outbox, relay;"
            "import sys; assert 'liveex_django.models' not in sys.modules"
        )

        ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603

        assert ended.returncode == 0, ended.stderr


class TestLooking:
    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch):
        for name in ("_FIRST", "_INTERVAL", "_LONGEST"):
            monkeypatch.setattr(relay, name, 0.01)

    @pytest.fixture
    def looks(self, hub, monkeypatch):
        looks = asyncio.Queue()
        look = hub.relay.relay

        async def observed():
            looks.put_nowait(None)
            return await look()

        monkeypatch.setattr(hub.relay, "relay", observed)
        return looks

    async def test_a_hub_that_has_started_looks_again_and_again_also_after_an_error(
        self, hub, log, followed, looks, monkeypatch, caplog
    ):
        waiting, failures = outbox.waiting, []

        def fail_once(limit):
            if not failures:
                failures.append(DatabaseError("away"))
                raise failures[0]
            return waiting(limit)

        monkeypatch.setattr(outbox, "waiting", fail_once)
        log.is_away = True
        await act(hub, followed, "order", 3)
        log.is_away = False

        hub.relay.start()
        async with asyncio.timeout(20):
            while await left():
                await looks.get()

        assert followed.replica.state["count"] == 3
        assert "cannot be used" in caplog.text

    async def test_a_hub_that_closes_stops_looking(self, log, looks):
        async with another_hub(log) as hub:
            hub.relay.start()

        assert hub.relay._timer is None

    async def test_a_log_in_memory_has_nothing_to_be_relayed(self):
        async with another_hub(MemoryMutationLog()) as hub:
            hub.relay.start()

            assert hub.relay._timer is None

    async def test_a_hub_of_a_process_that_serves_starts_by_itself(self, log, monkeypatch):
        started = []
        monkeypatch.setattr(process, "get_log", lambda: log)
        monkeypatch.setattr(relay.Relay, "start", lambda self: started.append(self))
        for is_serving in (False, True):
            monkeypatch.setattr(process._serving, "is_set", lambda answer=is_serving: answer)
            hub = process.current_hub()
            await process.close_hub()

        assert started == [hub.relay]


async def test_projects_without_atomic_actions_are_not_asked_for_a_table(hub, monkeypatch):
    plain = Store("test.outbox.plain", scope="global", state={})
    monkeypatch.setattr(relay, "registered_stores", lambda: [plain])
    monkeypatch.setattr(hub.relay, "relay", lambda: 1 / 0)

    await hub.relay._look()
