"""A page whose events kill their own process where they are told to: what killed_process.py serves until then."""

import os
import signal
from pathlib import Path

from django.urls import path

from liveex_django.live import LiveView, event
from liveex_django.store import Reject, Store

# Where to die; "" in a process that lives.
point = ""
# Whoever does something else than commit writes a line here.
diary = Path(os.devnull)


def die_at(here):
    if here == point:
        os.kill(os.getpid(), signal.SIGKILL)


def note(line):
    with diary.open("a") as file:
        file.write(f"{line}\n")


store = Store("tests.killed", scope="global", state={"count": 0, "stock": 1})


@store.mutation
def take(state):
    if not state["stock"]:
        raise Reject("sold out")
    state["stock"] -= 1
    state["count"] += 1


@store.mutation
def restock(state):
    state["stock"] += 1


async def _sell(ctx):
    die_at("before all")
    note("sold")
    die_at("between")
    await ctx.acommit(take)
    die_at("after the commit")


@store.action(public=True)
async def sell(ctx):
    await _sell(ctx)


@store.action(public=True, idempotent=True)
async def sell_again(ctx):
    await _sell(ctx)


@store.action(public=True, idempotent=True)
async def look_and_sell(ctx):
    if not ctx.state["stock"]:
        raise Reject("sold out")
    await _sell(ctx)


class Killed(LiveView):
    store = store
    template_name = "live_tests/count.html"

    @event
    async def handle(self):
        await self.adispatch("sell")
        die_at("after the action")

    @event(idempotent=True)
    async def look_and_handle(self):
        if not self.state["stock"]:
            raise Reject("sold out")
        await self.adispatch("sell")
        die_at("after the action")


urlpatterns = [path("killed/", Killed.as_view())]
