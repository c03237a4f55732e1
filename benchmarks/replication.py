"""
What replication costs, over a real Redis on a unix socket and the channel layer ``channels_redis.pubsub``:

- ``commits``: commits per second through the whole hub, beside the bare script called by the same client;
- ``delivery``: from a commit in one process to the patch at a websocket of another, beside a bare ``group_send``;
- ``unseen``: what a commit costs a process in which nobody looks at the instance;
- ``pages``: what a thousand instances of pages take of memory and of Redis.

``python -m benchmarks.replication delivery pages`` measures only these; with ``--small`` it only shows that it runs.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.programs import find
from tests.replication.redis_server import RedisServer, running

from ._program import set_up

SECTIONS = ("commits", "delivery", "unseen", "pages")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replication", description="What replication costs.")
    parser.add_argument("sections", nargs="*", metavar="section", help=f"of {', '.join(SECTIONS)}; all by default")
    parser.add_argument("--small", action="store_true", help="too little to measure anything")
    given = parser.parse_args(arguments)
    if unknown := set(given.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        with running(find("redis-server"), Path(folder), unixsocket=socket) as server:
            os.environ["LIVEEX_BENCHMARK_REDIS"] = url = f"unix://{socket}?db=0"
            set_up()
            asyncio.run(measure(url, server, given.sections or SECTIONS, is_small=given.small))


async def measure(url: str, server: RedisServer, sections: Sequence[str], *, is_small: bool) -> None:
    # These need Django to be set up.
    from . import _commits, _delivery, _pages, _unseen

    if "commits" in sections:
        await _commits.measure(url, _commits.Size(1, 32, (2,)) if is_small else _commits.Size(7, 512))
    if "delivery" in sections:
        await _delivery.measure(url, _delivery.Size(1, 4, ("uvicorn",)) if is_small else _delivery.Size(5, 100))
    if "unseen" in sections:
        await _unseen.measure(url, _unseen.Size(1, 20) if is_small else _unseen.Size(5, 2000))
    if "pages" in sections:
        await _pages.measure(server, _pages.Size(20, 1) if is_small else _pages.Size(1000, 7))


if __name__ == "__main__":
    main()
