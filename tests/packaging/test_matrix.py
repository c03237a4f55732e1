"""``scripts/matrix.py``: which Pythons and Djangos ``make test-matrix`` runs on."""

import sys
import tomllib
from pathlib import Path

import pytest

from scripts.matrix import PAIRS, find_interpreter, floors, runs
from tests.packaging.fake_programs import add_program

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


class TestRuns:
    def test_cover_every_python_and_django_that_the_package_names(self):
        named = {
            line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if line.startswith("Framework :: Django ::")
        }
        pythons = {line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line}

        assert set(PAIRS) == pythons
        assert {django for djangos in PAIRS.values() for django in djangos} == named

    def test_begin_with_the_oldest_of_every_dependency(self):
        oldest = runs()[0]

        assert f">={oldest.python}" == PROJECT["requires-python"]
        assert oldest.requirements == tuple(floors())
        assert "django==5.2" in floors()
        assert len(floors()) == len(PROJECT["dependencies"]) + len(PROJECT["optional-dependencies"]["redis"])


class TestFindInterpreter:
    @pytest.fixture(autouse=True)
    def path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The only folder on PATH, empty; and an empty pyenv."""
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
        return tmp_path / "bin"

    def test_finds_one_on_path(self, path: Path):
        python = add_program(path, f"python{VERSION}", f'exec "{sys.executable}" "$@"')

        assert find_interpreter(VERSION) == str(python)

    def test_finds_one_of_pyenv_when_the_name_on_path_does_not_run(self, path: Path, tmp_path: Path):
        add_program(path, f"python{VERSION}", "exit 127")
        folder = tmp_path / f"pyenv/versions/{VERSION}.9/bin"
        folder.mkdir(parents=True)
        python = add_program(folder, f"python{VERSION}", f'exec "{sys.executable}" "$@"')

        assert find_interpreter(VERSION) == str(python)

    def test_finds_none_where_there_is_none(self):
        assert find_interpreter(VERSION) is None
