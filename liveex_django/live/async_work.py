"""Work that a view has started and does not wait for: its page goes on, and is rendered when the work has ended."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass, fields, replace
from functools import partial
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from ..exceptions import InvalidDeclaration, InvalidState, LiveExError, Reject, TooMuchAsyncWork
from ..store import freeze, is_plain
from . import hooks
from .outcomes import correlation_id

if TYPE_CHECKING:
    from .mounted import Mounted

logger = logging.getLogger("liveex.live")

# Of one page at a time. A page has a handful of slow parts; a loop that starts one per row has not.
_MOST = 100

Work = Coroutine[Any, Any, Any] | Callable[[], Any]
# Takes an AsyncResult; the name of a method, or a function.
Handler = str | Callable[["AsyncResult"], Any]


@dataclass(frozen=True, slots=True)
class AsyncResult(Mapping[str, Any]):
    """
    How far some work is; in a template ``{% if stats.loading %}``. The same names are its keys.

    Attributes:
        loading: It runs, or will on the live page.
        result: What it gave last; kept while it runs again, and when that fails. Plain data is frozen.
        ok: There is a result.
        failed: The last run raised.
        error: What to show of that. The log has the rest, under the id in it.
        cancelled: The last run was cancelled by :meth:`~liveex_django.live.LiveView.cancel_async`.
    """

    loading: bool = False
    ok: bool = False
    result: Any = None
    failed: bool = False
    error: str = ""
    cancelled: bool = False

    # For change tracking: one that is bound anew counts as changed only where a value that is read has.
    is_read_by_name = True

    def __getitem__(self, name: str) -> Any:
        if name in _NAMES:
            return getattr(self, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)

    @property
    def is_plain(self) -> bool:
        """Whether the result is plain data, so that showing it waits for nothing."""
        return is_plain(self.result)


_NAMES = tuple(field.name for field in fields(AsyncResult))


class _Job:
    """One piece of work that runs."""

    def __init__(self, name: str, work: Work, on_end: Callable[[AsyncResult], Any], keep: bool) -> None:
        self.name = name
        self.work = work
        self.on_end = on_end
        self.keep = keep
        self.task: asyncio.Task[None] | None = None
        self.is_cancelled = False

    def begin(self) -> Coroutine[Any, Any, Any]:
        """What to await."""
        return hooks.call(self.work) if callable(self.work) else self.work

    def cancel(self) -> None:
        """End it wherever it is; also before it has begun."""
        self.is_cancelled = True
        if self.task is not None:
            self.task.cancel()

    def discard(self, _: object = None) -> None:
        """Called when nobody will begin it any more."""
        _discard(self.work)


class AsyncWork:
    """The work of one view, by name."""

    def __init__(self, mounted: "Mounted") -> None:
        self._mounted = mounted
        self._jobs: dict[str, _Job] = {}
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def start(self, work: Work, name: str, on_result: Handler | None, keep: bool) -> None:
        """
        Raises:
            InvalidDeclaration: ``work`` is nothing to run, has no name, or ``on_result`` is no method.
            TooMuchAsyncWork: The page has enough of it.
        """
        name = name or getattr(work, "__name__", "")
        try:
            self._check(work, name)
            handler = self._handler(on_result)
            self._begin(_Job(name, work, partial(hooks.call, handler) if handler else _drop, keep))
        except LiveExError:
            _discard(work)
            raise

    def assign(self, name: str, work: Work, keep: bool) -> None:
        """As :meth:`start`, with an AsyncResult in the assigns of the view."""
        assigns = self._mounted.view.assigns
        before = assigns.get(name)
        old = before if isinstance(before, AsyncResult) else AsyncResult()
        try:
            self._check(work, name)
            # First: begun from a thread, it may have ended before that goes on.
            assigns[name] = AsyncResult(loading=True, ok=old.ok, result=old.result)
            self._begin(_Job(name, work, partial(self._show, name), keep))
        except LiveExError:
            _discard(work)
            if isinstance(before, AsyncResult):
                assigns[name] = before
            else:
                assigns.pop(name, None)
            raise

    async def _show(self, name: str, result: AsyncResult) -> None:
        before = self._mounted.view.assigns.get(name)
        if not result.ok and isinstance(before, AsyncResult):
            result = replace(result, ok=before.ok, result=before.result)
        self._mounted.view.assigns[name] = result

    def cancel(self, name: str) -> None:
        """Cancel what runs under a name; nothing when nothing does."""
        job = self._jobs.pop(name, None)
        if job is not None:
            self._on_loop(lambda: self._cancel(job))

    def _cancel(self, job: _Job) -> None:
        job.cancel()
        self._mounted.page.hub.run(self._tell_cancelled(job), context=Context())

    async def _tell_cancelled(self, job: _Job) -> None:
        # Begun again meanwhile it is loading, and not cancelled.
        if job.name not in self._jobs:
            await self._end(job, AsyncResult(cancelled=True))

    def close(self) -> None:
        """The view has ended, and with it what is not to be kept. A handler that still runs begins nothing more."""
        self._is_closed = True
        jobs, self._jobs = self._jobs, {}
        for job in jobs.values():
            if not job.keep:
                self._on_loop(job.cancel)

    def _check(self, work: Work, name: str) -> None:
        if not (iscoroutine(work) or callable(work)) or not isinstance(name, str) or not name:
            raise InvalidDeclaration(
                f"{type(self._mounted.view).__name__} starts {work!r:.100} under the name {name!r:.50}: async work is a "
                'coroutine or a function without arguments, and has a name. Write self.start_async(self.load(), name="load")'
            )

    def _handler(self, on_result: Handler | None) -> Callable[..., Any] | None:
        found = getattr(self._mounted.view, on_result, None) if isinstance(on_result, str) else on_result
        if found is not None and callable(found):
            return found
        if on_result is None:
            return None
        raise InvalidDeclaration(
            f"{type(self._mounted.view).__name__} has no method {on_result!r:.100} that could take a result. Write "
            'def loaded(self, result): ..., and on_result="loaded".'
        )

    def _begin(self, job: _Job) -> None:
        page = self._mounted.page
        if self._is_closed or not page.connected:
            # Of a page that is only HTML, or gone, nobody would see the result.
            job.discard()
            return
        before = self._jobs.get(job.name)
        if before is not None:
            self._on_loop(before.cancel)
        elif page.count_async_work() >= _MOST:
            raise TooMuchAsyncWork(type(self._mounted.view).__name__, job.name, _MOST)
        self._jobs[job.name] = job
        self._on_loop(lambda: self._run_on_loop(job))

    def _on_loop(self, call: Callable[[], None]) -> None:
        """At once on the loop of the pages; soon, when a plain ``def`` in a thread asks for it."""
        loop = self._mounted.page.hub.loop
        try:
            is_here = asyncio.get_running_loop() is loop
        except RuntimeError:
            is_here = False
        if is_here:
            call()
        else:
            loop.call_soon_threadsafe(call)

    def _run_on_loop(self, job: _Job) -> None:
        if job.is_cancelled:
            job.discard()
            return
        what = f"async work {job.name!r} of {type(self._mounted.view).__name__}"
        # In nobody's event or action: what it dispatches is on its own account, as the user of the page.
        job.task = self._mounted.page.hub.run(self._run(job), what=what, context=Context())
        job.task.add_done_callback(job.discard)

    async def _run(self, job: _Job) -> None:
        name = type(self._mounted.view).__name__
        with self._mounted.page.localized():
            try:
                with hooks.Contained():
                    value = await job.begin()
                result = AsyncResult(ok=True, result=_frozen(value))
            except Reject as refusal:
                result = AsyncResult(failed=True, error=str(refusal.reason))
            except Exception as error:  # a project's code may raise anything
                correlation = correlation_id()
                logger.error("[%s] Async work %r of %s failed.", correlation, job.name, name, exc_info=error)
                result = AsyncResult(failed=True, error=gettext("Something went wrong (%s).") % correlation)
            if self._jobs.get(job.name) is job:
                del self._jobs[job.name]
                await self._end(job, result)

    async def _end(self, job: _Job, result: AsyncResult) -> None:
        """Hand a result to the view, and render it."""
        page, view = self._mounted.page, self._mounted.view
        if page.find(self._mounted.id) is not self._mounted:
            return
        with page.localized():
            try:
                await job.on_end(result)
            except Exception:  # as above
                logger.exception("%s failed on the result of async work %r.", type(view).__name__, job.name)
        page.mark_dirty(self._mounted)


def _discard(work: object) -> None:
    """Of a coroutine that is never begun Python would complain."""
    if iscoroutine(work):
        work.close()


async def _drop(result: AsyncResult) -> None:
    """Nobody wants the result."""


def _frozen(value: Any) -> Any:
    """Plain data frozen, so that a change of it is another object; anything else as it is."""
    try:
        return freeze(value)
    except InvalidState:
        return value
