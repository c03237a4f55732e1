"""The memory that one more idle page of a table takes of its server, beside one more bare consumer of Channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ._browsers import Browser, Client, Crowd
from ._control import Control, controlled
from ._rounds import in_turns, ratio, report, title
from ._sockets import Socket
from ._table import MANY

GOAL = 1.5
# Not counted: what is made for the first ones and stays.
_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int
    clients: int


async def measure(cookies: Sequence[str], size: Size) -> None:
    async def bare(number: int) -> float:
        return await _grow("bare", cookies, size.clients)

    async def page(number: int) -> float:
        return await _grow("many", cookies, size.clients)

    found = await in_turns(size.rounds, {"bare": bare, "page": page})
    part = ratio(found["page"], found["bare"])
    title("uvicorn: memory of the server for each idle client (KiB)", "", "of bare")
    report("a bare consumer behind AuthMiddlewareStack", f"{median(found['bare']) / 1024:.1f}")
    what = f"a page of {MANY} rows"
    figure = f"{median(found['page']) / 1024:.1f}"
    report(what, figure, f"{part:.2f} x", goal=f"{GOAL:g} x", is_met=part <= GOAL)


async def _grow(name: str, cookies: Sequence[str], clients: int) -> float:
    """By how much a new server grows for each client (bytes)."""
    crowd = Crowd()
    async with controlled("uvicorn", crowd) as control:
        for number in range(_WARM_UP):
            _open(crowd, name, control, cookies[number % len(cookies)])
        before = control.ask("resident")
        for number in range(clients):
            _open(crowd, name, control, cookies[number % len(cookies)])
        grown: int = control.ask("resident") - before
        crowd.close()
    return grown / clients


def _open(crowd: Crowd, name: str, control: Control, cookie: str) -> None:
    if name == "bare":
        crowd.add(Client(Socket(control.address, "/bare/", cookie)))
    else:
        crowd.add(Browser(control.address, f"/{name}/", cookie, control.http))
    crowd.work()
