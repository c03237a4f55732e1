"""
What it costs to render a page as a tree, to find out what changed, and to update it, beside Django's own render.

The page is the table of benchmarks/_table.py: 1000 rows with five values each. Every figure but the last three is CPU time,
the fastest of several rounds of the same run, so that the ratios hold on a busy machine too.

With ``--small`` it only shows that it runs.
"""

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from time import process_time
from typing import Any

from ._rounds import report, title
from ._served import CLIENT_CPU, keep_to_cpu
from ._table import MANY, TABLE, declare, initial, shown
from ._visitors import visitors

# Of Django's own render: a render to a tree, and an update.
GOAL_RENDER, GOAL_UPDATE = 1.5, 1 / 50
# Bytes of the frame.
GOAL_ROW, GOAL_COUNTER = 90, 60


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rendering", description="What rendering costs.")
    parser.add_argument("--small", action="store_true", help="too little to measure anything")
    is_small = parser.parse_args(arguments).small
    with visitors(1) as (cookie,):
        # It needs Django to be set up.
        from . import _first_render

        measure(rounds=1 if is_small else 7)
        keep_to_cpu(CLIENT_CPU)
        asyncio.run(_first_render.measure(cookie, _first_render.Size(*((1, 1) if is_small else (3, 5)))))


def measure(rounds: int) -> None:
    from django.template import Context, Engine

    from liveex_django.live.messages import encode
    from liveex_django.rendering import compile_template, diff

    def seconds(work: Callable[[], Any], times: int) -> float:
        """CPU seconds of one call, from the fastest of the rounds."""
        found = []
        for _ in range(rounds):
            start = process_time()
            for _ in range(times):
                work()
            found.append((process_time() - start) / times)
        return min(found)

    template = Engine().from_string(TABLE)
    live = compile_template(template)
    state = initial(MANY)
    values = {**state, "shown": shown(state)}
    theirs = seconds(lambda: template.render(Context(values)), 3)
    old = live.render(Context(values))

    def tell(what: str, spent: float, *, goal: float | None = None) -> None:
        aim = {} if goal is None else {"goal": f"1/{1 / goal:.3g}" if goal < 1 else f"{goal:g} x"}
        part = spent / theirs
        report(what, f"{spent * 1000:.3f}", f"{part:.3f} x", **aim, is_met=goal is not None and part <= goal)

    title(f"{MANY} rows of five values (ms)", "", "of Django")
    tell("Template.render of Django", theirs)
    tell("render to a tree", seconds(lambda: live.render(Context(values)), 3), goal=GOAL_RENDER)
    tell("render and str()", seconds(lambda: str(live.render(Context(values))), 3))
    tell("render and marked()", seconds(lambda: live.render(Context(values)).marked(), 3))
    tell("digest", seconds(lambda: type(old)(old.part, old.values).digest(), 3))
    tell("diff, nothing changed", seconds(lambda: diff(old, old), 10))
    tell("compile", seconds(lambda: compile_template(Engine().from_string(TABLE)), 3))
    report("size of the page (bytes)", str(len(str(old))))
    report("size of the page with markers (bytes)", str(len(old.marked())))

    title("A commit: getters, render from the one before, diff, frame (ms)", "", "of Django")
    sizes: dict[str, int] = {}
    for what, mutation, goal in (
        ("one row", "bump", GOAL_UPDATE),
        ("a counter beside the rows", "count", None),
        ("one row away, or back again", "hide", None),
        ("every row", "bump_all", None),
    ):
        update = _Update(live, encode, diff, mutation, count=rounds * 10)
        tell(what, seconds(update, 10), goal=goal)
        sizes[what] = len(update.frame)
    title("The frame (bytes)")
    for what, limit in (("one row", GOAL_ROW), ("a counter beside the rows", GOAL_COUNTER)):
        report(what, str(sizes[what]), goal=str(limit), is_met=sizes[what] <= limit)
    report("one row away, or back again", str(sizes["one row away, or back again"]))


class _Update:
    """
    What a page does after a commit, each time after the next one of a store. The commits have been made before.

    Attributes:
        frame: The newest, as it is sent.
    """

    def __init__(
        self, live: Any, encode: Callable[..., str], diff: Callable[..., Any], mutation: str, count: int
    ) -> None:
        from liveex_django.store.getters import GetterCache

        store = declare(f"benchmark.{mutation}", "global", MANY)
        self._live, self._encode, self._diff = live, encode, diff
        self._getters = GetterCache(store.getters)
        first = store.check_initial(store.initial)
        self._rendered = live.render(self._context(first))
        self._states = iter(list(_commits(store, first, mutation, count)))
        self.frame = ""

    def __call__(self) -> None:
        old, self._rendered = self._rendered, self._live.render(self._context(next(self._states)), self._rendered)
        self.frame = self._encode({"patch": {"0": {"0": self._diff(old, self._rendered)}}})

    def _context(self, state: Any) -> Any:
        from django.template import Context

        context = Context()
        # Getters are computed when they are read.
        context.dicts += [state, self._getters.bind(state), {}]
        return context


def _commits(store: Any, state: Any, mutation: str, count: int) -> Iterator[Any]:
    """The states after so many commits, each of another row where it is of one."""
    from liveex_django.store import freeze

    declared = store.find_mutation(mutation)
    for number in range(count):
        row = number * 7 % MANY
        payload = {"bump": {"number": row}, "hide": {"number": row}}.get(mutation, {})
        state = declared.run(state, freeze(payload)).state
        yield state


if __name__ == "__main__":
    main()
