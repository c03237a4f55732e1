"""The check of development: mutations and getters that depend on something else than the state."""

import random
import uuid
from itertools import count

import pytest
from django.contrib.auth.models import Group

from liveex_django.exceptions import ImpureGetter, ImpureMutation, Reject
from liveex_django.replication import Instance, Origin
from liveex_django.replication.commits import commit
from liveex_django.replication.purity import is_checking

from .build import act, call, make_counter

NUMBERS = count(1)


@pytest.fixture(autouse=True)
def checking(settings):
    settings.LIVEEX = {"CHECK_PURITY": True}


@pytest.fixture
def store():
    return make_counter(name="test.impure")


async def commit_one(hub, store, name):
    async with hub.following(Instance(store)) as followed:
        return await commit(hub, followed, [call(store, name)], Origin(), 1)


class TestMutations:
    async def test_one_that_draws_something_is_named_with_the_place_and_the_way_out(self, hub, store):
        numbers = count(1)

        @store.mutation
        def number(state):
            state["count"] = next(numbers)

        with pytest.raises(ImpureMutation) as caught:
            await commit_one(hub, store, "number")

        assert str(caught.value).startswith(
            "Mutation 'number' of store 'test.impure' set state['count'] to 1 and then 2, which is not the same, on the "
            "same state. It runs again whenever another commit was first"
        )
        assert "ctx.now, ctx.uuid()" in str(caught.value)

    @pytest.mark.parametrize(
        ("write", "message"),
        [
            (lambda state: state["log"].append(str(uuid.uuid4())), r"state\['log'\]\[0\]"),
            (lambda state: state.update({f"key{random.random()}": 1}), r"changed state\['key0\."),
            (
                lambda state: state.update({f"key{n}": n for n in range(next(NUMBERS))}),
                r"made \d+ changes, and \d+ when",
            ),
        ],
    )
    async def test_whatever_differs_is_found(self, hub, store, write, message):
        @store.mutation
        def impure(state):
            write(state)

        with pytest.raises(ImpureMutation, match=message):
            await commit_one(hub, store, "impure")

    async def test_one_that_fails_the_second_time(self, hub, store):
        tickets = [1]

        @store.mutation
        def take(state):
            state["count"] = tickets.pop()

        with pytest.raises(ImpureMutation, match="raised IndexError when it ran again"):
            await commit_one(hub, store, "take")

    async def test_secrets_are_not_in_the_message(self, hub, store):
        @store.mutation
        def reset_password(state):
            state["password"] = str(uuid.uuid4())

        with pytest.raises(ImpureMutation, match=r"set state\['password'\] to something"):
            await commit_one(hub, store, "reset_password")

    async def test_a_pure_one_passes_and_a_rejection_stays_one(self, hub, store):
        async with hub.following(Instance(store)) as followed:
            assert await act(hub, followed, "bump", 2) == 2
            with pytest.raises(Reject, match="no thirteens"):
                await act(hub, followed, "bump", 13)

    async def test_in_a_transaction_each_is_looked_at(self, hub, store):
        @store.mutation
        def draw(state):
            state["count"] = random.random()

        @store.action
        async def both(ctx):
            async with ctx.transaction("both"):
                await ctx.acommit("note", text="a")
                await ctx.acommit(draw)

        async with hub.following(Instance(store)) as followed:
            with pytest.raises(ImpureMutation, match="'draw'"):
                await act(hub, followed, "both")


@pytest.mark.usefixtures("transactional_db")
class TestDatabase:
    @pytest.mark.parametrize("kind", ["def", "async", "atomic"])
    async def test_is_refused_within_a_mutation_wherever_it_runs(self, hub, store, settings, kind):
        settings.LIVEEX = {"CHECK_PURITY": True, "THREADS": 0}

        @store.mutation
        def count_groups(state):
            state["count"] = Group.objects.count()

        if kind == "async":

            @store.action
            async def work(ctx):
                await ctx.acommit(count_groups)
        else:

            @store.action(atomic=kind == "atomic")
            def work(ctx):
                ctx.commit(count_groups)

        async with hub.following(Instance(store)) as followed:
            with pytest.raises(ImpureMutation, match=r"'count_groups' of store 'test.impure' asked the database"):
                await act(hub, followed, "work")

    async def test_is_there_again_afterwards(self, hub, store, settings):
        settings.LIVEEX = {"CHECK_PURITY": True, "THREADS": 0}

        @store.action
        def work(ctx):
            ctx.commit("add")
            return Group.objects.count()

        async with hub.following(Instance(store)) as followed:
            assert await act(hub, followed, "work") == 0


class TestGetters:
    @pytest.mark.parametrize("kind", ["async", "def"])
    async def test_one_that_draws_something_is_named(self, hub, store, kind):
        @store.getter
        def lucky(state):
            return random.random()

        if kind == "async":

            @store.action
            async def look(ctx):
                return ctx.getters["lucky"]
        else:

            @store.action
            def look(ctx):
                return ctx.getters["lucky"]

        async with hub.following(Instance(store)) as followed:
            with pytest.raises(ImpureGetter, match=r"Getter 'lucky' of store 'test.impure' gave 0"):
                await act(hub, followed, "look")


class TestIsChecking:
    @pytest.mark.parametrize(
        ("chosen", "debug", "expected"), [(None, True, True), (None, False, False), (False, True, False)]
    )
    def test_follows_debug_unless_told_otherwise(self, settings, chosen, debug, expected):
        settings.DEBUG = debug
        settings.LIVEEX = {"CHECK_PURITY": chosen}

        assert is_checking() is expected

    async def test_in_production_a_mutation_runs_once(self, hub, store, settings):
        settings.LIVEEX = {}
        runs = []

        @store.mutation
        def once(state):
            runs.append(1)
            state["count"] += 1

        await commit_one(hub, store, "once")

        assert runs == [1]
