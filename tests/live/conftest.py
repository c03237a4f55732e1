"""Pages over a fresh log, in the threads that hold the test's database."""

from functools import partial

import pytest

from liveex_django.live import visitors
from liveex_django.replication import get_log, process
from liveex_django.replication.announcements import Announcements
from liveex_django.replication.process import close_hub
from liveex_django.replication.timing import Timing

from .browser import Browser


@pytest.fixture(autouse=True)
def in_django_thread(settings):
    """Plain def code shares the test's database connection."""
    settings.LIVEEX = {"THREADS": 0}


@pytest.fixture(autouse=True)
async def fresh_log(monkeypatch):
    # What a page that ended has shown is not kept for the next one, which would not have to read it.
    monkeypatch.setattr(process, "Timing", partial(Timing, linger=0.0))
    get_log().clear()
    yield
    await close_hub()


@pytest.fixture
def lost_announcements(monkeypatch):
    """Nobody hears what hubs announce, so pages notice changes of their visitors only by themselves."""
    monkeypatch.setattr(Announcements, "announce", lambda *args: None)


@pytest.fixture
def checked_when_told(settings, monkeypatch):
    """Neither a check of its own closes a page, nor a second look: only what is done at once."""
    settings.LIVEEX = {"THREADS": 0, "RECHECK_INTERVAL": 3600}
    monkeypatch.setattr(visitors, "_SECOND_LOOK", 3600)


@pytest.fixture
def announced(monkeypatch):
    """What was announced since, as the hub was given it."""
    announced, announce = [], Announcements.announce

    def note(announcements, topic, content):
        announced.append(content)
        announce(announcements, topic, content)

    monkeypatch.setattr(Announcements, "announce", note)
    return announced


@pytest.fixture
async def browser(transactional_db):
    """Makes browsers, each another visitor unless given a client, and closes them."""
    opened = []

    def make(client=None):
        browser = Browser(client)
        opened.append(browser)
        return browser

    yield make
    for one in opened:
        if hasattr(one, "socket"):
            await one.close()
