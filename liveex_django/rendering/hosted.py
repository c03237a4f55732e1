"""
Nested live views: the tag that puts one into a template, and who finds them in a render.

What a nested live view is, live/ knows; here it is something with an id that gives HTML.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.template.base import Node
from django.template.context import Context
from django.utils.safestring import SafeString

from .rendered import Blend, Hosted

# Stands for a view in the text of a tag around it: characters for private use, and nothing that a filter would change.
_STAND_IN = re.compile("\ue000([0-9]+)\ue001")

# Where a render keeps the list of what its opaque tags host: the bottom of the render context, which all included
# templates share.
_KEY = "liveex_hosted"


class HostedNode(Node, ABC):
    """A tag that puts a live view where it stands; ``{% live_view %}`` is one."""

    child_nodelists = ()

    @abstractmethod
    def host(self, context: Context) -> Hosted:
        """The live view for this place. Asked at every render: give the same id for the same view."""

    def render(self, context: Context) -> SafeString:
        """For a tag around this one that Django renders: where in its text the view stands."""
        hosted = self.host(context)
        notes: Any = context.render_context.dicts[0].get(_KEY)
        if notes is None:
            # A page that is not live itself.
            return SafeString(hosted.html())
        notes.append(hosted)
        return SafeString(f"\ue000{len(notes) - 1}\ue001")


@contextmanager
def collecting_hosted(context: Context) -> Iterator[None]:
    """Lets tags note during a render what they host."""
    bottom: Any = context.render_context.dicts[0]
    before = bottom.get(_KEY)
    bottom[_KEY] = []
    try:
        yield
    finally:
        if before is None:
            del bottom[_KEY]
        else:
            bottom[_KEY] = before


def noted_hosted(context: Context) -> list[Hosted]:
    """The list of what was noted since the render began."""
    notes: list[Hosted] | None = context.render_context.dicts[0].get(_KEY)  # type: ignore[assignment]
    return [] if notes is None else notes


def blend(text: str, notes: list[Hosted], before: int) -> str | Blend:
    """``text``, with those live views in their places that were noted since there were ``before`` of them."""
    if len(notes) == before:
        return text
    pieces: list[str | Hosted] = []
    position = 0
    for match in _STAND_IN.finditer(text):
        number = int(match[1])
        if before <= number < len(notes):
            pieces += [text[position : match.start()], notes[number]]
            position = match.end()
    return Blend((*pieces, text[position:]))


def outline_of(value: str | Blend) -> str:
    """The text to look at for what markup is in it: what a view shows is inside an element of its own."""
    if isinstance(value, str):
        return value
    return "".join([piece if isinstance(piece, str) else "<div></div>" for piece in value.pieces])
