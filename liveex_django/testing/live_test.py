"""
What the pages of one test share: settings, a log of their own, an event loop, and waiting until all are up to date.

A sync test gets an event loop in a thread, an async test is served by its own;
:mod:`liveex_django.testing.sync_work` says where plain ``def`` code runs. Nothing here sleeps: to wait is to wait for a
frame, or for a task that leads to one.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from types import CodeType
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connections
from django.test import override_settings

from ..live.async_work import AsyncWork
from ..live.delivery import Delivery, delivery_of
from ..replication import process
from ..replication.store_subscribers import StoreSubscribers
from .failures import LiveTestFailure, NoAnswer, NotUpToDate
from .loop_thread import LoopThread
from .patch import Patch
from .server_log import ServerLog
from .socket import load_application
from .sync_work import attach_asgiref_thread, detach
from .tasks import all_begun, has_begun, is_within

if TYPE_CHECKING:
    from .conversation import Conversation

T = TypeVar("T")

# What runs between a commit and the frames that follow from it. Other tasks may wait for whatever they like.
_ON_THE_WAY = frozenset({StoreSubscribers._work.__code__})
# What a view has started and does not wait for.
_ASYNC_WORK = frozenset({AsyncWork._run.__code__, AsyncWork._end.__code__})


class LiveTest:
    """Args: timeout: Seconds to wait for the server before the test fails."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.log = ServerLog()
        self.pages: list[Conversation] = []
        self._application: Any = None
        self._thread: LoopThread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._guard: asyncio.Task[None] | None = None
        self._arrived: asyncio.Event | None = None
        self._undo = ExitStack()

    # Life

    def start(self) -> None:
        """Give the test settings and a log of its own. The event loop comes with the first page."""
        self._undo.enter_context(
            override_settings(LIVEEX={**getattr(settings, "LIVEEX", {}), "THREADS": 0, "LOG": "memory://"})
        )
        _forget_the_past()
        self._undo.callback(_forget_the_past)
        self._transactions, self._started_in = _open_transactions(), threading.current_thread()
        self.log.start()
        self._undo.callback(self.log.stop)

    def stop(self) -> None:
        """Close every page, and leave no hub, loop, thread or socket behind."""
        try:
            if self._thread is not None:
                self._thread.call(self._close())
                self._thread.stop()
            elif self._loop is not None and not self._loop.is_closed() and not self._loop.is_running():
                self._loop.run_until_complete(self.astop())
        finally:
            self._thread = self._loop = None
            self._undo.close()

    async def astop(self) -> None:
        """As :meth:`stop`, on the loop of an async test; the settings are given back by :meth:`stop`."""
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.wait([self._guard])

    async def _close(self) -> None:
        for page in self.pages:
            await page.disconnect()
        self.pages.clear()
        await process.close_hub()

    # Running

    def call(self, work: Callable[[], Coroutine[Any, Any, T]], name: str) -> T:
        """Run ``work`` for a sync test and wait for it; ``name`` is the method that was called."""
        if _runs_here():
            raise SynchronousOnlyOperation(
                f"{name}() would block the event loop. In async code, write: await a{name}(...)."
            )
        if self._thread is None:
            self._thread = LoopThread()
            self._thread.start()
            self._loop = self._thread.loop
        return self._thread.call(work())

    async def acall(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run ``work`` for an async test, on its loop."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
            self._guard = loop.create_task(self._close_with_the_loop())
            attach_asgiref_thread(loop)
        elif self._loop is not loop:
            raise LiveTestFailure(
                "This page belongs to another event loop. A test uses either the sync methods or the async ones "
                "(get, click, ... or aget, aclick, ...), and every test a live_client of its own."
            )
        self._check_transaction()
        return await work()

    def _check_transaction(self) -> None:
        """An async test's sync code runs in another thread, which does not see what this one's open transaction holds."""
        if self._transactions and threading.current_thread() is self._started_in:
            raise LiveTestFailure(
                f"This async test holds a transaction of database {self._transactions[0]!r} open in the thread of its event "
                "loop, and pages read the database in another thread, so they would not see the test's rows. Mark "
                "the test with @pytest.mark.django_db(transaction=True), or make it a plain def."
            )

    async def _close_with_the_loop(self) -> None:
        """The end of an async test's loop cancels this task, so pages are closed even when nobody asks for it."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._close()
            detach(asyncio.get_running_loop())

    def load_application(self) -> Any:
        """The project's ASGI application, which from then on counts as serving."""
        if self._application is None:
            self._application = load_application()
        return self._application

    async def join(self, page: "Conversation") -> None:
        """Connect a page, and keep it up to date from then on."""
        self.pages.append(page)
        try:
            await page.connect()
        except BaseException:
            self.pages.remove(page)
            await page.disconnect()
            raise

    def forget_patches(self) -> None:
        """From now on ``last_patch`` is about what is still to come."""
        for page in self.pages:
            page.patch = Patch()

    # Being up to date

    def arrived(self) -> None:
        """Called when something has come for one of the pages."""
        if self._arrived is not None:
            self._arrived.set()

    def take(self) -> None:
        """Let every page handle what has come for it."""
        for page in self.pages:
            page.take()

    def is_quiet(self) -> bool:
        """Whether nothing is on its way to a page."""
        delivery = self._delivery()
        is_delivered = delivery is None or delivery.is_idle
        return is_delivered and not self._on_the_way() and not any(page.is_waiting for page in self.pages)

    async def finish_async_work(self, where: str) -> None:
        """
        Wait until what views have started has ended, and every page shows it.

        Raises:
            NoAnswer: Not within the time limit.
        """
        await self.until(lambda: True, f"the async work of {where}", _ON_THE_WAY | _ASYNC_WORK)

    async def until(
        self, condition: Callable[[], bool], waiting_for: str, functions: frozenset[CodeType] = _ON_THE_WAY
    ) -> None:
        """
        Wait until ``condition`` holds and every page shows what has been committed.

        ``functions`` are those whose end is waited for too, wherever they run.

        Raises:
            NoAnswer: Not within the time limit.
            LiveTestFailure: A page met a problem on the way, the first one's.
        """
        if self._arrived is None:
            self._arrived = asyncio.Event()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.timeout
        while True:
            self._arrived.clear()
            self.take()
            on_the_way = self._on_the_way(functions)
            if not on_the_way and condition() and self.is_quiet():
                break
            if not all(map(has_begun, on_the_way)):
                await all_begun()
                continue
            news: list[asyncio.Task[Any]] = [loop.create_task(self._arrived.wait())]
            if (delivery := self._delivery()) is not None and not delivery.is_idle:
                news.append(loop.create_task(delivery.idle()))
            done, _ = await asyncio.wait(
                {*news, *on_the_way}, timeout=deadline - loop.time(), return_when=asyncio.FIRST_COMPLETED
            )
            for task in news:
                task.cancel()
            if not done:
                raise NoAnswer(
                    f"After {self.timeout} s there is still no end of {waiting_for}. Does a handler, a mutation or a "
                    "template wait for something that does not come? LiveClient(timeout=...) allows more seconds."
                )
        self.raise_problems()

    def raise_problems(self) -> None:
        """Raise what went wrong on a page since this was last asked."""
        problems = [problem for page in self.pages for problem in page.take_problems()]
        if problems:
            raise problems[0]

    def refresh(self) -> None:
        """
        Bring the pages up to date before something is read from one.

        Raises:
            NotUpToDate: In an async test, which would have to wait.
        """
        if self._thread is not None and not _runs_here():
            self._thread.call(self.until(lambda: True, "what was committed"))
        elif self._loop is not None and not self._loop.is_closed():
            self.take()
            if not self.is_quiet():
                raise NotUpToDate(
                    "A change is on its way to a page, so what is read now would be out of date a moment later. Wait for it "
                    "first: await live_client.asettle()."
                )
            self.raise_problems()

    def _delivery(self) -> Delivery | None:
        hub = process._hubs.get(self._loop) if self._loop is not None else None
        return None if hub is None else delivery_of(hub)

    def _on_the_way(self, functions: frozenset[CodeType] = _ON_THE_WAY) -> set[asyncio.Task[Any]]:
        tasks = asyncio.all_tasks(self._loop) if self._loop is not None else set()
        return {task for task in tasks if not has_begun(task) or is_within(task, functions)}


def _runs_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _forget_the_past() -> None:
    """Begin with an empty log; drop hubs whose loop has ended without them."""
    process.get_log.cache_clear()
    for loop in tuple(process._hubs):
        if loop.is_closed():
            del process._hubs[loop]


def _open_transactions() -> list[str]:
    """Databases with an open transaction of a ``TestCase`` in this thread."""
    return [
        connection.alias
        for connection in connections.all(initialized_only=True)
        if any(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
    ]
