"""
What it costs a browser to show that one row of 1000 has changed: a patch of ours, a morph of the whole table, and the same
text set by hand, which is the least that anybody can do.

The page is the table of benchmarks/_table.py, in Chromium. What is counted is the time that the page's main thread works,
from its own trace: its script, and everything until the change is on the screen, with the layout and paint that a browser
does for a table by itself, whoever changes it. In an empty step nothing is done and two frames pass, as in every other.

With ``--small`` it only shows that it runs.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from hatch_build import BUNDLE, build_bundle
from scripts.programs import find

from ._rounds import report, title
from ._table import MANY, TABLE, declare, initial, shown

# Milliseconds of script on the main thread for one row of 1000.
GOAL = 1.0

_ROOT = Path(__file__).parents[1]
_IDIOMORPH = _ROOT / "liveex_django" / "client" / "node_modules" / "idiomorph" / "dist" / "idiomorph.js"
_CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync")  # fmt: skip
# Of the trace: tasks of a thread, its functions, layout and paint; and the marks that the page sets.
_CATEGORIES = ("devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing")

# The server is this program: what it sends is handed to the page's own socket.
_SOCKET = """
window.WebSocket = class {
  constructor() { window.socket = this; setTimeout(() => this.onopen()); }
  send() { }
  close() { }
};
"""

PATCH, MORPH, BY_HAND, NOTHING = "a patch", "a morph of the whole table", "the text set by hand", "nothing"

_STEPS = """
async (texts) => {
  const frame = () => new Promise(requestAnimationFrame);
  for (const text of texts) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    performance.mark("step");
    window.step(text);
    await frame();
    await frame();
    performance.mark("stepped");
  }
}
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.patching", description="What patches cost a browser.")
    parser.add_argument("--small", action="store_true", help="too little to measure anything")
    count = 2 if parser.parse_args(arguments).small else 60
    build_bundle(_ROOT)
    first, frames, tables = _changes(count)
    numbers = [str(_row_of(number)) for number in range(count)]
    found: dict[str, list[_Step]] = {}
    with _browser() as browser:
        # In turns: a browser is slower at one moment than at the next.
        for _ in range(1 if count == 2 else 3):
            for what, page, texts in (
                (PATCH, _live_page(browser, first), frames),
                (MORPH, _morphed_page(browser, tables[0]), tables),
                (BY_HAND, _page_by_hand(browser, first), numbers),
                (NOTHING, _idle_page(browser, first), numbers),
            ):
                found.setdefault(what, []).extend(_measure(page, texts))
    _tell(found)


def _row_of(number: int) -> int:
    """Which row the change of this number changes."""
    return number * 37 % MANY


def _changes(count: int) -> tuple[str, list[str], list[str]]:
    """The marked HTML of the first table; then, for each change of one row, the frame, and the HTML of the whole table."""
    import django
    from django.conf import settings

    settings.configure(ROOT_URLCONF=__name__)
    django.setup()
    from django.template import Context, Engine

    from liveex_django.live.messages import encode
    from liveex_django.rendering import compile_template, diff
    from liveex_django.store import freeze

    store = declare("benchmark.patching", "global", MANY)
    state = store.check_initial(initial(MANY))
    bump = store.find_mutation("bump")
    template = Engine().from_string(TABLE)
    live = compile_template(template)

    def render(state: Any, old: Any = None) -> Any:
        return live.render(Context({**state, "shown": shown(state)}), old)

    rendered = render(state)
    first, frames, tables = rendered.marked(), [], []
    for number in range(count):
        state = bump.run(state, freeze({"number": _row_of(number)})).state
        old, rendered = rendered, render(state, rendered)
        frames.append(encode({"patch": {"0": {"0": diff(old, rendered)}}}))
        tables.append(str(rendered))
    return first, frames, tables


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=list(_CHROMIUM))
        yield browser
        browser.close()


