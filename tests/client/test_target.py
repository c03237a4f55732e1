"""Events for a live view other than the one around their element."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

INNER = '<div lx-view="0-0" lx-region="0" lx-digest="y"><b id="cart">cart</b>{}</div>'


class TestTarget:
    @pytest.mark.parametrize("target", ["#cart", "0-0", "[lx-view='0-0']"])
    def test_is_found_by_a_selector_of_what_is_in_it_or_by_its_id(self, open_page: OpenPage, target: str) -> None:
        page = open_page(region(f'<button lx-click="add" lx-target="{target}">x</button>' + INNER.format("")))

        page.find("button").click()

        assert [(sent["view"], sent["event"]) for sent in page.sent("event")] == [("0-0", "add")]

    def test_may_stand_around_several_elements_but_not_around_other_views(self, open_page: OpenPage) -> None:
        inner = INNER.format('<i lx-click="own">x</i>')
        page = open_page(
            region(f'<p lx-target="0-0"></p><div lx-target="body > div"><u lx-click="out">x</u>{inner}</div>')
        )

        page.find("u").click()
        page.find("i").click()

        assert [(sent["view"], sent["event"]) for sent in page.sent("event")] == [("0", "out"), ("0-0", "own")]

    @pytest.mark.parametrize("target", ["#nowhere", "body", "no [selector"])
    def test_that_is_no_live_view_is_said_and_gets_nothing(self, open_page: OpenPage, target: str) -> None:
        page = open_page(region(f'<button lx-click="add" lx-target="{target}">x</button>'))

        page.find("button").click()

        assert page.sent("event") == []
        assert "liveex.no-target" in page.messages()[0]
