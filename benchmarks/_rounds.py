"""
Rounds that take turns, and how what they brought is printed.

A shared machine is slower at one moment than at the next. So what is compared is measured in turn, in short rounds, and
a ratio is the median of those of each round.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median
from typing import TypeVar

T = TypeVar("T")
Measure = Callable[[int], Awaitable[T]]


async def in_turns(rounds: int, measures: Mapping[str, Measure[T]]) -> dict[str, list[T]]:
    """What each of them gave in each round; they are called with the number of the round, each time in another order."""
    found: dict[str, list[T]] = {name: [] for name in measures}
    for number in range(rounds):
        names = list(measures)
        start = number % len(names)
        for name in names[start:] + names[:start]:
            found[name].append(await measures[name](number))
    return found


def ratio(values: Sequence[float], others: Sequence[float]) -> float:
    """The median of what each round's value is of the other one."""
    return median(value / other for value, other in zip(values, others, strict=True))


def report(what: str, figure: str, part: str = "", *, goal: str = "", is_met: bool = False) -> None:
    """Print one line: what was measured, the figure, what it is of the one that it is compared with, and the goal."""
    verdict = f"   goal {goal}: {'met' if is_met else 'MISSED'}" if goal else ""
    print(f"{what:58} {figure:>12} {part:>8}{verdict}".rstrip(), flush=True)


def title(text: str, figure: str = "", part: str = "") -> None:
    """Print what the lines that follow are about, and what stands in their columns."""
    print(f"\n{text:58} {figure:>12} {part:>8}".rstrip(), flush=True)
