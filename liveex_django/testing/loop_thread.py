"""An event loop in a thread of its own, for the length of a sync test."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from .sync_work import SyncWork, WaitingThread, detach

T = TypeVar("T")


class LoopThread:
    """
    Runs from :meth:`start` to :meth:`stop`. Made, called and stopped by the thread of the test, which meanwhile does the
    sync work of the loop.
    """

    def __init__(self) -> None:
        self._waiting = WaitingThread()
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._ended: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="liveex-test-loop", daemon=True)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, once it runs."""
        return self._started.result()

    def start(self) -> None:
        """Returns when the loop runs."""
        self._thread.start()
        SyncWork(self._waiting).attach(self.loop)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` on the loop and wait for it."""
        return self._waiting.wait(asyncio.run_coroutine_threadsafe(work, self.loop))

    def stop(self) -> None:
        """End the loop with every task and thread of it."""
        self.loop.call_soon_threadsafe(self._stop.set)
        self._waiting.wait(self._ended)
        self._thread.join()
        detach(self.loop)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
            self._ended.set_result(None)
        except BaseException as error:  # shown by stop()
            self._ended.set_exception(error)

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._started.set_result(asyncio.get_running_loop())
        await self._stop.wait()
