"""How long it takes from an event of one page until its patch is there, beside a consumer of Channels that echoes."""

import json
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from ._browsers import Browser, Client, Crowd
from ._control import controlled
from ._rounds import Measure, in_turns, ratio, report, title
from ._sockets import Socket
from ._table import FEW, MANY

GOAL, GOAL_GROWTH = 3.0, 2.0
# Longer than LIVEEX["FLUSH_INTERVAL"], so that each event has a patch of its own, at once (s).
_PAUSE = 0.025
# Before the first round: what is imported, compiled and connected when it is first needed.
_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int
    # Of each kind in one round.
    events: int


async def measure(cookie: str, size: Size) -> None:
    title("uvicorn, one client: from an event to its patch (ms)", "p50", "of bare")
    crowd = Crowd()
    async with controlled("uvicorn", crowd) as control:
        echo = Client(Socket(control.address, "/bare/", cookie))
        few, many = (Browser(control.address, path, cookie, control.http) for path in ("/own_few/", "/own_many/"))
        for client in (echo, few, many):
            crowd.add(client)
        events = 0

        def say(rows: int) -> bytes:
            """The next event, about another row each time."""
            nonlocal events
            events += 1
            row = str(events * 7 % rows)
            event = {"type": "event", "seq": events, "view": "0", "event": "bump_row", "payload": [("number", row)]}
            return json.dumps(event).encode()

        def asking(client: Client, rows: int, times: int) -> Measure[float]:
            async def ask(number: int) -> float:
                return median([_ask(crowd, client, say(rows)) for _ in range(times)])

            return ask

        kinds = {"echo": (echo, MANY), "few": (few, FEW), "many": (many, MANY)}
        await in_turns(1, {name: asking(*kind, _WARM_UP) for name, kind in kinds.items()})
        found = await in_turns(size.rounds, {name: asking(*kind, size.events) for name, kind in kinds.items()})
        crowd.close()
    _report(found)


def _ask(crowd: Crowd, client: Client, text: bytes) -> float:
    begin = perf_counter()
    client.say(text)
    crowd.wait_for(crowd.received + 1)
    taken = perf_counter() - begin
    crowd.rest(_PAUSE)
    return taken


def _report(found: dict[str, list[float]]) -> None:
    times = {name: f"{median(values) * 1000:.2f}" for name, values in found.items()}
    report("an echo by a bare consumer", times["echo"])
    for name, rows in (("few", FEW), ("many", MANY)):
        part = ratio(found[name], found["echo"])
        what = f"one row of {rows} changed, scope page"
        report(what, times[name], f"{part:.2f} x", goal=f"{GOAL:g} x", is_met=part <= GOAL)
    growth = ratio(found["many"], found["few"])
    what = f"growth from {FEW} rows to {MANY}"
    report(what, "", f"{growth:.2f} x", goal=f"{GOAL_GROWTH:g} x", is_met=growth <= GOAL_GROWTH)
