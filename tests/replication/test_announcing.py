"""Announcing from wherever code runs, in processes of every kind."""

import asyncio
import threading

import pytest
from channels.layers import InMemoryChannelLayer

from liveex_django.replication import Hub, announcing, current_hub, process
from liveex_django.replication.announcing import announce, can_announce
from liveex_django.replication.process import close_hub, mark_as_serving

from .test_groups import until


class Layer(InMemoryChannelLayer):
    """Attributes: ``sent`` is what it has taken, or was asked to take when it has an ``error``."""

    def __init__(self):
        super().__init__()
        self.sent, self.error = [], None

    async def group_send(self, group, message):
        self.sent.append(message.get("content"))
        if self.error is not None:
            raise self.error


@pytest.fixture
def layer(monkeypatch):
    layer = Layer()
    monkeypatch.setattr(process, "get_channel_layer", lambda: layer)
    return layer


@pytest.fixture(autouse=True)
async def serves_nothing(monkeypatch):
    monkeypatch.setattr(process, "_serving", threading.Event())
    monkeypatch.setattr(announcing._Rest, "until", 0.0)
    yield
    await close_hub()


@pytest.fixture
def log_is_shared(monkeypatch):
    monkeypatch.setattr(process.get_log(), "shared", True)


class TestServing:
    async def test_a_thread_does_not_wait_for_the_loop(self):
        mark_as_serving()
        hub, heard = current_hub(), []
        await hub.announcements.listen("visitors", heard.append)

        thread = threading.Thread(target=announce, args=("visitors", {"names": ["user:5"]}))
        thread.start()
        thread.join()  # the loop stands still meanwhile

        assert heard == []
        await until(lambda: heard == [{"names": ["user:5"]}])

    async def test_the_loop_itself_may_announce(self):
        mark_as_serving()
        heard = []
        await current_hub().announcements.listen("visitors", heard.append)

        announce("visitors", {})

        await until(lambda: heard == [{}])


@pytest.mark.usefixtures("log_is_shared")
class TestOtherProcesses:
    async def test_a_thread_has_told_the_layer_when_it_goes_on(self, layer):
        await asyncio.to_thread(announce, "visitors", {"names": ["user:5"]})

        assert layer.sent == [{"names": ["user:5"]}]

    async def test_code_on_a_loop_announces_there(self, layer):
        announce("visitors", {})

        await until(lambda: layer.sent == [{}])

    async def test_a_layer_that_takes_nothing_is_left_alone_for_a_while(self, layer, monkeypatch, caplog):
        layer.error = OSError("nobody answers")

        for _ in range(3):
            await asyncio.to_thread(announce, "visitors", {})

        assert layer.sent == [{}]
        assert not can_announce()
        assert "did not take an announcement" in caplog.text
        layer.error = None
        monkeypatch.setattr(announcing, "monotonic", lambda: announcing._Rest.until)
        await asyncio.to_thread(announce, "visitors", {})
        assert layer.sent == [{}, {}]


class TestNobody:
    async def test_is_there_without_pages_and_without_a_shared_log(self, monkeypatch):
        monkeypatch.setattr(Hub, "__init__", None)

        announce("visitors", {})
        await asyncio.to_thread(announce, "visitors", {})

        assert not can_announce()
