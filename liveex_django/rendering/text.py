"""Text source of HTML, as a browser reads it: character references and newlines."""

from __future__ import annotations

import html
import re
from html.entities import html5

from .part import Kind

_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")


def normalize_newlines(source: str) -> str:
    r"""``\n`` for ``\r\n`` and ``\r``, which a browser does before it reads anything else."""
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def decode_references(source: str, in_attribute: bool = False) -> str:
    """
    ``&amp;`` and its like decoded.

    In an attribute, ``&copy=1`` is not a reference: without a semicolon and before "=" or a letter or digit it
    stays as it is written, so that old links work.
    """
    if "&" not in source:
        return source
    if not in_attribute:
        return html.unescape(source)
    return _REFERENCE.sub(_decode_in_attribute, source)


def decode_text(kind: Kind, source: str) -> str:
    """The text of an element that holds nothing but text, from its source."""
    source = normalize_newlines(source)
    if kind is Kind.RAW_TEXT:
        return source
    if kind is Kind.TEXTAREA and source.startswith("\n"):
        source = source[1:]
    return decode_references(source)


def _decode_in_attribute(match: re.Match[str]) -> str:
    reference = match[0]
    if reference.startswith("&#") or (reference.endswith(";") and reference[1:] in html5):
        return html.unescape(reference)
    name = reference[1:].rstrip(";")
    # The longest name that is known without a semicolon, and it must be all there is up to "=" or the next
    # letter or digit.
    if name not in html5:
        return reference
    following = match.string[match.end() : match.end() + 1]
    if not reference.endswith(";") and following == "=":
        return reference
    return html5[name] + reference[1 + len(name) :]
