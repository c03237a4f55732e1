"""
What it costs to render a page as a tree, and to find out what changed, beside Django's own render.

The page is the table of docs/reference/rendering.md: 1000 rows with five values each. Every figure is CPU time, the
fastest of several rounds of the same run, so that the ratios hold on a busy machine too.
"""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

import django
from django.conf import settings
from django.template import Context, Engine

from liveex_django.rendering import compile_template, diff

ROWS = 1000
ROUNDS = 7
# How much slower than Django's own render a render to a tree may be.
TARGET = 1.5

TABLE = """<h1>{{ title }}</h1>
<table>{% for item in items %}<tr id="item-{{ item.id }}"><td>{{ item.name }}</td><td>{{ item.count }}</td>
<td class="{% if item.count < 3 %}low{% endif %}">{{ item.category }}</td><td>{{ item.note }}</td></tr>{% endfor %}</table>
<p>{{ total }}</p>"""


def main() -> None:
    settings.configure(USE_TZ=True)
    django.setup()
    template = Engine().from_string(TABLE)
    live = compile_template(template)
    items = [{"id": i, "name": f"name {i}", "count": i % 7, "category": i % 4, "note": f"<{i}>"} for i in range(ROWS)]
    values = {"title": "Items", "items": items, "total": 5}
    bumped = values | {"items": [*items[:500], items[500] | {"count": 99}, *items[501:]]}
    old, new = live.render(Context(values)), live.render(Context(bumped))
    counted = live.render(Context(values | {"total": 6}))
    shifted = live.render(Context(values | {"items": items[1:]}))

    theirs = seconds(lambda: template.render(Context(values)), 3)
    print(f"{ROWS} rows of five values; milliseconds, and the part of Django's own render")
    report("Template.render of Django", theirs, theirs)
    ours = report("render to a tree", seconds(lambda: live.render(Context(values)), 3), theirs)
    report("render and str()", seconds(lambda: str(live.render(Context(values))), 3), theirs)
    report("render and marked()", seconds(lambda: live.render(Context(values)).marked(), 3), theirs)
    report("digest", seconds(old.digest, 3), theirs)
    report("diff, one value of one row", seconds(lambda: diff(old, new), 10), theirs, diff(old, new))
    report("diff, a counter beside the rows", seconds(lambda: diff(old, counted), 10), theirs, diff(old, counted))
    report("diff, the first row gone", seconds(lambda: diff(old, shifted), 10), theirs, diff(old, shifted))
    report("diff, nothing changed", seconds(lambda: diff(old, old), 10), theirs)
    report("compile", seconds(lambda: compile_template(Engine().from_string(TABLE)), 3), theirs)
    print(f"{'size':34} {len(str(old))} bytes, {len(old.marked())} marked")
    if ours > TARGET * theirs:
        raise SystemExit(f"A render to a tree takes more than {TARGET} times as long as Django's own.")


def seconds(work: Callable[[], Any], times: int) -> float:
    """CPU seconds of one call, from the fastest of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = process_time()
        for _ in range(times):
            work()
        rounds.append((process_time() - start) / times)
    return min(rounds)


def report(what: str, spent: float, theirs: float, change: Any = None) -> float:
    """Print one line; gives ``spent`` back."""
    size = "" if change is None else f"{len(json.dumps(change, separators=(',', ':'))):8} bytes"
    print(f"{what:34} {spent * 1000:9.3f} {spent / theirs:7.2f}{size}")
    return spent


if __name__ == "__main__":
    main()
