"""Pages that work together with scripts, in ``live_client``: answers, pushes and commands."""

import pytest

from liveex_django.testing import EventFailed


class TestPushEvent:
    def test_gives_what_the_handler_returns(self, live_client):
        page = live_client.get("/scripted/")

        answer = page.push_event("say", {"text": "hello", "tags": ["a", 2], "loud": True})

        assert answer == 5
        assert page.text("#said") == "hello ['a', '2'] True"

    async def test_is_there_for_async_tests(self, live_client):
        page = await live_client.aget("/scripted/")

        assert await page.apush_event("say", {"text": "x", "tags": "a"}) == 1

    def test_fails_when_the_answer_cannot_be_sent(self, live_client):
        page = live_client.get("/scripted/")

        with pytest.raises(EventFailed, match=r"liveex\.bad-answer"):
            page.push_event("answer_badly")


class TestWhatTheServerPushes:
    def test_is_kept_in_its_order(self, live_client):
        page = live_client.get("/scripted/")

        page.push_event("say", {"text": "a", "tags": "x"})
        page.push_event("say", {"text": "b", "tags": "x"})

        assert page.events == [("said", {"text": "a"}), ("said", {"text": "b"})]
        assert page.commands == [("focus", {"to": "#said"})] * 2


class TestClicksOnCommands:
    def test_send_what_they_push_with_their_values_first(self, live_client):
        page = live_client.get("/scripted/")

        page.click("#both")

        assert page.text("#said") == "hi [''] True"

    def test_send_nothing_when_they_push_nothing(self, live_client):
        page = live_client.get("/scripted/")

        page.click("#menu")

        page.assert_no_patch()
