"""What a page is told when the log does not answer, has lost something, or belongs to a later release."""

import logging

import pytest

from liveex_django.exceptions import LogUnreachable, NewerSchema
from liveex_django.live import messages, token
from liveex_django.replication import Outdated, current_hub, get_log

from . import stores

AWAY = LogUnreachable("redis://there:6379/0", "nobody answers")


async def unreachable(*args):
    raise AWAY


def followed():
    """The board, as this process follows it."""
    return next(one for one in current_hub().all_followed() if one.instance.store is stores.board)


class TestDegraded:
    async def test_pages_are_told_when_the_log_is_away_and_when_it_is_back(self, browser):
        tab = browser()
        await tab.open("/board/")

        current_hub().condition.degrade(AWAY)
        gone = await tab.receive()
        current_hub().condition.mend()
        back = await tab.receive()

        assert (gone, back) == ({"degraded": True}, {"degraded": False})

    async def test_a_page_that_joins_meanwhile_is_told_and_reads_on(self, browser):
        await browser().open("/board/")
        current_hub().condition.degrade(AWAY)

        joined = await browser().open("/board/")

        assert joined["degraded"] is True
        assert "joined" in joined

    async def test_a_page_that_has_left_is_not_told(self, browser):
        tab = browser()
        await tab.open("/board/")
        await tab.close()
        del tab.socket

        current_hub().condition.degrade(AWAY)

        assert not current_hub().condition._subscribers

    @pytest.mark.parametrize("error", [AWAY, NewerSchema("tests.board", 2, 1)], ids=["away", "newer"])
    async def test_a_page_that_cannot_be_read_says_so_and_loads_itself_again(self, browser, monkeypatch, caplog, error):
        async def fail(*args):
            raise error

        monkeypatch.setattr(get_log(), "load", fail)
        response = await browser().get("/board/")

        assert response.status_code == 503
        assert response["Retry-After"] == "5"
        assert b'http-equiv="refresh"' in response.content
        assert "Board cannot be shown now" in caplog.text

    async def test_a_page_of_its_own_store_is_shown_without_the_log(self, browser, monkeypatch):
        monkeypatch.setattr(get_log(), "load", unreachable)

        response = await browser().get("/page/")

        assert response.status_code == 200

    async def test_a_join_that_cannot_read_tries_again_without_a_traceback(self, browser, monkeypatch, caplog):
        tab = browser()
        await tab.get("/board/")
        monkeypatch.setattr(get_log(), "load", unreachable)

        refusal = await tab.join()

        assert (refusal["error"]["code"], await tab.receive()) == (messages.HANDLER_ERROR, messages.CLOSE_TRY_AGAIN)
        assert [record for record in caplog.records if record.exc_info] == []


class TestLoss:
    async def test_a_page_is_told_which_views_have_shown_what_is_gone(self, browser):
        tab = browser()
        await tab.open("/board/")
        await tab.event("bump")
        get_log().clear()

        frame = await tab.event("bump")

        assert "0" in frame["lost"]
        assert frame["reply"] == [2, "applied"]
        assert followed().replica.state["count"] == 1

    async def test_a_page_that_was_away_is_told_when_it_comes_back(self, browser):
        tab = browser()
        frame = await tab.open("/board/")
        await tab.event("bump")
        tab.tokens.update(frame["joined"]["tokens"])
        await tab.close()
        get_log().clear()

        joined = await tab.join()

        assert "0" in joined["lost"]

    async def test_a_page_that_comes_back_to_more_than_it_knew_is_told_nothing(self, browser):
        tab = browser()
        frame = await tab.open("/board/")
        tab.tokens.update(frame["joined"]["tokens"])
        await tab.close()
        await stores.board.at().adispatch("bump")

        joined = await tab.join()

        assert "lost" not in joined

    async def test_a_token_says_where_the_page_stood_and_no_more(self, browser):
        tab = browser()
        await stores.board.at().adispatch("bump")
        await tab.get("/board/")

        shown = token.read(tab.tokens["0"]).shown

        (position,) = shown.values()
        assert position.endswith(":1")
        assert all(len(name) == 8 for name in shown)


class TestOutdated:
    async def test_pages_of_what_a_later_release_has_taken_over_load_themselves_again(self, browser, caplog):
        caplog.set_level(logging.WARNING)
        tab = browser()
        await tab.open("/board/")

        followed()._tell(Outdated(1, 2))

        assert (await tab.receive())["error"]["code"] == messages.JOIN_REFUSED
        assert await tab.receive() == messages.CLOSE_OTHER_RELEASE
        assert "NewerSchema" not in caplog.text

    async def test_a_join_to_it_loads_the_page_again_too(self, browser, monkeypatch):
        tab = browser()
        await tab.get("/board/")

        async def newer(*args):
            raise NewerSchema("tests.board", 2, 1)

        monkeypatch.setattr(get_log(), "load", newer)
        await tab.join()

        assert await tab.receive() == messages.CLOSE_OTHER_RELEASE
