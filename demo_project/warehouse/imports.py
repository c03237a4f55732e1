"""How far the import of this page has come; a store of its own, so that a reconnect in the middle shows it too."""

from typing import TypedDict

from liveex_django.store import Store


class State(TypedDict):
    total: int  # items; 0 while nothing has been imported
    done: int  # items


store = Store("warehouse-import", scope="page", state={"total": 0, "done": 0})


@store.mutation
def begin(state, total: int):
    state["total"], state["done"] = total, 0


@store.mutation
def advance(state, done: int):
    state["done"] = min(state["total"], state["done"] + done)


@store.getter
def is_running(state):
    return state["done"] < state["total"]


@store.action
async def start(ctx, total: int):
    await ctx.acommit(begin, total)


@store.action
async def count(ctx, done: int):
    await ctx.acommit(advance, done)
