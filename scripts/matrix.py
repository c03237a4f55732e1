"""
Runs the Python tests on every supported pair of Python and Django that this machine has an interpreter for.

Each pair has its own virtual environment under ``build/matrix/``, kept from run to run. Browser tests are left to
``make test``: what a browser does with our markup does not depend on the version of Python.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Django 6.0 and later need Python 3.12: https://docs.djangoproject.com/en/6.0/faq/install/
PAIRS = {"3.11": ("5.2",), "3.12": ("5.2", "6.0", "6.1"), "3.13": ("5.2", "6.0", "6.1")}


def main(arguments: list[str]) -> int:
    results: dict[str, str] = {}
    for version, djangos in PAIRS.items():
        interpreter = find_interpreter(version)
        for django in djangos:
            results[f"Python {version}, Django {django}"] = (
                "no such Python here" if interpreter is None else _test(interpreter, version, django, arguments)
            )
    print("\n" + "\n".join(f"{pair}: {result}" for pair, result in results.items()))
    return int(any(result.startswith("failed") for result in results.values()) or "passed" not in results.values())


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


def _test(interpreter: str, version: str, django: str, arguments: list[str]) -> str:
    folder = ROOT / "build" / "matrix" / f"python{version}-django{django}"
    print(f"\n=== Python {version}, Django {django}", flush=True)
    prepared = subprocess.run(
        [interpreter, ROOT / "scripts" / "prepare.py", folder, f"Django=={django}.*"], check=False
    )
    if prepared.returncode:
        return "failed to install"
    tested = subprocess.run(
        [folder / "bin" / "python", "-m", "pytest", "-q", "-m", "not browser", *arguments], cwd=ROOT, check=False
    )
    return "passed" if tested.returncode == 0 else f"failed, pytest ended with code {tested.returncode}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
