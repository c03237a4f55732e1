"""
Where plain ``def`` code of pages runs in tests: what Django or a project sends to its sync thread (``sync_to_async``,
``aget()``, hooks and actions that are plain ``def``).

In a sync test that is the test's own thread, while it waits. A test of ``TestCase`` holds its rows in an open transaction,
and a transaction belongs to one thread; the event loop that serves the pages runs in another one. So the code is put into
a queue, which the test's thread empties while it waits for the loop. Between two calls of the test nothing runs behind
its back.

In an async test it is asgiref's thread, as in every async test of Django's.

In both a thread that waits for the loop, inside ``ctx.commit(...)`` or ``store.at(...).dispatch(...)``, takes what its
own call needs a thread for.
"""

import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import AsyncToSync, SyncToAsync

from ..replication import threads

P = ParamSpec("P")
R = TypeVar("R")

# Where asgiref looks for the thread of an event loop's sync code: SyncToAsync.__call__. It is typed for asgiref's own
# executor, of which nothing but submit() is used.
_thread_of: dict[AbstractEventLoop, Any] = AsyncToSync.loop_thread_executors


class SyncWork(Executor):
    """
    Args:
        executor: What does the work that no waiting thread takes.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def attach(self, loop: AbstractEventLoop) -> None:
        """Do the sync work of ``loop`` from now on."""
        _thread_of[loop] = self

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        waiting = threads._lent.get()
        offered = waiting.offer(lambda: function(*args, **kwargs)) if waiting is not None else None
        return self._executor.submit(function, *args, **kwargs) if offered is None else offered


def attach_asgiref_thread(loop: AbstractEventLoop) -> None:
    """For the loop of an async test: the thread that asgiref has for it already, else the one it has for all."""
    SyncWork(_thread_of.get(loop) or SyncToAsync.single_thread_executor).attach(loop)


def detach(loop: AbstractEventLoop) -> None:
    """Leave a loop that ends to asgiref again."""
    _thread_of.pop(loop, None)


class WaitingThread(Executor):
    """The queue of a sync test, emptied by the thread that made it."""

    def __init__(self) -> None:
        self._thread = threading.current_thread()
        self._items: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        future: Future[R] = Future()
        self._items.put((future, lambda: function(*args, **kwargs)))
        return future

    def wait(self, future: "Future[R]") -> R:
        """Do what there is to do until ``future`` has ended; returns its result, raises its error."""
        if threading.current_thread() is not self._thread:
            return future.result()
        future.add_done_callback(lambda _: self._items.put(None))
        while not future.done():
            self._do(self._items.get())
        return future.result()

    @staticmethod
    def _do(item: "tuple[Future[Any], Callable[[], Any]] | None") -> None:
        if item is None or not item[0].set_running_or_notify_cancel():
            return
        future, call = item
        try:
            future.set_result(call())
        except BaseException as error:  # handed to whoever waits for it
            future.set_exception(error)
