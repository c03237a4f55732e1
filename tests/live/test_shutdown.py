"""What a page and a server do when the server ends, up to the frames and close codes; test_restarts.py has real ones."""

import asyncio
import subprocess
import sys

import pytest

from liveex_django.live import token as join_token
from liveex_django.live.consumer import LiveViewConsumer
from liveex_django.live.outcomes import UNKNOWN
from liveex_django.replication import current_hub
from liveex_django.replication.claims import Ended, EventId
from liveex_django.replication.process import close_hub

from .asgi import application
from .browser import CLIENT, heard
from .restarted import desk
from .served import Gate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def gate(settings, monkeypatch):
    settings.ROOT_URLCONF = "tests.live.restarted"
    async with Gate().built() as gate:
        monkeypatch.setenv("TEST_GATE", str(gate.port))
        yield gate


async def begun(hub):
    """Wait until a hub that is being closed is draining."""
    while not hub.is_draining:  # noqa: ASYNC110 - a turn of the loop begins it, not time
        await asyncio.sleep(0)


@pytest.fixture
async def drain():
    """Begins to end the server, which takes until its pages have left it."""
    tasks = []

    async def drain(seconds=30):
        hub = current_hub()
        tasks.append(asyncio.create_task(close_hub(seconds)))
        await begun(hub)
        return tasks[0]

    yield drain
    await asyncio.gather(*tasks)


@pytest.fixture
def browser(drain, browser):
    """Asking for ``drain`` first, it closes its tabs first, and the server can end."""
    return browser


async def lines():
    return (await desk.at("1").aget_state())["lines"]


class TestAServerThatEnds:
    @pytest.mark.parametrize("seconds", [30, 0])
    async def test_closes_a_page_that_does_nothing_at_once(self, browser, drain, seconds):
        tab = browser()
        await tab.open("/desk/1/")

        await drain(seconds)

        assert await tab.receive() == 4012

    async def test_answers_the_event_that_runs_before_it_closes_the_page(self, browser, drain, gate):
        tab = browser()
        await tab.open("/desk/1/")
        await tab.fire("put_later", line="a")
        await gate.begun("a")

        await drain()
        gate.open()

        assert (await tab.receive())["reply"] == [1, "applied"]
        assert await tab.receive() == 4012
        assert await lines() == ["a"]

    async def test_begins_no_event_that_waits(self, browser, drain, gate):
        tab = browser()
        await tab.open("/desk/1/")
        await tab.fire("put_later", line="a")
        await tab.fire("put", line="b")
        await gate.begun("a")

        await drain()
        gate.open()

        assert (await tab.receive())["reply"] == [1, "applied"]
        assert await tab.receive() == 4012
        assert await lines() == ["a"]

    async def test_begins_no_event_that_arrives(self, browser, drain, gate):
        tab = browser()
        await tab.open("/desk/1/")
        await tab.fire("put_later", line="a")
        await gate.begun("a")

        await drain()
        await tab.fire("put", line="b")
        assert await tab.is_quiet()
        gate.open()

        assert (await tab.receive())["reply"] == [1, "applied"]
        assert await tab.receive() == 4012
        assert await lines() == ["a"]

    async def test_sends_those_away_that_come(self, browser, drain, gate):
        tab, late = browser(), browser()
        await tab.open("/desk/1/")
        await tab.fire("put_later", line="a")
        await gate.begun("a")
        await late.get("/desk/1/")

        await drain()

        assert await late.connect()
        assert await late.receive() == 4012
        gate.open()

    async def test_sends_those_away_that_have_not_joined(self, browser, drain):
        tab = browser()
        await tab.get("/desk/1/")
        await tab.connect()

        await drain()
        await tab.send(tab.join_message())

        assert await tab.receive() == 4012
        assert await tab.socket.receive_nothing()

    async def test_leaves_unknown_of_an_event_that_takes_too_long(self, browser, drain, gate, caplog):
        tab = browser()
        await tab.open("/desk/1/")
        await tab.fire("put_later", line="a")
        await gate.begun("a")
        hub, page_key = current_hub(), join_token.read(tab.tokens["0"]).page_key

        ending = await drain(0.01)

        assert await tab.receive() == 4012
        await tab.close()
        await ending
        claim = hub.claimant.make_claim(EventId(f"{page_key}.{CLIENT}", 1))
        assert await hub.log.claims.claim([claim]) == [Ended(UNKNOWN.encode())]
        assert "action 'put_later' of tests.desk:1" in caplog.text
        assert await lines() == []

    async def test_does_not_stay_for_a_store_that_never_rests(self, browser, drain, monkeypatch):
        tab, send = browser(), LiveViewConsumer._send_text

        async def send_and_write(consumer, text):
            await send(consumer, text)
            await desk.at("1").acommit("write", "again")

        monkeypatch.setattr(LiveViewConsumer, "_send_text", send_and_write)
        await tab.open("/desk/1/")
        await desk.at("1").acommit("write", "first")
        await tab.patch()

        await drain()

        late = 0
        while await tab.receive() != 4012:
            late += 1
            # What was on its way; without an end it would be thousands.
            assert late < 5

    async def test_waits_until_the_browser_has_said_goodbye(self, browser, drain):
        tab = browser()
        await tab.open("/desk/1/")

        ending = await drain()
        assert await tab.receive() == 4012
        for _ in range(100):
            await asyncio.sleep(0)

        assert not ending.done()
        await tab.close()
        await ending

    async def test_does_not_stay_for_a_browser_that_does_not_say_goodbye(self, browser, drain, monkeypatch):
        monkeypatch.setattr("liveex_django.replication.ending._GOODBYE", 0.01)
        tab = browser()
        await tab.open("/desk/1/")

        await (await drain())

        assert await tab.receive() == 4012