def _open(browser: Browser, body: str, scripts: Sequence[str], ready: str) -> Page:
    page = browser.new_page()
    page.route(
        "**/*",
        lambda route: route.fulfill(body=f"<!DOCTYPE html><title>table</title>{body}", content_type="text/html"),
    )
    page.add_init_script(_SOCKET)
    page.goto("http://benchmark.test/")
    for script in scripts:
        page.evaluate(script)
    page.evaluate(ready)
    return page


def _live_page(browser: Browser, marked: str) -> Page:
    body = f'<div lx-view="0" lx-region="0" lx-token="t" lx-digest="d">{marked}</div>'
    page = _open(
        browser, body, [(_ROOT / BUNDLE).read_text()], "window.step = (text) => socket.onmessage({data: text})"
    )
    page.wait_for_function("window.socket")
    page.evaluate("""socket.onmessage({data: '{"joined": {"views": {}, "tokens": {}}}'})""")
    return page


def _morphed_page(browser: Browser, table: str) -> Page:
    morph = "window.step = (html) => Idiomorph.morph(document.body, html, {morphStyle: 'innerHTML'})"
    return _open(browser, table, [_IDIOMORPH.read_text() + ";window.Idiomorph = Idiomorph"], morph)


def _page_by_hand(browser: Browser, marked: str) -> Page:
    find = "window.cells = [...document.querySelectorAll('td:nth-child(2)')].map((cell) => cell.childNodes[1])"
    return _open(browser, marked, [find], "window.step = (number) => cells[Number(number)].data = '17'")


def _idle_page(browser: Browser, marked: str) -> Page:
    return _open(browser, marked, [], "window.step = () => {}")


class _Step(NamedTuple):
    """Milliseconds of the main thread: all of its work, and of it the script that changes the page."""

    work: float
    script: float


def _measure(page: Page, texts: Sequence[str]) -> list[_Step]:
    browser = page.context.browser
    assert browser is not None
    page.bring_to_front()
    browser.start_tracing(page=page, categories=list(_CATEGORIES))
    page.evaluate(_STEPS, list(texts))
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.close()
    marks = sorted((event for event in events if event["name"] in ("step", "stepped")), key=lambda event: event["ts"])
    thread = marks[0]["pid"], marks[0]["tid"]
    of_thread = [event for event in events if (event["pid"], event["tid"]) == thread and "dur" in event]
    tasks = [event for event in of_thread if event["name"] == "RunTask"]
    # The step is taken in a task of its own, by a timer.
    scripts = [event for event in of_thread if event["name"] == "TimerFire"]
    return [
        _Step(_overlap(tasks, start["ts"], end["ts"]), _overlap(scripts, start["ts"], end["ts"]))
        for start, end in zip(marks[::2], marks[1::2], strict=True)
    ]


def _overlap(events: Sequence[Any], start: float, end: float) -> float:
    """Milliseconds of these events between two moments of the trace (microseconds)."""
    lengths = (min(end, event["ts"] + event["dur"]) - max(start, event["ts"]) for event in events)
    return sum(length for length in lengths if length > 0) / 1000


def _tell(found: Mapping[str, Sequence[_Step]]) -> None:
    empty = median(step.script for step in found[NOTHING])
    scripts = {what: median(step.script for step in steps) - empty for what, steps in found.items()}
    works = {what: median(step.work for step in steps) for what, steps in found.items()}
    title(f"One row of {MANY} changed, in Chromium: script (ms)", "", "of a morph")
    for what in (PATCH, MORPH, BY_HAND):
        goal = {"goal": f"{GOAL:g} ms", "is_met": scripts[what] <= GOAL} if what == PATCH else {}
        report(what, f"{scripts[what]:.2f}", f"{scripts[what] / scripts[MORPH]:.3f} x", **goal)
    title("All of the main thread's work until it is on the screen (ms)", "", "of a morph")
    for what, work in works.items():
        report(what, f"{work:.2f}", f"{work / works[MORPH]:.3f} x")


if __name__ == "__main__":
    main()
