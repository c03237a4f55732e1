"""The version is written in one place, ``liveex_django/__init__.py``."""

import re
import tomllib
from pathlib import Path

import liveex_django

ROOT = Path(__file__).parents[2]


def test_the_version_is_three_numbers():
    assert re.fullmatch(r"\d+\.\d+\.\d+", liveex_django.__version__)


def test_the_project_file_reads_the_version_from_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"] == {"path": "liveex_django/__init__.py"}


def test_no_other_file_of_the_package_repeats_the_version():
    sources = [path for path in (ROOT / "liveex_django").rglob("*.py") if path != ROOT / "liveex_django/__init__.py"]

    assert [path for path in sources if f'"{liveex_django.__version__}"' in path.read_text()] == []
