"""Pages over a fresh log, in the threads that hold the test's database."""

import pytest

from liveex_django.replication import get_log
from liveex_django.replication.process import close_hub

from .browser import Browser


@pytest.fixture(autouse=True)
def in_django_thread(settings):
    """Plain def code shares the test's database connection."""
    settings.LIVEEX = {"THREADS": 0}


@pytest.fixture(autouse=True)
async def fresh_log():
    get_log().clear()
    yield
    await close_hub()


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
