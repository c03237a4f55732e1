"""``LIVEEX["DEBUG_RENDER"]``, over the real consumer: what is told of each update."""

import logging
import re

import pytest

from . import stores

pytestmark = pytest.mark.django_db(transaction=True)

board = stores.board.at()


@pytest.fixture
def records(caplog):
    """The records of the logger, without the numbers of bytes."""
    caplog.set_level(logging.INFO, logger="liveex.render")

    def records():
        return [
            re.sub(r"\d+ bytes", "n bytes", record.message)
            for record in caplog.records
            if record.name == "liveex.render"
        ]

    return records


@pytest.fixture
async def no_limit():
    """A board that is never full."""
    await board.acommit("set_limit", 1_000_000)


@pytest.mark.usefixtures("no_limit")
class TestAnUpdate:
    async def test_is_one_record_for_all_pages_that_show_the_same(self, browser, records, settings):
        settings.LIVEEX = {"THREADS": 0, "DEBUG_RENDER": True}
        tabs = [browser(), browser()]
        for tab in tabs:
            await tab.open("/count/")

        await board.acommit("add")
        for tab in tabs:
            await tab.patch()

        (record,) = records()
        first, line = record.split("\n    ")
        assert re.fullmatch(r"\w+: 1 of 1 slots evaluated; n bytes to 2 pages", first)
        assert line.startswith("line 1, {{ count }}: count has changed; it has changed")

    async def test_is_not_told_of_without_the_setting(self, browser, records, settings):
        settings.LIVEEX = {"THREADS": 0}
        tab = browser()
        await tab.open("/count/")

        await board.acommit("add")
        await tab.patch()

        assert records() == []
