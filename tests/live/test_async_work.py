"""Work that a view starts and does not wait for, from the loading state to the end of the page."""

import asyncio
import threading

import pytest
from django.urls import path
from django.utils import translation

from liveex_django.exceptions import InvalidDeclaration, TooMuchAsyncWork
from liveex_django.live import AsyncResult, LiveView, async_work, event
from liveex_django.replication.process import close_hub
from liveex_django.store import FrozenDict, Reject, Store
from liveex_django.testing.plugin import live_client

__all__ = ["live_client"]

pytestmark = pytest.mark.django_db(transaction=True)

total = Store("tests.async", scope="global", state={"total": 0, "by": ""})
#: What the work waits for, and what has become of it.
gates = {}
notes = []


@total.mutation
def put(state, number: int):
    state["total"] = number


@total.action
async def save(ctx, number: int):
    await ctx.acommit(put, number)


async def load(kind):
    try:
        await gates.setdefault(kind, asyncio.Event()).wait()
    except asyncio.CancelledError:
        notes.append(f"{kind} cancelled")
        raise
    notes.append(f"{kind} loaded")
    return {"total": 7, "kind": kind}


class Work(LiveView):
    store = total
    template_name = "live_async/work.html"

    def mount(self):
        self.assigns["heard"] = ""

    @event
    async def load(self, kind: str):
        self.assign_async("stats", load(kind))

    @event
    def load_from_thread(self):
        self.assign_async("stats", self.in_thread)

    def in_thread(self):
        notes.append(threading.current_thread() is not threading.main_thread())
        self.dispatch("save", 3)
        return {"total": self.state["total"], "kind": translation.get_language()}

    @event
    async def keep(self, kind: str):
        self.assign_async("stats", load(kind), keep=True)

    @event
    async def cancel(self):
        self.cancel_async("stats")

    @event
    async def load_again(self, kind: str):
        self.cancel_async("stats")
        self.assign_async("stats", load(kind))

    @event
    async def fail(self):
        self.assign_async("stats", self.raising)

    @event
    async def refuse(self):
        self.assign_async("stats", self.refusing)

    async def raising(self):
        raise RuntimeError("secret detail")

    async def refusing(self):
        raise Reject("not today")

    @event
    async def listen(self, kind: str):
        self.start_async(load(kind), name="listen", on_result="hear")

    async def hear(self, result):
        self.assigns["heard"] = f"heard {result.ok} {result['result']}"

    @event
    async def bump(self):
        self.assigns["heard"] = "still here"

    @event
    async def count(self):
        self.assign_async("total", self.in_thread)

    @event
    async def nothing(self):
        self.start_async(None)

    @event
    async def unheard(self):
        self.start_async(load("x"), name="x", on_result="nobody")

    @event
    async def start_late(self):
        notes.append("waiting")
        await gates["late"].wait()
        opened("cats")
        self.assign_async("stats", load("cats"))
        notes.append("started")

    @event
    async def many(self):
        for number in range(async_work._MOST + 1):
            self.start_async(load("many"), name=str(number))


class AtMount(Work):
    async def mount(self):
        self.assigns["heard"] = ""
        self.assign_async("stats", load("mount"))


urlpatterns = [path("work/", Work.as_view()), path("mount/", AtMount.as_view())]


@pytest.fixture(autouse=True)
def own_pages(settings):
    settings.ROOT_URLCONF = __name__
    gates.clear()
    notes.clear()


def opened(kind):
    gates[kind] = asyncio.Event()
    gates[kind].set()


class TestAssignAsync:
    async def test_shows_that_it_loads_and_then_what_it_gave(self, live_client):
        page = await live_client.aget("/work/")

        await page.asend_event("load", {"kind": "cats"})
        loading = page.text("p")
        gates["cats"].set()
        await page.asettle()

        assert (loading, page.text("p")) == ("loading", "7 of cats")

    async def test_leaves_the_page_responsive(self, live_client):
        page = await live_client.aget("/work/")
        await page.asend_event("load", {"kind": "cats"})

        await page.asend_event("bump")

        assert (page.text("p"), page.text("i")) == ("loading", "still here")

    async def test_keeps_the_result_while_it_loads_again(self, live_client):
        page = await live_client.aget("/work/")
        opened("cats")
        await page.asend_event("load", {"kind": "cats"})
        await page.asettle()

        await page.asend_event("load", {"kind": "dogs"})

        assert page.text("p") == "loading 7 of cats"

    async def test_of_the_same_name_cancels_the_former(self, live_client):
        page = await live_client.aget("/work/")
        await page.asend_event("load", {"kind": "cats"})
        opened("dogs")

        await page.asend_event("load", {"kind": "dogs"})
        await page.asettle()

        assert notes == ["cats cancelled", "dogs loaded"]
        assert page.text("p") == "7 of dogs"

    async def test_can_be_cancelled(self, live_client):
        page = await live_client.aget("/work/")
        await page.asend_event("load", {"kind": "cats"})

        await page.asend_event("cancel")
        await page.asettle()

        assert notes == ["cats cancelled"]
        assert page.text("p") == "cancelled"

    async def test_that_is_cancelled_and_begun_again_is_loading(self, live_client):
        page = await live_client.aget("/work/")
        await page.asend_event("load", {"kind": "cats"})

        await page.asend_event("load_again", {"kind": "dogs"})

        assert page.text("p") == "loading"
        opened("dogs")
        gates["dogs"].set()
        await page.asend_event("load_again", {"kind": "dogs"})
        await page.asettle()
        assert page.text("p") == "7 of dogs"

    async def test_that_is_too_much_shows_what_was_there(self, live_client, monkeypatch):
        monkeypatch.setattr(async_work, "_MOST", 1)
        page = await live_client.aget("/work/")
        before = page.text("p")
        await page.asend_event("listen", {"kind": "cats"})

        with pytest.raises(AssertionError):
            await page.asend_event("load", {"kind": "dogs"})
        await page.asend_event("bump")

        assert page.text("p") == before

    async def test_that_fails_keeps_the_detail_for_the_log(self, live_client, caplog):
        page = await live_client.aget("/work/")

        await page.asend_event("fail")
        await page.asettle()

        shown = page.text("p")
        assert shown.startswith("Something went wrong (")
        assert "secret" not in shown
        assert f"[{shown.partition('(')[2].partition(')')[0]}] Async work 'stats' of Work failed." in caplog.text
        assert "secret detail" in caplog.text

    async def test_that_is_refused_says_why(self, live_client):
        page = await live_client.aget("/work/")

        await page.asend_event("refuse")
        await page.asettle()

        assert page.text("p") == "not today"

    def test_runs_a_plain_def_in_a_thread_in_the_language_of_the_page(self, live_client):
        page = live_client.get("/work/")

        page.send_event("load_from_thread")
        page.settle()

        assert page.text("p") == "3 of en-us"

    async def test_acts_as_the_user_of_the_page(self, live_client):
        page = await live_client.aget("/work/")

        await page.asend_event("load_from_thread")
        await page.asettle()

        assert (await total.at().ahistory())[-1].actor == "anonymous"

    async def test_may_not_hide_a_name_of_the_state(self, live_client, caplog):
        page = await live_client.aget("/work/")

        with pytest.raises(AssertionError):
            await page.asend_event("count")

        assert "NameShadowed" in caplog.text


