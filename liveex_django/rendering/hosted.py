"""
Nested live views: the tag that puts one into a template, and who finds them in a render.

What a nested live view is, live/ knows; here it is something with an id that gives HTML.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.template.base import Node
from django.template.context import Context
from django.utils.safestring import SafeString

from .rendered import Hosted, HostingText

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
        """For a tag around this one that Django renders: the HTML, and a note that it is there."""
        hosted = self.host(context)
        notes: Any = context.render_context.dicts[0].get(_KEY)
        if notes is not None:
            notes.append(hosted)
        return SafeString(hosted.html())


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


def hosting_text(text: str, hosted: list[Hosted]) -> str:
    """``text``, which knows that these stand in it."""
    if not hosted:
        return text
    hosting = HostingText(text)
    hosting.hosted = tuple(hosted)
    return hosting
