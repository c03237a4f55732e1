"""Live views of every kind that the tests of this folder look at."""

import asyncio
import threading
from datetime import date

from django.contrib import messages
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy

from liveex_django.live import JS, LiveView, event
from liveex_django.store import Reject

from . import stores


class Board(LiveView):
    store = stores.board
    template_name = "live_tests/board.html"

    async def mount(self):
        self.assigns["title"] = "Board"
        self.assigns["note"] = "connected" if self.connected else "static"

    @event
    async def rename(self, note: str):
        self.assigns["note"] = note

    @event
    def rename_in_thread(self):
        self.assigns["note"] = threading.current_thread().name.split("_")[0]

    @event
    async def crash(self):
        raise RuntimeError("secret detail")

    @event
    async def shadow(self):
        self.assigns["count"] = 5

    @event
    async def add_through_the_view(self, amount: int):
        await self.adispatch("bump", amount)
        self.assigns["note"] = f"state has {self.state['count']}, double {self.getters['double']}"

    async def not_an_event(self):
        raise AssertionError("reached from a browser")


class Pusher(LiveView):
    """Pushes from everywhere, and answers with anything."""

    store = stores.board
    template_name = "live_tests/count.html"

    async def mount(self):
        self.push_event("mounted", {"connected": self.connected})
        self.runs = 0

    async def handle_mutation(self, entry):
        self.push_event("committed", entry.version)

    @event
    async def push(self):
        self.push_event("before", [1])
        await self.adispatch("bump", 1)
        self.push_commands(JS.hide("#x").focus("#y"))

    @event
    def push_in_thread(self):
        self.push_event("from-thread", "x")
        raise Reject("after the push")

    @event
    async def push_later(self):
        async def later():
            await asyncio.sleep(0)
            self.push_event("later")

        self.task = asyncio.create_task(later())

    @event
    async def push_too_much(self):
        self.push_event("large", "x" * 70_000)

    @event
    async def answer(self, kind: str):
        self.runs += 1
        return {
            "plain": {"rows": [1, "é"], "day": date(2026, 1, 2), "runs": self.runs},
            "nothing": None,
            "false": False,
            "object": {"view": self},
            "nan": float("nan"),
            "large": "x" * 9_000,
            "state": self.state,
        }[kind]


class Total(LiveView):
    template_name = "live_tests/total.html"

    def mount(self):
        self.assigns["seen"] = ""

    async def handle_mutation(self, entry):
        self.assigns["seen"] += f"{entry.name}{entry.version} "


class Count(LiveView):
    store = stores.board
    template_name = "live_tests/count.html"


class Around(LiveView):
    """Shows nothing of the store itself."""

    store = stores.board
    template_name = "live_tests/around.html"


class Room(LiveView):
    store = stores.key
    template_name = "live_tests/count.html"

    def get_store_key(self):
        return f"room-{self.kwargs['room']}"

    async def can_subscribe(self):
        return self.kwargs["room"] != 13


class PageScoped(LiveView):
    store = stores.page
    template_name = "live_tests/visitor.html"


class SessionScoped(LiveView):
    store = stores.session
    template_name = "live_tests/visitor.html"


class UserScoped(LiveView):
    store = stores.user
    template_name = "live_tests/visitor.html"


class Keyless(LiveView):
    store = stores.key
    template_name = "live_tests/count.html"


class TwoStores(LiveView):
    store = stores.board
    stores = {"ui": stores.page}
    template_name = "live_tests/two.html"

    @event
    async def bump_both(self):
        await self.adispatch("bump")
        await self.adispatch("ui/bump")


class AllScopes(LiveView):
    store = stores.board
    stores = {"mine": stores.user, "here": stores.session, "tab": stores.page, "room": stores.key}
    template_name = "live_tests/scopes.html"

    def get_store_key(self):
        return "room-1"


class Members(LiveView):
    store = stores.board
    template_name = "live_tests/count.html"
    login_required = True


class Staff(LiveView):
    store = stores.board
    template_name = "live_tests/count.html"
    permission_required = "auth.change_user"


class Fragile(LiveView):
    store = stores.page
    template_name = "live_tests/fragile.html"

    async def mount(self):
        self.assigns["broken"] = self.params.get("broken", "")

    @event
    async def set_broken(self, value: str):
        self.assigns["broken"] = value


class Slow(LiveView):
    """Its handlers wait until the test lets them go on."""

    store = stores.board
    template_name = "live_tests/count.html"
    thread_gate = threading.Event()
    started = threading.Event()

    @event
    def block_a_thread(self):
        self.started.set()
        self.thread_gate.wait(10)

    @event
    async def wait_for_ever(self):
        self.started.set()
        await asyncio.Event().wait()


class Dead(LiveView):
    store = stores.board
    template_name = "live_tests/dead.html"


class Params(LiveView):
    store = stores.board
    template_name = "live_tests/total.html"

    def handle_params(self, params):
        self.assigns["seen"] = params.get("q", "none")


class Shared(LiveView):
    """Shows what all visitors share, and in each way in which a template can something of its own."""

    store = stores.board
    template_name = "live_tests/shared.html"

    def mount(self):
        self.assigns["me"] = f"assign of {self.user.username}"

    @event
    async def rename(self, me: str):
        self.assigns["me"] = me


class Notes(LiveView):
    """Its own store is the page's, in which names appear later; beside it there is one that all share."""

    store = stores.notes
    stores = {"board": stores.board}
    template_name = "live_tests/notes.html"


class _Unsayable:
    def __str__(self):
        raise ZeroDivisionError("secret detail")


class Telling(LiveView):
    """Tells the user something."""

    template_name = "live_tests/telling.html"

    @event
    async def tell(self, text: str):
        messages.success(self.request, text, extra_tags="extra")
        messages.error(self.request, "second")

    @event
    def tell_in_thread(self):
        messages.info(self.request, "from a thread")

    @event
    async def tell_lazily(self):
        messages.info(self.request, gettext_lazy("Cancel"))

    @event
    async def tell_nonsense(self):
        messages.info(self.request, "before")
        messages.info(self.request, lazystr(_Unsayable()))

    @event
    async def tell_and_refuse(self):
        messages.warning(self.request, "no")
        raise Reject("no")

    @event
    async def tell_and_crash(self):
        messages.warning(self.request, "oh")
        raise RuntimeError("secret detail")

    @event
    async def tell_and_read_visitor(self):
        messages.info(self.request, "kept")
        await self._mounted.page.read_visitor()

    @event
    async def tell_later(self):
        asyncio.get_running_loop().call_soon(messages.info, self.request, "later")

    @event
    async def look(self):
        assert list(get_messages(self.request)) == []

    @event
    async def rest(self):
        pass


def add_message(request):
    messages.info(request, "from before")
    return HttpResponse()


def show_messages(request):
    return HttpResponse(" ".join(str(message) for message in get_messages(request)))
