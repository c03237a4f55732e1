"""
Serves the demo by two processes on 127.0.0.1: ``make cluster`` ends here.

Starts a Redis of its own, two daphnes on two ports, and the feed of the warehouse; starts what ends again, until Ctrl-C.
``python scripts/serve_cluster.py 9000`` takes the ports 9000 and 9001. Everything it makes is in ``build/cluster``, or in a
folder that is named behind the port, and is still there the next time; the database is that of ``make demo``.
"""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402 - the imports need the line above.
from scripts.cluster import HOST, Child, Cluster, RedisDoesNotStart
from scripts.programs import ProgramMissing
from scripts.serve_demo import is_taken

# Seconds between two looks at who still runs, and so between two starts of one that ends at once.
_LOOK_EVERY = 1.0
# Of the log of a process that has ended.
_LINES = 5


def main(port: int, folder: Path) -> str | None:
    for wanted in (port, port + 1):
        if is_taken(wanted):
            return (
                f"Port {wanted} of {HOST} is in use, and two are needed: {port} and {port + 1}. "
                f"Take others: make cluster PORT={port + 2}"
            )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        environment = {"DATABASE_PATH": str(ROOT / "db.sqlite3"), **os.environ}
        cluster = Cluster(folder, ports=(port, port + 1), environment=environment)
    except ProgramMissing as error:
        return str(error)
    try:
        cluster.start()
        _introduce(cluster)
        while True:
            time.sleep(_LOOK_EVERY)
            for child in cluster.children:
                if child.ended_with is not None:
                    _start_again(child)
    except (OSError, RedisDoesNotStart, subprocess.CalledProcessError) as error:
        return f"The cluster cannot go on: {error}"
    except KeyboardInterrupt:
        print("\nStopping.", flush=True)
        return None
    finally:
        # It takes some seconds at most; who is impatient would leave processes behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        cluster.stop()


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _introduce(cluster: Cluster) -> None:
    print("\n  The demo, by two processes on one Redis:")
    for web in cluster.webs:
        print(f"    {web.url}/   (process {web.pid})")
    print(
        f"\n  What they say is in {cluster.folder}. Kill one, and it is started again. Ctrl-C stops all.\n", flush=True
    )


def _start_again(child: Child) -> None:
    print(f"{child.name} (process {child.pid}) has ended with code {child.ended_with}. Its last words:")
    for line in deque(child.lines(), _LINES):
        print(f"    {line}")
    child.start()
    print(f"It is started again (process {child.pid}).", flush=True)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    folder = Path(sys.argv[2]).absolute() if len(sys.argv) > 2 else ROOT / "build" / "cluster"
    sys.exit(main(port, folder))
