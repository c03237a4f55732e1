"""Heartbeat and reconnecting, on a clock that the test moves."""

from itertools import pairwise
from typing import Any

import pytest

from tests.client.live_page import MODULES, LivePage, OpenPage, region

pytestmark = pytest.mark.browser

HTML = region("x")


@pytest.fixture
def page(open_page: OpenPage) -> LivePage:
    """A joined page whose random numbers are all as large as can be: each delay is the longest of its kind."""
    page = open_page(HTML, clock=True)
    page.evaluate("Math.random = () => 0.999999")
    # The answer to the join has been acknowledged.
    page.pass_time(1_000)
    return page


def fail(page: LivePage) -> None:
    """Refuses the connection that the page is trying to make."""
    page.lose_connection()


class TestHeartbeat:
    def test_pings_when_nothing_else_was_sent_for_thirty_seconds(self, page: LivePage) -> None:
        page.pass_time(29_000)
        assert page.sent("ping") == []

        page.pass_time(1_000)

        assert page.sent("ping") == [{"type": "ping"}]

    def test_goes_on_while_the_server_answers(self, page: LivePage) -> None:
        for _ in range(5):
            page.pass_time(30_000)
            page.receive(pong=1)

        assert len(page.sent("ping")) == 5
        assert page.sockets == 1

    def test_without_an_answer_takes_the_connection_for_lost(self, page: LivePage) -> None:
        page.pass_time(30_000)

        page.pass_time(20_001)

        assert page.sockets == 2
        assert page.evaluate("liveex.connected") is False

    def test_a_connection_that_does_not_open_is_given_up(self, open_page: OpenPage) -> None:
        page = open_page(HTML, joined=False, clock=True)

        page.pass_time(20_001)

        assert page.sockets == 2


class TestReconnect:
    def test_comes_at_once_and_then_later_and_later(self, page: LivePage) -> None:
        page.pass_time(6_000)
        delays = []
        page.lose_connection()

        for _ in range(8):
            before, waited = page.sockets, 0
            while page.sockets == before:
                page.pass_time(250)
                waited += 250
            delays.append(waited)
            fail(page)

        assert delays == [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]

    def test_is_spread_over_the_whole_delay(self, page: LivePage) -> None:
        page.evaluate("Math.random = () => 0.1")
        page.lose_connection()
        page.pass_time(1)
        fail(page)

        page.pass_time(51)

        assert page.sockets == 3

    def test_starts_anew_after_a_connection_that_lasted(self, page: LivePage) -> None:
        for _ in range(4):
            page.pass_time(6_000)
            page.lose_connection()
            page.pass_time(1)
            page.join()

        assert page.sockets == 5

    def test_slows_down_when_each_connection_is_lost_at_once(self, page: LivePage) -> None:
        page.lose_connection()
        page.pass_time(1)
        page.join()
        page.lose_connection()

        page.pass_time(400)

        assert page.sockets == 2

    @pytest.mark.parametrize(
        "event", ["document.dispatchEvent(new Event('visibilitychange'))", "window.dispatchEvent(new Event('online'))"]
    )
    def test_does_not_wait_when_the_page_wakes_up(self, page: LivePage, event: str) -> None:
        page.lose_connection()
        page.pass_time(1)
        fail(page)
        assert page.sockets == 2

        page.evaluate(event)

        assert page.sockets == 3

    def test_a_page_that_wakes_up_asks_whether_its_connection_lives(self, page: LivePage) -> None:
        page.evaluate("window.dispatchEvent(new Event('online'))")

        assert page.sent("ping") == [{"type": "ping"}]

    def test_a_page_from_the_back_forward_cache_joins_again(self, page: LivePage) -> None:
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
        page.pass_time(60_000)
        assert (page.sockets, page.evaluate("sockets[0].state")) == (1, "closed")

        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        page.join()

        assert page.evaluate("liveex.connected") is True


