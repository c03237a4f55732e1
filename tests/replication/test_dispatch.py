"""Dispatching: what ctx gives, transactions, rows and commits together, causes."""

import asyncio
import sys
import uuid
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from channels.layers import InMemoryChannelLayer
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import SynchronousOnlyOperation
from django.db import IntegrityError, transaction

from liveex_django.exceptions import AtomicInTransaction, CommitInTransaction, InvalidPayload, Reject
from liveex_django.replication import Hub, Instance, Origin
from liveex_django.replication.calls import TRANSACTION
from liveex_django.replication.clock import clock_set_to
from liveex_django.store import Plugin

from .build import act, call, entries_of, make_counter


@pytest.fixture
async def counter(hub):
    """A store and its followed instance."""
    store = make_counter()
    async with hub.following(Instance(store)) as followed:
        yield store, followed


@pytest.fixture
def in_django_thread(settings, transactional_db):
    """Plain def code in the thread that has the test's database."""
    settings.LIVEEX = {"THREADS": 0}


class TestContext:
    async def test_now_is_when_the_dispatch_began_all_along(self, hub, counter):
        store, followed = counter
        seen = []

        @store.action
        async def look(ctx):
            seen.append(ctx.now)
            await asyncio.sleep(0.001)
            seen.append(ctx.now)

        with clock_set_to(datetime(2026, 5, 1, tzinfo=UTC)):
            await act(hub, followed, "look")
        await act(hub, followed, "look")

        assert seen[:2] == [datetime(2026, 5, 1, tzinfo=UTC)] * 2
        assert seen[2] == seen[3] > seen[0]

    async def test_uuids_are_the_same_for_the_same_dispatch_and_for_no_other(self, hub, counter):
        store, followed = counter

        @store.action
        async def draw(ctx):
            return [ctx.uuid(), ctx.uuid()]

        first = await act(hub, followed, "draw", origin=Origin(id="same"))
        again = await act(hub, followed, "draw", origin=Origin(id="same"))
        other = await act(hub, followed, "draw")

        assert first == again
        assert len({*first, *other}) == 4
        assert all(type(value) is uuid.UUID and value.version == 4 for value in first)

    async def test_a_naive_clock_is_refused(self):
        with pytest.raises(ValueError, match="is naive"), clock_set_to(datetime(2026, 5, 1)):
            pass

    async def test_entries_take_their_time_from_the_clock(self, hub, counter):
        _, followed = counter
        with clock_set_to(datetime(2026, 5, 1, tzinfo=UTC)):
            await act(hub, followed, "bump")

        assert [entry.at for entry in await entries_of(hub, followed)] == [datetime(2026, 5, 1, tzinfo=UTC)]


class TestLeaving:
    async def test_an_action_that_exits_fails_and_does_not_end_the_server(self, hub, counter):
        store, followed = counter

        @store.action
        async def leave(ctx):
            sys.exit(3)

        @store.action
        def leave_from_thread(ctx):
            sys.exit(4)

        with pytest.raises(RuntimeError, match="would have ended the server: 3"):
            await act(hub, followed, "leave")
        with pytest.raises(RuntimeError, match="would have ended the server: 4"):
            await act(hub, followed, "leave_from_thread")


