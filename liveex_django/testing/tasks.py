"""Which tasks of an event loop have still to begin, and what they are about."""

import asyncio
import inspect
from collections.abc import Collection
from types import CodeType
from typing import Any


def has_begun(task: asyncio.Task[Any]) -> bool:
    """Whether the loop has come to a task at least once."""
    coroutine = task.get_coro()
    return not inspect.iscoroutine(coroutine) or inspect.getcoroutinestate(coroutine) != inspect.CORO_CREATED


def is_within(task: asyncio.Task[Any], functions: Collection[CodeType]) -> bool:
    """Whether a task runs one of these coroutine functions, or awaits one."""
    coroutine: Any = task.get_coro()
    while coroutine is not None:
        if getattr(coroutine, "cr_code", None) in functions:
            return True
        coroutine = getattr(coroutine, "cr_await", None)
    return False


async def all_begun() -> None:
    """Wait until every task of this loop has begun."""
    while not all(map(has_begun, asyncio.all_tasks())):  # noqa: ASYNC110 - a turn of the loop begins them, not time
        await asyncio.sleep(0)
