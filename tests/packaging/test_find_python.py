"""``scripts/find_python.sh``: which Python ``make`` uses, on machines with other Pythons than this one."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.fake_programs import add_program

SCRIPT = Path(__file__).parents[2] / "scripts" / "find_python.sh"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin with spaces"
    folder.mkdir()
    return folder


def find_python(programs: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", SCRIPT], env={"PATH": str(programs)}, capture_output=True, text=True, timeout=60, check=False
    )


def test_finds_a_python_that_works(programs: Path):
    add_program(programs, "python3", f'exec "{sys.executable}" "$@"')

    assert Path(find_python(programs).stdout.strip()).samefile(sys.executable)


def test_passes_over_a_name_that_does_not_run(programs: Path):
    add_program(programs, "python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    add_program(programs, "python3", f'exec "{sys.executable}" "$@"')

    assert Path(find_python(programs).stdout.strip()).samefile(sys.executable)


def test_says_what_to_install_when_there_is_no_python(programs: Path):
    found = find_python(programs)

    assert found.returncode == 1
    assert found.stdout == ""
    assert "no Python 3.11 or newer on PATH" in found.stderr


def test_says_what_to_install_when_the_only_python_is_too_old(programs: Path):
    # Fails the question after the version, which is the first that is asked.
    add_program(programs, "python3", "exit 1")

    assert "no Python 3.11 or newer on PATH" in find_python(programs).stderr


def test_says_what_to_install_when_python_cannot_make_environments(programs: Path):
    add_program(programs, "python3", 'case "$2" in *ensurepip*) exit 1;; esac')

    found = find_python(programs)

    assert found.returncode == 1
    assert "apt-get install python3-venv" in found.stderr
