"""Little shell scripts that stand for programs of the system, in a folder that a test puts on PATH."""

from pathlib import Path


def add_program(folder: Path, name: str, script: str) -> Path:
    """An executable ``name`` in ``folder`` that runs ``script`` with /bin/sh."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program
