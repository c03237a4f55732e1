"""``@event`` and ``@event(idempotent=True)``: how they are declared, what is claimed, and the ids of what they commit."""

from weakref import WeakKeyDictionary

import pytest

from liveex_django.exceptions import InvalidDeclaration, LogUnreachable
from liveex_django.live import LiveView, event, ledger
from liveex_django.live.view import EventHandler
from liveex_django.replication import Instance, get_log
from liveex_django.store import Parameters, Reject

from . import stores, views

pytestmark = pytest.mark.django_db(transaction=True)


class TestDeclaration:
    def test_the_plain_form_is_not_idempotent(self):
        class View(LiveView):
            @event
            async def plain(self): ...

            @event()
            async def with_parentheses(self): ...

            @event(idempotent=True)
            def repeatable(self): ...

        assert {name: handler.idempotent for name, handler in View.event_handlers.items()} == {
            "plain": False,
            "with_parentheses": False,
            "repeatable": True,
        }

    def test_a_method_stays_what_it_is(self):
        def method(self): ...

        assert event(method) is method
        assert event(idempotent=True)(method) is method

    def test_what_is_neither_true_nor_false_is_refused(self):
        with pytest.raises(InvalidDeclaration, match="neither True nor False"):
            event(idempotent="yes")


@pytest.fixture
def handle(monkeypatch):
    """Give the board one more ``@event`` method, of its own name."""

    def add(method, *, idempotent=False):
        handler = EventHandler(method.__name__, method, Parameters(method, skip=1), idempotent)
        handlers = {**views.Board.event_handlers, method.__name__: handler}
        monkeypatch.setattr(views.Board, "event_handlers", handlers)

    return add


@pytest.fixture
def no_claims(monkeypatch):
    async def be_away(claims):
        raise LogUnreachable("redis://x", "away")

    monkeypatch.setattr(get_log().claims, "claim", be_away)


async def entries():
    return await get_log().history(Instance(stores.board), 100)


class TestClaims:
    @pytest.mark.usefixtures("no_claims")
    @pytest.mark.parametrize("name", ["bump", "add_through_the_view"])
    async def test_an_event_that_cannot_be_claimed_is_not_run_and_the_browser_gets_a_code(self, browser, name, caplog):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event(name, amount=1)

        [_, outcome, detail] = frame["reply"]
        assert (outcome, detail["code"]) == ("failed", "liveex.log-unreachable")
        assert f"[{detail['id']}] event '{name}' of view '0', which was not run," in caplog.text
        assert not await entries()

    @pytest.mark.usefixtures("no_claims")
    async def test_an_idempotent_event_or_action_needs_none(self, browser, handle):
        async def rename_again(self, note: str):
            self.assigns["note"] = note

        handle(rename_again, idempotent=True)
        tab = browser()
        await tab.open("/board/")

        frames = [await tab.event("rename_again", note="x"), await tab.event("bump_again")]

        assert [frame["reply"][1] for frame in frames] == ["applied", "applied"]

    async def test_an_event_that_nobody_offers_is_answered_as_ever(self, browser):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("nope")

        assert frame["reply"][2]["code"] == "liveex.unknown-event"


class TestIds:
    async def test_what_a_handler_dispatches_has_ids_made_from_the_events(self, browser, handle):
        async def bump_twice(self):
            await self.adispatch("bump")
            await self.adispatch("bump_and_write")

        handle(bump_twice)
        tab = browser()
        await tab.open("/board/")
        await tab.event("bump_twice")

        made = await entries()

        event_id = made[0].cause
        assert event_id.endswith(".1")
        assert [(entry.id.removeprefix(event_id), entry.cause) for entry in made] == [
            ("/1.1", event_id),
            ("/2.1", event_id),
            ("/2.2", event_id),
        ]

    async def test_in_a_plain_def_too(self, browser, handle):
        def bump_in_thread_too(self):
            self.dispatch("bump")

        handle(bump_in_thread_too)
        tab = browser()
        await tab.open("/board/")
        await tab.event("bump_in_thread_too")

        [entry] = await entries()
        assert entry.id == f"{entry.cause}/1.1"

    async def test_what_a_hook_dispatches_meanwhile_is_not_of_the_event(self, browser, handle, monkeypatch):
        async def write_after_bump(self, entry):
            if entry.name == "add":
                await self.adispatch("bump_and_write")
                monkeypatch.setattr(views.Board, "handle_mutation", LiveView.handle_mutation)

        async def bump_once(self):
            await self.adispatch("bump")

        monkeypatch.setattr(views.Board, "handle_mutation", write_after_bump)
        handle(bump_once)
        tab = browser()
        await tab.open("/board/")
        await tab.event("bump_once")
        while len(made := await entries()) < 3:
            await tab.receive()

        assert made[0].id == f"{made[0].cause}/1.1"
        assert [entry.cause for entry in made[1:]] == [None, None]
        assert not made[1].id.startswith(made[0].cause)

    async def test_an_event_that_runs_again_after_it_was_applied_is_no_failure(self, browser, handle, monkeypatch):
        runs = []

        async def bump_once_only(self):
            runs.append(self.state["count"])
            if self.state["count"]:
                raise Reject("bumped already")
            await self.adispatch("bump")
            if len(runs) == 1:
                raise SystemExit  # the answer never leaves

        handle(bump_once_only, idempotent=True)
        tab = browser()
        await tab.open("/board/")
        first = await tab.event("bump_once_only")
        # Another process would know as little of it.
        monkeypatch.setattr(ledger, "_ledgers", WeakKeyDictionary())
        await tab.close()
        tab.seq = 0
        await tab.join()

        again = await tab.event("bump_once_only")

        assert (first["reply"][1], again["reply"]) == ("failed", [1, "applied"])
        assert runs == [0, 1]
