"""One committed mutation, as the log keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from liveex_django.store.frozen import FrozenDict
from liveex_django.store.patches import Patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What happened, who asked for it, and its effects: everything undo, audit and replay need.

    Replicas apply ``patches``; nobody but the process that committed ever runs the mutation.
    """

    # 0 is the initial state, then 1, 2, 3, … without gaps within an epoch.
    version: int
    # Random; made when a log is found empty. Versions of two epochs have nothing to do with each other.
    epoch: str
    # Made by whoever commits; a log answers a repeated id with the entry it already has.
    id: str
    # The mutation.
    name: str
    payload: FrozenDict[str, Any]
    patches: tuple[Patch, ...]
    # What leads from the state after this entry back to the state before it.
    inverse: tuple[Patch, ...]
    # The action that committed it, and the id of what caused that action; None for a bare commit.
    action: str | None
    actor: str | None
    cause: str | None
    # The schema of the store whose release wrote this.
    schema: int
    # Aware, in UTC, by the clock of the process that committed. For people to read: nothing is ordered by it.
    at: datetime
