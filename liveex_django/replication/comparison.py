"""
Where hubs say that they stand, compared with the log.

Commits go on while hubs are asked, so a position that differs means little. What counts is one that a moment later has not
come to where the log stood before, or still is none of the log's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from .attendance import Attendance, Member
from .log import Position
from .roll_call_messages import Holding, marked

# Positions of the log by the digests of instances.
Heads = Mapping[str, Position]


class Relation(Enum):
    """How a hub's position in an instance differs from the log's."""

    BEHIND = "behind"
    """The log has later entries."""
    ELSEWHERE = "elsewhere"
    """The log does not have what the hub has."""


@dataclass(frozen=True, slots=True)
class Difference:
    """``missing``: how many entries a hub lacks that is behind."""

    member: Member
    holding: Holding
    relation: Relation
    missing: int = 0


def find_differences(attendance: Attendance, heads: Heads) -> list[Difference]:
    """Where hubs stand elsewhere than the log; ``heads`` were read after the hubs had answered."""
    compared = (_compare(member, holding, heads.get(holding.digest)) for member, holding in attendance.holdings())
    return [difference for difference in compared if difference is not None]


def _compare(member: Member, holding: Holding, head: Position | None) -> Difference | None:
    if head is None:
        # A page's instance is in the log from its first commit on.
        return Difference(member, holding, Relation.ELSEWHERE) if holding.epoch else None
    if holding.position == marked(head):
        return None
    if _is_before(holding, head):
        return Difference(member, holding, Relation.BEHIND, head.version - holding.version)
    return Difference(member, holding, Relation.ELSEWHERE)


def _is_before(holding: Holding, head: Position) -> bool:
    return holding.epoch == head.epoch and holding.version < head.version


def find_lasting(first: Iterable[Difference], heads: Heads, second: Iterable[Difference]) -> list[Difference]:
    """
    Those of a second look that are no matter of a moment.

    Args:
        first, heads: The first look, and the positions of the log that it was compared with.
    """
    known = {(each.member.hub, each.holding.digest) for each in first}
    return [
        each
        for each in second
        if (each.member.hub, each.holding.digest) in known
        and (each.relation is Relation.ELSEWHERE or _lacks_what_was_there(each.holding, heads))
    ]


def _lacks_what_was_there(holding: Holding, heads: Heads) -> bool:
    """Whether the log had more at the first look than the hub has at the second."""
    head = heads.get(holding.digest)
    return head is not None and _is_before(holding, head)
