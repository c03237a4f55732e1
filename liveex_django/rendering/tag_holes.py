"""What a hole inside a start tag may hold: attributes, parts of their values, the end of the tag."""

from __future__ import annotations

from .elements import KNOWN
from .outline import Hole, Items
from .tags import IN_QUOTES, SPACE, At, Tag


class TagEnds(Exception):
    """A branch of a hole in a tag ends that tag."""


def attribute_names(hole: Hole) -> set[str] | None:
    """
    The names of the attributes a hole may hold; None when they depend on a value.

    Raises:
        TagEnds: A branch does not stay in the tag.
    """
    together: set[str] | None = set() if hole.branches is not None else None
    for branch in hole.branches or ():
        names = _names_in(branch)
        together = None if names is None or together is None else together | names
    return together


def _names_in(items: Items) -> set[str] | None:
    tag = Tag(0, in_name=False)
    for item in items:
        if isinstance(item, Hole):
            in_value = tag.at in IN_QUOTES or tag.at is At.BEFORE_VALUE
            tag.hole(0, set() if in_value else attribute_names(item))
        elif tag.read(item, 0, 0) >= 0:
            raise TagEnds
    if tag.at in IN_QUOTES:
        return None
    tag.leave(0)
    names: set[str] = set()
    for attribute in tag.attributes:
        if attribute.names is None:
            return None
        names |= attribute.names
    return names


def is_part_of_name(hole: Hole, name: str) -> bool:
    """
    Whether a hole right behind ``<name`` goes on with the name.

    As in ``<h{{ level }}>``, but not in ``<input{{ attributes }}>``.
    """
    if hole.branches is None:
        return name not in KNOWN
    return not _begins_with_space(hole)


def _begins_with_space(hole: Hole) -> bool:
    """Whether every branch that is not empty begins with what ends the name of a tag."""
    for branch in hole.branches or ():
        first = branch[0] if branch else " "
        if isinstance(first, Hole):
            if first.branches is None or not _begins_with_space(first):
                return False
        elif first[0] not in SPACE and first[0] != "/":
            return False
    return True


def has_quotes(hole: Hole) -> bool:
    """Whether a branch could end a quoted value."""
    for branch in hole.branches or ():
        for item in branch:
            if has_quotes(item) if isinstance(item, Hole) else '"' in item or "'" in item:
                return True
    return False
