"""Whatever comes from a browser is hostile: a clear word in the log, a short code for the browser, nothing changed."""

import json
import logging

import pytest

from . import stores, views
from .browser import CLIENT

pytestmark = pytest.mark.django_db(transaction=True)


async def state():
    return await stores.board.at().aget_state()


def assert_silent(tab):
    """No word of what went wrong inside has reached the browser."""
    for frame in tab.frames:
        text = json.dumps(frame)
        assert "secret detail" not in text
        assert "Traceback" not in text
        assert "Error" not in text


class TestEvents:
    @pytest.mark.parametrize("name", ["nope", "mount", "not_an_event", "internal", "__class__", "ui/bump", "x" * 5000])
    async def test_only_what_is_offered_can_be_reached(self, browser, caplog, name):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event(name)

        assert frame["reply"][1:][0] == "failed"
        assert frame["reply"][2]["code"] == "liveex.unknown-event"
        assert frame["reply"][2]["id"] in caplog.text
        assert (await state())["count"] == 0

    async def test_the_log_names_the_nearest_event(self, browser, caplog):
        tab = browser()
        await tab.open("/board/")

        await tab.event("renam")

        assert "Did you mean 'rename'?" in caplog.text

    async def test_an_unknown_view_is_answered(self, browser):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("bump", view="0-7")

        assert frame["reply"][2]["code"] == "liveex.unknown-event"

    @pytest.mark.parametrize(
        "values", [{"amount": "x"}, {"amount": "NaN"}, {"amount": "-1"}, {"amounts": "1"}, {"amount": ""}]
    )
    async def test_a_payload_that_does_not_fit_is_rejected(self, browser, caplog, values):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("bump", **values)

        assert frame["reply"][1] == "rejected"
        assert frame["reply"][2]["code"] == "liveex.invalid-payload"
        assert frame["reply"][2]["id"] in caplog.text
        assert (await state())["count"] == 0

    async def test_a_missing_value_is_rejected(self, browser):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("rename")

        assert frame["reply"][2]["code"] == "liveex.invalid-payload"

    async def test_a_reject_tells_its_reason(self, browser):
        tab = browser()
        await tab.open("/board/")

        frame = await tab.event("bump", amount=11)

        assert frame["reply"] == [1, "rejected", {"reason": "the board is full"}]
        assert (await state())["count"] == 0

    @pytest.mark.parametrize("name", ["crash", "fail_half_way", "write_nonsense", "shadow"])
    async def test_an_error_leaves_the_page_and_the_state_as_they_were(self, browser, caplog, name):
        tab, other = browser(), browser()
        await tab.open("/board/")
        await other.open("/board/")

        frame = await tab.event(name)

        assert frame["reply"][1] == "failed"
        assert frame["reply"][2]["code"] == "liveex.handler-error"
        assert frame["reply"][2]["id"] in caplog.text
        assert await state() == {"count": 0, "limit": 10, "lines": []}
        assert await other.is_quiet()
        assert (await tab.event("bump"))["reply"][1] == "applied"
        assert_silent(tab)

    async def test_too_many_waiting_events_are_refused_one_by_one(self, browser, settings):
        settings.LIVEEX = {"THREADS": 2, "MAX_EVENTS": 3}
        tab = browser()
        await tab.open("/slow/")
        views.Slow.thread_gate.clear()

        for _ in range(5):
            await tab.fire("block_a_thread")
        refused = await tab.receive()
        views.Slow.thread_gate.set()

        assert refused["reply"][2]["code"] == "liveex.too-many-events"

    async def test_a_repeated_number_is_answered_and_not_run_again(self, browser):
        tab = browser()
        await tab.open("/board/")
        await tab.event("bump")
        tab.seq = 0

        frame = await tab.event("bump")

        assert frame["reply"] == [1, "applied"]
        assert (await state())["count"] == 1


