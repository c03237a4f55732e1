"""Pages whose browsers are slow, silent, hostile or many, over the real consumer."""

import asyncio
import copy

import pytest

from liveex_django.live import unacknowledged
from liveex_django.live.consumer import LiveViewConsumer
from liveex_django.live.delivery import delivery_of
from liveex_django.replication import current_hub

from . import stores
from .browser import heard
from .test_attacks import assert_refused

pytestmark = pytest.mark.django_db(transaction=True)

board = stores.board.at()


def counts(frames):
    """What the page with the counter was shown, frame by frame."""
    return [int(frame["patch"]["0"]["0"]["0"]) for frame in frames if "patch" in frame]


@pytest.fixture
async def no_limit():
    """A board that is never full."""
    await board.acommit("set_limit", 1_000_000)


@pytest.mark.usefixtures("no_limit")
class TestABrowserThatDoesNotAcknowledge:
    @pytest.fixture
    async def tab(self, browser, settings, no_limit):
        """It has been sent a whole window; the answer to its join is the first frame."""
        settings.LIVEEX = {"THREADS": 0, "FLUSH_INTERVAL": 0}
        tab = browser()
        tab.acknowledges = False
        await tab.open("/count/")
        for _ in range(31):
            await board.acommit("add")
            await tab.patch()
        return tab

    async def test_is_sent_nothing_more_but_pongs(self, tab):
        await board.acommit("add")

        assert await tab.is_quiet()
        assert await tab.is_quiet()

    async def test_is_sent_the_newest_state_in_one_patch_when_it_does(self, tab):
        for _ in range(100):
            await board.acommit("add")

        await tab.send({"type": "ack", "frames": 1})

        assert await tab.patch() == {"0": {"0": {"0": "131"}}}
        assert await tab.is_quiet()

    async def test_gets_the_answers_to_its_events_then(self, tab):
        await tab.fire("bump")
        await tab.fire("bump")
        assert await tab.is_quiet()
        while (await board.aget_state())["count"] < 33:  # noqa: ASYNC110 - turns of the loop run the events, not time
            await asyncio.sleep(0)

        await tab.send({"type": "ack", "frames": 16})
        frames = [await tab.receive(), await tab.receive()]

        assert [frame["reply"] for frame in frames] == [[1, "applied"], [2, "applied"]]
        assert frames[0]["patch"] == {"0": {"0": {"0": "33"}}}

    async def test_holds_back_no_other(self, tab, browser):
        other = browser()
        await other.open("/count/")

        await board.acommit("add", 5)

        assert await other.patch() == {"0": {"0": {"0": "36"}}}

    async def test_costs_nothing_any_more_when_it_has_left(self, tab):
        await board.acommit("add")
        assert not delivery_of(current_hub()).is_idle

        await tab.close()
        del tab.socket

        assert delivery_of(current_hub()).is_idle
        assert not delivery_of(current_hub()).unacknowledged._since


class TestABrowserThatIsSilent:
    async def test_has_to_join_again(self, browser, monkeypatch, caplog):
        monkeypatch.setattr(unacknowledged, "PATIENCE", 0.01)
        tab = browser()
        await tab.open("/count/")

        assert await tab.receive() == 4013
        assert "A page was closed with 4013: The browser has acknowledged nothing" in caplog.text
        await tab.close()
        assert not heard()

    async def test_is_left_alone_when_it_has_everything(self, browser, monkeypatch):
        monkeypatch.setattr(unacknowledged, "PATIENCE", 0.5)
        tab = browser()
        await tab.open("/count/")
        await tab.send({"type": "ack", "frames": 1})
        assert await tab.is_quiet()

        assert not delivery_of(current_hub()).unacknowledged._since


