"""Holding up the end of a Twisted reactor; tests/live/test_restarts.py has a real daphne."""

import asyncio
import sys

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IListeningPort
from zope.interface import implementer

from liveex_django.replication.reactor import end_with_reactor


@implementer(IListeningPort)
class Port:
    is_listening = True

    def stopListening(self):
        self.is_listening = False


class Reactor:
    """Of a loop; keeps what is to happen before its shutdown."""

    def __init__(self, loop):
        self._asyncioEventloop = loop
        self.port = Port()
        self.triggers = []

    def getReaders(self):
        return [object(), self.port]

    def addSystemEventTrigger(self, phase, event, trigger):
        assert (phase, event) == ("before", "shutdown")
        self.triggers.append(trigger)


@pytest.fixture
async def reactor(monkeypatch):
    reactor = Reactor(asyncio.get_running_loop())
    monkeypatch.setitem(sys.modules, "twisted.internet.reactor", reactor)
    return reactor


class TestAReactor:
    async def test_waits_for_what_is_to_end_before_it(self, hub, reactor):
        go, fired = asyncio.Event(), asyncio.Event()

        async def close():
            await go.wait()

        end_with_reactor(hub, close)
        [trigger] = reactor.triggers

        held_up = trigger()
        held_up.addCallback(lambda _: fired.set())
        assert isinstance(held_up, Deferred)
        assert not held_up.called
        go.set()

        await asyncio.wait_for(fired.wait(), 20)

    async def test_has_the_hub_drain_and_its_ports_closed_in_the_same_moment(self, hub, reactor):
        end_with_reactor(hub, hub.close)
        [trigger] = reactor.triggers

        held_up = trigger()

        assert hub.is_draining
        assert not reactor.port.is_listening
        await held_up.asFuture(hub.loop)

    async def test_of_another_loop_is_left_alone(self, hub, reactor):
        reactor._asyncioEventloop = object()

        end_with_reactor(hub, hub.close)

        assert reactor.triggers == []
