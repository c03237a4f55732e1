"""
The open pages of a process by their visitors, so that those of somebody who has logged out are looked at at once.

What is announced names who may have changed, and nothing else. It is not believed, and it may be lost: each page that it
concerns runs the check that it runs by itself every ``LIVEEX["RECHECK_INTERVAL"]`` seconds.
"""

import asyncio
import hashlib
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.http import HttpRequest

from ..replication import Hub, current_hub

#: What hubs announce changes of visitors under.
TOPIC = "visitors"

# Pages that are checked at the same time. A visitor may have hundreds, and each check is two to four queries.
_MOST_AT_ONCE = 10
# A check that takes longer, because a hook waits for something, no longer keeps others from theirs (s).
_LONGEST_TURN = 5.0
# Who has been named is looked at once more. A logout is told just before its session ends, and a cache in front of the
# sessions, or a copy of the database that is read from, follows a moment later (s).
_SECOND_LOOK = 2.0
# When everybody may have changed: the time for each page, so that a process starts 200 checks per second, and for all (s).
_EACH, _LONGEST_SPREAD = 0.005, 5.0

Check = Callable[[], Coroutine[Any, Any, None]]

_visitors: "WeakKeyDictionary[Hub, Visitors]" = WeakKeyDictionary()


class Visitors:
    """
    The visitors of one hub's pages. Everything here is called on its loop.

    Attributes:
        heard: How many announcements have arrived.
    """

    def __init__(self) -> None:
        self.heard = 0
        self._pages: dict[str, set[Check]] = {}
        self._listening: asyncio.Task[None] | None = None
        # Checks that wait for their turn, in order; those that come later; and how many tasks work on the former.
        self._waiting: dict[Check, None] = {}
        self._planned: dict[Check, asyncio.TimerHandle] = {}
        self._workers = 0

    async def listen(self, hub: Hub) -> None:
        """Hear what is announced from now on. Returns when that is certain, or has taken too long."""
        if self._listening is None:
            self._listening = hub.run(hub.announcements.listen(TOPIC, self.hear))
        await asyncio.shield(self._listening)

    def enter(self, names: Iterable[str], check: Check, since: int) -> Callable[[], None]:
        """
        Check a page whenever one of its names is announced; returns what ends that.

        Args:
            names: As :func:`names_of` gives them.
            check: Looks whether the page may stay, and ends it otherwise. It raises nothing.
            since: :attr:`heard` before the page's visitor was read. When more has been heard it is checked now.
        """
        names = tuple(names)
        for name in names:
            self._pages.setdefault(name, set()).add(check)
        if self.heard != since:
            self._ask(check)
        return lambda: self._leave(names, check)

    def _leave(self, names: tuple[str, ...], check: Check) -> None:
        for name in names:
            checks = self._pages.get(name, set())
            checks.discard(check)
            if not checks:
                self._pages.pop(name, None)
        self._waiting.pop(check, None)
        if (planned := self._planned.pop(check, None)) is not None:
            planned.cancel()

    def hear(self, content: Mapping[str, Any]) -> None:
        """Take an announcement; see :mod:`liveex_django.live.visitor_changes` for what is in it."""
        self.heard += 1
        match content:
            case {"everybody": True}:
                pages = self._pages_of(self._pages)
                spread = min(len(pages) * _EACH, _LONGEST_SPREAD)
                for check in pages:
                    self._plan(check, random.uniform(0, spread))  # noqa: S311 - spreads load, guards nothing
            case {"names": [*names]}:
                for check in self._pages_of(name for name in names if isinstance(name, str)):
                    self._ask(check)
                    self._plan(check, _SECOND_LOOK)

    def _pages_of(self, names: Iterable[str]) -> set[Check]:
        return {check for name in names for check in self._pages.get(name, ())}

    def _plan(self, check: Check, delay: float) -> None:
        if (planned := self._planned.pop(check, None)) is not None:
            planned.cancel()
        self._planned[check] = asyncio.get_running_loop().call_later(delay, self._ask_as_planned, check)

    def _ask_as_planned(self, check: Check) -> None:
        del self._planned[check]
        self._ask(check)

    def _ask(self, check: Check) -> None:
        """Have a page checked as soon as it is its turn; once, however often it is asked for until then."""
        self._waiting[check] = None
        if self._workers < _MOST_AT_ONCE:
            self._workers += 1
            current_hub().run(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                check = next(iter(self._waiting))
                del self._waiting[check]
                await asyncio.wait({current_hub().run(check())}, timeout=_LONGEST_TURN)
        finally:
            self._workers -= 1


def visitors_of(hub: Hub) -> Visitors:
    """The visitors of a hub; they end with the hub."""
    return _visitors.setdefault(hub, Visitors())


def names_of(request: HttpRequest) -> tuple[str, ...]:
    """What the visitor of a page is announced as: the user, and the session that the cookie of its socket names."""
    user, key = getattr(request, "user", None), request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    names = []
    if user is not None and user.is_authenticated:
        names.append(user_name(user.pk))
    if key:
        names.append(session_name(key))
    # Nobody announces that one, but everybody is everybody.
    return tuple(names) or ("anonymous",)


def user_name(pk: object) -> str:
    """What a user is announced as."""
    return f"user:{pk}"


def session_name(key: str) -> str:
    """What a session is announced as: not by its key, which is as good as a password."""
    return f"session:{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"
