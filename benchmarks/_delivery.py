"""
How long it takes from a commit in one process until the patch is at a websocket of another, beside a bare ``group_send``.

A server shows a page with the counter, and has a bare consumer of Channels that passes on what its group gets. Both
sockets are held by this process, which commits through its hub and sends through the same channel layer, in turn. The
clock runs from before the commit, whose way to the log and back is part of it.
"""

import asyncio
import json
import re
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from statistics import median, quantiles
from time import perf_counter

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from liveex_django.replication import Instance

from . import _stores
from ._hub_writer import HubWriter, hub_writer
from ._rounds import ratio, report, title
from ._served import SERVERS, serving
from ._site import BARE

# Of the bare one's median.
GOAL = 2.0
# After each message, so that what it has left to do is done before the next one (s).
_PAUSE = 0.003
# Before the first round: what is imported, compiled and connected when it is first needed.
_WARM_UP = 20
# As long as a patch of the page.
_TEXT = json.dumps({"patch": {"0": {"0": {"0": "100"}}}}, separators=(",", ":"))

Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int
    # Of each kind in one round.
    messages: int
    servers: tuple[str, ...] = tuple(SERVERS)


async def measure(url: str, size: Size) -> None:
    title("from one process to a websocket of another (ms)", "p50    p95", "of bare")
    async with hub_writer(url) as writer:
        for server in size.servers:
            async with AsyncExitStack() as stack:
                address = await stack.enter_async_context(serving(server, "benchmarks._site:application"))
                page = await stack.enter_async_context(_page(address))
                bare = await stack.enter_async_context(_connect(address, "/bare/"))
                _report(server, await _measure(writer, page, bare, size))


async def _measure(writer: HubWriter, page: ClientConnection, bare: ClientConnection, size: Size) -> list[Times]:
    async with writer.hub.following(Instance(_stores.everybody)) as followed:

        async def patch() -> float:
            await writer.commit(followed)
            committed = perf_counter()
            frame = json.loads(await page.recv())
            assert "patch" in frame, frame
            return committed

        async def send() -> float:
            await writer.layer.group_send(BARE, {"type": "bare.say", "text": _TEXT})
            sent = perf_counter()
            assert await bare.recv() == _TEXT
            return sent

        await _round([patch, send], _WARM_UP)
        return [await _round([patch, send], size.messages) for _ in range(size.rounds)]


async def _round(kinds: Sequence[Callable[[], Awaitable[float]]], messages: int) -> Times:
    """The times that the messages took, by kind, and under ``"<kind> returned"`` how much of that the sender waited (s)."""
    times: Times = {name: [] for kind in kinds for name in (kind.__name__, f"{kind.__name__} returned")}
    for number in range(messages):
        for kind in kinds if number % 2 else reversed(kinds):
            begin = perf_counter()
            returned = await kind()
            times[kind.__name__].append(perf_counter() - begin)
            times[f"{kind.__name__} returned"].append(returned - begin)
            await asyncio.sleep(_PAUSE)
    return times


def _report(server: str, rounds: Sequence[Times]) -> None:
    all_times = {name: [time for times in rounds for time in times[name]] for name in rounds[0]}
    medians = {name: [median(times[name]) for times in rounds] for name in rounds[0]}
    part = ratio(medians["patch"], medians["send"])
    report(f"{server}: a bare group_send to one consumer", _percentiles(all_times["send"]))
    report(
        f"{server}: a commit, to the patch at the page",
        _percentiles(all_times["patch"]),
        f"{part:.2f} x",
        goal=f"{GOAL:g} x",
        is_met=part <= GOAL,
    )
    report(f"{server}: until the commit has returned", _percentiles(all_times["patch returned"]))


def _percentiles(seconds: Sequence[float]) -> str:
    parts = quantiles(seconds, n=20, method="inclusive")
    return f"{parts[9] * 1000:.2f}  {parts[18] * 1000:5.2f}"


# The server, and what it is asked by


def _connect(address: str, path: str) -> connect:
    return connect(f"ws://{address}{path}", origin=Origin(f"http://{address}"), open_timeout=60)


@asynccontextmanager
async def _page(address: str) -> AsyncIterator[ClientConnection]:
    """The websocket of a page that has joined, as docs/protocol.md says."""
    html = await asyncio.to_thread(_get, f"http://{address}/")
    token, digest = (re.search(f'lx-{name}="([^"]+)"', html)[1] for name in ("token", "digest"))  # type: ignore[index]
    join = {
        "type": "join",
        "client": token_hex(16),
        "views": [{"view": "0", "token": token, "digests": {"0": {"0": digest}}}],
    }
    async with _connect(address, "/live/") as page:
        await page.send(json.dumps(join))
        frame = json.loads(await page.recv())
        assert "joined" in frame, frame
        yield page


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 - our own server
        return str(response.read().decode())
