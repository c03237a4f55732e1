"""Stores of the pages in views.py, one for each scope."""

from typing import Annotated, TypedDict

import msgspec

from liveex_django.store import Reject, Store


class BoardState(TypedDict):
    count: int
    limit: int
    lines: list[str]


board = Store("tests.board", scope="global", state={"count": 0, "limit": 10, "lines": []})


@board.mutation
def add(state, amount: int = 1):
    state["count"] += amount
    if state["count"] > state["limit"]:
        raise Reject("the board is full")


notes = Store("tests.notes", scope="page", state={"first": "one"})


@notes.mutation
def put(state, name: str, text: str):
    state[name] = text


@notes.action(public=True)
async def note(ctx, name: str, text: str):
    await ctx.acommit(put, name, text)


@board.mutation
def write(state, line: str):
    state["lines"].append(line)


@board.mutation
def set_limit(state, limit: int):
    state["limit"] = limit


@board.mutation
def break_half_way(state):
    state["count"] = 99
    raise RuntimeError("secret detail")


@board.mutation
def store_nonsense(state):
    state["lines"].append(object())


@board.getter
def double(state):
    return state["count"] * 2


@board.action(public=True)
async def bump(ctx, amount: Annotated[int, msgspec.Meta(ge=0)] = 1):
    await ctx.acommit(add, amount)


@board.action(public=True, idempotent=True)
async def bump_again(ctx):
    await ctx.acommit(add)


@board.action(public=True)
async def bump_and_write(ctx):
    await ctx.acommit(add)
    await ctx.acommit(write, f"now {ctx.state['count']}")


@board.action(public=True)
def bump_in_thread(ctx):
    ctx.commit(add)


@board.action(public=True)
async def fail_half_way(ctx):
    await ctx.acommit(break_half_way)


@board.action(public=True)
async def write_nonsense(ctx):
    await ctx.acommit(store_nonsense)


@board.action
async def internal(ctx):
    await ctx.acommit(add)


@board.action(public=True, permission="auth.change_user")
async def guarded(ctx):
    await ctx.acommit(add)


def make_scoped(scope):
    store = Store(f"tests.{scope}", scope=scope, state={"count": 0})

    @store.mutation
    def add(state):
        state["count"] += 1

    @store.action(public=True)
    async def bump(ctx):
        await ctx.acommit(add)

    return store


page = make_scoped("page")
session = make_scoped("session")
user = make_scoped("user")
key = make_scoped("key")
