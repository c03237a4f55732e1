"""Links and forms that change the query or the page over the same socket, and back and forward between them."""

from typing import Any

import pytest
from playwright.sync_api import Route

from tests.client.live_page import URL, LivePage, OpenPage, region

pytestmark = pytest.mark.browser

SCRIPT = '<script src="/static/liveex_django/liveex.js" data-lx-path="/live/" defer></script>'
LINKS = region(
    '<a id="two" href="?page=2" lx-patch>2</a><a id="three" href="?page=3" lx-patch lx-replace>3</a>'
    '<a id="other" href="/other/" lx-navigate>other</a><i><!--[0-->1<!--]--></i>'
    '<form id="search" lx-patch><input name="q" value="a b"><button name="go" value="1">go</button></form>'
    '<button id="save" lx-click="save">save</button><p id="place" style="margin-top: 3000px">place</p>'
)
OTHER = (
    f'<!DOCTYPE html><html lang="de"><head><title>Other</title>{SCRIPT}</head>'
    f"<body>{region('<h1>Other</h1><a id=back href=/page/ lx-navigate>back</a>').replace('token-0', 'token-other')}"
    '<div style="height: 3000px"></div></body></html>'
)


class Told:
    """The events of the page's navigation that it tells the document of."""

    NAMES = ("navigate", "navigated", "navigation-failed")

    def __init__(self, page: LivePage) -> None:
        self._page = page
        page.page.evaluate(
            """names => {
              window.told = [];
              for (const name of names)
                document.addEventListener(`liveex:${name}`, ({ detail }) => told.push([name, detail?.kind ?? null]));
            }""",
            list(self.NAMES),
        )

    def all(self) -> Any:
        return self._page.evaluate("told")


def serve(page: LivePage, path: str, html: str = OTHER, **answer: Any) -> list[str]:
    """Answers a path otherwise; returns the list in which each request is noted."""
    requests: list[str] = []

    def answer_route(route: Route) -> None:
        requests.append(route.request.resource_type)
        route.fulfill(**{"body": html, "content_type": "text/html; charset=utf-8", **answer})

    page.page.route(f"**{path}", answer_route)
    return requests


def click(page: LivePage, selector: str) -> None:
    page.evaluate(f"document.querySelector({selector!r}).click()")


def wait(page: LivePage, condition: str) -> None:
    page.page.wait_for_function(f"() => {condition}")


def address(page: LivePage) -> str:
    return str(page.evaluate("location.href")).removeprefix("http://liveex.test")


def enter_other(page: LivePage) -> None:
    serve(page, "/other/")
    click(page, "#other")
    wait(page, "document.title === 'Other'")


