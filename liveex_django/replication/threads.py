"""Where plain ``def`` code runs: threads of our own, with database connections cared for."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import close_old_connections

from .. import conf

P = ParamSpec("P")
R = TypeVar("R")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="liveex")


async def run_in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """
    Call ``function`` in a thread, in a copy of the caller's context (language, time zone).

    asgiref's default is one thread for all of Django, where one slow query would stop every page. With
    ``LIVEEX["THREADS"] = 0`` that thread is used all the same: a ``TestCase`` keeps its open transaction there.
    """
    threads = conf.get("THREADS")
    if not threads:
        in_django_thread = sync_to_async(function, thread_sensitive=True)
        return await in_django_thread(*args, **kwargs)
    call = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_pool(threads), _with_fresh_connections, call)


def _with_fresh_connections(call: Callable[[], R]) -> R:
    close_old_connections()
    try:
        return call()
    finally:
        close_old_connections()


def refuse_on_loop(name: str, instead: str) -> None:
    """Raise ``SynchronousOnlyOperation`` when an event loop runs in this thread: it would wait for itself."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise SynchronousOnlyOperation(f"{name}() would block the event loop. In async code, write: await {instead}(...).")
