"""The page's conversation with its server: joining, and events that are answered once."""

import pytest

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

BUTTON = region('<button lx-click="go">go</button><!--[0-->a<!--]-->')


def click(page: LivePage, times: int = 1) -> None:
    for _ in range(times):
        page.evaluate("document.querySelector('[lx-click]').click()")


class TestJoin:
    def test_is_the_first_message_and_says_what_the_page_shows(self, open_page: OpenPage) -> None:
        child = region("child", view="0-0", digest="child-digest")
        page = open_page(
            region(f"<!--[0-->{child}<!--]-->", digest="x")
            + region("second", number=1, digest="y")
            + region("other", view="1", digest="z"),
            joined=False,
        )

        page.open()

        (join,) = page.sent()
        assert len(join["client"]) >= 16
        assert join == {
            "type": "join",
            "client": join["client"],
            "views": [
                {"view": "0", "token": "token-0", "digests": {"0": {"0": "x", "1": "y"}, "0-0": {"0": "child-digest"}}},
                {"view": "1", "token": "token-1", "digests": {"1": {"0": "z"}}},
            ],
        }

    def test_goes_to_the_path_of_the_script_tag_on_the_pages_host(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, joined=False)

        assert page.evaluate("sockets[0].url") == "ws://liveex.test/live/"

    def test_with_an_empty_answer_touches_nothing(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, joined=False)
        before = page.evaluate("document.body.innerHTML")
        page.evaluate("window.nodes = [...document.querySelectorAll('[lx-view] *')]")
        page.watch()

        page.join({"0": {}})

        # The class that says "disconnected" is taken off the region's wrapper.
        assert page.changes() == ["attributes DIV", "attributes DIV"]
        assert page.evaluate("document.body.innerHTML") == before.replace(' class="lx-disconnected"', "")
        assert page.evaluate("liveex.connected") is True

    def test_with_a_newer_render_shows_it(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, joined=False)

        page.join({"0": {"0": ["F", "b"]}}, parts={"F": ["<p><!--[0-->", "<!--]--></p>"]})

        assert page.html() == "<p><!--[0-->b<!--]--></p>"

    def test_after_a_lost_connection_says_only_what_is_still_as_it_was_rendered(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON + region("other", number=1, digest="e"))
        page.patch({"0": {"0": "b"}}, tokens={"0": "newer"})
        client = page.sent("join")[0]["client"]

        page.lose_connection()
        page.open()

        assert page.sent() == [
            {
                "type": "join",
                "client": client,
                "views": [{"view": "0", "token": "newer", "digests": {"0": {"1": "e"}}}],
            }
        ]

    def test_takes_the_tokens_of_its_answer(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, joined=False)
        page.open()
        page.receive(joined={"views": {"0": {}}, "tokens": {"0": "renewed"}})

        page.lose_connection()
        page.open()

        assert page.sent("join")[0]["views"][0]["token"] == "renewed"

    def test_does_not_happen_on_a_page_without_live_views(self, open_page: OpenPage) -> None:
        page = open_page("<p lx-click='go'>nothing live</p>", joined=False)

        click(page)

        assert page.sockets == 0
        assert page.evaluate("window.liveex") is None


