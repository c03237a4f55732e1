"""Messages of django.contrib.messages that live code adds."""

import pytest
from django.contrib import messages
from django.contrib.messages import get_messages
from django.test import RequestFactory
from django.utils.translation import gettext_lazy

from liveex_django.live import user_messages
from liveex_django.live.outcomes import Outcome, decode

pytestmark = pytest.mark.django_db(transaction=True)


class TestMessagesOfAnEvent:
    async def test_come_with_its_answer(self, browser):
        tab = browser()
        await tab.open("/telling/")

        frame = await tab.event("tell", text="<b>Saved</b>")

        assert frame["messages"] == [["extra success", "<b>Saved</b>"], ["error", "second"]]
        assert frame["reply"] == [1, "applied"]
        assert "messages" not in await tab.event("rest")

    async def test_come_from_a_thread_too(self, browser):
        tab = browser()
        await tab.open("/telling/")

        assert (await tab.event("tell_in_thread"))["messages"] == [["info", "from a thread"]]

    async def test_come_also_when_it_fails_or_is_refused(self, browser):
        tab = browser()
        await tab.open("/telling/")

        assert (await tab.event("tell_and_refuse"))["messages"] == [["warning", "no"]]
        assert (await tab.event("tell_and_crash"))["messages"] == [["warning", "oh"]]

    async def test_are_in_the_language_of_the_page(self, browser, settings):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
        tab = browser()
        await tab.get("/telling/", headers={"accept-language": "de"})
        await tab.join()

        assert (await tab.event("tell_lazily"))["messages"] == [["info", "Abbrechen"]]

    async def test_come_again_when_the_event_is_sent_again(self, browser):
        tab = browser()
        await tab.open("/telling/")
        await tab.event("tell", text="Saved")
        await tab.close()

        await tab.join()
        tab.seq = 0
        frame = await tab.event("tell", text="Saved")

        assert frame["messages"] == [["extra success", "Saved"], ["error", "second"]]

    async def test_are_kept_when_the_visitor_is_read_again_meanwhile(self, browser):
        tab = browser()
        await tab.open("/telling/")

        assert (await tab.event("tell_and_read_visitor"))["messages"] == [["info", "kept"]]

    async def test_that_have_no_text_are_a_mistake_of_the_handler(self, browser, caplog):
        tab = browser()
        await tab.open("/telling/")

        frame = await tab.event("tell_nonsense")

        assert frame["reply"][1] == "failed"
        assert frame["messages"] == [["info", "before"]]
        assert (await tab.event("rest"))["reply"] == [2, "applied"]


class TestOtherMessages:
    async def test_leave_in_the_next_frame(self, browser):
        tab = browser()
        await tab.open("/telling/")

        await tab.event("tell_later")
        while "messages" not in tab.frames[-1]:
            await tab.receive()

        assert tab.frames[-1]["messages"] == [["info", "later"]]

    async def test_of_an_http_view_stay_for_the_next_template_that_shows_them(self, browser):
        tab = browser()
        await tab.http.get("/add-message/")

        joined = await tab.open("/count/")
        response = await tab.http.get("/show-messages/")

        assert "messages" not in joined
        assert response.content == b"from before"

    async def test_of_an_http_view_are_shown_by_a_live_template_once(self, browser):
        tab = browser()
        await tab.http.get("/add-message/")

        joined = await tab.open("/telling/")
        response = await tab.http.get("/show-messages/")

        assert "from before" in tab.html
        assert "messages" not in joined
        assert (await tab.event("look"))["reply"] == [1, "applied"]
        assert response.content == b""


class TestStorage:
    def test_of_a_live_page_gives_templates_nothing_to_show_twice(self):
        request = RequestFactory().get("/")
        user_messages.prepare(request)
        messages.info(request, "once")

        assert list(get_messages(request)) == []
        assert len(get_messages(request)) == 0
        assert user_messages.take(request) == (("info", "once"),)
        assert user_messages.take(request) == ()

    def test_keeps_what_waits_when_it_is_prepared_again(self):
        request = RequestFactory().get("/")
        user_messages.prepare(request)
        messages.info(request, gettext_lazy("once"))
        user_messages.prepare(request)

        assert user_messages.take(request) == (("info", "once"),)

    def test_that_is_no_live_one_is_left_alone(self):
        assert user_messages.take(RequestFactory().get("/")) == ()


class TestRecord:
    def test_of_an_outcome_has_its_messages(self):
        outcome = Outcome("applied").with_messages([("info", "\ud83d ü")])

        assert decode(outcome.encode()) == outcome

    def test_of_one_without_is_as_it_was_before_there_were_messages(self):
        assert Outcome("applied").encode() == b'["applied", null]'
        assert Outcome("applied").with_messages([]) == Outcome("applied")
