"""Calling what a project wrote: ``def`` in a thread, ``async def`` on the loop, what it left alone not at all."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from ..replication.threads import run_in_thread


async def call(hook: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a hook or handler, whichever kind it is. Whatever it raises is an ``Exception``."""
    with Contained():
        if inspect.iscoroutinefunction(hook):
            return await hook(*args, **kwargs)
        if getattr(hook, "is_default", False):
            return hook(*args, **kwargs)
        return await run_in_thread(hook, *args, **kwargs)


class Contained:
    """
    A block that runs a project's code, out of which nothing comes that ends more than the block.

    ``SystemExit`` would end the server, and ``CancelledError``, which awaiting somebody else's cancelled task raises,
    the task of the page; both are the project's mistakes like any other. A task that really is being cancelled ends.

    Raises:
        RuntimeError: Instead of what is no ``Exception``.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None or isinstance(error, Exception | KeyboardInterrupt | GeneratorExit):
            return
        if isinstance(error, asyncio.CancelledError) and _is_being_cancelled():
            return
        raise RuntimeError(
            f"{type(error).__name__} was raised, which would have ended more than this call: {error}"
        ) from error


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def default(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a base class's own hook: it does nothing slow, so it needs no thread."""
    hook.is_default = True  # type: ignore[attr-defined]
    return hook
