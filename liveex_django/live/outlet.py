"""The way from one page to its browser: what is sent when, and how much may be on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .frames import Frames
from .window import Window

if TYPE_CHECKING:
    from .delivery import Delivery

Send = Callable[[str], Awaitable[None]]
# Those who rest together, in the order in which they had their turn.
Resting = dict["Outlet", None]


class Outlet:
    """
    Args:
        send: Carries the text of a frame to the browser.
        run: Starts a task.
        give_up: Called with a reason when the page cannot go on over this connection.
        locale: Language, time zone and script prefix that the page is rendered with.

    Attributes:
        frames: What there is to say.
        window: What is on the way. When it is full nothing is rendered either, so that what is sent next is the newest.
        is_open: Before and after, nothing is sent.
        is_queued: The next pass serves it.
        is_flushing: A flush is under way, which takes along what is urgent.
        rest: Those with which it rests, since they were sent a patch together; None when it does not.
        task: What the flush goes on in, when it had to wait.
    """

    __slots__ = (
        "_delivery",
        "_send",
        "_waiting",
        "frames",
        "give_up",
        "is_flushing",
        "is_open",
        "is_queued",
        "locale",
        "rest",
        "run",
        "task",
        "window",
    )

    def __init__(
        self,
        delivery: "Delivery",
        frames: Frames,
        send: Send,
        run: Callable[..., "asyncio.Task[bool]"],
        give_up: Callable[[str], object],
        locale: tuple[str | None, str, str],
    ) -> None:
        self.run = run
        self.frames = frames
        self.give_up = give_up
        self.locale = locale
        self.window = Window()
        self.is_open = False
        self.is_queued = False
        self.is_flushing = False
        self.rest: Resting | None = None
        self.task: asyncio.Task[bool] | None = None
        self._delivery = delivery
        self._send = send
        self._waiting: asyncio.Future[None] | None = None

    def open(self) -> None:
        """Send from now on, and what there is already."""
        self.is_open = True
        self.wake()

    def close(self) -> None:
        """Send nothing more. A frame that is being sent is given up."""
        self.is_open = False
        self._delivery.forget(self)
        if self.task is not None:
            self.task.cancel()
        self.flushed()

    def wake(self) -> None:
        """There may be something to say."""
        self._delivery.wake(self)

    def acknowledge(self, frames: int) -> None:
        """
        The browser has received so many frames.

        Raises:
            InvalidFrame: It cannot have.
        """
        if self.window.acknowledge(frames):
            self._delivery.heard(self)

    async def flush(self) -> bool:
        """Send what there is to say; whether that was rendered."""
        frames, has_rendered = self.frames, False
        log = self._delivery.render_log
        while True:
            has_rendered = has_rendered or frames.has_patch
            # With a log each page is rendered by itself, so that what it was brought to is noted.
            text = frames.shared_text() if log is None else None
            if text is None:
                frames.steps = None if log is None else []
                text = await frames.next_text()
            if text:
                self._count(text)
                await self._send(text)
            if log is not None:
                log.note(frames.steps or [], len(text.encode()))
            if not (frames.is_urgent and self.is_open) or self.window.is_full:
                return has_rendered

    def _count(self, text: str) -> None:
        if self.window.is_empty:
            self._delivery.unacknowledged.expect(self)
        self.window.send(len(text) if text.isascii() else len(text.encode()))

    async def drained(self) -> None:
        """Wait until what is urgent has been sent, as far as the window allows."""
        loop = asyncio.get_running_loop()
        while self.is_open and (self.is_flushing or (self.frames.is_urgent and not self.window.is_full)):
            self._waiting = self._waiting or loop.create_future()
            await self._waiting

    def flushed(self) -> None:
        """Called when a flush has ended, or will not be."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
