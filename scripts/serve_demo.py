"""
Serves the demo on 127.0.0.1: brings its SQLite database up to date, prints the address, and becomes the daphne process.

One process, the in-memory channel layer and log: no Redis needed. ``python scripts/serve_demo.py 9000`` takes another
port.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_HOST = "127.0.0.1"


def main(port: int) -> str:
    if is_taken(port):
        return (
            f"Port {port} of {_HOST} is in use, so nothing can be served there. Take another: make demo PORT={port + 1}"
        )
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_project.settings")
    migrated = subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity=0"], check=False)
    if migrated.returncode:
        return "The demo's database could not be brought up to date; what Django said stands above."
    print(f"\n  The demo: http://{_HOST}:{port}/   (Ctrl-C stops it)\n", flush=True)
    daphne = ["-m", "daphne", "--bind", _HOST, "--port", str(port), "--verbosity", "0", "demo_project.asgi:application"]
    os.execv(sys.executable, [sys.executable, *daphne])


def is_taken(port: int) -> bool:
    """Whether somebody has bound this port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
