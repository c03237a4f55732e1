"""A page from the first render to the last patch."""

import asyncio

import pytest

from liveex_django.live import event
from liveex_django.live.mounted import Mounted
from liveex_django.live.view import EventHandler
from liveex_django.replication.claimant import Claimant
from liveex_django.store import Parameters

from . import stores, views
from .browser import heard

pytestmark = pytest.mark.django_db(transaction=True)


class TestFirstRender:
    async def test_is_complete_html(self, browser):
        tab = browser()

        response = await tab.get("/board/")

        assert response.status_code == 200
        assert "<title>Board</title>" in tab.html
        assert '<section id="board" lx-view="0" lx-region="0"' in tab.html
        assert "static" in tab.html
        assert set(tab.tokens) == {"0"}
        assert set(tab.digests["0"]) == {"0", "1"}

    async def test_gives_the_page_around_the_live_parts_what_context_processors_add(self, browser):
        tab = browser()

        await tab.get("/board/")

        assert "<nav>/board/ True</nav>" in tab.html

    async def test_shows_the_state_there_is(self, browser):
        await stores.board.at().adispatch("bump", 4)
        tab = browser()

        await tab.get("/count/")

        assert "4" in tab.html

    async def test_a_fragment_becomes_a_page_of_its_own(self, browser):
        tab = browser()

        await tab.get("/count/")

        assert tab.html.lower().startswith("<!doctype html>")
        assert "liveex_django/liveex.js" in tab.html

    async def test_is_not_kept_by_caches(self, browser):
        response = await browser().get("/board/")

        assert response["Cache-Control"] == "no-store, private"

    async def test_other_methods_are_refused(self, browser):
        response = await browser().http.post("/board/")

        assert response.status_code == 405

    async def test_takes_the_query(self, browser):
        tab = browser()

        await tab.get("/params/?q=seven")

        assert "seven" in tab.html


class TestJoin:
    async def test_sends_nothing_that_the_page_already_shows(self, browser):
        joined = (await browser().open("/count/"))["joined"]

        assert joined["views"] == {"0": {}}
        assert set(joined["tokens"]) == {"0"}

    async def test_sends_what_has_changed_since_the_render(self, browser):
        tab = browser()
        await tab.get("/count/")
        await stores.board.at().adispatch("bump", 3)

        frame = await tab.join()

        assert frame["joined"]["views"]["0"]["0"][1] == "3"
        assert frame["parts"]

    async def test_sends_everything_to_a_page_that_is_unsure(self, browser):
        tab = browser()
        await tab.get("/count/")
        tab.digests = {}

        frame = await tab.join()

        assert frame["joined"]["views"]["0"]["0"][1] == "0"

    async def test_mounts_as_connected(self, browser):
        frame = await browser().open("/board/")

        assert frame["joined"]["views"]["0"]["1"][1] == "connected"


class TestEvents:
    async def test_an_action_answers_in_one_frame_with_its_patch(self, browser):
        tab = browser()
        await tab.open("/count/")

        frame = await tab.event("bump", amount=2)

        assert frame == {"patch": {"0": {"0": {"0": "2"}}}, "reply": [1, "applied"]}
        assert len(tab.frames) == 2

    async def test_several_commits_of_one_action_are_one_frame(self, browser):
        tab = browser()
        await tab.open("/board/")

        await tab.event("bump_and_write")

        assert len(tab.frames) == 2

    async def test_a_plain_def_action_runs_in_a_thread(self, browser):
        tab = browser()
        await tab.open("/count/")

        frame = await tab.event("bump_in_thread")

        assert (frame["patch"], frame["reply"]) == ({"0": {"0": {"0": "1"}}}, [1, "applied"])

    async def test_an_event_method_changes_its_own_view_alone(self, browser):
        one, two = browser(), browser()
        await one.open("/board/")
        await two.open("/board/")

        frame = await one.event("rename", note="mine")

        assert frame["patch"] == {"0": {"1": {"0": "mine"}}}
        assert await two.is_quiet()

    async def test_a_plain_def_event_method_runs_off_the_loop(self, browser, settings):
        settings.LIVEEX = {"THREADS": 2}
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("rename_in_thread")

        assert frame["patch"] == {"0": {"1": {"0": "liveex"}}}

    async def test_a_handler_may_dispatch_and_read(self, browser):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("add_through_the_view", amount=3)

        assert frame["patch"]["0"]["1"] == {"0": "state has 3, double 6"}

    async def test_nothing_is_sent_when_nothing_changed(self, browser):
        tab = browser()
        await tab.open("/board/")
        await tab.event("rename", note="same")

        frame = await tab.event("rename", note="same")

        assert frame == {"reply": [2, "applied"]}

    async def test_events_run_in_the_order_they_came(self, browser):
        tab = browser()
        await tab.open("/board/")
        for line in "abc":
            await tab.fire("rename", note=line)

        replies = []
        while len(replies) < 3:
            replies += [(await tab.receive()).get("reply")]

        assert [reply for reply in replies if reply] == [[1, "applied"], [2, "applied"], [3, "applied"]]

    async def test_an_event_that_was_sent_before_the_connection_broke_is_applied_once(self, browser):
        tab = browser()
        await tab.open("/count/")
        await tab.event("bump", amount=2)
        await tab.close()
        tab.seq = 0

        await tab.join()
        frame = await tab.event("bump", amount=2)

        assert frame["reply"] == [1, "applied"]
        assert (await stores.board.at().aget_state())["count"] == 2