class TestPatch:
    def test_sends_the_query_and_changes_the_url_with_the_answer(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        told = Told(page)

        click(page, "#two")

        assert page.sent("params") == [{"type": "params", "seq": 1, "view": "0", "query": "page=2"}]
        assert address(page) == "/page/"
        page.receive(patch={"0": {"0": {"0": "2"}}}, reply=[1, "applied"])
        assert address(page) == "/page/?page=2"
        assert page.evaluate("history.length") == 3
        assert told.all() == [["navigate", "patch"], ["navigated", "patch"]]
        assert page.loads == 1

    def test_may_replace_the_entry_of_the_history(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)

        click(page, "#three")
        page.receive(reply=[1, "applied"])

        assert address(page) == "/page/?page=3"
        assert page.evaluate("history.length") == 2

    def test_shows_the_url_that_the_server_has_chosen(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)

        click(page, "#two")
        page.receive(reply=[1, "applied", {"url": "/page/?page=1"}])

        assert address(page) == "/page/?page=1"

    def test_that_is_refused_leaves_the_url(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)

        click(page, "#two")
        page.receive(reply=[1, "rejected", {"reason": "no such page"}])

        assert address(page) == "/page/"
        assert page.messages() == ['[liveex] liveex.rejected: "?page=2" was refused: no such page']

    def test_waits_for_the_connection_and_is_sent_again_until_it_is_answered(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.lose_connection()

        click(page, "#two")
        page.join()
        page.lose_connection()
        page.join()

        assert page.sent("params") == [{"type": "params", "seq": 1, "view": "0", "query": "page=2"}]

    def test_of_a_form_sends_its_fields(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)

        click(page, "#search button")

        assert page.sent("params")[0]["query"] == "q=a+b&go=1"

    def test_of_a_form_that_says_so_follows_every_change(self, open_page: OpenPage) -> None:
        page = open_page(LINKS.replace('id="search" lx-patch', 'id="search" lx-patch="change"'))

        page.find("[name=q]").fill("new")
        page.receive(reply=[1, "applied"])

        assert page.sent("params")[0]["query"] == "q=new"
        assert address(page) == "/page/?q=new"
        assert page.evaluate("history.length") == 2

    def test_by_the_server_makes_an_entry(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)

        page.receive(url=["/page/?page=7", False])
        page.receive(url=["/page/?page=8", True])

        assert address(page) == "/page/?page=8"
        assert page.evaluate("history.length") == 3

    def test_can_be_prevented(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.evaluate("document.addEventListener('liveex:navigate', event => event.preventDefault())")

        click(page, "#two")

        assert page.sent("params") == []
        assert page.loads == 1


KEEP = "addEventListener('click', event => { window.kept = !event.defaultPrevented; event.preventDefault() })"


class TestLinks:
    def test_with_a_modifier_are_the_browsers(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.evaluate(KEEP)

        for key in ("ctrlKey", "metaKey", "shiftKey", "altKey"):
            page.evaluate(
                "window.kept = null; document.querySelector('#two').dispatchEvent("
                f"new MouseEvent('click', {{bubbles: true, cancelable: true, {key}: true}}))"
            )
            assert page.evaluate("kept") is True, key

        assert page.sent("params") == []

    def test_that_lead_elsewhere_are_the_browsers(self, open_page: OpenPage) -> None:
        links = [
            '<a href="?page=2" lx-patch target="_blank">x</a>',
            '<a href="?page=2" lx-patch download>x</a>',
            '<a href="#place" lx-patch>x</a>',
            '<a href="#place" lx-navigate>x</a>',
            '<a href="javascript:void 0" lx-navigate>x</a>',
            '<a href="http://other.test/" lx-navigate>x</a>',
            '<a href="?page=2">x</a>',
        ]
        page = open_page(region("".join(links) + '<p id="place">place</p>'))
        page.evaluate(KEEP)

        for number, link in enumerate(links, 1):
            page.evaluate("window.kept = null")
            click(page, f"a:nth-of-type({number})")
            assert page.evaluate("kept") is True, link

        assert len(page.sent()) == 1


class TestAPageThatIsNotLiveAnyMore:
    def test_leaves_its_links_to_the_browser(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.lose_connection(4403)
        assert "liveex.refused" in page.messages("error")[0]

        with page.page.expect_navigation(url=f"{URL}?page=2"):
            click(page, "#two")

        assert page.loads == 2


class TestHistory:
    def test_back_and_forward_ask_for_the_query_again(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        click(page, "#two")
        page.receive(reply=[1, "applied"])

        page.evaluate("history.back()")
        wait(page, "sockets.at(-1).sent.length === 3")
        page.receive(reply=[2, "applied"])
        page.evaluate("history.forward()")
        wait(page, "sockets.at(-1).sent.length === 4")

        assert [message["query"] for message in page.sent("params")] == ["page=2", "", "page=2"]

    def test_comes_back_to_where_each_entry_was_scrolled_to(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.evaluate("scrollTo(0, 400)")
        click(page, "#two")
        page.receive(reply=[1, "applied"])
        page.evaluate("scrollTo(0, 900)")
        wait(page, "new Promise(done => requestAnimationFrame(() => done(true)))")

        page.evaluate("history.back()")
        wait(page, "sockets.at(-1).sent.length === 3")
        page.receive(reply=[2, "applied"])
        first = page.evaluate("scrollY")
        page.evaluate("history.forward()")
        wait(page, "sockets.at(-1).sent.length === 4")
        page.receive(reply=[3, "applied"])

        assert (first, page.evaluate("scrollY")) == (400, 900)

    def test_between_places_in_a_page_asks_for_nothing(self, open_page: OpenPage) -> None:
        page = open_page(LINKS + '<a id="down" href="#place">down</a>')
        click(page, "#down")
        click(page, "#two")
        page.receive(reply=[1, "applied"])

        page.evaluate("history.back()")
        wait(page, "sockets.at(-1).sent.length === 3")
        page.receive(reply=[2, "applied"])
        page.evaluate("history.back()")
        wait(page, "location.hash === ''")

        assert len(page.sent("params")) == 2

    def test_an_answer_from_before_makes_no_entry(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        click(page, "#two")
        page.receive(reply=[1, "applied"])
        click(page, "#three")

        page.evaluate("history.back()")
        wait(page, "sockets.at(-1).sent.length === 4")
        page.receive(reply=[2, "applied"])
        page.receive(reply=[3, "applied"])

        assert address(page) == "/page/"

    def test_leaves_entries_of_other_scripts_alone(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.evaluate("history.replaceState({theirs: 1}, '', '?theirs'); history.pushState({theirs: 2}, '', '?more')")

        page.evaluate("history.back()")
        wait(page, "location.search === '?theirs'")

        assert page.sent("params") == []


class TestNavigate:
    def test_shows_the_page_and_joins_it_over_the_same_socket(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        told = Told(page)

        enter_other(page)

        assert page.sockets == 1
        first, second = page.sent("join")
        assert first["client"] == second["client"]
        assert second["views"] == [{"view": "0", "token": "token-other", "digests": {"0": {"0": "d"}}}]
        assert address(page) == "/other/"
        assert page.evaluate("document.documentElement.lang") == "de"
        assert page.evaluate("document.activeElement.localName") == "h1"
        assert told.all() == [
            ["navigate", "navigate"],
            ["navigated", "navigate"],
        ]

    def test_is_patched_though_a_form_of_the_page_before_was_being_recovered(self, open_page: OpenPage) -> None:
        field = '<form id="f" lx-change="change"><input name="a"></form>'
        page = open_page(LINKS.replace("<i>", field + "<i>"))
        page.find("[name=a]").fill("mine")
        page.receive(reply=[1, "applied"])
        page.lose_connection()
        page.join({"0": {"0": field + '<a id="other" href="/other/" lx-navigate>other</a>'}})

        enter_other(page)
        page.receive(joined={"views": {"0": {"0": "<h1>Patched</h1>"}}, "tokens": {}})

        assert page.find("h1").inner_text() == "Patched"
        page.messages()

    def test_hears_no_more_of_the_page_before(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        enter_other(page)

        page.receive(patch={"0": {"0": {"0": "late"}}}, url=["/page/?late", False])
        page.receive(joined={"views": {"0": {}}, "tokens": {}})

        assert address(page) == "/other/"
        assert page.evaluate("liveex.connected") is True
        assert page.html() == '<h1 tabindex="-1">Other</h1><a id="back" href="/page/" lx-navigate="">back</a>'

    def test_counts_frames_from_the_new_join(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        enter_other(page)
        page.receive(patch={}, degraded=False)

        page.receive(joined={"views": {"0": {}}, "tokens": {}})
        for _ in range(15):
            page.receive(patch={})

        assert page.sent("ack")[-1]["frames"] == 16

    def test_reports_events_that_have_no_answer(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        click(page, "#save")

        enter_other(page)

        assert page.messages() == [
            '[liveex] liveex.event-left: The page was left before "save" was answered; it is carried out without telling.'
        ]
        page.receive(joined={"views": {"0": {}}, "tokens": {}})
        assert len(page.sent("event")) == 1

    def test_back_shows_the_page_before_as_it_is_now(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.evaluate("scrollTo(0, 700)")
        enter_other(page)
        assert page.evaluate("scrollY") == 0

        page.evaluate("history.back()")
        wait(page, "document.title === 'page'")

        assert address(page) == "/page/"
        assert page.evaluate("scrollY") == 700
        assert len(page.sent("join")) == 3

    def test_by_the_server_does_the_same(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        serve(page, "/other/")

        page.receive(navigate="/other/")
        wait(page, "document.title === 'Other'")

        assert len(page.sent("join")) == 2

    @pytest.mark.parametrize(
        "answer",
        [
            {"html": "<p>not live</p>"},
            {"status": 404},
            {"content_type": "application/pdf", "html": OTHER},
            {"html": OTHER.replace("</head>", "<script>window.fresh = 1</script></head>")},
        ],
        ids=["not-live", "error", "no-html", "new-script"],
    )
    def test_to_what_cannot_be_shown_is_an_ordinary_load(self, open_page: OpenPage, answer: dict[str, Any]) -> None:
        page = open_page(LINKS)
        if answer.get("content_type"):
            answer = {**answer, "content_type": "text/plain"}
        requests = serve(page, "/other/", **answer)

        with page.page.expect_navigation(url="**/other/"):
            click(page, "#other")

        assert requests[:2] == ["fetch", "document"]
        page.messages("error")

    def test_without_a_network_keeps_the_page_and_says_so(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        told = Told(page)
        page.page.route("**/other/", lambda route: route.abort())
        page.lose_connection()

        click(page, "#other")
        wait(page, "told.some(([name]) => name === 'navigation-failed')")

        assert address(page) == "/page/"
        assert told.all()[-1][0] == "navigation-failed"
        assert "liveex.navigation-failed" in page.messages()[0]
        page.messages("error")

    def test_adds_the_style_sheets_that_are_missing(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)
        page.page.route(
            "**/new.css", lambda route: route.fulfill(body="h1 { color: rgb(1, 2, 3) }", content_type="text/css")
        )
        serve(page, "/other/", OTHER.replace("</head>", '<link rel="stylesheet" href="/new.css"></head>'))

        click(page, "#other")
        wait(page, "document.title === 'Other'")

        assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"

    def test_runs_no_script_of_the_page(self, open_page: OpenPage) -> None:
        inline = "<script>window.runs = (window.runs ?? 0) + 1</script>"
        page = open_page(LINKS + inline)
        serve(page, "/other/", OTHER.replace("</body>", f"{inline}<noscript><img src=/never.png></noscript></body>"))

        click(page, "#other")
        wait(page, "document.title === 'Other'")

        assert page.evaluate("runs") == 1
        assert page.evaluate("document.querySelector('img')") is None

    def test_works_with_trusted_types(self, open_page: OpenPage) -> None:
        policy = "script-src 'self'; require-trusted-types-for 'script'; trusted-types liveex"
        page = open_page(LINKS, headers={"Content-Security-Policy": policy})

        enter_other(page)

        assert len(page.sent("join")) == 2


class TestPrefetch:
    def test_gets_the_page_while_the_pointer_rests_on_the_link(self, open_page: OpenPage) -> None:
        page = open_page(LINKS, clock=True)
        requests = serve(page, "/other/")

        page.evaluate("document.querySelector('#other').dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))")
        page.pass_time(64)
        before = len(requests)
        with page.page.expect_response("**/other/"):
            page.pass_time(1)
        click(page, "#other")
        wait(page, "document.title === 'Other'")

        assert (before, requests) == (0, ["fetch"])

    def test_is_given_up_after_some_seconds(self, open_page: OpenPage) -> None:
        page = open_page(LINKS, clock=True)
        requests = serve(page, "/other/")
        page.evaluate("document.querySelector('#other').focus()")
        with page.page.expect_response("**/other/"):
            page.pass_time(65)

        page.pass_time(5000)
        click(page, "#other")
        wait(page, "document.title === 'Other'")

        assert requests == ["fetch", "fetch"]

    def test_can_be_switched_off(self, open_page: OpenPage) -> None:
        page = open_page(LINKS.replace("lx-navigate>", 'lx-navigate lx-prefetch="off">'), clock=True)
        requests = serve(page, "/other/")

        page.evaluate("document.querySelector('#other').focus()")
        page.pass_time(1000)

        assert requests == []


ELSEWHERE = [
    "//evil.test/",
    "https://evil.test/",
    "http://liveex.test:81/",
    "javascript:window.hit=1",
    "java\tscript:window.hit=1",
    " javascript:window.hit=1",
    "data:text/html,x",
    "/\\evil.test/",
    "blob:http://liveex.test/x",
    "http://[",
]


class TestServersAddresses:
    @pytest.mark.parametrize("kind", ["navigate", "redirect", "url"])
    def test_that_lead_elsewhere_are_not_followed(self, open_page: OpenPage, kind: str) -> None:
        page = open_page(LINKS)

        for to in ELSEWHERE:
            page.receive(**{kind: [to, False] if kind == "url" else to})

        assert [message.split(":")[0] for message in page.messages("error")] == [
            "[liveex] liveex.redirect-refused"
        ] * len(ELSEWHERE)
        assert (address(page), page.loads, page.evaluate("window.hit")) == ("/page/", 1, None)

    def test_of_this_site_are_loaded(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)

        with page.page.expect_navigation(url=f"{URL}?loaded"):
            page.receive(redirect="/page/?loaded")

        assert page.loads == 2

    def test_may_come_with_a_title(self, open_page: OpenPage) -> None:
        page = open_page(LINKS)

        page.receive(title="Three <new>")

        assert page.evaluate("document.title") == "Three <new>"
