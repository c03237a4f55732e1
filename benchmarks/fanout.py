"""
What it costs to bring changes to pages, beside the server with next to nothing on top:

- ``event``: from an event of one page to its patch, beside a consumer of Channels that echoes;
- ``broadcast``: CPU time of the server for each of a thousand patches, and the time to the last, beside a bare loop;
- ``memory``: what an idle page takes of the server, beside a bare consumer.

The server has one processor, and its clients have another. They do what the script in a browser does: they have logged
in, load the page, join, acknowledge, and keep their heartbeat.

``python -m benchmarks.fanout event memory`` measures only these; with ``--small`` it only shows that it runs.
"""

import argparse
import asyncio
from collections.abc import Sequence

from ._served import CLIENT_CPU, allow_sockets, keep_to_cpu
from ._visitors import visitors

PARTS = ("event", "broadcast", "memory")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description="What it costs to update pages.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--clients", type=int, default=1000, help="that see each commit (1000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which medians are taken (3)")
    parser.add_argument("--servers", nargs="+", default=["uvicorn", "daphne"], help="for broadcast; both by default")
    parser.add_argument("--small", action="store_true", help="too little to measure anything")
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if given.small:
        given.clients, given.rounds = 3, 1
    # Every kind of page has as many.
    allow_sockets(5 * given.clients)
    keep_to_cpu(CLIENT_CPU)
    with visitors(given.clients) as cookies:
        asyncio.run(measure(cookies, given.parts or PARTS, given))


async def measure(cookies: Sequence[str], parts: Sequence[str], given: argparse.Namespace) -> None:
    # These need Django to be set up.
    from . import _broadcast, _event, _memory

    few = given.small
    if "event" in parts:
        await _event.measure(cookies[0], _event.Size(given.rounds, 2 if few else 30))
    if "broadcast" in parts:
        size = _broadcast.Size(given.rounds, 2 if few else 20, given.clients, tuple(given.servers))
        await _broadcast.measure(cookies, size)
    if "memory" in parts:
        await _memory.measure(cookies, _memory.Size(given.rounds, given.clients))


if __name__ == "__main__":
    main()