class TestSharing:
    async def test_two_windows_count_together(self, browser):
        one, two = browser(), browser()
        await one.open("/count/")
        await two.open("/count/")

        await one.event("bump")

        assert await two.patch() == {"0": {"0": {"0": "1"}}}

    async def test_a_dispatch_from_anywhere_reaches_every_page(self, browser):
        tab = browser()
        await tab.open("/count/")

        await stores.board.at().adispatch("bump", 7)

        assert await tab.patch() == {"0": {"0": {"0": "7"}}}

    async def test_a_view_with_two_stores_shows_both(self, browser):
        tab = browser()
        await tab.open("/two/")
        await tab.event("ui/bump")

        await stores.board.at().adispatch("bump", 5)

        assert await tab.patch() == {"0": {"0": {"1": "5"}}}
        assert tab.frames[1]["patch"] == {"0": {"0": {"0": "1"}}}

    async def test_a_handler_may_dispatch_to_both(self, browser):
        tab = browser()
        await tab.open("/two/")

        frame = await tab.event("bump_both")

        assert frame["patch"] == {"0": {"0": {"0": "1", "1": "1"}}}

    async def test_a_change_while_a_view_is_rendered_comes_on_top_of_what_was_rendered(self, browser, monkeypatch):
        tab, render = browser(), Mounted.render
        await tab.open("/two/")

        async def render_while_another_commits(mounted):
            await render(mounted)
            monkeypatch.undo()
            await stores.board.at().adispatch("bump", 5)

        monkeypatch.setattr(Mounted, "render", render_while_another_commits)
        await tab.fire("ui/bump")

        assert (await tab.receive())["patch"] == {"0": {"0": {"0": "1"}}}
        assert await tab.patch() == {"0": {"0": {"1": "5"}}}

    async def test_a_page_that_left_is_no_longer_rendered(self, browser):

        tab = browser()
        await tab.open("/count/")

        await tab.close()

        assert not heard()


class TestNested:
    async def test_a_view_that_appears_is_alive_at_once(self, browser):
        tab = browser()
        await tab.open("/board/")
        first = await tab.event("bump")

        second = await tab.event("bump")

        assert "0-0" in str(first["patch"]["0"])
        assert "0-0" not in first["patch"]
        assert second["patch"]["0-0"]["0"] == {"0": "2", "1": "add2 "}

    async def test_parent_and_child_change_in_the_same_frame(self, browser):
        await stores.board.at().adispatch("bump")
        one, two = browser(), browser()
        await one.open("/board/")
        await two.open("/board/")

        await one.event("bump")

        assert set(await two.patch()) == {"0", "0-0"}

    async def test_its_actions_are_those_of_its_parents_store(self, browser):
        await stores.board.at().adispatch("bump")
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("bump", view="0-0")

        assert frame["reply"] == [1, "applied"]
        assert frame["patch"]["0-0"]["0"]["0"] == "2"

    async def test_a_view_that_goes_gives_everything_back(self, browser):
        tab = browser()
        await stores.board.at().adispatch("bump")
        await tab.open("/board/")
        await stores.board.at().acommit("add", -1)
        await tab.patch()

        frame = await tab.event("bump", view="0-0")

        assert frame["reply"][1] == "failed"


