"""
Runs the Python tests on every supported pair of Python and Django that this machine has an interpreter for, and on the
oldest release of every dependency that ``pyproject.toml`` allows.

Each run has its own virtual environment under ``build/matrix/``, kept from run to run. Browser tests are left to
``make test``: what a browser does with our markup does not depend on the version of Python.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]

# Django 6.0 and later need Python 3.12: https://docs.djangoproject.com/en/6.0/faq/install/
PAIRS = {"3.11": ("5.2",), "3.12": ("5.2", "6.0", "6.1"), "3.13": ("5.2", "6.0", "6.1")}


class Run(NamedTuple):
    python: str
    name: str
    # What is installed besides requirements.txt.
    requirements: tuple[str, ...]


def main(arguments: list[str]) -> int:
    results = {run: _test(run, arguments) for run in runs()}
    print()
    for run, result in results.items():
        print(f"Python {run.python}, {run.name}: {result}")
    return int(any(result.startswith("failed") for result in results.values()) or "passed" not in results.values())


def runs() -> list[Run]:
    oldest = Run(min(PAIRS), "the oldest of everything", tuple(floors()))
    pairs = [(python, django) for python, djangos in PAIRS.items() for django in djangos]
    return [oldest, *(Run(python, f"Django {django}", (f"Django=={django}.*",)) for python, django in pairs)]


def floors() -> list[str]:
    """The library's dependencies, each at the oldest release that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [line.replace(">=", "==") for line in (*project["dependencies"], *project["optional-dependencies"]["redis"])]


def find_interpreter(version: str) -> str | None:
    """From PATH, else from pyenv; one that is only a name (a pyenv shim of an inactive version) does not count."""
    return next((path for path in _candidates(version) if _runs(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    name = f"python{version}"
    on_path = shutil.which(name)
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"), reverse=True))


def _runs(path: str, version: str) -> bool:
    question = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([path, "-c", question], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == version


def _test(run: Run, arguments: list[str]) -> str:
    interpreter = find_interpreter(run.python)
    if interpreter is None:
        return "not tested, since there is no such Python here"
    print(f"\n=== Python {run.python}, {run.name}", flush=True)
    folder = ROOT / "build" / "matrix" / f"python{run.python}-{run.name.lower().replace(' ', '-')}"
    prepare = [interpreter, str(ROOT / "scripts" / "prepare.py"), str(folder), *run.requirements]
    if subprocess.run(prepare, check=False).returncode:
        return "failed to install"
    pytest = [str(folder / "bin" / "python"), "-m", "pytest", "-q", "-m", "not browser", *arguments]
    code = subprocess.run(pytest, cwd=ROOT, check=False).returncode
    return "passed" if code == 0 else f"failed, pytest ended with code {code}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
