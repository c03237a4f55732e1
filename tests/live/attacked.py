"""The project that test_attacks.py attacks: what it shows, and where."""

import asyncio
import sys
import threading
from datetime import datetime
from decimal import Decimal
from typing import Literal

from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_page

from liveex_django.live import LiveView, event
from liveex_django.store import Reject, Store

from . import stores


class Outer(LiveView):
    """Has a nested view when there is a count."""

    store = stores.board
    template_name = "live_attacks/outer.html"


class Around(LiveView):
    store = stores.board
    template_name = "live_attacks/around.html"


class Inner(LiveView):
    template_name = "live_attacks/inner.html"
    broken = ""
    gate: asyncio.Event

    def mount(self):
        self.assigns["broken"] = self.broken

    @event
    async def outlive(self):
        """Has its parent remove this view, and goes on."""
        await stores.board.at().acommit("add", -1)
        await self.gate.wait()
        self.assigns["note"] = "too late"


column = Store("tests.column", scope="global", state={"lines": ["old"]})


@column.mutation
def put_first(state, line: str):
    state["lines"].insert(0, line)


class Odd(BaseException):
    """What a library raises that thinks itself important."""


class Raising(LiveView):
    """Its template reads what raises, and so does that of the view in it."""

    store = stores.board
    template_name = "live_attacks/raising.html"
    error: BaseException | None = None

    @property
    def tail(self):
        if self.error:
            raise self.error
        return "ok"


class RaisingInside(Raising):
    template_name = "live_attacks/raising_inside.html"
    error = None


class AroundSlow(LiveView):
    store = stores.board
    template_name = "live_attacks/around_slow.html"


class SlowToMount(LiveView):
    template_name = "live_tests/count.html"
    started: asyncio.Event
    gate: asyncio.Event

    async def mount(self):
        self.started.set()
        if self.connected:
            await self.gate.wait()


class Lines(LiveView):
    store = column
    template_name = "live_attacks/lines.html"


class Line(LiveView):
    template_name = "live_attacks/line.html"

    def mount(self):
        self.assigns["line"] = self.kwargs["line"]


words = Store("tests.words", scope="page", state={"words": []})


@words.mutation
def say(state, word: str):
    state["words"].append(word)


@words.action(public=True)
async def speak(ctx, word: str):
    await ctx.acommit(say, word)


@words.getter
def average_length(state):
    return sum(map(len, state["words"])) / len(state["words"])


class Words(LiveView):
    store = words
    template_name = "live_attacks/words.html"


class Note(LiveView):
    store = stores.board
    template_name = "live_attacks/note.html"

    @event
    async def note(self, text: str):
        self.assigns["note"] = text

    @event
    async def price(self, amount: Decimal):
        self.assigns["note"] = str(amount)

    @event
    async def date(self, when: datetime):
        self.assigns["note"] = when.isoformat()

    @event
    async def half_a_character(self):
        self.assigns["note"] = "a\ud83d"

    @event
    async def refuse_in_the_visitors_language(self):
        raise Reject(gettext_lazy("No"))

    @event
    async def choose(self, note: Literal["yes", "no"]):
        self.assigns["note"] = note


class Careless(Note):
    """Its handlers end in ways that handlers do not end."""

    @event
    async def await_what_was_cancelled(self):
        task = asyncio.ensure_future(asyncio.sleep(10))
        task.cancel()
        await task

    @event
    def raise_cancelled(self):
        raise asyncio.CancelledError

    @event
    async def leave_the_program(self):
        sys.exit("secret detail")

    @event
    def leave_the_program_from_a_thread(self):
        sys.exit("secret detail")

    @event
    async def find_nothing(self):
        next(iter(()))

    @event
    def find_nothing_in_a_thread(self):
        next(iter(()))


class Threads(LiveView):
    """Its handler waits in a thread for an action that needs one."""

    store = stores.board
    template_name = "live_tests/count.html"
    crowd: threading.Barrier

    @event
    def bump_from_a_thread(self):
        self.crowd.wait(5)
        self.dispatch("bump_in_thread")


class Mine(LiveView):
    """Shows the counter that belongs to the user, and asks for no permission of its own."""

    store = stores.board
    stores = {"mine": stores.user}
    template_name = "live_attacks/mine.html"


class AroundGuarded(LiveView):
    store = stores.board
    template_name = "live_attacks/around_guarded.html"


class Guarded(LiveView):
    template_name = "live_tests/count.html"
    permission_required = "auth.change_user"


class Club(LiveView):
    store = stores.board
    template_name = "live_tests/count.html"
    has_members = True

    def can_subscribe(self):
        return self.has_members


class Fickle(LiveView):
    store = stores.board
    template_name = "live_tests/count.html"
    mood: Exception | None = None

    def has_permission(self):
        if self.mood:
            raise self.mood
        return True


class OfSession(LiveView):
    store = stores.session
    template_name = "live_tests/count.html"


class Tab(LiveView):
    store = stores.page
    template_name = "live_tests/count.html"


@cache_page(60)
def cached(request):
    return render(request, "live_attacks/cached.html")


ledger = Store("tests.ledger", scope="page", state={"total": 0})


@ledger.mutation
def enter(state):
    state["total"] += 1


@ledger.action(public=True)
async def book(ctx):
    await ctx.acommit(enter)


@ledger.action
async def audit(ctx):
    raise AssertionError("reached from a browser")


class Modules(LiveView):
    store = Store("tests.main", scope="page", state={"name": "x"}, modules={"ledger": ledger})
    stores = {"other": Store("tests.other", scope="page", state={"name": "y"}, modules={"ledger": ledger})}
    template_name = "live_attacks/modules.html"


urlpatterns = [
    path("modules/", Modules.as_view()),
    path("cached/", cached),
    path("outer/", Outer.as_view()),
    path("around/", Around.as_view()),
    path("raising/", Raising.as_view()),
    path("around-slow/", AroundSlow.as_view()),
    path("lines/", Lines.as_view()),
    path("words/", Words.as_view()),
    path("note/", Note.as_view()),
    path("careless/", Careless.as_view()),
    path("threads/", Threads.as_view()),
    path("mine/", Mine.as_view()),
    path("around-guarded/", AroundGuarded.as_view()),
    path("club/", Club.as_view()),
    path("fickle/", Fickle.as_view()),
    path("session/", OfSession.as_view()),
]
