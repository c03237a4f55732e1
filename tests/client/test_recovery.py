"""Forms after a reconnect: what the user has entered is sent once more, and stays in the page meanwhile."""

import pytest

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser


def form(value: str = "", more: str = "", form_id: str = "f") -> str:
    return (
        f'<form id="{form_id}" lx-change="change"{more}><input name="a" value="{value}"><input name="b">'
        '<input type="hidden" name="h" value="1"></form>'
    )


def reconnect(page: LivePage, **views: str) -> None:
    """Loses the connection and joins again; ``views`` are the regions that come whole, by their view."""
    page.evaluate("dispatchEvent(new Event('online'))")
    page.join({name.replace("_", "-").strip("v"): {"0": html} for name, html in views.items()})


@pytest.fixture
def page(open_page: OpenPage) -> LivePage:
    page = open_page(region(f"<h1>x</h1>{form()}"))
    page.find("[name=a]").fill("mine")
    page.find("[name=b]").focus()
    page.receive(reply=[1, "applied"])
    page.lose_connection()
    return page


class TestAForm:
    def test_sends_its_change_once_more(self, page: LivePage) -> None:
        reconnect(page, v0=f"<h1>y</h1>{form()}")

        assert page.events() == [("change", [["a", "mine"], ["b", ""], ["h", "1"]])]
        assert page.find("h1").inner_text() == "y"

    def test_stays_as_it_is_until_the_answer_and_then_comes_whole(self, page: LivePage) -> None:
        page.evaluate("window.field = document.activeElement")
        reconnect(page, v0=f"<h1>y</h1>{form()}")
        seq = page.sent("event")[0]["seq"]

        page.patch({"0": f"<h1>dropped</h1>{form()}"})
        assert page.find("[name=a]").input_value() == "mine"
        assert page.sent("resync") == []
        page.receive(patch={"0": {"0": f"<h1>dropped too</h1>{form()}"}}, reply=[seq, "applied"])
        assert page.sent("resync") == [{"type": "resync", "view": "0"}]
        page.patch({"0": f"<h1>z</h1>{form('mine')}<p>new</p>"})

        assert page.html() == f"<h1>z</h1>{form('mine')}<p>new</p>"
        assert page.find("[name=a]").input_value() == "mine"
        assert page.evaluate("document.activeElement === window.field")

    def test_sends_nothing_when_the_server_says_the_same(self, page: LivePage) -> None:
        reconnect(page, v0=f"<h1>y</h1>{form('mine')}")

        assert page.events() == []
        page.patch({"0": f"<h1>z</h1>{form('mine')}"})
        assert page.find("h1").inner_text() == "z"

    def test_sends_its_change_also_when_nothing_was_patched(self, page: LivePage) -> None:
        reconnect(page)

        assert page.events() == [("change", [["a", "mine"], ["b", ""], ["h", "1"]])]
        page.receive(reply=[page.sent("event")[0]["seq"], "applied"])
        assert page.sent("resync") == []

    def test_that_is_gone_is_not_recovered(self, page: LivePage) -> None:
        reconnect(page, v0="<h1>y</h1>")

        assert page.events() == []

    def test_sends_it_before_what_waits_for_an_answer(self, page: LivePage) -> None:
        page.find("[name=a]").fill("later")

        reconnect(page, v0=f"<h1>y</h1>{form()}")

        assert [(message["seq"], message["payload"][0]) for message in page.sent("event")] == [
            (3, ["a", "later"]),
            (2, ["a", "later"]),
        ]


class TestWhichForms:
    @pytest.mark.parametrize(
        ("html", "event"),
        [
            (form(more=' lx-auto-recover="restore"'), "restore"),
            (form(more=' lx-auto-recover="ignore"'), None),
            (form().replace(' id="f"', ""), None),
            (form().replace("lx-change", "lx-submit"), None),
        ],
        ids=["an event of its own", "ignored", "no id", "no change"],
    )
    def test_are_recovered(self, open_page: OpenPage, html: str, event: str | None) -> None:
        page = open_page(region(html))
        page.find("[name=a]").fill("mine")
        if page.sent("event"):
            page.receive(reply=[1, "applied"])
        page.lose_connection()

        reconnect(page, v0=f"<h1>y</h1>{html}")

        assert [name for name, _ in page.events()] == ([event] if event else [])

    def test_one_that_nobody_has_touched_is_the_servers(self, open_page: OpenPage) -> None:
        page = open_page(region(form()))
        page.lose_connection()

        reconnect(page, v0=form("theirs"))

        assert page.events() == []
        assert page.find("[name=a]").input_value() == "theirs"

    def test_one_in_a_nested_view_goes_to_the_view_that_it_is_in_now(self, open_page: OpenPage) -> None:
        page = open_page(region(f"<h1>x</h1><!--[0-->{region(form(), view='0-0')}<!--]-->"))
        page.find("[name=a]").fill("mine")
        page.receive(reply=[1, "applied"])
        page.lose_connection()

        nested = region(form(), view="0-0~1")
        reconnect(page, v0=f"<h1>y</h1><!--[0-->{nested}<!--]-->")
        [event] = page.sent("event")

        assert (event["view"], event["event"]) == ("0-0~1", "change")
        assert page.find("[name=a]").input_value() == "mine"
