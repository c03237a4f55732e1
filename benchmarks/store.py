"""
What one small change to a large state costs, with patches and inverse patches, beside what people do instead.

The state is the one of the table in docs/reference/state.md: 1000 rows of 10 fields. Every figure is CPU
time, the fastest of several rounds of the same run, so that the ratios hold on a busy machine too.
"""

import copy
import json
from collections.abc import Callable
from time import process_time
from typing import Any

from liveex_django.store.codec import decode_state, encode_state
from liveex_django.store.draft import produce
from liveex_django.store.frozen import freeze
from liveex_django.store.patches import apply_patches

ROWS = 1000
ROUNDS = 7
# The target of one field of one row, patches included.
TARGET = 30e-6


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
