"""Addresses that are not where a diff says: the view is asked for whole, and the page is never a wrong one."""

import pytest

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

RESYNC = [{"type": "resync", "view": "0"}]


def replace(page: LivePage, html: str) -> None:
    page.patch({"0": html})


class TestASlotThatIsMissing:
    def test_asks_for_its_view_once_per_frame(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0-->a<!--]-->") + region("<!--[0-->b<!--]-->", view="1"))

        page.receive(patch={"0": {"0": {"4": "x", "5": "y"}}, "1": {"0": {"0": "B"}}}, reply=[1, "applied"])

        assert page.sent("resync") == RESYNC
        assert page.find("[lx-view='1']").text_content() == "B"
        assert "[liveex] liveex.resync" in page.messages()[0]

    def test_is_healed_by_the_answer(self, open_page: OpenPage) -> None:
        page = open_page(region("<p><!--[0-->a<!--]--></p>"))
        page.patch({"0": {"4": "x"}})
        page.messages()

        replace(page, "<p><!--[0-->b<!--]--></p><p><!--[4-->x<!--]--></p>")
        page.patch({"0": {"4": "y"}})

        assert page.find("p").all_text_contents() == ["b", "y"]
        assert page.sent("resync") == RESYNC

    def test_may_have_been_taken_away_by_another_script(self, open_page: OpenPage) -> None:
        page = open_page(region("<p><!--[0-->a<!--]--></p>"))
        page.patch({"0": {"0": "b"}})
        page.evaluate("document.querySelector('p').remove()")

        page.patch({"0": {"0": "c"}})

        assert page.sent("resync") == RESYNC
        page.messages()


class TestContentThatTheParserMoved:
    @pytest.mark.parametrize(
        ("html", "diff", "fresh", "shown"),
        [
            # A paragraph ends where a block begins, and leaves its slot's end outside.
            ("<!--[1--><p><!--[0--><div>a</div><!--]--></p><!--]-->", {"1": "x"}, "<!--[1-->x<!--]-->", "x"),
            ("<p><!--[0--><div>a</div><!--]--></p>", {"0": "x"}, "<p><!--[0-->x<!--]--></p>", "x"),
            # Text and foreign elements are moved in front of their table.
            ("<table><!--[0-->a<!--]--></table>", {"0": "b"}, "<table><!--[0-->b<!--]--></table>", "b"),
            ("<table><!--[0-->a<!--]--></table>", {"0": ""}, "<table><!--[0--><!--]--></table>", ""),
            (
                "<table><tr><!--[0--><!--:--><p><!--[0-->a<!--]--></p><!--:--><p><!--[0-->b<!--]--></p><!--]--></tr></table>",
                {"0": {"=": [1, 0]}},
                "<table><tr><!--[0--><!--:--><p><!--[0-->b<!--]--></p><!--:--><p><!--[0-->a<!--]--></p><!--]--></tr></table>",
                "ba",
            ),
            # A row without its tbody gets one, and the loop's end is inside it.
            (
                "<table><!--[0--><!--:--><tr><td>a</td></tr><!--:--><tr><td>b</td></tr><!--]--></table>",
                {"0": {"=": [1]}},
                "<table><!--[0--><!--:--><tr><td>b</td></tr><!--]--></table>",
                "b",
            ),
            # Formatting elements are repeated, and with them the addresses.
            ('<b lx-e="0" class="x"><p>a</b></p>', {"0": {"class": "y"}}, '<b lx-e="0" class="y"><p>a</b></p>', "a"),
        ],
    )
    def test_is_shown_right_by_a_morph_each_time(
        self, open_page: OpenPage, html: str, diff: dict[str, object], fresh: str, shown: str
    ) -> None:
        page = open_page(region(html))

        page.patch({"0": diff})

        assert page.sent("resync") == RESYNC
        page.messages()

        replace(page, fresh)

        assert (page.find("[lx-view]").text_content() or "").strip() == shown
        assert page.html() == page.page.evaluate(
            "html => { const div = document.createElement('div'); div.innerHTML = html; return div.innerHTML; }", fresh
        )


class TestMarkersThatAreNotOurs:
    def test_are_comments_like_any_other(self, open_page: OpenPage) -> None:
        page = open_page(region("<!-- [0] --><!--[if IE]--><!--x--><!--[0-->a<!--]-->"))

        page.patch({"0": {"0": "b"}})

        assert page.find("[lx-view]").text_content() == "b"


class TestAMorphThatFails:
    def test_is_replaced_by_the_new_nodes(self, open_page: OpenPage) -> None:
        page = open_page(region("<p>a</p>"))
        page.evaluate("void (document.querySelector('p').getAttribute = () => { throw new Error('hostile'); })")

        replace(page, "<p>b</p>")

        assert page.html() == "<p>b</p>"


class TestAPartThatNeverCame:
    def test_makes_the_page_join_again(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0-->a<!--]-->"))

        page.patch({"0": {"0": ["unknown"]}})
        page.join({"0": {"0": ["F"]}}, parts={"F": ["whole"]})

        assert page.html() == "whole"
        assert "[liveex] liveex.bad-frame" in page.messages("error")[0]