class TestAPageThatIsCancelled:
    """As daphne does with every page in the moment in which it is told to end."""

    async def test_leaves_in_good_order_when_its_server_ends(self, browser, drain, gate):
        tab = browser()
        await tab.open("/desk/1/")
        await tab.fire("put_later", line="a")
        await gate.begun("a")

        await drain()
        tab.socket.future.cancel()
        assert await tab.is_quiet()
        gate.open()

        assert (await tab.receive())["reply"] == [1, "applied"]
        assert await tab.receive() == 4012
        await tab.close()
        assert tab.socket.future.exception() is None

    @pytest.mark.parametrize("turns", range(5))
    async def test_ends_when_its_browser_goes_in_the_same_moment(self, browser, drain, turns: int):
        tab = browser()
        await tab.open("/desk/1/")
        connection = tab.socket.future
        await drain()

        await tab.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        for _ in range(turns):
            await asyncio.sleep(0)
        connection.cancel()

        await asyncio.wait_for(asyncio.wait([connection]), 5)
        assert connection.done()

    async def test_ends_at_once_when_its_server_does_not(self, browser):
        tab = browser()
        await tab.open("/desk/1/")
        connection = tab.socket.future
        del tab.socket

        connection.cancel()
        await asyncio.wait([connection])

        assert connection.cancelled()
        assert not heard()


class TestLifespan:
    @pytest.fixture
    async def server(self):
        """What a server says and hears of the lifespan."""
        said, heard = asyncio.Queue(), asyncio.Queue()
        task = asyncio.create_task(application({"type": "lifespan", "asgi": {"version": "3.0"}}, said.get, heard.put))
        yield said, heard
        await asyncio.wait_for(task, 5)

    async def test_ends_when_the_actions_have(self, server, gate):
        said, heard = server
        said.put_nowait({"type": "lifespan.startup"})
        assert await heard.get() == {"type": "lifespan.startup.complete"}
        action = asyncio.create_task(desk.at("1").adispatch("put_later", "a"))
        await gate.begun("a")

        said.put_nowait({"type": "lifespan.shutdown"})
        await begun(current_hub())
        assert heard.empty()
        gate.open()

        assert await heard.get() == {"type": "lifespan.shutdown.complete"}
        assert action.done()
        assert await lines() == ["a"]

    async def test_takes_no_longer_than_drain(self, server, settings, gate, caplog):
        settings.LIVEEX = {"THREADS": 0, "DRAIN": 0}
        said, heard = server
        said.put_nowait({"type": "lifespan.startup"})
        action = asyncio.create_task(desk.at("1").adispatch("put_later", "a"))
        await gate.begun("a")

        said.put_nowait({"type": "lifespan.shutdown"})

        assert await heard.get() == {"type": "lifespan.startup.complete"}
        assert await heard.get() == {"type": "lifespan.shutdown.complete"}
        await asyncio.wait([action])
        assert action.cancelled()
        assert "These were still running 0 s after the shutdown began" in caplog.text


class TestTwisted:
    def test_is_not_loaded_for_servers_that_have_none(self):
        program = """
import asyncio, sys
from django.conf import settings
settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}})
from liveex_django.replication import current_hub, mark_as_serving
mark_as_serving()
async def main():
    current_hub()
asyncio.run(main())
print([name for name in sys.modules if name.startswith("twisted")])
"""

        ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603

        assert ran.stdout == "[]\n"
