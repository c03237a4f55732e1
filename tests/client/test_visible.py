"""lx-visible tells when an element comes into view."""

import pytest

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

FAR = '<div style="height: 3000px"></div>'


def wait_for_events(page: LivePage, count: int) -> list[str]:
    page.page.wait_for_function(
        "count => sockets.at(-1).sent.filter(({ type }) => type === 'event').length >= count", arg=count
    )
    settle(page)
    return [name for name, _ in page.events()]


def settle(page: LivePage) -> None:
    """Two frames: the browser has looked what is in view."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")


class TestVisible:
    def test_tells_each_time_it_comes_into_view(self, open_page: OpenPage) -> None:
        page = open_page(region(f'{FAR}<p lx-visible="seen">x</p>'))
        settle(page)
        assert page.events() == []

        page.evaluate("scrollTo(0, 5000)")
        assert wait_for_events(page, 1) == ["seen"]
        page.evaluate("scrollTo(0, 0)")
        settle(page)
        page.evaluate("scrollTo(0, 5000)")

        assert wait_for_events(page, 2) == ["seen", "seen"]

    def test_counts_what_a_patch_brings(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0--><!--]-->"))

        page.patch({"0": {"0": '<section><p lx-visible="seen" lx-value-k="v">x</p></section>'}})

        assert wait_for_events(page, 1) == ["seen"]
        assert page.events() == [("seen", [["k", "v"]])]

    def test_tells_again_of_the_end_of_a_list_that_grew_and_does_not_fill_the_window(self, open_page: OpenPage) -> None:
        page = open_page(region('<!--[0--><!--]--><p lx-visible="more">x</p>'))
        assert wait_for_events(page, 1) == ["more"]

        page.patch({"0": {"0": "<p>one more</p>"}}, reply=[1, "applied"])
        assert wait_for_events(page, 2) == ["more", "more"]
        page.patch({"0": {"0": "<p>one other</p>"}}, reply=[2, "applied"])
        settle(page)

        assert len(page.events()) == 2
