"""Where a page goes: another query of its URL, another live view over the same socket, another document."""

import json
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.test import AsyncClient, RequestFactory

from liveex_django.exceptions import NavigationRefused, UnsafeRedirect
from liveex_django.live.navigation import Navigation, safe_url

from . import stores, travelled
from .browser import heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def travelled_project(settings):
    settings.ROOT_URLCONF = "tests.live.travelled"


@pytest.fixture(autouse=True)
def open_door(monkeypatch):
    monkeypatch.setattr(travelled.Door, "is_open", True)


async def show(tab, query, view="0"):
    """Send another query; returns the frame that answers it."""
    tab.seq += 1
    await tab.send({"type": "params", "seq": tab.seq, "view": view, "query": query})
    while True:
        frame = await tab.receive()
        assert isinstance(frame, dict), f"closed with {frame}"
        if frame.get("reply", [None])[0] == tab.seq:
            return frame


def text_of(frame):
    return json.dumps(frame.get("patch", {}))


class TestPatch:
    async def test_shows_another_query_of_the_same_page(self, browser):
        tab = browser()
        await tab.open("/journey/?page=1")

        frame = await show(tab, "page=2&sort=name")

        assert frame["reply"] == [1, "applied"]
        assert "page 2" in text_of(frame)
        assert "?page=2&sort=name" in text_of(frame)

    async def test_tells_nested_views_too(self, browser):
        tab = browser()
        await tab.open("/journey/")
        await tab.event("nest")

        frame = await show(tab, "page=3")

        assert frame["patch"]["0-0"] == {"0": {"0": "inner 3"}}

    async def test_renews_the_token_so_that_the_page_comes_back_with_the_new_query(self, browser):
        tab = browser()
        await tab.open("/journey/")
        tab.tokens.update((await show(tab, "page=2"))["tokens"])
        await tab.close()
        tab.digests = {}

        frame = await tab.join()

        assert "page 2" in json.dumps(frame["joined"])

    async def test_that_is_sent_again_after_a_lost_connection_is_shown_and_commits_once(self, browser):
        tab = browser()
        await tab.open("/journey/")
        await show(tab, "page=count")
        await tab.close()
        await tab.join()
        tab.seq = 0

        frame = await show(tab, "page=count")

        assert frame["reply"] == [1, "applied"]
        assert "page count" in text_of(frame)
        assert (await stores.board.at().aget_state())["count"] == 1

    async def test_runs_after_the_events_before_it(self, browser):
        tab = browser()
        await tab.open("/journey/?page=1")
        await tab.fire("turn", to="?page=5")

        frame = await show(tab, "page=6")

        assert "page 6" in text_of(frame)
        assert tab.frames[-2]["url"] == ["/journey/?page=5", False]

    async def test_that_is_refused_leaves_the_query_as_it_was(self, browser):
        tab = browser()
        await tab.open("/journey/?page=1")

        frame = await show(tab, "page=refused")

        assert frame["reply"] == [1, "rejected", {"reason": "There is no such page."}]
        assert "tokens" not in frame
        assert "refused" not in text_of(frame)

    async def test_that_fails_leaves_the_page_alive(self, browser):
        tab = browser()
        await tab.open("/journey/")

        assert (await show(tab, "page=broken"))["reply"][1] == "failed"
        assert (await show(tab, "page=2"))["reply"] == [2, "applied"]

    @pytest.mark.parametrize(
        "query", ["a=\n", "a=é", "a b", "#x", "a=" + "x" * 8000, "&".join(f"a{n}=1" for n in range(1001))]
    )
    async def test_of_no_query_is_refused(self, browser, query):
        tab = browser()
        await tab.open("/journey/")

        frame = await show(tab, query)

        assert frame["reply"][1:] == ["rejected", frame["reply"][2]]
        assert frame["reply"][2]["code"] == "liveex.invalid-payload"

    async def test_of_an_unknown_view_is_refused(self, browser):
        tab = browser()
        await tab.open("/journey/")

        assert (await show(tab, "page=2", view="7"))["reply"][1] == "failed"

    async def test_asks_for_permission_again(self, browser):
        tab = browser()
        await tab.open("/door/")
        travelled.Door.is_open = False

        assert (await show(tab, "page=2"))["reply"][1] == "failed"

    async def test_asks_with_the_query_that_is_to_be_shown(self, browser):
        tab = browser()
        await tab.open("/door/")

        frame = await show(tab, "room=13")

        assert frame["reply"][2]["code"] == "liveex.forbidden"

    async def test_shows_nobody_the_new_query_before_it_is_allowed(self, browser, monkeypatch):
        monkeypatch.setattr(travelled.Asked, "shown", [])
        tab = browser()
        await tab.open("/asked/?page=1")

        await show(tab, "room=13")

        assert travelled.Asked.shown == ["page=1", "page=1"]


