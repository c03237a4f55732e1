"""What the server has sent to a page to change it."""

from dataclasses import dataclass, field
from typing import Any

from .document import Node


@dataclass
class Patch:
    """
    Everything that changed a page since a moment.

    Attributes:
        frames: The frames that did, as JSON-ready data; docs/protocol.md, section 4.
        bytes: What they weigh, as UTF-8 JSON, with the replies and statics in them.
        slots: Addresses of what was changed, in order: ``"0/1/2"`` is slot 2 of region 1 of view ``"0"``; a row of a loop
            is a number too, and ``"0/0/2/="`` a loop whose rows were moved, added or removed.
    """

    frames: list[dict[str, Any]] = field(default_factory=list)
    bytes: int = 0
    slots: list[str] = field(default_factory=list)
    _changed: list[Node] = field(default_factory=list, repr=False)
    _brought: list[Node] = field(default_factory=list, repr=False)

    def __bool__(self) -> bool:
        return bool(self.frames)

    def _touches(self, element: Node) -> bool:
        """Whether the patch changed something in an element, or brought the element."""
        inside = any(node is element or element in node.iterancestors() for node in (*self._changed, *self._brought))
        return inside or any(node in element.iterancestors() for node in self._brought)
