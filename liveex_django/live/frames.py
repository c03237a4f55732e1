"""What a page has to tell its browser, and the frames that are made of it."""

import logging
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import hooks, messages
from .outcomes import Outcome, correlation_id
from .render_log import Step, step_of
from .user_messages import Told

if TYPE_CHECKING:
    from .mounted import Mounted

logger = logging.getLogger("liveex.live")

_contained = hooks.Contained()


class Frames:
    """
    Attributes:
        is_answering: An event runs, whose reply is to be in one frame with what it changes.
        is_finished: Nothing is rendered for its own sake any more.
        steps: What the views were brought to in the next frame, when somebody wants to know; else None.
    """

    __slots__ = ("_dirty", "_known_parts", "_next", "_replies", "is_answering", "is_finished", "steps")

    def __init__(self) -> None:
        self.is_answering = False
        self.is_finished = False
        self.steps: list[Step] | None = None
        self._dirty: set[Mounted] = set()
        self._next: dict[str, Any] = {}
        self._replies: deque[tuple[int, Outcome]] = deque()
        self._known_parts: set[str] = set()

    @property
    def is_urgent(self) -> bool:
        """Whether there is something to say that does not wait for other changes."""
        return bool(self._next or self._replies)

    @property
    def has_patch(self) -> bool:
        """Whether a view is to be rendered."""
        return bool(self._dirty) and not self.is_finished

    @property
    def replies(self) -> int:
        """How many answers wait."""
        return len(self._replies)

    # What is to be said

    def mark_dirty(self, mounted: "Mounted") -> None:
        """Render this view for the next frame."""
        self._dirty.add(mounted)

    def forget(self, mounted: "Mounted") -> None:
        """A view has ended."""
        self._dirty.discard(mounted)

    def put(self, key: str, value: Any) -> None:
        """Put one more thing into the next frame."""
        self._next[key] = value

    def append(self, key: str, item: Any) -> None:
        """Put one more item into a list of the next frame."""
        self._next.setdefault(key, []).append(item)

    def put_loss(self, mounted: "Mounted") -> None:
        """Say that the log no longer has what this view has shown."""
        lost = self._next.setdefault(messages.LOST, [])
        if mounted.id not in lost:
            lost.append(mounted.id)

    def put_messages(self, told: Sequence[Told]) -> None:
        """Show these messages to the user."""
        if told:
            self._next.setdefault(messages.MESSAGES, []).extend(told)

    def put_parts(self, parts: dict[str, tuple[str, ...]]) -> None:
        """Say of these parts what the browser has not been told."""
        new = {name: statics for name, statics in parts.items() if name not in self._known_parts}
        if new:
            self._known_parts |= new.keys()
            self._next.setdefault(messages.PARTS, {}).update(new)

    def put_render_error(self, mounted: "Mounted") -> None:
        """Called while handling what a template or a view's start raised: log it, tell the browser a code."""
        correlation = correlation_id()
        name = type(mounted.view).__name__
        logger.exception("[%s] %s could not be rendered; its page keeps what it shows.", correlation, name)
        self.put(messages.ERROR, {"code": messages.RENDER_ERROR, "id": correlation, "view": mounted.id})

    def reply(self, seq: int, outcome: Outcome) -> None:
        """Answer an event; a frame has one answer."""
        self._replies.append((seq, outcome))

    # Frames

    def shared_text(self) -> str | None:
        """The next frame, when everybody who has seen the same gets the same one; None when it is to be made."""
        if self._next or self._replies or len(self._dirty) != 1:
            return None
        (mounted,) = self._dirty
        text = mounted.take_shared_frame(self._known_parts)
        if text is not None:
            self._dirty.clear()
        return text

    async def next_text(self) -> str:
        """The next frame, with the newest state, as the text to send; empty when there is nothing to say."""
        if self._dirty:
            await self._render()
        reply = None
        if self._replies:
            seq, outcome = self._replies.popleft()
            self.put_messages(outcome.messages)
            reply = outcome.reply(seq)
        frame, self._next = self._next, {}
        if reply is not None:
            frame[messages.REPLY] = reply
        return messages.encode(frame) if frame else ""

    async def _render(self) -> None:
        """Put into the next frame what has changed, each view once: what changes meanwhile is for the frame after it."""
        parts: dict[str, tuple[str, ...]] = {}
        patch: dict[str, Any] = {}
        rendered: set[Mounted] = set()
        while views := self._dirty - rendered if rendered else self._dirty:
            # Parents first: they may end their children.
            mounted = min(views, key=lambda view: view.id.count("-")) if len(views) > 1 else next(iter(views))
            rendered.add(mounted)
            self._dirty.discard(mounted)
            await mounted.tell_view()
            try:
                with _contained:
                    await mounted.render()
                if self.steps is not None:
                    self.steps.append(step_of(mounted))
                if change := mounted.take_diff(parts):
                    patch[mounted.id] = change
            except Exception:  # a template may raise anything; the page keeps what it shows
                self.put_render_error(mounted)
        if patch:
            self._next[messages.PATCH] = patch
        if parts:
            self.put_parts(parts)
