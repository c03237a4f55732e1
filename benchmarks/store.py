"""
What one small change to a large state costs, with patches and inverse patches, beside what people do instead.

The state is the one of the table in docs/reference/state.md: 1000 rows of 10 fields. Every figure is CPU
time, the fastest of several rounds of the same run, so that the ratios hold on a busy machine too.

The getters come behind it: what is kept of a result of 1000 rows when one of them has changed, beside a deep copy of
that result; and one reading of a getter after a commit that did not concern it.
"""

import copy
import json
from collections.abc import Callable
from itertools import cycle
from time import process_time
from typing import Any

from liveex_django.store.codec import decode_state, encode_state
from liveex_django.store.draft import produce
from liveex_django.store.frozen import freeze
from liveex_django.store.getters import GetterCache
from liveex_django.store.patches import apply_patches
from liveex_django.store.sharing import share
from liveex_django.store.store import Store

ROWS = 1000
ROUNDS = 7
# The target of one field of one row, patches included.
TARGET = 30e-6
# What is kept of a result whose rows are objects of the state, or made anew.
FILTERED_TARGET, MADE_TARGET = 100e-6, 1500e-6
# Top-level keys of the state whose getters are read.
KEYS = 100


def main() -> None:
    rows: list[dict[str, Any]] = [{f"field{j}": j for j in range(9)} | {"name": f"row {i}"} for i in range(ROWS)]
    plain = {"items": rows, "count": 0}
    by_name = {"items": {row["name"]: row for row in rows}, "count": 0}
    state, state_by_name = freeze(plain), freeze(by_name)
    copied = seconds(lambda: copy.deepcopy(plain), 3)

    print(f"{ROWS} rows of 10 fields; microseconds, and how many times faster than copy.deepcopy of the state")
    report("copy.deepcopy", copied, copied)
    report("one field of one row, in a list", seconds(lambda: produce(state, one_field), 300), copied, TARGET)
    report("one field of one row, in a dict", seconds(lambda: produce(state_by_name, one_field_by_name), 300), copied)
    report("a counter beside the rows", seconds(lambda: produce(state, count_up), 300), copied)
    report("one row found by looking at all", seconds(lambda: produce(state, look_at_all), 20), copied)
    report("one row inserted at the front", seconds(lambda: produce(state, insert), 300), copied)
    report("one row filtered out", seconds(lambda: produce(state, filter_out), 20), copied)
    report("one field of all rows", seconds(lambda: produce(state, every_row), 5), copied)
    report("all rows sorted the other way", seconds(lambda: produce(state, sort), 5), copied)
    patches = produce(state, one_field).patches
    report("a replica applies one field", seconds(lambda: apply_patches(state, patches), 300), copied)
    report("the same by hand, without patches", seconds(lambda: by_hand(plain), 300), copied)
    report_patchdiff(plain, copied)
    encoded = encode_state(state)
    report("encode_state", seconds(lambda: encode_state(state), 5), copied)
    report("decode_state", seconds(lambda: decode_state(encoded), 5), copied)
    report("json.dumps", seconds(lambda: json.dumps(plain), 5), copied)
    print(f"{'size':38} {len(encoded)} bytes encoded, {len(json.dumps(plain))} as JSON")
    report_sharing()
    report_readings()