class TestCause:
    async def test_entries_of_a_nested_action_name_the_outer_dispatch(self, hub, counter):
        _, followed = counter

        await act(hub, followed, "bump_and_note", origin=Origin(id="outer"))

        entries = await entries_of(hub, followed)
        assert [(entry.id, entry.action, entry.cause) for entry in entries] == [
            ("outer/1.1", "bump", "outer"),
            ("outer.1", "bump_and_note", None),
        ]

    @pytest.mark.parametrize("kind", ["async", "def"])
    async def test_a_dispatch_to_another_store_keeps_the_cause(self, hub, counter, kind, monkeypatch):
        from liveex_django.replication import process

        monkeypatch.setattr(process, "_hubs", {hub.loop: hub})
        store, followed = counter
        other = make_counter()

        if kind == "async":

            @store.action
            async def both(ctx):
                await other.at().adispatch("bump")
        else:

            @store.action
            def both(ctx):
                other.at().dispatch("bump")

        await act(hub, followed, "both", origin=Origin(id="outer"))

        (entry,) = await hub.log.history(Instance(other), 10)
        assert entry.cause == "outer"

    async def test_what_a_callback_does_is_caused_by_the_entry(self, hub, counter, monkeypatch):
        from liveex_django.replication import process

        monkeypatch.setattr(process, "_hubs", {hub.loop: hub})
        store, followed = counter
        other, done = make_counter(), asyncio.Event()

        @store.on("add")
        async def follow(entry, before, after):
            await other.at().acommit("add")
            done.set()

        await act(hub, followed, "bump", origin=Origin(id="outer"))
        await asyncio.wait_for(done.wait(), 5)

        (entry,) = await hub.log.history(Instance(other), 10)
        assert entry.cause == "outer.1"


