"""
What a view tells its browser beside what it shows: events for the project's scripts, and commands.

What a handler pushes leaves with its answer and with what it has changed, so that a script finds the page as the handler has
left it. Whatever else runs pushes for the next frame. Nothing is kept: a push that a lost connection swallows is gone.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidDetail, InvalidState
from ..store import freeze
from . import messages

if TYPE_CHECKING:
    from .page import Page


class _Held:
    """What a block has pushed so far; code that outlives the block, a task for instance, pushes by itself."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.is_open = True
        self.items: list[tuple[str, Any]] = []


_held: ContextVar[_Held | None] = ContextVar("liveex_held", default=None)


@contextmanager
def held(page: "Page") -> Iterator[None]:
    """A block whose pushes leave when it has ended, in the next frame."""
    mine = _Held(page)
    token = _held.set(mine)
    try:
        yield
    finally:
        _held.reset(token)
        mine.is_open = False
        for key, item in mine.items:
            page.frames.append(key, item)


def push(page: "Page", key: str, item: Any) -> None:
    """
    Put one more thing into a list of the next frame. May be called in any thread. A page of which only the HTML is made has
    nobody to tell: its ``mount`` runs again at the join.
    """
    if not page.connected:
        return
    mine = _held.get()
    if mine is not None and mine.is_open and mine.page is page:
        mine.items.append((key, item))
    elif _is_on(page.hub.loop):
        page.append(key, item)
    else:
        page.hub.loop.call_soon_threadsafe(page.append, key, item)


def _is_on(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def to_json(detail: object, what: str, *, most: int) -> Any:
    """
    Plain data as JSON has it: texts for dates and decimals, lists for tuples.

    Raises:
        InvalidDetail: It is something else, or takes more than ``most`` bytes.
    """
    try:
        text = messages.encode_bytes(freeze(detail))
    except InvalidState as error:
        raise InvalidDetail(what, str(error).partition(". State is ")[0].replace("state", "the value", 1)) from error
    if len(text) > most:
        raise InvalidDetail(what, f"it takes {len(text)} bytes of JSON, and {most} are allowed")
    return json.loads(text)