class TestAtMount:
    async def test_is_not_started_for_the_html(self, live_client):
        response = await live_client.http.get("/mount/")

        assert "loading <!--" in response.content.decode()
        assert notes == []

    async def test_is_started_by_the_join_and_again_by_the_next(self, live_client):
        page = await live_client.aget("/mount/")

        await page.adisconnect()
        opened("mount")
        await page.areconnect()
        await page.asettle()

        assert notes == ["mount cancelled", "mount loaded"]
        assert page.text("p") == "7 of mount"


class TestStartAsync:
    async def test_hands_the_result_to_a_method(self, live_client):
        page = await live_client.aget("/work/")
        opened("cats")

        await page.asend_event("listen", {"kind": "cats"})
        await page.asettle()

        assert page.text("i") == "heard True {'total': 7, 'kind': 'cats'}"

    @pytest.mark.parametrize(
        ("name", "error", "says"),
        [
            ("nothing", InvalidDeclaration, "async work is a coroutine or a function without arguments"),
            ("unheard", InvalidDeclaration, "has no method 'nobody' that could take a result"),
            ("many", TooMuchAsyncWork, "100 pieces of its page run already"),
        ],
    )
    async def test_refuses_what_cannot_be(self, live_client, caplog, name, error, says):
        page = await live_client.aget("/work/")

        with pytest.raises(AssertionError):
            await page.asend_event(name)

        assert error.__name__ in caplog.text
        assert says in caplog.text


class TestWhenTheViewGoes:
    async def test_it_is_cancelled(self, live_client):
        page = await live_client.aget("/work/")
        await page.asend_event("load", {"kind": "cats"})

        await page.adisconnect()
        await live_client.asettle()

        assert notes == ["cats cancelled"]

    async def test_what_is_to_be_kept_goes_on_and_reaches_nobody(self, live_client):
        page = await live_client.aget("/work/")
        await page.asend_event("keep", {"kind": "cats"})
        await page.adisconnect()

        gates["cats"].set()
        await page.asettle()

        assert notes == ["cats loaded"]

    async def test_it_is_cancelled_when_the_server_ends(self, live_client):
        page = await live_client.aget("/work/")
        await page.asend_event("load", {"kind": "cats"})

        # With all the time in the world to end by itself.
        await close_hub(3600)

        assert notes == ["cats cancelled"]


class TestAsyncResult:
    def test_is_read_as_attributes_and_as_a_mapping(self):
        result = AsyncResult(ok=True, result=FrozenDict(total=1))

        assert (result.ok, result["ok"], result.result) == (True, True, {"total": 1})
        assert list(result) == ["loading", "ok", "result", "failed", "error", "cancelled"]
        with pytest.raises(KeyError):
            result["items"]

    def test_of_plain_data_waits_for_nothing(self):
        assert AsyncResult(result=FrozenDict()).is_plain
        assert not AsyncResult(result=object()).is_plain


class TestAHandlerThatOutlivesItsView:
    async def test_begins_nothing_more(self, live_client):
        page = await live_client.aget("/work/")
        gates["late"] = asyncio.Event()
        sent = asyncio.ensure_future(page.asend_event("start_late"))
        await notes_of(1)

        await page.adisconnect()
        gates["late"].set()
        await notes_of(2)
        await page.asettle()
        sent.cancel()
        await asyncio.wait([sent])

        assert notes == ["waiting", "started"]


async def notes_of(count):
    """Wait until so much has happened."""
    while len(notes) < count:  # noqa: ASYNC110 - turns of the loop make it happen, not time
        await asyncio.sleep(0)
