"""The benchmarks run. What they measure is judged by who reads it: no test depends on a time."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class TestReplication:
    def test_runs_at_its_smallest(self, redis_server_program):
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-m", "benchmarks.replication", "--small"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )

        assert (ran.returncode, ran.stderr) == (0, "")
        assert "one writer: the hub" in ran.stdout
        assert "2 processes: the hub" in ran.stdout
        assert "uvicorn: a commit, to the patch at the page" in ran.stdout
        # What must be nothing on any machine.
        assert {line[:58].rstrip() for line in ran.stdout.splitlines() if line.endswith("goal 0: met")} == {
            "entries that it was sent, of 20",
            "not written: keys in Redis",
            "written once: messages to other processes",
        }

    def test_names_its_sections_when_asked_for_another(self):
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.replication", "speed"], cwd=ROOT, capture_output=True, text=True
        )

        assert ran.returncode == 2
        assert "no section speed; there are commits, delivery, unseen, pages" in ran.stderr


@pytest.mark.parametrize("name", ["redis_log", "rendering", "store"])
def test_the_others_can_be_imported(name):
    assert import_module(f"benchmarks.{name}").main
