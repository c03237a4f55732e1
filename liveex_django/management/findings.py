"""What a look at something has found: sentences, each of which is good news, a doubt or an error."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not as one would expect, or not for long."""
    ERROR = "error"
    """Somebody sees something wrong, or what he does is lost."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``text`` says what, why, and how to mend it."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """``table``: rows to be shown before the findings, the first one with the headings."""

    title: str
    findings: Sequence[Finding]
    table: Sequence[Sequence[str]] = ()


def ok(text: str) -> Finding:
    return Finding(Level.OK, text)


def warning(text: str) -> Finding:
    return Finding(Level.WARNING, text)


def error(text: str) -> Finding:
    return Finding(Level.ERROR, text)


def count(sections: Iterable[Section], level: Level) -> int:
    """How many findings there are of a level."""
    return sum(finding.level is level for section in sections for finding in section.findings)


def numbered(number: int, noun: str) -> str:
    """``1 entry``, ``2 entries``, ``3 processes``."""
    if number != 1:
        noun = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun}"


def begin(text: str) -> str:
    """A text as the beginning of a sentence; the rest of it, such as the name of a host, stays."""
    return text[:1].upper() + text[1:]


def listed(names: Sequence[str], most: int = 5) -> str:
    """The names with commas; the first of them when they are many."""
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more} more"
