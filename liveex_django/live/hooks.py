"""Calling what a project wrote: ``def`` in a thread, ``async def`` on the loop, what it left alone not at all."""

import inspect
from collections.abc import Callable
from typing import Any

from ..replication.threads import run_in_thread


async def call(hook: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a hook or handler, whichever kind it is."""
    if inspect.iscoroutinefunction(hook):
        return await hook(*args, **kwargs)
    if getattr(hook, "is_default", False):
        return hook(*args, **kwargs)
    return await run_in_thread(hook, *args, **kwargs)


def default(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a base class's own hook: it does nothing slow, so it needs no thread."""
    hook.is_default = True  # type: ignore[attr-defined]
    return hook
