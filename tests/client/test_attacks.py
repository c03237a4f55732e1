"""What text of one visitor, shown as HTML in the page of another, could do to the script; each was possible once."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser


class TestHtmlOfVisitors:
    @pytest.mark.parametrize("tag", ["img", "form"])
    def test_cannot_name_the_place_to_join(self, open_page: OpenPage, tag: str) -> None:
        page = open_page(region(f'<{tag} name="currentScript" data-lx-path="@evil.test/"></{tag}>'))

        assert page.evaluate("window.sockets[0].url") == "ws://liveex.test/live/"

    @pytest.mark.parametrize("html", ['<a id="liveex">x</a>', '<form id="liveex"><input name="page"></form>'])
    def test_cannot_pass_for_the_script(self, open_page: OpenPage, html: str) -> None:
        page = open_page(region(html))

        assert page.evaluate("window.liveex.connected") is True

    def test_cannot_add_to_every_object(self, open_page: OpenPage) -> None:
        page = open_page(region(region("", view="__proto__").replace('lx-region="0"', 'lx-region="polluted"')))

        assert page.evaluate("({}).polluted") is None

    def test_in_noscript_stays_text(self, open_page: OpenPage) -> None:
        html = "<noscript><img src=x onerror='window.ran = 1'></noscript>"
        page = open_page(region("<p><!--[0--><!--]--></p>"))

        page.patch({"0": {"0": html}})

        assert page.find("noscript").evaluate("element => element.childElementCount") == 0
        assert page.find("noscript").text_content() == '<img src="x" onerror="window.ran = 1">'

    @pytest.mark.parametrize(("outer", "inner"), [("svg", "title"), ("svg", "desc"), ("math", "mtext")])
    def test_in_a_title_of_svg_is_html(self, open_page: OpenPage, outer: str, inner: str) -> None:
        page = open_page(region(f"<{outer}><{inner}><!--[0--><!--]--></{inner}></{outer}>"))

        page.patch({"0": {"0": "<b>x</b>"}})

        namespace = page.find(f"{inner} > *").evaluate("element => element.namespaceURI")
        assert namespace == "http://www.w3.org/1999/xhtml"


class TestAField:
    def test_may_be_called_attributes(self, open_page: OpenPage) -> None:
        form = '<form lx-submit="save" lx-value-id="1"><input name="attributes" value="red"><button>b</button></form>'
        page = open_page(region(form))

        page.find("button").click()

        assert page.events() == [("save", [["id", "1"], ["attributes", "red"]])]