class TestTransaction:
    async def test_several_mutations_become_one_entry(self, hub, counter):
        store, followed = counter
        seen = []

        @store.action
        async def both(ctx):
            async with ctx.transaction("add and note") as change:
                assert await ctx.acommit("add", 2) is None
                seen.append((ctx.state["count"], ctx.getters["double"], followed.replica.state["count"]))
                await ctx.acommit("note", text="two")
            return change.entry

        entry = await act(hub, followed, "both")

        assert seen == [(2, 4, 0)]
        assert (entry.version, entry.name, entry.action) == (1, TRANSACTION, "both")
        assert entry.payload == {
            "label": "add and note",
            "calls": [
                {"mutation": "add", "payload": {"amount": 2}},
                {"mutation": "note", "payload": {"text": "two"}},
            ],
        }
        assert followed.replica.state == {"count": 2, "log": ["two"]}

    async def test_in_a_plain_def_with_is_enough(self, hub, counter):
        store, followed = counter

        @store.action
        def both(ctx):
            with ctx.transaction("both") as change:
                ctx.commit("add", 2)
                ctx.commit("note", text=str(ctx.getters["double"]))
            return change.entry.version

        assert await act(hub, followed, "both") == 1
        assert followed.replica.state == {"count": 2, "log": ["4"]}

    @pytest.mark.parametrize("error", [Reject("no"), ValueError("no")])
    async def test_all_or_nothing(self, hub, counter, error):
        store, followed = counter

        @store.action
        async def both(ctx):
            async with ctx.transaction("both"):
                await ctx.acommit("add", 2)
                raise error

        with pytest.raises(type(error), match="no"):
            await act(hub, followed, "both")

        assert await entries_of(hub, followed) == []

    async def test_a_mutation_that_rejects_can_be_caught_within(self, hub, counter):
        store, followed = counter

        @store.action
        async def both(ctx):
            async with ctx.transaction("both"):
                await ctx.acommit("add", 2)
                with pytest.raises(Reject):
                    await ctx.acommit("add", 13)

        await act(hub, followed, "both")

        assert followed.replica.state["count"] == 2

    async def test_without_a_mutation_nothing_is_logged(self, hub, counter):
        store, followed = counter

        @store.action
        async def nothing(ctx):
            async with ctx.transaction("nothing") as change:
                pass
            return change.entry

        assert await act(hub, followed, "nothing") is None
        assert await entries_of(hub, followed) == []

    async def test_actions_that_are_dispatched_within_take_part(self, hub, counter):
        store, followed = counter

        @store.action
        async def outer(ctx):
            async with ctx.transaction("outer"):
                await ctx.acommit("add", 1)
                await ctx.adispatch("bump_and_note")
                await ctx.adispatch("bump_in_thread", 4)

        await act(hub, followed, "outer")

        (entry,) = await entries_of(hub, followed)
        assert [made["mutation"] for made in entry.payload["calls"]] == ["add", "add", "note", "add"]
        assert followed.replica.state == {"count": 7, "log": ["now 3"]}

    async def test_one_within_another_is_a_part_of_it_that_can_be_given_up(self, hub, counter):
        store, followed = counter

        @store.action
        async def outer(ctx):
            async with ctx.transaction("outer"):
                await ctx.acommit("add", 1)
                with suppress(ValueError):
                    async with ctx.transaction("inner"):
                        await ctx.acommit("add", 10)
                        raise ValueError("inner")
                async with ctx.transaction("inner") as inner:
                    await ctx.acommit("add", 100)
                assert inner.entry is None

        await act(hub, followed, "outer")

        (entry,) = await entries_of(hub, followed)
        assert entry.payload["label"] == "outer"
        assert followed.replica.state["count"] == 101

    async def test_runs_again_on_what_others_committed_meanwhile(self, hub, counter):
        store, followed = counter

        @store.action
        async def slow(ctx):
            async with ctx.transaction("slow"):
                await ctx.acommit("add", 1)
                await store_at_once.wait()

        store_at_once = asyncio.Event()
        task = asyncio.create_task(act(hub, followed, "slow"))
        await act(hub, followed, "bump", 10)
        store_at_once.set()
        await task

        assert followed.replica.state["count"] == 11

    async def test_branches_that_run_at_once_have_each_their_own(self, hub, counter):
        store, followed = counter

        @store.action
        async def branches(ctx):
            async def branch(text):
                async with ctx.transaction(text):
                    await ctx.acommit("note", text=text)
                    await asyncio.sleep(0)
                    await ctx.acommit("add")

            await asyncio.gather(branch("a"), branch("b"))

        await act(hub, followed, "branches")

        entries = await entries_of(hub, followed)
        assert sorted(entry.payload["label"] for entry in entries) == ["a", "b"]
        assert followed.replica.state["count"] == 2

    async def test_a_task_that_outlives_it_commits_for_itself(self, hub, counter):
        store, followed = counter
        tasks, go = [], asyncio.Event()

        @store.action
        async def leave_behind(ctx):
            async def late():
                await go.wait()
                await ctx.acommit("add", 5)

            async with ctx.transaction("left"):
                await ctx.acommit("add", 1)
                tasks.append(asyncio.create_task(late()))

        await act(hub, followed, "leave_behind")
        go.set()
        await tasks[0]

        assert [entry.name for entry in await entries_of(hub, followed)] == [TRANSACTION, "add"]

    @pytest.mark.parametrize("label", ["", None, 7, "x" * 201])
    async def test_needs_a_label_that_a_log_can_show(self, hub, counter, label):
        store, followed = counter

        @store.action
        async def unlabelled(ctx):
            ctx.transaction(label)

        with pytest.raises(InvalidPayload, match="cannot be the label of a transaction"):
            await act(hub, followed, "unlabelled")

    async def test_with_on_the_event_loop_names_the_other_form(self, hub, counter):
        store, followed = counter

        @store.action
        async def wrong(ctx):
            with ctx.transaction("wrong"):
                pass

        with pytest.raises(SynchronousOnlyOperation, match=r"async with ctx\.transaction"):
            await act(hub, followed, "wrong")

    async def test_the_callbacks_of_each_mutation_in_it_are_called(self, hub, counter):
        store, followed = counter
        seen = []
        store.on("add")(lambda entry, before, after: seen.append(("add", entry.version)))
        store.on("note")(lambda entry, before, after: seen.append(("note", entry.version)))

        @store.action
        async def both(ctx):
            async with ctx.transaction("both"):
                await ctx.acommit("note", text="a")
                await ctx.acommit("add")
                await ctx.acommit("add")

        await act(hub, followed, "both")

        assert seen == [("note", 1), ("add", 1)]


