"""The store of the benchmarks of replication: a counter, once for everybody, and once for each key and each page."""

from typing import Any

from liveex_django.store import Store

everybody = Store("benchmark.everybody", scope="global", state={"count": 0})
by_key = Store("benchmark.key", scope="key", state={"count": 0})
of_page = Store("benchmark.page", scope="page", state={"count": 0})


def add(state: Any, amount: int) -> None:
    state["count"] += amount


for store in (everybody, by_key, of_page):
    store.mutation(add)
