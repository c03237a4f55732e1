"""
Makes the virtual environment that the Makefile's targets run in, and installs into it what changed.

Run by any Python 3.11 or later, which becomes the environment's. The file ``prepared`` in its folder holds a digest
of what was installed from; when it still fits, this takes a few milliseconds.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What decides over the content of an environment.
_SOURCES = ("requirements.txt", "pyproject.toml", "hatch_build.py")


def prepare(folder: Path, extra: list[str]) -> Path:
    """
    Make ``folder`` a virtual environment with the development requirements, the library (editable) and ``extra``.

    Returns the environment's Python.

    Raises:
        CalledProcessError: pip failed; the next call starts where this one stopped.
    """
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / "prepared"
    digest = _digest(extra)
    if stamp.exists() and stamp.read_text() == digest and _version_of(python) == _own_version():
        return python
    stamp.unlink(missing_ok=True)
    if _version_of(python) != _own_version():
        print(f"Making a virtual environment of Python {_own_version()} in {_shown(folder)}.", flush=True)
        venv.create(folder, clear=True, symlinks=os.name != "nt", with_pip=True)
    print(f"Installing requirements.txt into {_shown(folder)}: a minute or two at the first time.", flush=True)
    _install(python, "--requirement", str(ROOT / "requirements.txt"), *extra)
    _install(python, *_ask(python, "requirements"))
    stamp.write_text(digest)
    return python


def _digest(extra: list[str]) -> str:
    # The place is part of it: an editable install points to where it was made.
    parts = [str(ROOT), *extra, *((ROOT / name).read_text() for name in _SOURCES)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _own_version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _version_of(python: Path) -> str | None:
    """None when there is none, or one that does not run any more because the Python behind it is gone."""
    try:
        answer = subprocess.run([python, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.split()[-1]


def _ask(python: Path, task: str) -> list[str]:
    client = str(ROOT / "scripts" / "client.py")
    return subprocess.run([str(python), client, task], stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def _install(python: Path, *requirements: str) -> None:
    if requirements:
        pip = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", *requirements]
        # From the root, since "-e ." in a requirements file is relative to the working directory.
        subprocess.run(pip, cwd=ROOT, stdin=subprocess.DEVNULL, check=True)


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def main() -> int | str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the virtual environment")
    parser.add_argument("extra", nargs="*", help='further requirements, such as "Django==6.0.*"')
    options = parser.parse_args()
    try:
        prepare(options.folder.absolute(), options.extra)
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        return f"The environment is not ready: `{command}` ended with code {error.returncode}; its output stands above."
    return 0


if __name__ == "__main__":
    sys.exit(main())
