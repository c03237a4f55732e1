"""The events of one page: they run one after the other, in the order they came, each once."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import conf
from ..exceptions import LogError
from ..replication import Origin
from ..replication.claims import EventId
from ..replication.threads import run_in_thread
from . import hooks, messages, user_messages
from .events import as_part_of, is_idempotent, run_event
from .ledger import ledger_of
from .messages import Event, Params
from .outcomes import APPLIED, Outcome, outcome_of
from .pushes import held

if TYPE_CHECKING:
    from .mounted import Mounted
    from .page import Page


class EventQueue:
    """Runs while there are events. Outcomes leave in the frames of the page."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._events: deque[Event | Params] = deque()
        self._working: asyncio.Task[None] | None = None
        self._when_idle: Callable[[], object] | None = None

    def take(self, event: Event | Params) -> None:
        """Put an event into the queue."""
        if len(self._events) >= conf.get("MAX_EVENTS"):
            self._page.reply(event.seq, Outcome(messages.FAILED, {"code": messages.TOO_MANY_EVENTS, "id": ""}))
            return
        self._events.append(event)
        if self._working is None:
            self._page.frames.is_answering = True
            self._working = self._page.hub.run(self._work(), what="an event of a page")

    def close(self) -> None:
        """Drop what waits; what runs may end, for ``LIVEEX["DRAIN"]`` seconds."""
        self._events.clear()
        if self._working is not None:
            self._page.hub.loop.call_later(conf.get("DRAIN"), self._working.cancel)

    def when_idle(self, call: Callable[[], object]) -> None:
        """Call something as soon as nothing waits or runs."""
        if self._working is None:
            call()
        else:
            self._when_idle = call

    async def finish(self) -> None:
        """Wait until the event that runs has been answered. The hub is draining, so no other one begins."""
        if self._working is not None:
            await asyncio.wait({self._working})

    async def _work(self) -> None:
        try:
            with self._page.localized():
                # When the server ends none is begun: what the browser has no answer to, it sends again elsewhere.
                while self._events and not self._page.hub.is_draining:
                    await self._take(self._events.popleft())
        finally:
            self._working = None
            self._page.frames.is_answering = False
            self._page.tell_messages()
            if self._when_idle is not None:
                self._when_idle()

    async def _take(self, message: Event | Params) -> None:
        event_id = EventId(f"{self._page.page_key}.{self._page.client}", message.seq)
        if isinstance(message, Params):
            self._page.reply(message.seq, await self._show(message, event_id))
        else:
            await self._run(message, event_id)

    async def _show(self, params: Params, event_id: EventId) -> Outcome:
        """
        Not by the ledger: a page that has joined again, by the token of its last query, has to be shown the new one anew.
        What ``handle_params`` dispatches counts once all the same.
        """
        page = self._page
        try:
            page.get(params.view)
            origin = Origin(user=page.user, id=str(event_id), visitor=page.page_key, is_repeatable=True)
            with hooks.Contained(), held(page), as_part_of(origin):
                url = await page.navigation.take(params.query)
            await self._save_session()
        except Exception as error:  # as of an event
            return outcome_of(error, f"the patch of a page to {params.query!r:.200}")
        return APPLIED if url is None else Outcome(messages.APPLIED, {"url": url})

    async def _run(self, event: Event, event_id: EventId) -> None:
        page = self._page
        # Before the event is claimed: a page that closes meanwhile takes its views along, and the event runs all the same.
        mounted = page.find(event.view)
        is_repeatable = mounted is not None and is_idempotent(mounted, event.event)
        try:
            outcome = await ledger_of(page.hub).once(
                event_id,
                lambda: self._run_new(event, event_id, mounted, is_repeatable=is_repeatable),
                page.hub.claimant,
                is_idempotent=is_repeatable,
            )
        except LogError as error:
            page.hub.log_failed(error)
            outcome = outcome_of(error, f"{_described(event)}, which was not run,")
        page.reply(event.seq, outcome)

    async def _run_new(
        self, event: Event, event_id: EventId, mounted: "Mounted | None", *, is_repeatable: bool
    ) -> Outcome:
        page = self._page
        try:
            mounted = mounted or page.get(event.view)
            with hooks.Contained(), held(page):
                origin = Origin(user=page.user, id=str(event_id), visitor=page.page_key, is_repeatable=is_repeatable)
                with page.navigation.handling():
                    answer = await run_event(mounted, event.event, event.payload, origin)
                page.mark_dirty(mounted)
                await page.navigation.settle()
            await self._save_session()
        except Exception as error:  # a project's handler may raise anything; it must not end the page
            return outcome_of(error, _described(event)).with_messages(user_messages.take(page.request))
        applied = Outcome(messages.APPLIED, answer) if answer else APPLIED
        return applied.with_messages(user_messages.take(page.request))

    async def _save_session(self) -> None:
        session = getattr(self._page.request, "session", None)
        if session is not None and session.modified:
            await run_in_thread(session.save)
            session.modified = False


def _described(event: Event) -> str:
    return f"event {event.event!r:.100} of view {event.view!r:.100}"
