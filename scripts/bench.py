"""
Runs every file of ``benchmarks/`` and keeps what they print in ``build/benchmarks.txt``.

Files whose name begins with "_" are what the others share.
"""

import platform
import subprocess
import sys
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
_REPORT = ROOT / "build" / "benchmarks.txt"


def main() -> int | str:
    benchmarks = sorted(path for path in (ROOT / "benchmarks").glob("[!_]*.py"))
    if not benchmarks:
        return "There is no benchmark in benchmarks/, so there is nothing to measure."
    _REPORT.parent.mkdir(exist_ok=True)
    failed = []
    with _REPORT.open("w") as report:
        _tell(report, f"Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
        for path in benchmarks:
            _tell(report, f"\n== {path.stem}\n")
            # As a module of the root, so that benchmarks can share code and import the demo.
            ran = subprocess.Popen(
                [sys.executable, "-m", f"benchmarks.{path.stem}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
            for line in ran.stdout or ():
                _tell(report, line)
            if ran.wait():
                failed.append(path.stem)
                _tell(report, f"{path.name} ended with code {ran.returncode}.\n")
    return f"These benchmarks failed: {', '.join(failed)}." if failed else 0


def _tell(report: TextIO, text: str) -> None:
    for stream in (sys.stdout, report):
        stream.write(text)
        stream.flush()


if __name__ == "__main__":
    sys.exit(main())
