"""A delivery on a clock that the test moves, and pages whose one view shows a number."""

import asyncio
import json
from collections import deque

from liveex_django.live import messages
from liveex_django.live.delivery import Delivery
from liveex_django.live.frames import Frames
from liveex_django.live.outcomes import APPLIED
from liveex_django.live.outlet import Outlet

LOCALE = ("en", "UTC", "/")


class Clock:
    """As much of an event loop as a delivery needs. ``timers`` are those that are set, as time and what they call."""

    def __init__(self):
        self.now = 1000.0
        self.timers = []
        self._soon = deque()

    def time(self):
        return self.now

    def call_soon(self, callback):
        self._soon.append(callback)
        return callback

    def call_at(self, when, callback):
        timer = (when, callback)
        self.timers.append(timer)
        return Timer(self.timers, timer)

    def create_future(self):
        return asyncio.get_running_loop().create_future()

    def turn(self):
        """Run what is due now, once, as a turn of a loop does."""
        for _ in range(len(self._soon)):
            self._soon.popleft()()

    def settle(self):
        """Turn until nothing is due."""
        while self._soon:
            self.turn()

    def move(self, seconds):
        """Let time pass, with everything that is due meanwhile."""
        end = self.now + seconds
        self.settle()
        while self.timers and min(self.timers)[0] <= end:
            timer = min(self.timers, key=lambda timer: timer[0])
            self.timers.remove(timer)
            self.now = max(self.now, timer[0])
            timer[1]()
            self.settle()
        self.now = end


class Timer:
    def __init__(self, timers, timer):
        self._timers, self._timer = timers, timer

    def cancel(self):
        self._timers.remove(self._timer)


class View:
    """A mounted view, as far as frames know it. ``renders`` are the numbers that it was rendered with."""

    def __init__(self, view_id="0"):
        self.id = view_id
        self.number = 0
        self.renders = []
        self.while_rendering = lambda: None

    async def tell_view(self):
        return None

    async def render(self):
        self.renders.append(self.number)
        self.while_rendering()

    def take_shared_frame(self, known_parts):
        """It has everything of its own."""

    def take_diff(self, parts):
        return {"0": {"0": self.renders[-1]}}


class Tab:
    """
    A page and its browser. ``received`` are its frames, each the number it shows, the event it answers, or both.

    Args:
        is_open: Whether it has joined.
    """

    def __init__(self, delivery, locale=LOCALE, *, is_open=True):
        self.received = []
        self.sizes = []
        self.reasons = []
        self.view = View()
        self.frames = Frames()
        self.may_send = None
        self.outlet = Outlet(delivery, self.frames, self._send, self._run, self.reasons.append, locale)
        if is_open:
            self.outlet.open()

    @staticmethod
    def _run(work, context):
        return asyncio.get_running_loop().create_task(work, context=context)

    async def _send(self, text):
        if self.may_send is not None:
            await self.may_send.wait()
        frame = json.loads(text)
        self.sizes.append(len(text))
        number = frame.get(messages.PATCH, {}).get("0", {}).get("0", {}).get("0")
        reply = frame.get(messages.REPLY, [None])[0]
        self.received.append(number if reply is None else (number, reply))

    def show(self, number):
        """What the page shows has changed."""
        self.view.number = number
        self.frames.mark_dirty(self.view)
        self.outlet.wake()

    def answer(self, seq):
        """An event has been answered."""
        self.frames.reply(seq, APPLIED)
        self.outlet.wake()


def make_delivery():
    """A delivery, and its clock."""
    clock = Clock()
    return Delivery(clock), clock
