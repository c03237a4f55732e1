"""The benchmarks run. What they measure is judged by who reads it: no test depends on a time."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


class TestReplication:
    def test_runs_at_its_smallest(self, redis_server_program):
        ran = run("benchmarks.replication", "--small")

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
        ran = run("benchmarks.replication", "speed")

        assert ran.returncode == 2
        assert "no section speed; there are commits, delivery, unseen, pages" in ran.stderr


class TestFanout:
    def test_runs_at_its_smallest(self):
        ran = run("benchmarks.fanout", "--small")

        assert (ran.returncode, ran.stderr) == (0, "")
        for line in (
            "growth from 12 rows to 1000",
            "uvicorn, 3 clients: CPU time of the server for each patch (us)",
            "daphne, 3 clients: from the commit to the last patch (ms)",
            "a bare consumer behind AuthMiddlewareStack",
        ):
            assert line in ran.stdout

    def test_names_its_parts_when_asked_for_another(self):
        ran = run("benchmarks.fanout", "speed")

        assert ran.returncode == 2
        assert "no part speed; there are event, broadcast, memory" in ran.stderr


class TestRendering:
    def test_runs_at_its_smallest(self):
        ran = run("benchmarks.rendering", "--small")

        assert (ran.returncode, ran.stderr) == (0, "")
        # Bytes are the same on every machine.
        assert [line.split()[-1] for line in ran.stdout.splitlines() if "goal 90" in line or "goal 60" in line] == [
            "met",
            "met",
        ]
        assert "uvicorn: the page of 1000 rows over HTTP, CPU time (ms)" in ran.stdout


class TestPatching:
    def test_runs_at_its_smallest(self, chromium):
        ran = run("benchmarks.patching", "--small")

        assert (ran.returncode, ran.stderr) == (0, "")
        figures = [line[:58].rstrip() for line in ran.stdout.splitlines() if " x" in line]
        assert figures.count("a patch") == figures.count("a morph of the whole table") == 2


@pytest.mark.parametrize("name", ["redis_log", "store"])
def test_the_others_can_be_imported(name):
    assert import_module(f"benchmarks.{name}").main