class TestFrames:
    def test_are_handled_in_the_documented_order(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, joined=False)
        click(page)
        page.open()

        page.receive(
            reply=[1, "applied"],
            patch={"0": {"0": {"0": ["F"]}}},
            joined={"views": {"0": {"0": "<!--[0--><!--]-->"}}},
            parts={"F": ["from the patch"]},
        )

        assert page.html() == "<!--[0-->from the patch<!--]-->"

    def test_that_are_no_json_make_the_page_join_again(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        page.evaluate("sockets[0].receive('{')")
        page.join()

        assert page.sockets == 2
        assert "[liveex] liveex.bad-frame" in page.messages("error")[0]

    def test_redirect_within_the_site(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        page.receive(redirect="/elsewhere/?x=1")

        page.page.wait_for_url("http://liveex.test/elsewhere/?x=1")

    @pytest.mark.parametrize("url", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", "data:text/html,x"])
    def test_redirect_nowhere_else(self, open_page: OpenPage, url: str) -> None:
        page = open_page(BUTTON)

        page.receive(redirect=url)

        assert page.page.url == "http://liveex.test/page/"
        assert "[liveex] liveex.redirect-refused" in page.messages("error")[0]

    def test_report_errors_of_the_server_with_their_code_and_id(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        page.receive(error={"code": "liveex.render-error", "id": "c0ffee", "view": "0"})

        assert page.messages("error") == [
            "[liveex] liveex.render-error: The server reports an error in view 0; its log says more under c0ffee."
        ]


class TestEvents:
    def test_are_numbered_from_one(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        click(page, 2)

        assert page.sent("event") == [
            {"type": "event", "seq": 1, "view": "0", "event": "go", "payload": []},
            {"type": "event", "seq": 2, "view": "0", "event": "go", "payload": []},
        ]

    def test_wait_for_the_join(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, joined=False)
        click(page, 2)
        page.open()
        assert page.sent("event") == []

        page.receive(joined={"views": {}})

        assert [event["seq"] for event in page.sent("event")] == [1, 2]

    def test_without_an_answer_are_sent_again_after_a_reconnect(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)
        click(page, 2)
        page.receive(reply=[1, "applied"])

        page.lose_connection()
        click(page)
        page.join()

        assert [event["seq"] for event in page.sent("event")] == [2, 3]

    def test_wait_a_hundred_at_most(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, joined=False)

        click(page, 102)
        page.join()

        assert [event["seq"] for event in page.sent("event")] == list(range(3, 103))
        assert (
            page.messages()
            == ['[liveex] liveex.event-dropped: The event "go" waited for a connection behind 100 later ones.'] * 2
        )

    @pytest.mark.parametrize(
        ("reply", "kind", "message"),
        [
            (
                [1, "rejected", {"reason": "sold out"}],
                "warning",
                '[liveex] liveex.rejected: "go" was refused: sold out',
            ),
            (
                [1, "rejected", {"code": "liveex.invalid-payload", "id": "c0ffee"}],
                "warning",
                '[liveex] liveex.rejected: "go" was refused: its values do not fit; '
                "the server's log says why under c0ffee.",
            ),
            (
                [1, "failed", {"code": "liveex.handler-error", "id": "c0ffee"}],
                "error",
                '[liveex] liveex.handler-error: "go" failed; the server\'s log says why under c0ffee.',
            ),
            (
                [1, "unknown"],
                "warning",
                '[liveex] liveex.unknown-outcome: The server cannot say whether "go" happened.',
            ),
        ],
    )
    def test_that_came_to_nothing_are_told_in_the_console(
        self, open_page: OpenPage, reply: list[object], kind: str, message: str
    ) -> None:
        page = open_page(BUTTON)
        click(page)

        page.receive(reply=reply)

        assert page.messages(kind) == [message]

    def test_that_were_refused_with_a_reason_tell_it_to_the_user_as_text(self, open_page: OpenPage) -> None:
        page = open_page(region('<button lx-click="order">order</button>'))
        page.find("[lx-click]").click()

        page.receive(reply=[1, "rejected", {"reason": "Only <b>3</b> left."}])

        assert "Only <b>3</b> left." in (page.find(".lx-message.warning").text_content() or "")
        assert "refused: Only" in page.messages()[0]

    def test_that_the_server_would_not_take_are_not_sent(self, open_page: OpenPage) -> None:
        page = open_page(region('<textarea name="t" lx-change="save"></textarea>'))

        page.find("textarea").fill("ä" * 40_000)
        page.find("textarea").fill("less")

        assert [(event["seq"], event["payload"]) for event in page.sent("event")] == [(1, [["t", "less"]])]
        assert "[liveex] liveex.event-too-large" in page.messages("error")[0]

    def test_go_to_the_nearest_view_around_their_element(self, open_page: OpenPage) -> None:
        child = region('<i><button lx-click="inner">x</button></i>', view="1-0")
        page = open_page(region("<!--[0-->a<!--]-->") + region(f"<!--[0-->{child}<!--]-->", view="1"))

        click(page)

        assert page.sent("event")[0]["view"] == "1-0"
