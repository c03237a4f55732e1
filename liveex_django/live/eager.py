"""
Running a coroutine at once, without a task, as far as it goes without waiting; what has to wait goes on in a task.

A task costs more than all else that bringing a change to a page does, and hardly a page ever waits. Python has this as
``asyncio.eager_task_factory`` from 3.12 on, which makes a task for each all the same.
"""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


@coroutine
def in_task() -> Generator[None, None, None]:
    """
    From here on the caller runs in a task. Awaited before code of a project, which may ask for its task, as
    ``asyncio.timeout`` does.
    """
    if asyncio.current_task() is None:
        yield


def begin(work: Coroutine[Any, Any, T], context: Context) -> "Begun[T] | None":
    """
    Run ``work`` until it waits; returns what is to go on in a task, in the same context.

    Raises:
        StopIteration: It has come to its end; ``value`` is what it returned.
    """
    return Begun(work, context.run(work.send, None))


class Begun(Coroutine[Any, Any, T]):
    """
    A coroutine that has been begun, for a task to go on with. A cancellation reaches it at the place where it waits, also
    when the task itself has not begun.
    """

    def __init__(self, work: Coroutine[Any, Any, T], awaited: Any) -> None:
        self._work = work
        # The first thing to give to the task is what the coroutine waits for: a future, or None for a turn of the loop.
        self._awaited = [awaited]

    def send(self, value: Any) -> Any:
        return self._awaited.pop() if self._awaited else self._work.send(value)

    def throw(self, *error: Any) -> Any:
        self._awaited.clear()
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, T]:
        return self

    def __iter__(self) -> "Begun[T]":
        return self

    def __next__(self) -> Any:
        return self.send(None)