class TestAcknowledgements:
    @pytest.mark.parametrize(
        "frames",
        [-1, 0, 3, 2**53 - 1, 2**53, 10**30, 1.5, "1", None, True, [1], {}],
        ids=lambda value: f"{value!r:.20}",
    )
    async def test_of_what_cannot_be_close_the_page(self, browser, frames):
        tab, other = browser(), browser()
        await tab.open("/count/")
        await other.open("/count/")
        await tab.event("bump")
        await other.patch()
        await tab.send({"type": "ack", "frames": 2})

        await tab.send({"type": "ack", "frames": frames})
        await tab.receive()

        await assert_refused(tab, 4400)
        assert (await other.event("bump"))["reply"] == [1, "applied"]

    @pytest.mark.parametrize(
        "message", [{"type": "ack"}, {"type": "ack", "frames": 1, "more": 1}, {"type": "ack", "seq": 1}]
    )
    async def test_that_are_none_close_the_page(self, browser, message):
        tab = browser()
        await tab.open("/count/")

        await tab.send(message)
        await tab.receive()

        await assert_refused(tab, 4400)

    async def test_before_the_join_close_the_page(self, browser):
        tab = browser()
        await tab.connect()

        await tab.send({"type": "ack", "frames": 0})
        await tab.receive()

        await assert_refused(tab, 4400)

    async def test_may_be_repeated(self, browser):
        tab = browser()
        await tab.open("/count/")

        for _ in range(100):
            await tab.send({"type": "ack", "frames": 1})

        assert await tab.is_quiet()

    async def test_do_not_count_pongs(self, browser):
        tab = browser()
        await tab.open("/count/")
        for _ in range(40):
            assert await tab.is_quiet()

        await board.acommit("add")

        assert await tab.patch() == {"0": {"0": {"0": "1"}}}

    async def test_count_from_one_again_on_the_next_connection(self, browser):
        tab = browser()
        await tab.open("/count/")
        await tab.event("bump")
        await tab.send({"type": "ack", "frames": 2})
        await tab.close()
        await tab.join()

        await tab.send({"type": "ack", "frames": 1})

        assert await tab.is_quiet()


class TestASocketThatBlocks:
    async def test_holds_back_no_other_and_gets_the_newest_state_in_the_end(self, browser, monkeypatch, no_limit):
        slow, quick, reads = browser(), browser(), asyncio.Event()
        send, blocked, consumers = LiveViewConsumer._send_text, [], []

        async def send_when_read(consumer, text):
            consumers.append(consumer)
            if consumer in blocked:
                await reads.wait()
            await send(consumer, text)

        monkeypatch.setattr(LiveViewConsumer, "_send_text", send_when_read)
        await slow.open("/count/")
        blocked += consumers
        await quick.open("/count/")
        for _ in range(19):
            await board.acommit("add")
            await quick.patch()
        assert slow.socket.output_queue.empty()

        reads.set()

        assert counts([await slow.receive(), await slow.receive()]) == [1, 19]
        assert counts(quick.frames) == list(range(1, 20))


class TestABurst:
    PAGES, COMMITS = 500, 1000

    async def test_reaches_every_page_and_leaves_the_server_responsive(self, browser, no_limit, settings):
        tabs = [browser() for _ in range(self.PAGES)]
        await tabs[0].open("/count/")
        for tab in tabs[1:]:
            tab.html, tab.tokens, tab.digests = tabs[0].html, tabs[0].tokens, copy.deepcopy(tabs[0].digests)
            await tab.join()
        loop = asyncio.get_running_loop()

        async def burst():
            for _ in range(self.COMMITS):
                await board.acommit("add")

        begin = loop.time()
        bursting = asyncio.create_task(burst())
        pongs = 0
        while not bursting.done():
            await asyncio.sleep(0)
            pongs += await pong(tabs[0], bursting)
        readings = [asyncio.create_task(read_until(tab, self.COMMITS)) for tab in tabs]
        await asyncio.wait(readings)
        patches_allowed = (loop.time() - begin) / 0.016 + 1

        assert pongs > 1
        for tab in tabs:
            seen = counts(tab.frames)
            assert seen[-1] == self.COMMITS
            assert seen == sorted(set(seen))
            assert len(seen) <= patches_allowed


async def pong(tab, bursting):
    """Ask whether the server lives; whether it has answered before the burst was over."""
    await tab.send({"type": "ping"})
    while await tab.receive() != {"pong": 1}:
        pass
    return not bursting.done()


async def read_until(tab, count):
    while counts(tab.frames)[-1:] != [count]:
        await tab.receive()