def report_sharing() -> None:
    """What it costs to keep a result, once a last one is known: to freeze it, and to find in it what is unchanged."""
    stored = freeze([make_row(i) for i in range(ROWS)])
    changed = list(stored)
    changed[ROWS // 2] = freeze({**stored[ROWS // 2], "count": -1})
    copied = seconds(lambda: copy.deepcopy([make_row(i) for i in range(ROWS)]), 3)

    print(f"\na getter's result of {ROWS} rows of 5 fields, kept; the second figure as above, of the result")

    def keep(what: str, result: list[Any], times: int, target: float | None = None) -> None:
        report(what, seconds(lambda: share(stored, result), times), copied, target)

    keep("rows of the state, unchanged", list(stored), 300, FILTERED_TARGET)
    keep("rows of the state, one changed", changed, 300, FILTERED_TARGET)
    keep("rows of the state, one fewer", changed[: ROWS // 3] + list(stored[ROWS // 3 + 1 :]), 300, FILTERED_TARGET)
    keep("rows of the state, reversed", changed[::-1], 100)
    made = [make_row(i) for i in range(ROWS)]
    made[ROWS // 2]["count"] = -1
    keep("rows made anew, one differs", made, 20, MADE_TARGET)
    keep("rows made anew, one more in front", [make_row(-1), *(make_row(i) for i in range(ROWS))], 20, MADE_TARGET)
    keep("rows made anew, reversed", made[::-1], 20)
    keep("rows made anew, all differ", [{**make_row(i), "count": -1} for i in range(ROWS)], 20)
    report("rows made anew, only frozen", seconds(lambda: freeze(made), 20), copied)


def make_row(number: int) -> dict[str, Any]:
    return {"id": number, "name": f"row {number}", "price": number * 1.5, "count": number * 3, "is_new": not number % 2}


def report_readings() -> None:
    """One reading of a getter in each of two states that differ in a key it has not read."""
    store = Store("store", scope="page", state=lambda: {})

    @store.getter
    def one(state: Any) -> Any:
        return state["key 7"]

    @store.getter
    def two(state: Any, getters: Any) -> Any:
        return getters["one"] + 1

    @store.getter
    def three(state: Any, getters: Any) -> Any:
        return getters["two"] + 1

    cache = GetterCache(store.getters, store.name)
    states = [freeze({f"key {i}": i for i in range(KEYS)} | {"other": other}) for other in (1, 2)]
    for name, what in (("one", "a getter"), ("two", "a getter of a getter"), ("three", "one more above these")):
        next_state = cycle(states).__next__
        taken = seconds(lambda name=name, then=next_state: cache.bind(then())[name], 3000)  # type: ignore[misc]
        print(f"{f'{what}, another of {KEYS} keys changed':52} {taken * 1e6:9.1f} us")
    bound = cache.bind(states[0])
    print(f"{'a getter that was read of the same state':52} {seconds(lambda: bound['three'], 3000) * 1e6:9.1f} us")


def one_field(state: Any) -> None:
    state["items"][ROWS // 2]["field3"] = -1


def one_field_by_name(state: Any) -> None:
    state["items"][f"row {ROWS // 2}"]["field3"] = -1


def count_up(state: Any) -> None:
    state["count"] += 1


def look_at_all(state: Any) -> None:
    next(row for row in state["items"] if row["name"] == f"row {ROWS - 1}")["field3"] = -1


def insert(state: Any) -> None:
    state["items"].insert(0, {"name": "new"})


def filter_out(state: Any) -> None:
    state["items"] = [row for row in state["items"] if row["name"] != f"row {ROWS // 2}"]


def every_row(state: Any) -> None:
    for row in state["items"]:
        row["field3"] = -1


def sort(state: Any) -> None:
    state["items"].sort(key=lambda row: row["name"], reverse=True)


def by_hand(state: Any) -> dict[str, Any]:
    """What one would write who knows which row changes: the floor for anything that shares structure."""
    items = list(state["items"])
    items[ROWS // 2] = {**items[ROWS // 2], "field3": -1}
    return {**state, "items": items}


def report_patchdiff(plain: Any, copied: float) -> None:
    """The same change with patchdiff, the other library that records patches, when it is installed."""
    try:
        from patchdiff import produce as produce_with_patchdiff  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        print(f"{'patchdiff: one field of one row':38} not installed")
        return
    report("patchdiff: one field of one row", seconds(lambda: produce_with_patchdiff(plain, one_field), 5), copied)


def seconds(work: Callable[[], object], times: int) -> float:
    """CPU seconds that ``work`` takes, in the fastest of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = process_time()
        for _ in range(times):
            work()
        best = min(best, (process_time() - start) / times)
    return best


def report(what: str, taken: float, copied: float, target: float | None = None) -> None:
    """Print one line."""
    verdict = "" if target is None else f"   target {target * 1e6:.0f} us: {'met' if taken <= target else 'MISSED'}"
    print(f"{what:38} {taken * 1e6:9.1f} {copied / taken:9.1f}{verdict}")


if __name__ == "__main__":
    main()
