"""What views push to their browsers, and what handlers answer them."""

import pytest

from liveex_django.exceptions import InvalidDetail
from liveex_django.live import JS
from liveex_django.live.pushes import to_json

pytestmark = pytest.mark.django_db(transaction=True)


class TestPushEvent:
    async def test_of_mount_arrives_with_the_answer_to_the_join(self, browser):
        joined = await browser().open("/pusher/")

        assert joined["events"] == [["mounted", {"connected": True}]]

    async def test_of_a_handler_arrives_with_its_answer_and_what_it_changed(self, browser):
        tab = browser()
        await tab.open("/pusher/")

        await tab.fire("push")
        frame = await tab.receive()

        assert frame["patch"]
        # The view is told of a commit when it is rendered, which is after the handler.
        assert frame["events"] == [["before", [1]], ["committed", 1]]
        assert frame["commands"] == [["hide", {"to": "#x"}], ["focus", {"to": "#y"}]]
        assert frame["reply"] == [1, "applied"]

    async def test_of_a_thread_arrives_though_the_handler_refuses(self, browser):
        tab = browser()
        await tab.open("/pusher/")

        frame = await tab.event("push_in_thread")

        assert frame["events"] == [["from-thread", "x"]]
        assert frame["reply"] == [1, "rejected", {"reason": "after the push"}]

    async def test_of_a_task_that_goes_on_arrives_by_itself(self, browser):
        tab = browser()
        await tab.open("/pusher/")

        frame = await tab.event("push_later")
        while "events" not in frame:
            frame = await tab.receive()

        assert frame["events"] == [["later", None]]

    async def test_is_refused_when_it_is_too_much(self, browser, caplog):
        tab = browser()
        await tab.open("/pusher/")

        frame = await tab.event("push_too_much")

        assert frame["reply"][1:2] == ["failed"]
        assert "push_event('large') cannot be sent to a browser: it takes 70002 bytes" in caplog.text


class TestAnswers:
    @pytest.mark.parametrize(
        ("kind", "detail"),
        [
            ("plain", [{"answer": {"rows": [1, "é"], "day": "2026-01-02", "runs": 1}}]),
            ("nothing", []),
            ("false", [{"answer": False}]),
            ("state", [{"answer": {"count": 0, "limit": 10, "lines": []}}]),
        ],
    )
    async def test_are_what_the_handler_returns(self, browser, kind, detail):
        tab = browser()
        await tab.open("/pusher/")

        frame = await tab.event("answer", kind=kind)

        assert frame["reply"] == [1, "applied", *detail]

    @pytest.mark.parametrize("kind", ["object", "nan", "large"])
    async def test_that_cannot_be_sent_are_an_error_in_the_log(self, browser, caplog, kind):
        tab = browser()
        await tab.open("/pusher/")

        frame = await tab.event("answer", kind=kind)

        _, outcome, detail = frame["reply"]
        assert (outcome, detail["code"]) == ("applied", "liveex.bad-answer")
        assert (
            f"[{detail['id']}] Event 'answer' of Pusher was applied and has no answer. What it returned" in caplog.text
        )

    async def test_are_the_same_when_the_event_is_sent_again(self, browser):
        tab = browser()
        await tab.open("/pusher/")
        first = await tab.event("answer", kind="plain")
        await tab.close()

        await tab.join()
        tab.seq = 0
        again = await tab.event("answer", kind="plain")

        assert again["reply"] == first["reply"]


class TestDetails:
    def test_say_where_they_are_no_plain_data(self):
        with pytest.raises(InvalidDetail, match=r"X cannot be sent to a browser: the value\['a'\]\[1\] is a object"):
            to_json({"a": [1, object()]}, "X", most=100)


class TestCommands:
    def test_of_a_chain_are_data_in_their_order(self):
        chain = JS.show("#a", transition="fade").push("go", id=1)

        assert chain.as_data() == [
            ["show", {"to": "#a", "transition": "fade"}],
            ["push", {"event": "go", "values": {"id": 1}}],
        ]
        assert JS.as_data() == []

    def test_of_a_wrong_type_are_refused(self):
        with pytest.raises(TypeError, match=r"JS.focus\(\) has to=3, which is no str"):
            JS.focus(3)