class TestPushPatch:
    async def test_gives_the_page_another_query_once_the_handler_has_returned(self, browser):
        tab = browser()
        await tab.open("/journey/?page=1")

        frame = await tab.event("turn", to="?page=2")

        assert frame["url"] == ["/journey/?page=2", False]
        assert "page 2" in text_of(frame)
        assert "turned at 1" in text_of(frame)
        assert frame["tokens"].keys() == {"0"}

    async def test_takes_parameters_and_may_be_called_in_a_thread(self, browser):
        tab = browser()
        await tab.open("/journey/")

        frame = await tab.event("turn_in_thread", to="4")

        assert frame["url"] == ["/journey/?page=4&tag=a&tag=b", False]
        assert frame["title"] == "Page 4"

    async def test_within_handle_params_becomes_the_url_of_the_answer(self, browser):
        tab = browser()
        await tab.open("/journey/")

        frame = await show(tab, "page=999&sort=name")

        assert frame["reply"] == [1, "applied", {"url": "/journey/?page=9&sort=name"}]
        assert "url" not in frame

    async def test_within_handle_params_is_a_redirect_over_http(self, browser):
        response = await browser().get("/journey/?page=999")

        assert (response.status_code, response["Location"]) == (302, "/journey/?page=9")

    async def test_without_end_is_an_error_that_says_so(self, browser):
        tab = browser()
        await tab.open("/journey/")

        assert (await show(tab, "page=circle"))["reply"][1] == "failed"

    async def test_that_fails_after_another_one_leaves_the_url_of_what_is_shown(self, browser):
        tab = browser()
        await tab.open("/journey/")

        frame = await show(tab, "page=lost")

        assert frame["reply"][1] == "failed"
        assert frame["url"] == ["/journey/?page=lost", False]
        assert "page lost" in text_of(frame)

    async def test_after_a_commit_of_somebody_else_changes_the_url(self, browser):
        tab = browser()
        await tab.open("/journey/")

        await stores.board.at().adispatch("bump", 7)

        frame = await tab.receive()
        assert frame["url"] == ["/journey/?page=7", False]

    async def test_of_a_handler_that_raises_is_not_done(self, browser):
        tab = browser()
        await tab.open("/journey/")

        await tab.event("fail")

        assert "url" not in await tab.event("nest")

    async def test_in_mount_is_an_error_that_says_so(self, browser):
        with pytest.raises(NavigationRefused, match="handle_params"):
            await browser().get("/patching/")

    @pytest.mark.parametrize("to", ["/end/", "/journey/x?page=2"])
    async def test_to_another_page_is_refused(self, browser, to):
        tab = browser()
        await tab.open("/journey/")

        assert (await tab.event("stray", to=to))["reply"] == [1, "rejected", {"reason": "NavigationRefused"}]


class TestAPathThatNeedsEscaping:
    @pytest.mark.parametrize("path", ["/any/new%20york/", "/any/c%25d/", "/any/a%3Fb/", "/any/a%23b/"])
    async def test_stays_as_it_is(self, browser, path):
        tab = browser()
        await tab.open(f"{path}?page=1")

        frame = await tab.event("turn", to="?page=2")

        assert frame["url"] == [f"{path}?page=2", False]
        assert (await AsyncClient().get(path)).headers["Location"] == f"{path}?page=1"

    async def test_of_two_slashes_leads_to_no_other_host(self):
        request = RequestFactory().get("/x")
        request.path = "//evil.test"
        page = SimpleNamespace(request=request)

        with pytest.raises(UnsafeRedirect):
            Navigation(page).patch("//evil.test?page=1", replace=False)
        assert Navigation(page)._url_of({"page": 1}) == "/%2Fevil.test?page=1"