@pytest.mark.usefixtures("in_django_thread")
class TestDatabase:
    async def test_an_atomic_action_makes_rows_and_commits_both(self, hub, counter):
        store, followed = counter

        @store.action(atomic=True)
        def order(ctx, amount: int):
            Group.objects.create(name=f"count {ctx.state['count']}")
            ctx.commit("add", amount)
            ctx.commit("note", text=str(ctx.state["count"]))

        await act(hub, followed, "order", 3)

        (entry,) = await entries_of(hub, followed)
        assert entry.payload["calls"][1] == {"mutation": "note", "payload": {"text": "3"}}
        assert await Group.objects.acount() == 1

    @pytest.mark.parametrize("amount", [13, 3])
    async def test_an_atomic_action_makes_neither_when_it_fails(self, hub, counter, amount):
        store, followed = counter

        @store.action(atomic=True)
        def order(ctx):
            Group.objects.create(name="row")
            ctx.commit("add", amount)
            raise Reject("after all")

        with pytest.raises(Reject):
            await act(hub, followed, "order")

        assert await entries_of(hub, followed) == []
        assert not await Group.objects.aexists()

    async def test_a_commit_that_fails_at_last_takes_the_rows_back(self, hub):
        class Closed(Plugin):
            def before(self, step, state):
                if step.kind == "mutation":
                    raise Reject("closed")

        closed = make_counter(plugins=[Closed()])

        @closed.action(atomic=True)
        def order(ctx):
            Group.objects.create(name="row")
            ctx.commit("add")

        async with hub.following(Instance(closed)) as followed:
            with pytest.raises(Reject, match="closed"):
                await act(hub, followed, "order")

        assert not await Group.objects.aexists()

    async def test_rows_that_the_database_refuses_at_last_leave_no_commits(self, hub, counter):
        store, followed = counter

        @store.action(atomic=True)
        def order(ctx):
            ctx.commit("add", 3)
            # SQLite looks at foreign keys when it commits.
            Permission.objects.create(codename="x", name="x", content_type_id=99_999)

        with pytest.raises(IntegrityError):
            await act(hub, followed, "order")

        assert await entries_of(hub, followed) == []
        assert (await act(hub, followed, "bump"), followed.replica.state["count"]) == (1, 1)

    async def test_rows_that_are_given_up_take_the_commits_with_them(self, hub, counter):
        store, followed = counter

        @store.action(atomic=True)
        def order(ctx):
            Group.objects.create(name="row")
            ctx.commit("add", 3)
            transaction.set_rollback(True)
            return "given up"

        assert await act(hub, followed, "order") == "given up"
        assert await entries_of(hub, followed) == []
        assert not await Group.objects.aexists()

    async def test_the_newest_state_decides_before_the_rows_are_saved(self, hub, log):
        limited = make_counter()

        @limited.mutation
        def add_up_to_ten(state, amount: int):
            if state["count"] + amount > 10:
                raise Reject("full")
            state["count"] += amount

        @limited.action(atomic=True)
        def order(ctx):
            Group.objects.create(name="row")
            ctx.commit("add_up_to_ten", 6)

        other = Hub(log, InMemoryChannelLayer())
        async with hub.following(Instance(limited)) as followed:
            # Of this entry nobody has told the first hub.
            async with other.following(Instance(limited)) as elsewhere:
                await act(other, elsewhere, "bump", 5)
            assert followed.replica.state["count"] == 0
            with pytest.raises(Reject, match="full"):
                await act(hub, followed, "order")

            assert followed.replica.state["count"] == 5
        await other.close()
        assert not await Group.objects.aexists()

    async def test_callbacks_of_the_database_meet_the_commits_and_may_commit_too(self, hub, counter, monkeypatch):
        from liveex_django.replication import process

        monkeypatch.setattr(process, "_hubs", {hub.loop: hub})
        store, followed = counter
        seen = []

        @store.action(atomic=True)
        def order(ctx):
            ctx.on_commit(lambda: seen.append(ctx.state["count"]))
            # It waits for the database, as what a signal handler dispatches does.
            store.at().dispatch("bump", 10)
            Group.objects.create(name="row")
            ctx.commit("add", 3)

        await asyncio.wait_for(act(hub, followed, "order"), 30)

        assert seen == [3]
        assert [entry.payload["amount"] for entry in await entries_of(hub, followed)] == [3, 10]

    async def test_actions_that_an_atomic_one_dispatches_are_part_of_it(self, hub, counter):
        store, followed = counter

        @store.action(atomic=True)
        def inner(ctx):
            Group.objects.create(name="inner")
            ctx.commit("add", 1)

        @store.action(atomic=True)
        def outer(ctx, fails: bool):
            ctx.commit("add", 10)
            ctx.dispatch(inner)
            ctx.dispatch("bump", 100)
            if fails:
                raise Reject("after all")

        with pytest.raises(Reject):
            await act(hub, followed, "outer", fails=True)
        rows_after_failure = await Group.objects.acount()
        await act(hub, followed, "outer", fails=False)

        (entry,) = await entries_of(hub, followed)
        assert len(entry.payload["calls"]) == 3
        assert (rows_after_failure, await Group.objects.acount()) == (0, 1)
        assert followed.replica.state["count"] == 111

    async def test_an_atomic_action_within_a_transaction_of_another_kind_is_refused(self, hub, counter):
        store, followed = counter

        @store.action(atomic=True)
        def order(ctx): ...

        @store.action
        async def outer(ctx):
            async with ctx.transaction("outer"):
                await ctx.adispatch(order)

        with pytest.raises(AtomicInTransaction, match=r"'order'.*make the outer action atomic too"):
            await act(hub, followed, "outer")

    async def test_inside_a_database_transaction_a_commit_is_refused_and_a_dispatch_waits(self, hub, counter):
        store, followed = counter
        seen = []

        @store.action
        def careful(ctx):
            with transaction.atomic():
                with pytest.raises(CommitInTransaction):
                    ctx.commit("add")
                with pytest.raises(CommitInTransaction), ctx.transaction("both"):
                    pass
                ctx.commit("add", 1, on_commit=True)
                seen.append(ctx.dispatch("bump", 10))
                seen.append(ctx.state["count"])
            seen.append(ctx.state["count"])

        await act(hub, followed, "careful")

        assert seen == [None, 0, 11]

    async def test_what_waits_for_a_database_transaction_goes_with_it(self, hub, counter):
        store, followed = counter

        @store.action
        def careless(ctx):
            with suppress(ZeroDivisionError), transaction.atomic():
                ctx.commit("add", 1, on_commit=True)
                ctx.dispatch("bump", 10)
                _ = 1 / 0

        await act(hub, followed, "careless")

        assert await entries_of(hub, followed) == []


class TestHooksOfActions:
    async def test_plugins_are_told_of_every_failure(self, hub):
        seen = []

        class Watcher(Plugin):
            def error(self, step, error):
                seen.append((step.kind, step.name, type(error).__name__))

        store = make_counter(plugins=[Watcher()])

        @store.action(policy="first")
        async def again(ctx):
            await act(hub, followed, "again", origin=Origin())

        async with hub.following(Instance(store)) as followed:
            with pytest.raises(Reject):
                await act(hub, followed, "bump", 13)
            with pytest.raises(Reject):
                await act(hub, followed, "again")

        assert seen[:2] == [("mutation", "add", "Reject"), ("action", "bump", "Reject")]
        assert seen[2:] == [("action", "again", "AlreadyRunning")] * 2


async def test_a_call_is_a_mutation_with_its_payload():
    store = make_counter()

    assert call(store, "add", amount=3).payload == {"amount": 3}
