"""
The table that pages of the benchmarks show: rows with five values each, one filter and one ``if``, picked and sorted by a
getter, and a counter beside them.
"""

from operator import itemgetter
from typing import Any

from liveex_django.store import Store
from liveex_django.store.store import Scope

# Rows of a small table and of a large one.
FEW, MANY = 12, 1000

TABLE = """<h1>{{ title }}</h1>
<p>{{ counter }}</p>
<table>{% for row in shown %}<tr id="row-{{ row.id }}"><td>{{ row.name|title }}</td><td>{{ row.count }}</td>
<td class="{% if row.count < 3 %}low{% endif %}">{{ row.category }}</td><td>{{ row.note }}</td></tr>{% endfor %}</table>"""

# Who looks, and what depends on who looks as well as on the store.
WITH_ASSIGNS = f"<p>{{{{ me }}}}{{% if counter > enough %}} enough{{% endif %}}</p>\n{TABLE}"


def initial(rows: int) -> dict[str, Any]:
    """A state with so many rows, all of which are shown."""
    return {
        "title": "Items",
        "counter": 5,
        "hidden": [],
        "rows": [
            {"id": i, "name": f"name {i:04}", "count": i % 7, "category": i % 4, "note": f"<{i}>"} for i in range(rows)
        ],
    }


def shown(state: Any) -> list[Any]:
    """The rows that are not hidden, by name."""
    hidden = state["hidden"]
    return sorted((row for row in state["rows"] if row["id"] not in hidden), key=itemgetter("name"))


def declare(name: str, scope: Scope, rows: int) -> Store:
    """A store with a table of so many rows."""
    store = Store(name, scope=scope, state=initial(rows))
    store.getter(shown)

    @store.mutation
    def bump(state: Any, number: int) -> None:
        state["rows"][number]["count"] += 10

    @store.mutation
    def bump_all(state: Any) -> None:
        for row in state["rows"]:
            row["count"] += 10

    @store.mutation
    def hide(state: Any, number: int) -> None:
        """Another row than before, or none."""
        state["hidden"] = [] if state["hidden"] else [number]

    @store.mutation
    def count(state: Any) -> None:
        state["counter"] += 1

    @store.action(public=True)
    async def bump_row(ctx: Any, number: int) -> None:
        await ctx.acommit(bump, number)

    return store
