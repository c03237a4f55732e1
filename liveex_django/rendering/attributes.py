"""
The source of attributes, as a browser reads it: https://html.spec.whatwg.org/multipage/parsing.html, from
"before attribute name state" on.
"""

from __future__ import annotations

import re

from .text import decode_references, normalize_newlines

# HTML's own white space: str.isspace() and \s know more.
_SPACE = " \t\n\f\r"

_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r/]*
    (?P<name>=?[^ \t\n\f\r/>=]+)
    (?:[ \t\n\f\r]*=[ \t\n\f\r]*
        (?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<bare>[^ \t\n\f\r>]*) )
    )?""",
    re.VERBOSE,
)

# Whole attributes and nothing else: no tag ends in them, no quote is left open, no "=" waits for a value.
_WHOLE = re.compile(
    r"""(?:
        [ \t\n\f\r/]+
      | [^ \t\n\f\r/>="'<]+
        (?:[ \t\n\f\r]*=[ \t\n\f\r]*
            (?: "[^"]*" | '[^']*' | [^ \t\n\f\r>"'][^ \t\n\f\r>]* )
        )?
        (?=[ \t\n\f\r/]|\Z|(?<=["']))
    )*""",
    re.VERBOSE,
)


def is_whole(source: str) -> bool:
    """Whether ``source`` consists of whole attributes, so that it can stand in a start tag without touching the rest."""
    return _WHOLE.fullmatch(source) is not None


def ends_bare(source: str) -> bool:
    """Whether ``source`` ends in a value without quotes, to which a "/" that follows would belong."""
    last, position = None, 0
    while match := _ATTRIBUTE.match(source, position):
        last, position = match, match.end()
    return last is not None and bool(last["bare"]) and position == len(source)


def parse_attributes(source: str) -> dict[str, str]:
    """Decoded values by lower-case name; of two attributes with one name the first counts, as in a browser."""
    attributes: dict[str, str] = {}
    position = 0
    source = normalize_newlines(source)
    while match := _ATTRIBUTE.match(source, position):
        position = match.end()
        name = _lower_ascii(match["name"])
        value = match["double"] or match["single"] or match["bare"] or ""
        attributes.setdefault(name, decode_references(value, in_attribute=True))
    return attributes


def attribute_changes(old: str, new: str) -> dict[str, str | None]:
    """What to set, and what to remove (None), to get from the attributes in ``old`` to those in ``new``."""
    was, now = parse_attributes(old), parse_attributes(new)
    changes: dict[str, str | None] = {name: None for name in was if name not in now}
    changes.update((name, value) for name, value in now.items() if was.get(name) != value)
    return changes


def _lower_ascii(name: str) -> str:
    """HTML lowers A to Z only: "İ" stays."""
    return name.lower() if name.isascii() else re.sub("[A-Z]", lambda match: match[0].lower(), name)
