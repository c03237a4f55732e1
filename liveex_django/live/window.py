"""What is on the way to one browser: the frames that it has not acknowledged."""

from ..exceptions import InvalidFrame

# Of the frames that a browser has not acknowledged, there are at most so many, and they are full with so many bytes. A
# busy page has 60 frames a second (LIVEEX["FLUSH_INTERVAL"]), so half a second of them; daphne and uvicorn keep what a
# browser does not read in memory, for as long as it likes. docs/protocol.md, section 4, has the same numbers.
MOST_FRAMES = 32
MOST_BYTES = 262_144


class Window:
    """
    The frames of one connection, counted from its first. A frame is sent whole as long as the window is not full, so one
    that is larger than all of it goes too.

    Attributes:
        acknowledged: How many frames the browser says it has.
    """

    __slots__ = ("_bytes", "_sizes", "acknowledged")

    def __init__(self) -> None:
        self.acknowledged = 0
        # Of the frames that are out, oldest first. There are so few that a list is quick, and smaller than a deque.
        self._sizes: list[int] = []
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be sent."""
        return len(self._sizes) >= MOST_FRAMES or self._bytes >= MOST_BYTES

    @property
    def is_empty(self) -> bool:
        """Whether all that was sent has arrived."""
        return not self._sizes

    def send(self, size: int) -> None:
        """Count a frame of so many bytes."""
        self._sizes.append(size)
        self._bytes += size

    def acknowledge(self, frames: int) -> bool:
        """
        Take what the browser says: how many frames it has received in all. Returns whether these are more than before.

        Raises:
            InvalidFrame: They are more than were sent, or fewer than it has said before.
        """
        arrived = frames - self.acknowledged
        if not 0 <= arrived <= len(self._sizes):
            raise InvalidFrame(
                f"The browser acknowledges {frames} frames, and {self.acknowledged + len(self._sizes)} were sent, of which "
                f"it has acknowledged {self.acknowledged}."
            )
        self._bytes -= sum(self._sizes[:arrived])
        del self._sizes[:arrived]
        self.acknowledged = frames
        return arrived > 0
