"""
What the servers of test_restarts.py serve.

An action that is to be under way when its server is told to end waits at a gate: it connects to a port of the test, says its
line there, and goes on when the test hangs up.
"""

import asyncio
import os
import socket

from django.http import HttpResponse
from django.urls import path

from liveex_django.live import LiveView
from liveex_django.store import Store

desk = Store("tests.desk", scope="key", state={"done": 0, "lines": []})


def gate():
    return "127.0.0.1", int(os.environ["TEST_GATE"])


@desk.mutation
def write(state, line: str):
    state["done"] += 1
    state["lines"].append(line)


@desk.action(public=True)
async def put(ctx, line: str):
    await ctx.acommit(write, line)


@desk.action(public=True)
async def put_later(ctx, line: str):
    reader, writer = await asyncio.open_connection(*gate())
    try:
        writer.write(line.encode())
        await reader.read()
    finally:
        writer.close()
    await ctx.acommit(write, line)


@desk.action(public=True)
def put_later_in_thread(ctx, line: str):
    with socket.create_connection(gate()) as wire:
        wire.sendall(line.encode())
        wire.recv(1)
    ctx.commit(write, line)


class Desk(LiveView):
    store = desk
    template_name = "live_restarts/desk.html"

    def get_store_key(self):
        return str(self.kwargs["number"])


def put_later_from_a_view(request, line):
    desk.at("0").dispatch(put_later, line)
    return HttpResponse("done")


urlpatterns = [
    path("desk/<int:number>/", Desk.as_view()),
    path("put-later/<slug:line>/", put_later_from_a_view),
]