class TestFrames:
    @pytest.mark.parametrize(
        "message",
        [
            "not json",
            "[]",
            "{}",
            '{"type": "nope"}',
            '{"type": "event"}',
            '{"type": "event", "seq": "1", "view": "0", "event": "bump"}',
            '{"type": "event", "seq": 1, "view": "0", "event": "bump", "payload": {"amount": 1}}',
            '{"type": "event", "seq": 1, "view": "0", "event": "bump", "payload": [["amount", 1]]}',
            '{"type": "ping", "extra": 1}',
            '{"type": "join", "client": "0123456789abcdef", "views": []}',
            "[" * 50_000,
            '{"type": "event", "seq": 1, "view": "0", "event": "bump", "payload": ' + "[" * 30_000 + "}",
            '{"type": "ping"' + " " * 70_000 + "}",
            '{"type": "ping", "x": "' + "\\ud800" + '"}',
        ],
    )
    async def test_what_is_not_of_the_protocol_closes_the_socket(self, browser, message):
        tab, other = browser(), browser()
        await tab.open("/board/")
        await other.open("/board/")

        await tab.send(message)

        assert (await tab.receive())["error"]["code"] == "liveex.bad-frame"
        assert await tab.receive() == 4400
        assert (await other.event("bump"))["reply"][1] == "applied"
        assert_silent(tab)

    async def test_an_event_before_the_join_closes_the_socket(self, browser):
        tab = browser()
        await tab.connect()

        await tab.send({"type": "event", "seq": 1, "view": "0", "event": "bump"})

        assert (await tab.receive())["error"]["code"] == "liveex.bad-frame"
        assert await tab.receive() == 4400

    @pytest.mark.parametrize("client", ["", "short", "x" * 65, "spaces are not ok 123"])
    async def test_a_client_id_that_cannot_be_one_closes_the_socket(self, browser, client):
        tab = browser()
        await tab.get("/board/")

        await tab.join(client=client)

        assert await tab.receive() == 4400


class TestTemplates:
    async def test_an_error_at_the_first_render_is_the_projects_500(self, browser):
        tab = browser()
        tab.http.raise_request_exception = False

        response = await tab.get("/fragile/?broken=now")

        assert response.status_code == 500

    async def test_an_error_at_a_re_render_keeps_the_page_alive(self, browser, caplog):
        tab = browser()
        await tab.open("/fragile/")

        broken = await tab.event("set_broken", value="yes")
        mended = await tab.event("set_broken", value="")
        counted = await tab.event("bump")

        assert broken["error"]["code"] == "liveex.render-error"
        assert broken["error"]["id"] in caplog.text
        assert "secret detail" in caplog.text
        assert mended["reply"] == [2, "applied"]
        assert counted["patch"]["0"]["0"]
        assert_silent(tab)

    async def test_an_error_in_handle_mutation_is_logged_and_the_view_follows(self, browser, caplog, monkeypatch):
        async def fail(self, entry):
            raise RuntimeError("hook")

        monkeypatch.setattr(views.Count, "handle_mutation", fail)
        tab = browser()
        await tab.open("/count/")

        frame = await tab.event("bump")

        assert frame["patch"] == {"0": {"0": {"0": "1"}}}
        assert "failed on a change" in caplog.text

    async def test_a_mount_that_fails_at_the_join_refuses_this_page_only(self, browser, monkeypatch, caplog):
        tab = browser()
        await tab.get("/board/")

        async def fail(self):
            raise RuntimeError("secret detail")

        with monkeypatch.context() as patched:
            patched.setattr(views.Board, "mount", fail)
            frame = await tab.join()

        assert frame["error"]["code"] == "liveex.handler-error"
        assert await tab.receive() == 4013
        assert "secret detail" in caplog.text
        assert_silent(tab)


class TestSlowHandlers:
    async def test_a_blocked_thread_stops_no_other_socket(self, browser, settings):
        settings.LIVEEX = {"THREADS": 2}
        slow, quick = browser(), browser()
        await slow.open("/slow/")
        await quick.open("/count/")
        views.Slow.thread_gate.clear()
        views.Slow.started.clear()

        await slow.fire("block_a_thread")
        frame = await quick.event("bump")
        views.Slow.thread_gate.set()

        assert frame["reply"][1] == "applied"

    async def test_a_page_whose_handler_waits_still_gets_patches(self, browser):
        tab = browser()
        await tab.open("/slow/")
        await tab.fire("wait_for_ever")

        await stores.board.at().adispatch("bump")

        assert await tab.patch() == {"0": {"0": {"0": "1"}}}


class TestLogging:
    async def test_what_a_browser_does_wrong_is_a_warning_and_not_an_error(self, browser, caplog):
        tab = browser()
        await tab.open("/board/")

        await tab.event("nope")
        await tab.event("bump", amount="x")

        assert {record.levelno for record in caplog.records if record.name == "liveex.live"} == {logging.WARNING}

    def test_the_client_id_of_these_tests_is_a_valid_one(self):
        assert CLIENT.isalnum()
