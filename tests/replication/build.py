"""Builders for replication tests: stores, entries, hubs."""

from datetime import UTC, datetime
from itertools import count

from liveex_django.replication import Origin, Position
from liveex_django.replication.calls import Call
from liveex_django.replication.dispatch import dispatch
from liveex_django.store import Entry, FrozenDict, Reject, Store, freeze

_numbers = count()


def make_counter(*, scope="global", name=None, **options):
    """A counter store of its own name, with mutations, a getter and actions of every kind."""
    store = Store(name or f"test.counter{next(_numbers)}", scope=scope, state={"count": 0, "log": []}, **options)

    @store.mutation
    def add(state, amount: int = 1):
        if amount == 13:
            raise Reject("no thirteens")
        state["count"] += amount

    @store.mutation
    def half(state):
        state["count"] = 99
        raise RuntimeError("half way")

    @store.mutation
    def note(state, text: str):
        state["log"].append(text)

    @store.getter
    def double(state):
        return state["count"] * 2

    @store.action(public=True)
    async def bump(ctx, amount: int = 1):
        await ctx.acommit(add, amount)
        return ctx.state["count"]

    @store.action
    def bump_in_thread(ctx, amount: int = 1):
        ctx.commit("add", amount)
        return ctx.getters["double"]

    @store.action
    async def bump_and_note(ctx):
        await ctx.adispatch(bump, 2)
        await ctx.acommit(note, text=f"now {ctx.state['count']}")

    return store


def make_entry(after: Position, *, id="e", amount=1, **changes) -> Entry:
    """An entry behind a position, that adds to ``count``."""
    fields = {
        "version": after.version + 1,
        "epoch": after.epoch,
        "id": id,
        "name": "add",
        "payload": freeze({"amount": amount}),
        "patches": (("set", ("count",), after.version + 1),),
        "inverse": (("set", ("count",), after.version),),
        "action": None,
        "actor": None,
        "cause": None,
        "schema": 1,
        "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    return Entry(**{**fields, **changes})


def position_of(entry: Entry) -> Position:
    return Position(entry.epoch, entry.version, entry.id)


EMPTY: FrozenDict = freeze({"count": 0})


def call(store, name, /, **payload):
    """One mutation of a store with its payload."""
    mutation = store.find_mutation(name)
    return Call(mutation, mutation.parameters.bind((), payload))


async def act(hub, followed, action, /, *args, origin=None, **kwargs):
    """Dispatch an action, as a page or a handle does."""
    found = followed.instance.store.find_action(action)
    return await dispatch(hub, followed, found, found.parameters.bind(args, kwargs), origin or Origin())


async def entries_of(hub, followed):
    """Everything in the log, oldest first."""
    return list(await hub.log.history(followed.instance, 10_000))
