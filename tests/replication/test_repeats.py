"""
Idempotent actions that are asked for again under the same id: a first run was applied, and its process died before the
answer. What runs again meets the state that the first run has made.
"""

import pytest

from liveex_django.exceptions import LogUnreachable, OutcomeUnknown
from liveex_django.replication import Instance, Origin
from liveex_django.store import Plugin, Reject, Store

from .build import act, entries_of

AGAIN = Origin(id="event", is_repeatable=True)


@pytest.fixture
async def shop(hub):
    """A store with one thing in stock, and its followed instance."""
    store = Store("test.repeats", scope="global", state={"stock": 1, "sold": 0, "notes": []})

    @store.mutation
    def take(state):
        if state["stock"] < 1:
            raise Reject("sold out")
        state["stock"] -= 1
        state["sold"] += 1

    @store.mutation
    def note(state, text: str):
        state["notes"].append(text)

    @store.mutation
    def restock(state):
        state["stock"] += 1

    async with hub.following(Instance(store)) as followed:
        yield store, followed


async def names_in(hub, followed):
    return [entry.name for entry in await entries_of(hub, followed)]


class TestCommits:
    async def test_a_mutation_that_refuses_because_it_was_applied_has_been_applied(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def buy(ctx):
            entry = await ctx.acommit("take")
            return entry.version, entry.id

        first = await act(hub, followed, "buy", origin=AGAIN)
        again = await act(hub, followed, "buy", origin=AGAIN)

        assert first == again == (1, "event.1")
        assert followed.replica.state == {"stock": 0, "sold": 1, "notes": []}

    async def test_so_it_cannot_lead_the_action_another_way(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def buy_or_note(ctx):
            try:
                await ctx.acommit("take")
            except Reject:
                await ctx.acommit("note", text="sold out")

        await act(hub, followed, "buy_or_note", origin=AGAIN)
        await act(hub, followed, "buy_or_note", origin=AGAIN)

        assert await names_in(hub, followed) == ["take"]

    async def test_what_was_not_applied_is_refused_as_ever(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def buy(ctx):
            await ctx.acommit("take")

        await act(hub, followed, "buy")
        with pytest.raises(Reject, match="sold out"):
            await act(hub, followed, "buy", origin=AGAIN)

        assert await names_in(hub, followed) == ["take"]

    async def test_a_plugin_that_refuses_it_now_does_not_take_it_back(self, hub):
        class Closed(Plugin):
            is_closed = False

            def before(self, step, state):
                if self.is_closed and step.kind == "mutation":
                    raise Reject("closed")

        closed = Closed()
        store = Store("test.repeats.closed", scope="global", state={"count": 0}, plugins=[closed])

        @store.mutation
        def add(state):
            state["count"] += 1

        @store.action(idempotent=True)
        async def bump(ctx):
            await ctx.acommit(add)

        async with hub.following(Instance(store)) as followed:
            await act(hub, followed, "bump", origin=AGAIN)
            closed.is_closed = True
            await act(hub, followed, "bump", origin=AGAIN)

            assert followed.replica.state["count"] == 1

    async def test_the_replica_has_seen_what_was_applied_elsewhere(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def buy(ctx):
            await ctx.acommit("take")
            return ctx.state["sold"]

        await act(hub, followed, "buy", origin=AGAIN)

        assert await act(hub, followed, "buy", origin=AGAIN) == 1


class TestActions:
    @pytest.mark.parametrize("kind", ["async", "def"])
    async def test_one_that_looks_first_and_refuses_has_been_applied(self, hub, shop, kind, caplog):
        store, followed = shop
        caplog.set_level("INFO", logger="liveex.replication")

        def check(ctx):
            if ctx.state["stock"] < 1:
                raise Reject("sold out")

        if kind == "async":

            @store.action(idempotent=True)
            async def buy(ctx):
                check(ctx)
                await ctx.acommit("take")
        else:

            @store.action(idempotent=True)
            def buy(ctx):
                check(ctx)
                ctx.commit("take")

        await act(hub, followed, "buy", origin=AGAIN)
        await act(hub, followed, "buy", origin=AGAIN)

        assert await names_in(hub, followed) == ["take"]
        assert "Reject('sold out')" in caplog.text
        with pytest.raises(Reject):
            await act(hub, followed, "buy")
        with pytest.raises(Reject):
            await act(hub, followed, "buy", origin=Origin(id="another", is_repeatable=True))

    async def test_one_that_fails_on_what_it_has_made_has_been_applied(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def buy(ctx):
            _ = 1 / ctx.state["stock"]
            await ctx.acommit("take")

        await act(hub, followed, "buy", origin=AGAIN)
        await act(hub, followed, "buy", origin=AGAIN)

        assert await names_in(hub, followed) == ["take"]

    async def test_one_that_refuses_after_its_commits_is_refused_again(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def buy_and_refuse(ctx):
            await ctx.acommit("take")
            raise Reject("but nothing else")

        for _ in range(2):
            with pytest.raises(Reject, match="but nothing else"):
                await act(hub, followed, "buy_and_refuse", origin=AGAIN)

        assert await names_in(hub, followed) == ["take"]

    async def test_one_that_takes_another_way_now_commits_nothing_more(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def toggle(ctx):
            await ctx.acommit("take" if ctx.state["stock"] else "restock")

        await act(hub, followed, "toggle", origin=AGAIN)
        await act(hub, followed, "toggle", origin=AGAIN)

        assert await names_in(hub, followed) == ["take"]

    async def test_what_it_dispatches_is_known_too(self, hub, shop):
        store, followed = shop

        @store.action
        async def buy(ctx):
            await ctx.acommit("take")

        @store.action(idempotent=True)
        async def buy_for(ctx, fails_early: bool):
            if fails_early and not ctx.state["stock"]:
                raise Reject("sold out")
            await ctx.adispatch(buy)

        await act(hub, followed, "buy_for", fails_early=False, origin=AGAIN)
        await act(hub, followed, "buy_for", fails_early=False, origin=AGAIN)
        await act(hub, followed, "buy_for", fails_early=True, origin=AGAIN)

        assert [(entry.id, entry.cause) for entry in await entries_of(hub, followed)] == [("event/1.1", "event")]

    async def test_a_transaction_counts_as_its_one_entry(self, hub, shop):
        store, followed = shop

        @store.action(idempotent=True)
        async def buy_and_note(ctx):
            async with ctx.transaction("buy"):
                await ctx.acommit("take")
                await ctx.acommit("note", text="bought")

        await act(hub, followed, "buy_and_note", origin=AGAIN)
        await act(hub, followed, "buy_and_note", origin=AGAIN)

        assert followed.replica.state == {"stock": 0, "sold": 1, "notes": ["bought"]}

    async def test_when_the_log_cannot_be_asked_nobody_knows(self, hub, shop, monkeypatch):
        store, followed = shop

        @store.action(idempotent=True)
        async def refuse(ctx):
            raise Reject("no")

        async def be_away(instance, ids):
            raise LogUnreachable("redis://x", "away")

        monkeypatch.setattr(hub.log, "find", be_away)

        with pytest.raises(OutcomeUnknown, match=r"'event\.1'"):
            await act(hub, followed, "refuse", origin=AGAIN)
        with pytest.raises(Reject):
            await act(hub, followed, "refuse")