# Sockets of so many other pages, each joined. Their random numbers are the same at every run.
CROWD = f"""
async () => {{
  const {{ Socket }} = await import("{MODULES}socket.js");
  let seed = 1;
  Math.random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  window.crowd = Array.from({{ length: 200 }}, () => {{
    const socket = new Socket("ws://liveex.test/live/", {{ opened() {{}}, received() {{}}, closed: () => true }});
    socket.connect();
    sockets.at(-1).open();
    socket.markJoined();
    return sockets.at(-1);
  }});
}}
"""


@pytest.mark.parametrize("code", [4012, 1012, 1001])
class TestTheEndOfAServer:
    def test_lets_no_second_have_more_than_a_fifth_of_its_pages(self, page: LivePage, code: int) -> None:
        page.evaluate(CROWD)
        page.page.evaluate("code => crowd.forEach((socket) => socket.lose(code))", code)
        came = [page.sockets]

        for _ in range(10):
            page.pass_time(1_000)
            came.append(page.sockets)

        each_second = [after - before for before, after in pairwise(came)]
        assert sum(each_second) == 200
        assert max(each_second) <= 40

    def test_is_followed_by_later_attempts_as_after_any_loss(self, page: LivePage, code: int) -> None:
        page.lose_connection(code)
        page.pass_time(10_000)
        assert page.sockets == 2
        fail(page)

        page.pass_time(501)

        assert page.sockets == 3

    def test_shows_the_page_as_disconnected_meanwhile(self, page: LivePage, code: int) -> None:
        page.lose_connection(code)
        page.pass_time(9_000)

        assert page.sockets == 1
        assert page.find("[lx-view]").get_attribute("class") == "lx-disconnected"

    def test_does_not_keep_a_user_who_looks_at_the_page_waiting(self, page: LivePage, code: int) -> None:
        page.lose_connection(code)

        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

        assert page.sockets == 2

    def test_is_no_shorter_for_a_network_that_returns(self, page: LivePage, code: int) -> None:
        page.lose_connection(code)

        page.evaluate("window.dispatchEvent(new Event('online'))")

        assert page.sockets == 1


class TestCloseCodes:
    def test_4400_stops(self, page: LivePage) -> None:
        page.lose_connection(4400)
        page.pass_time(60_000)

        assert page.sockets == 1
        assert "[liveex] liveex.stopped" in page.messages("error")[0]

    def test_4401_loads_the_page_again_but_once(self, open_page: OpenPage) -> None:
        page = open_page(HTML)
        with page.page.expect_navigation():
            page.lose_connection(4401)
        page.open()

        page.lose_connection(4401)

        assert page.loads == 2
        assert page.evaluate("document.documentElement.className") == "lx-disconnected lx-refused"
        assert "[liveex] liveex.refused" in page.messages("error")[0]

    def test_4401_loads_again_after_a_join_in_between(self, open_page: OpenPage) -> None:
        page = open_page(HTML)

        for _ in range(2):
            with page.page.expect_navigation():
                page.lose_connection(4401)
            page.join()

        assert page.loads == 3

    def test_4403_stops_and_marks_the_page(self, page: LivePage) -> None:
        page.lose_connection(4403)
        page.pass_time(60_000)

        assert page.sockets == 1
        assert page.find("[lx-view]").get_attribute("class") == "lx-disconnected lx-refused"
        assert "[liveex] liveex.refused" in page.messages("error")[0]

    def test_4409_loads_the_page_again_when_the_user_is_idle(self, page: LivePage) -> None:
        page.lose_connection(4409)
        for _ in range(3):
            page.pass_time(2_000)
            page.page.keyboard.press("a")
        assert page.loads == 1

        with page.page.expect_navigation():
            page.pass_time(3_000)

        assert page.loads == 2

    @pytest.mark.parametrize("code", [1000, 1006, 4013, 4000])
    def test_any_other_reconnects(self, page: LivePage, code: Any) -> None:
        page.lose_connection(code)
        page.pass_time(1)

        assert page.sockets == 2
