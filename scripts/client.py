"""
The browser's script, from the command line.

``build`` makes the bundle when it is missing or older than its sources, ``check`` runs the client's own checks, and
``requirements`` prints the packages that these two need and that are not there.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402 - the import needs the line above.
from hatch_build import BUNDLE, NODE_PACKAGE, BundleError, build_bundle, find_node, run_npm


def main(task: str) -> int | str:
    try:
        if task == "requirements":
            print(*([] if find_node() else [NODE_PACKAGE]))
        elif task == "build":
            if build_bundle(ROOT):
                print(f"Built {BUNDLE}, {(ROOT / BUNDLE).stat().st_size} bytes.")
        elif task == "check":
            run_npm(ROOT, "run", "check")
        else:
            return f"client.py has no task {task!r}. Known tasks: build, check, requirements."
    except BundleError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