class TestJoinOfNestedViews:
    async def test_sends_the_nested_view_alone_when_only_that_has_changed(self, browser):
        tab = browser()
        await tab.get("/around/")
        await stores.board.at().adispatch("bump", 3)

        frame = await tab.join()

        assert frame["joined"]["views"]["0"] == {}
        assert frame["joined"]["views"]["0-0"]["0"][1] == "3"


class TestOrdinaryPages:
    async def test_may_embed_live_views_of_different_stores(self, browser):
        tab = browser()
        await tab.open("/plain/7/")

        await tab.event("bump", view="1")
        await stores.key.at("room-7").adispatch("bump")

        assert await tab.patch() == {"1": {"0": {"0": "2"}}}
        assert set(tab.tokens) == {"0", "1"}

    async def test_what_may_not_be_seen_is_a_403(self, browser):
        response = await browser().get("/plain/13/")

        assert response.status_code == 403


class TestResync:
    async def test_sends_the_view_whole(self, browser):
        tab = browser()
        await tab.open("/count/")

        await tab.send({"type": "resync", "view": "0"})

        assert (await tab.receive())["patch"]["0"]["0"][1] == "0"

    async def test_of_an_unknown_view_is_answered(self, browser):
        tab = browser()
        await tab.open("/count/")

        await tab.send({"type": "resync", "view": "7"})

        assert (await tab.receive())["error"]["code"] == "liveex.unknown-view"


class TestEventsThatAreSentAgain:
    """The browser does so when the connection broke before the answer came."""

    @pytest.fixture
    def runs(self, monkeypatch):
        runs = []

        @event
        async def count_runs(self):
            runs.append(1)
            await self.gate.wait()
            if len(runs) > 1:
                raise AssertionError("ran twice")

        handlers = {**views.Board.event_handlers, "count_runs": _handler(count_runs)}
        monkeypatch.setattr(views.Board, "event_handlers", handlers)
        monkeypatch.setattr(views.Board, "gate", asyncio.Event(), raising=False)
        return runs

    async def test_are_answered_with_their_outcome_and_do_not_run_again(self, browser, runs):
        views.Board.gate.set()
        tab = browser()
        await tab.open("/board/")
        await tab.event("count_runs")
        await tab.close()
        tab.seq = 0

        await tab.join()
        frame = await tab.event("count_runs")

        assert (frame["reply"], runs) == ([1, "applied"], [1])

    async def test_have_run_although_the_page_was_closed_while_they_were_claimed(self, browser, runs, monkeypatch):
        claim, asked, go = Claimant.claim, asyncio.Event(), asyncio.Event()

        async def claim_late(claimant, one):
            asked.set()
            await go.wait()
            return await claim(claimant, one)

        monkeypatch.setattr(Claimant, "claim", claim_late)
        views.Board.gate.set()
        tab = browser()
        await tab.open("/board/")
        await tab.fire("count_runs")
        await asked.wait()
        await tab.close()
        tab.seq = 0
        go.set()

        await tab.join()
        frame = await tab.event("count_runs")

        assert (frame["reply"], runs) == ([1, "applied"], [1])

    async def test_wait_for_the_run_that_is_not_at_its_end(self, browser, runs):
        tab = browser()
        await tab.open("/board/")
        await tab.fire("count_runs")
        await tab.is_quiet()
        await tab.close()
        tab.seq = 0

        await tab.join()
        await tab.fire("count_runs")
        views.Board.gate.set()

        assert (await tab.receive())["reply"] == [1, "applied"]
        assert runs == [1]

    async def test_of_a_run_that_was_cut_off_get_unknown(self, browser, runs, settings):
        settings.LIVEEX = {"THREADS": 0, "DRAIN": 0}
        tab = browser()
        await tab.open("/board/")
        await tab.fire("count_runs")
        await tab.is_quiet()
        await tab.close()
        tab.seq = 0

        await tab.join()
        frame = await tab.event("count_runs")

        assert (frame["reply"], runs) == ([1, "unknown"], [1])


def _handler(method):
    return EventHandler(method.__name__, method, Parameters(method, skip=1))