class TestLeaving:
    async def test_leads_to_another_live_view(self, browser):
        tab = browser()
        await tab.open("/journey/")

        assert (await tab.event("move", to="journey-end"))["navigate"] == "/end/"

    async def test_leads_to_another_document(self, browser):
        tab = browser()
        await tab.open("/journey/")

        assert (await tab.event("load", to="/end/?a=%20"))["redirect"] == "/end/?a=%20"

    async def test_in_handle_params_answers_too(self, browser):
        tab = browser()
        await tab.open("/journey/")

        assert (await show(tab, "page=gone"))["navigate"] == "/end/"

    async def test_in_a_mount_over_http_is_a_redirect(self, browser):
        response = await browser().get("/leading/?now=1")

        assert (response.status_code, response["Location"]) == (302, "/end/")

    async def test_in_a_mount_of_a_join_is_its_answer(self, browser):
        tab = browser()
        await tab.open("/leading/")

        assert tab.frames == [{"joined": {"views": {}, "tokens": {}}, "redirect": "/end/"}]
        await tab.fire("late")
        assert await tab.is_quiet()

    async def test_in_an_embedded_view_over_http_is_an_error_that_says_so(self, browser):
        with pytest.raises(NavigationRefused, match="connected"):
            await browser().get("/embedding/?view=tests.live.travelled.Leading&now=1")

    @pytest.mark.parametrize(
        "to",
        [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "JaVaScript:alert(1)//.",
            "data:text/html,x/.",
            " /end/",
            "/end/\n",
            "/a b",
            "java\tscript:alert(1)/",
            "\x00/end/",
            "http:///evil.example",
            "http:evil.example",
        ],
    )
    async def test_to_an_address_that_may_be_an_attackers_is_refused(self, to):
        request = RequestFactory().get("/")

        with pytest.raises(UnsafeRedirect, match="testserver"):
            safe_url(request, to)

    async def test_to_an_absolute_address_of_this_site_is_none(self):
        assert safe_url(RequestFactory().get("/"), "http://testserver/é") == "http://testserver/%C3%A9"


class TestTitle:
    async def test_of_a_mount_is_in_the_first_render_and_in_the_join(self, browser):
        tab = browser()

        frame = await tab.open("/end/")

        assert "<title>The end</title>" in tab.html
        assert frame["title"] == "The end"


class TestJoinOnTheSameSocket:
    async def test_ends_the_page_before_and_starts_the_new_one(self, browser):
        tab = browser()
        await tab.open("/journey/")
        await tab.get("/end/")

        await tab.send(tab.join_message())
        frame = await tab.receive()

        assert frame["joined"]["views"] == {"0": {}}
        assert not heard()

    async def test_carries_out_what_was_done_on_the_page_before(self, browser):
        tab, other = browser(), browser()
        await other.open("/count/")
        await tab.open("/journey/")
        await tab.get("/end/")
        for _ in range(9):
            await tab.fire("bump", amount=1)

        await tab.send(tab.join_message())

        while "joined" not in (await tab.receive()):
            pass
        while '"9"' not in text_of(await other.receive()):
            pass

    async def test_counts_frames_anew(self, browser):
        tab = browser()
        await tab.open("/journey/")
        await tab.event("turn", to="?page=2")
        await tab.get("/end/")
        await tab.send(tab.join_message())
        await tab.receive()

        await tab.send({"type": "ack", "frames": 1})

        assert await tab.is_quiet()

    async def test_refuses_a_page_that_this_visitor_may_not_see(self, browser):
        client = AsyncClient()
        await client.aforce_login(await User.objects.acreate(username="ada"))
        other = browser(client)
        await other.get("/members/")
        tab = browser()
        await tab.open("/journey/")
        session = tab.http.cookies.get("sessionid")

        await tab.send(other.join_message())

        assert session is None
        assert await tab.receive() == 4013

    async def test_sends_a_browser_with_other_cookies_to_a_new_connection(self, browser):
        tab = browser()
        await tab.open("/journey/")
        await tab.http.aforce_login(await User.objects.acreate(username="ada"))
        await tab.get("/members/")

        await tab.send(tab.join_message())
        code = await tab.receive()

        assert code == 4013
        assert "joined" in await tab.join()


class TestScriptPrefix:
    async def test_is_in_the_links_of_a_page_that_has_joined(self, browser, settings):
        settings.FORCE_SCRIPT_NAME = "/shop"
        tab = browser()
        await tab.get("/journey/")
        tab.digests = {}

        frame = await tab.join()
        patched = await tab.event("turn", to="?page=2")

        assert "/shop/journey/" in json.dumps(frame["joined"])
        assert "/shop/journey/?page=2" in text_of(patched)
        assert patched["url"] == ["/shop/journey/?page=2", False]
