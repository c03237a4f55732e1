"""The quick start, followed in an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo.markdown import ROOT, named_blocks

FETCH = """
from django.test import Client
print(Client(SERVER_NAME="localhost").get("/counter/").content.decode())
"""


def run(folder: Path, *command: str) -> str:
    """Runs a Python command in the folder of the new project; its output, or a failed test that shows its errors."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quickstart")
    run(folder, "-m", "django", "startproject", "mysite", ".")
    run(folder, "manage.py", "startapp", "counter")
    for block in named_blocks("docs/quickstart.md"):
        path = folder / block.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block.appended else "w", encoding="utf-8") as file:
            file.write(block.code)
    run(folder, "manage.py", "migrate", "--verbosity", "0")
    return folder


class TestTheNewProject:
    def test_passes_the_system_checks(self, project: Path):
        run(project, "manage.py", "check", "--fail-level", "WARNING")

    def test_passes_its_own_tests(self, project: Path):
        run(project, "manage.py", "test", "--verbosity", "0")

    def test_serves_the_counter(self, project: Path):
        page = run(project, "manage.py", "shell", "--command", FETCH)

        assert "lx-token" in page
        assert "liveex.js" in page
