"""
The first render: CPU time of the server for the page of a live table over HTTP, beside an ordinary view of Django with the
same template. Cold is after a commit that changed every row; warm, when somebody else has had the page since.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from ._browsers import Crowd, load
from ._control import controlled
from ._rounds import Measure, in_turns, ratio, report, title
from ._table import MANY

GOALS = {"cold": 1.5, "warm": 1 / 10}


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int
    # Of each kind in one round.
    requests: int


async def measure(cookie: str, size: Size) -> None:
    crowd = Crowd()
    async with controlled("uvicorn", crowd) as control:

        def get(path: str) -> float:
            before = control.ask("cpu")
            load(control.http, path, cookie)
            return float(control.ask("cpu") - before)

        def plain() -> float:
            return get("/plain/")

        def cold() -> float:
            control.ask("commit", "many", "bump_all")
            return get("/many/")

        def warm() -> float:
            return get("/many/")

        def getting(kind: Callable[[], float], times: int) -> Measure[float]:
            async def requests(number: int) -> float:
                return median([kind() for _ in range(times)])

            return requests

        kinds = {"plain": plain, "cold": cold, "warm": warm}
        await in_turns(1, {name: getting(kind, 2) for name, kind in kinds.items()})
        found = await in_turns(size.rounds, {name: getting(kind, size.requests) for name, kind in kinds.items()})
        crowd.close()
    title(f"uvicorn: the page of {MANY} rows over HTTP, CPU time (ms)", "", "of Django")
    report("an ordinary view with the same template", f"{median(found['plain']) * 1000:.2f}")
    for name, what in (("cold", "cold: every row has changed"), ("warm", "warm: somebody else has had it")):
        part, goal = ratio(found[name], found["plain"]), GOALS[name]
        figure = f"{median(found[name]) * 1000:.2f}"
        report(what, figure, f"{part:.2f} x", goal=f"{goal:g} x", is_met=part <= goal)
