"""What a page tells its server of the frames that it has received, on a clock that the test moves."""

import pytest

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

HTML = region("<!--[0-->a<!--]-->")


@pytest.fixture
def page(open_page: OpenPage) -> LivePage:
    """A joined page that has acknowledged the answer to its join."""
    page = open_page(HTML, clock=True)
    page.pass_time(1_000)
    return page


def acknowledged(page: LivePage) -> list[int]:
    return [message["frames"] for message in page.sent("ack")]


class TestAcknowledgements:
    def test_come_a_second_after_the_first_frame(self, open_page: OpenPage) -> None:
        page = open_page(HTML, clock=True)
        page.pass_time(600)
        page.patch({"0": {"0": "b"}})
        page.pass_time(399)
        assert acknowledged(page) == []

        page.pass_time(1)

        assert page.sent("ack") == [{"type": "ack", "frames": 2}]

    def test_come_at_once_after_sixteen_frames(self, page: LivePage) -> None:
        for number in range(40):
            page.patch({"0": {"0": str(number)}})

        assert acknowledged(page) == [1, 17, 33]
        page.pass_time(1_000)
        assert acknowledged(page) == [1, 17, 33, 41]

    def test_come_at_once_after_128_kib(self, page: LivePage) -> None:
        page.patch({"0": {"0": "x" * 100_000}})
        assert acknowledged(page) == [1]

        page.patch({"0": {"0": "x" * 40_000}})

        assert acknowledged(page) == [1, 3]

    def test_count_the_bytes_of_the_text(self, page: LivePage) -> None:
        page.evaluate("""sockets[0].receive('{"patch": {"0": {"0": {"0": "' + "漢".repeat(50_000) + '"}}}}')""")

        assert acknowledged(page) == [1, 2]

    def test_do_not_count_pongs(self, page: LivePage) -> None:
        for _ in range(20):
            page.receive(pong=1)
        page.pass_time(5_000)

        assert acknowledged(page) == [1]

    def test_come_at_once_from_a_tab_in_the_background(self, page: LivePage) -> None:
        page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")

        page.patch({"0": {"0": "b"}})

        assert acknowledged(page) == [1, 2]

    def test_are_not_sent_while_there_is_nothing_new(self, page: LivePage) -> None:
        page.pass_time(29_000)

        assert acknowledged(page) == [1]

    def test_begin_anew_on_the_next_connection(self, page: LivePage) -> None:
        page.patch({"0": {"0": "b"}})
        page.lose_connection()
        page.pass_time(1_000)
        page.join()
        assert acknowledged(page) == []

        page.pass_time(1_000)

        assert acknowledged(page) == [1]

    def test_are_of_frames_that_have_been_handled(self, page: LivePage) -> None:
        for number in range(15):
            page.patch({"0": {"0": str(number)}})

        page.evaluate("sockets[0].receive('{')")

        assert page.evaluate("sockets[0].sent.filter(({ type }) => type === 'ack').length") == 1
        assert "[liveex] liveex.bad-frame" in page.messages("error")[0]
