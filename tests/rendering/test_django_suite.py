"""Django's own template tests, with this package in place of ``Template.render``."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@cache
def run(mode: str) -> tuple[int, set[str], str]:
    """How many tests ran, those that did not pass, and the whole output."""
    command = [sys.executable, "-m", "tests.rendering.django_suite", mode]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)  # noqa: S603
    output = finished.stdout + finished.stderr
    ran = re.search(r"^Ran (\d+) tests", output, re.MULTILINE)
    return int(ran[1]) if ran else 0, set(re.findall(r"^(?:FAIL|ERROR): (.+)$", output, re.MULTILINE)), output


@pytest.fixture(scope="module")
def failing_without_us() -> set[str]:
    """What fails on this machine whoever renders: one test needs a user who may not read every file."""
    return run("django")[1]


@pytest.mark.parametrize("mode", ["fresh", "previous"])
def test_every_template_test_of_django_passes(mode: str, failing_without_us: set[str]) -> None:
    count, failures, output = run(mode)

    assert count > 1000, output[-4000:]
    assert failures - failing_without_us == set(), output[-20_000:]


def test_the_engine_rendered_the_templates_of_those_tests() -> None:
    output = run("previous")[2]

    renders, diffs = map(int, re.findall(r"(\d+) renders, (\d+) diffs", output)[0])
    assert renders > 1000
    assert diffs > 500
