"""
What one commit costs that a thousand pages see, beside a bare loop that sends one prepared text to as many sockets of the
same server: CPU time of the server for each patch that arrives, and the time until the last page has its patch.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from ._browsers import Browser, Client, Crowd
from ._control import Control, controlled
from ._rounds import Measure, in_turns, ratio, report, title
from ._sockets import Socket
from ._table import FEW, MANY

# CPU time by server, that of pages with assigns of their own, and the time to the last page.
GOALS = {"uvicorn": 1.6, "daphne": 1.25}
GOAL_ASSIGNS = 3.0
GOAL_LAST = 2.0
# Longer than LIVEEX["FLUSH_INTERVAL"], so that each commit is seen, at once (s).
_PAUSE = 0.025


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int
    # In one round.
    commits: int
    clients: int
    servers: tuple[str, ...] = tuple(GOALS)


@dataclass(frozen=True, slots=True)
class Page:
    """A kind of page: its path is its name."""

    store: str
    rows: int
    what: str


PAGES = {
    "few": Page("few", FEW, f"one row of {FEW} changed"),
    "many": Page("many", MANY, f"one row of {MANY} changed"),
    "with_assigns": Page("many", MANY, "the same, with assigns in every view"),
}


@dataclass(frozen=True, slots=True)
class _Cost:
    # CPU time of the server for each patch, and the median time from before the commit to the last patch (s).
    cpu: float
    last: float


async def measure(cookies: Sequence[str], size: Size) -> None:
    cookies = cookies[: size.clients]
    for server in size.servers:
        async with AsyncExitStack() as stack:
            crowd = Crowd()
            stack.callback(crowd.close)
            # Each in a process of its own, so that none works in a memory that is full of what the others have.
            controls = {name: await stack.enter_async_context(controlled(server, crowd)) for name in ("floor", *PAGES)}
            for name, control in controls.items():
                _fill(crowd, name, control, cookies)
            found = await _measure(crowd, controls, size)
        _report(server, found, size)


def _fill(crowd: Crowd, name: str, control: Control, cookies: Sequence[str]) -> None:
    for cookie in cookies:
        if name == "floor":
            crowd.add(Client(Socket(control.address, "/floor/", cookie)))
        else:
            crowd.add(Browser(control.address, f"/{name}/", cookie, control.http))
        # Those who are there have to be heard of.
        crowd.work()


async def _measure(crowd: Crowd, controls: Mapping[str, Control], size: Size) -> dict[str, list[_Cost]]:
    row = 0

    def command(name: str) -> tuple[object, ...]:
        nonlocal row
        if name == "floor":
            return ("say", crowd.newest.decode())
        row += 7
        page = PAGES[name]
        return ("commit", page.store, "bump", row % page.rows)

    def sending(name: str, times: int) -> Measure[_Cost]:
        async def send(number: int) -> _Cost:
            before = controls[name].ask("cpu")
            lasts = [_send(crowd, controls[name], command(name), size.clients) for _ in range(times)]
            spent = controls[name].ask("cpu") - before
            return _Cost(spent / times / size.clients, median(lasts))

        return send

    # The bare loop last, as its text is as long as the patch that came before; what is slow once is not counted.
    names = [*PAGES, "floor"]
    await in_turns(1, {name: sending(name, 3) for name in names})
    return await in_turns(size.rounds, {name: sending(name, size.commits) for name in names})


def _send(crowd: Crowd, control: Control, command: Sequence[object], clients: int) -> float:
    """Have the server do something that every client hears of; gives the time until the last one has (s)."""
    expected = crowd.received + clients
    begin = perf_counter()
    control.tell(*command)
    crowd.wait_for(expected)
    taken = perf_counter() - begin
    control.answer()
    crowd.rest(_PAUSE)
    return taken


def _report(server: str, found: Mapping[str, Sequence[_Cost]], size: Size) -> None:
    cpu = {name: [cost.cpu for cost in costs] for name, costs in found.items()}
    last = {name: [cost.last for cost in costs] for name, costs in found.items()}
    title(f"{server}, {size.clients} clients: CPU time of the server for each patch (us)", "", "of bare")
    report("a bare loop with a text of that length", f"{median(cpu['floor']) * 1e6:.1f}")
    for name, page in PAGES.items():
        goal = GOAL_ASSIGNS if name == "with_assigns" else GOALS[server]
        part = ratio(cpu[name], cpu["floor"])
        report(page.what, f"{median(cpu[name]) * 1e6:.1f}", f"{part:.2f} x", goal=f"{goal:g} x", is_met=part <= goal)
    title(f"{server}, {size.clients} clients: from the commit to the last patch (ms)", "p50", "of bare")
    report("a bare loop with a text of that length", f"{median(last['floor']) * 1000:.1f}")
    for name, page in PAGES.items():
        part = ratio(last[name], last["floor"])
        # What every view does for itself has a goal of its own, above.
        goal = {} if name == "with_assigns" else {"goal": f"{GOAL_LAST:g} x", "is_met": part <= GOAL_LAST}
        report(page.what, f"{median(last[name]) * 1000:.1f}", f"{part:.2f} x", **goal)
