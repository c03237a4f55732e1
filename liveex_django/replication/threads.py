"""
Where plain ``def`` code runs: threads of our own, with database connections cared for.

A thread that waits for the event loop lends itself to what it waits for: a plain ``def`` that the loop needs a thread
for runs in the waiting one. So actions may dispatch actions to any depth, and a pool whose threads all wait is not stuck.
What only happens at the same time gets another thread: in the waiting one it would see a database transaction that is
not its own.
"""

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import close_old_connections

from .. import conf
from .inside_mutation import refuse_in_mutation
from .transactions import open_transaction

P = ParamSpec("P")
R = TypeVar("R")

# Of the second pool: initial states that an atomic action is the first to ask for. They wait for no other of their kind.
_THREADS_APART = 2

# How often a waiting thread looks whether the loop it waits for has ended under it (s).
_LOOK_UP = 1.0


async def run_in_thread(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """
    Call ``function`` in a thread, in a copy of the caller's context (language, time zone).

    asgiref's default is one thread for all of Django, where one slow query would stop every page. With
    ``LIVEEX["THREADS"] = 0`` that thread is used all the same: a ``TestCase`` keeps its open transaction there.
    """
    return await _run(_lent.get(), conf.get("THREADS"), _pool, partial(function, *args, **kwargs))


async def run_apart(function: Callable[[], R], /) -> R:
    """
    As :func:`run_in_thread`, for what everybody will see: never within a database transaction that the caller has open.
    """
    lent, threads = _lent.get(), conf.get("THREADS")
    if threads and lent is not None and lent.has_transaction:
        return await _run(None, _THREADS_APART, _pool_apart, function)
    return await run_in_thread(function)


async def _run(
    lent: "_LentThread | None", threads: int, pool: Callable[[int], ThreadPoolExecutor], function: Callable[[], R]
) -> R:
    call = partial(_call_as_borrower, function)
    in_context = partial(contextvars.copy_context().run, call)
    future = lent.offer(in_context) if lent is not None else None
    if future is not None:
        return await asyncio.wrap_future(future)
    if not threads:
        in_django_thread = sync_to_async(call, thread_sensitive=True)
        return await in_django_thread()
    return await asyncio.get_running_loop().run_in_executor(pool(threads), _with_fresh_connections, in_context)


def context_apart() -> contextvars.Context:
    """A copy of the present context, for work that nobody in a thread waits for."""
    context = contextvars.copy_context()
    context.run(_lent.set, None)
    return context


@contextmanager
def apart() -> Iterator[None]:
    """Within the block, and in tasks that are started there, no thread that waits is made use of."""
    token = _lent.set(None)
    try:
        yield
    finally:
        _lent.reset(token)


def wait_for_loop(work: Coroutine[Any, Any, R], loop: asyncio.AbstractEventLoop) -> R:
    """Run ``work`` on an event loop of another thread, and lend it this one until it has ended."""
    lent = _LentThread()
    token = _lent.set(lent)
    try:
        future = asyncio.run_coroutine_threadsafe(work, loop)
    except RuntimeError:  # the loop is closed
        work.close()
        raise
    finally:
        _lent.reset(token)
    lent.work_until(future, loop)
    return future.result()


def refuse_on_loop(name: str, instead: str) -> None:
    """
    Called by what waits for the event loop.

    Raises:
        CommitInMutation: A mutation called it.
        SynchronousOnlyOperation: An event loop runs in this thread, which would wait for itself.
    """
    refuse_in_mutation(name)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise SynchronousOnlyOperation(f"{name}() would block the event loop. In async code, write: await {instead}(...).")


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="liveex")


@cache
def _pool_apart(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="liveex-apart")


def _with_fresh_connections(call: Callable[[], R]) -> R:
    close_old_connections()
    try:
        return call()
    finally:
        close_old_connections()


class _LentThread:
    """
    A thread while it waits for the loop.

    Attributes:
        has_transaction: Whether it has a database transaction open.
    """

    def __init__(self) -> None:
        self.has_transaction = open_transaction() is not None
        self._work: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_idle = True

    def offer(self, call: Callable[[], R]) -> "Future[R] | None":
        """Have the thread run ``call``; None when it is busy, or waits no longer."""
        with self._lock:
            if not self._is_idle:
                return None
            self._is_idle = False
        future: Future[R] = Future()
        self._work.put((call, future))
        return future

    def work_until(self, done: "Future[Any]", loop: asyncio.AbstractEventLoop) -> None:
        """Called by the thread itself: run what is offered until ``done`` has ended, or its loop has."""
        done.add_done_callback(lambda _: self._work.put(None))
        try:
            while not (done.done() and self._retire()):
                try:
                    item = self._work.get(timeout=_LOOK_UP)
                except Empty:
                    # daphne stops its loop and never closes it.
                    if not loop.is_running():
                        done.cancel()
                    continue
                if item is not None:
                    self._run(*item)
        finally:
            self._retire()

    def _retire(self) -> bool:
        """Take no more work; False when some was accepted before."""
        with self._lock:
            was_idle, self._is_idle = self._is_idle, False
        return was_idle

    def _run(self, call: Callable[[], Any], future: "Future[Any]") -> None:
        if not future.set_running_or_notify_cancel():
            self._rest()
            return
        try:
            result = call()
        except BaseException as error:  # handed to whoever waits for it
            self._rest()
            future.set_exception(error)
        else:
            self._rest()
            future.set_result(result)

    def _rest(self) -> None:
        """Take work again; before whoever waits for a result goes on, since the next thing it does may need us."""
        with self._lock:
            self._is_idle = True


# The thread that waits for what runs here.
_lent: ContextVar[_LentThread | None] = ContextVar("liveex_lent_thread", default=None)


def _call_as_borrower(call: Callable[[], R]) -> R:
    """In the thread: nobody may be sent to the thread that waits for us, for it is this one."""
    token = _lent.set(None)
    try:
        return call()
    except StopIteration as error:
        # An asyncio future cannot hold it: whoever waits would wait for ever.
        raise RuntimeError(
            "A StopIteration came out of a plain def: a next(...) in it found nothing. Give next() a default."
        ) from error
    finally:
        _lent.reset(token)
