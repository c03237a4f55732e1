"""Opening pages, several at once, and being up to date."""

import asyncio
import threading

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection

from liveex_django.live import messages
from liveex_django.replication import get_log, process
from liveex_django.testing import (
    EventFailed,
    EventRejected,
    LiveClient,
    LiveTestFailure,
    NoAnswer,
    NotUpToDate,
    PageClosed,
    PageNotOpened,
)
from liveex_django.testing.socket import Received

from . import stores


class TestSeveralPages:
    def test_all_follow_what_one_does(self, live_client):
        one, two = live_client.get("/shop/"), live_client.get("/shop/")

        one.click("button", text="House")

        assert two.text("#selected") == one.text("#selected") == "House"
        assert two.texts("tbody td:first-child") == ["Spoon"]

    async def test_all_follow_in_an_async_test(self, live_client):
        one, two = await live_client.aget("/shop/"), await live_client.aget("/shop/")

        await one.aclick("button", text="House")

        assert two.text("#selected") == one.text("#selected") == "House"

    async def test_several_may_act_at_once(self, live_client):
        pages = [await live_client.aget("/shop/") for _ in range(3)]

        await asyncio.gather(*(page.aclick("#item-1 button") for page in pages))

        assert [page.text("#item-1 td:nth-child(2)") for page in pages] == ["2", "2", "2"]

    def test_what_is_committed_elsewhere_is_there_at_the_next_look(self, live_client):
        page = live_client.get("/shop/")

        stores.shop.at().dispatch("order", item_id=1, quantity=2)

        assert page.text("#item-1 td:nth-child(2)") == "3"

    def test_what_a_subscriber_commits_later_is_waited_for(self, live_client):
        page, other = live_client.get("/form/"), live_client.get("/form/")

        page.submit("#add", {"name": "Fork"})

        assert other.text("#said").endswith(" 4 1")

    def test_each_has_a_tab_of_its_own(self, live_client):
        one, two = live_client.get("/tab/"), live_client.get("/tab/")

        one.click("button")

        assert (one.text("button"), two.text("button")) == ("1", "0")
        assert stores.tab.at(one.page_key).get_state() == {"count": 1}

    def test_an_unfinished_handler_does_not_keep_the_others_waiting(self):
        with LiveClient(timeout=0.5) as live_client:
            one, two = live_client.get("/form/"), live_client.get("/form/")
            with pytest.raises(NoAnswer, match=r"After 0\.5 s there is still no end of event 'wait_for_ever'"):
                one.send_event("wait_for_ever")

            two.change("#note", "still here")

            assert one.text("#said").startswith("still here")


class TestBeingUpToDate:
    async def test_an_async_test_is_told_to_wait_before_it_reads_what_would_be_old(self, live_client):
        page = await live_client.aget("/shop/")
        await stores.shop.at().adispatch("filter_by", "Car")

        with pytest.raises(NotUpToDate, match=r"await live_client.asettle\(\)"):
            page.text("#selected")
        await live_client.asettle()

        assert page.text("#selected") == "Car"

    def test_settle_is_there_for_sync_tests_too(self, live_client):
        page = live_client.get("/shop/")
        stores.shop.at().dispatch("order", item_id=1)

        live_client.settle()

        assert page.last_patch

    async def test_the_sync_methods_name_the_async_ones(self, live_client):
        page = await live_client.aget("/shop/")

        with pytest.raises(SynchronousOnlyOperation, match=r"await aclick\(...\)"):
            page.click("button", text="House")
        with pytest.raises(SynchronousOnlyOperation, match=r"await aget\(...\)"):
            live_client.get("/shop/")


class TestOpening:
    def test_what_is_no_page_says_so(self, live_client):
        with pytest.raises(PageNotOpened, match=r"GET /nowhere/ answered 404, so there is no page."):
            live_client.get("/nowhere/")

    def test_a_page_without_live_views_says_so(self, live_client):
        with pytest.raises(PageNotOpened, match=r"/dead/ has no live view. Read such a page with Django's own"):
            live_client.get("/dead/")

    def test_a_page_without_the_script_says_so(self, live_client):
        with pytest.raises(PageNotOpened, match=r"Put {% liveex_script %} into the <head>"):
            live_client.get("/scriptless/")

    def test_a_refused_join_says_what_the_server_says(self, live_client):
        with pytest.raises(PageNotOpened, match=r"(?s)could not be joined: 4013.*ZeroDivisionError: secret") as refused:
            live_client.get("/refusing/")

        assert isinstance(refused.value.__cause__, ZeroDivisionError)

    def test_a_refused_handshake_says_what_the_server_says(self, live_client, monkeypatch):
        monkeypatch.setattr("liveex_django.live.consumer.is_same_origin", lambda request, origin: False)

        with pytest.raises(
            PageNotOpened, match=r"the connection was refused\. The server says: A websocket from origin"
        ):
            live_client.get("/tab/")

    def test_an_application_that_breaks_breaks_the_test(self, live_client, settings):
        settings.ASGI_APPLICATION = "tests.testing.asgi.broken"

        with pytest.raises(ZeroDivisionError, match="in the application"):
            live_client.get("/tab/")

    def test_an_application_without_websockets_says_so(self, live_client, settings):
        settings.ASGI_APPLICATION = "tests.testing.asgi.http_only"

        with pytest.raises(PageNotOpened, match=r"tests.testing.asgi.http_only.*takes no websockets"):
            live_client.get("/tab/")

    def test_without_asgi_application_the_librarys_own_route_is_used(self, live_client, settings):
        del settings.ASGI_APPLICATION

        assert live_client.get("/tab/").is_connected

    def test_the_query_comes_from_the_path_or_from_data(self, live_client):
        pages = live_client.get("/tab/?q=1"), live_client.get("/tab/", {"q": "2"})

        assert [page.text("#query") for page in pages] == ["1", "2"]

    def test_a_secure_page_has_a_secure_socket(self, live_client, settings):
        settings.SECURE_SSL_REDIRECT = True

        with pytest.raises(PageNotOpened, match="answered 301, which leads to https://testserver/tab/"):
            live_client.get("/tab/")

        assert live_client.get("/tab/", secure=True).is_connected

    def test_headers_reach_request_and_socket(self, live_client, settings):
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
        settings.LANGUAGES = [("en", "English"), ("de", "German")]

        page = live_client.get("/tab/", headers={"Accept-Language": "de"})

        assert page.response.headers["Content-Language"] == "de"


@pytest.mark.django_db
class TestVisitors:
    def test_a_login_is_asked_for(self, live_client):
        with pytest.raises(PageNotOpened, match=r"302.*/accounts/login/.*live_client.force_login\(user\)"):
            live_client.get("/members/")

    def test_a_login_opens_the_page(self, live_client):
        live_client.force_login(User.objects.create_user("ann"))

        assert live_client.get("/members/").text("#visitor") == "ann"

    def test_visitors_have_cookies_of_their_own(self, live_client):
        other = live_client.visitor()
        live_client.force_login(User.objects.create_user("ann"))
        other.force_login(User.objects.create_user("bob"))

        pages = live_client.get("/tab/"), other.get("/tab/"), live_client.visitor().get("/tab/")

        assert [page.text("#visitor") for page in pages] == ["ann", "bob", "nobody"]

    def test_a_logout_makes_a_stranger_of_the_visitor(self, live_client):
        live_client.force_login(User.objects.create_user("ann"))
        live_client.logout()

        assert live_client.get("/tab/").text("#visitor") == "nobody"

    @pytest.mark.django_db(transaction=True)
    async def test_the_async_forms_do_the_same(self, live_client):
        await live_client.aforce_login(await User.objects.acreate_user("ann"))
        page = await live_client.aget("/members/")
        await live_client.alogout()

        assert page.text("#visitor") == "ann"
        assert (await live_client.aget("/tab/")).text("#visitor") == "nobody"


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.mark.parametrize("name", ["make_group", "make_group_atomically", "make_group_through_another"])
    def test_actions_work_in_the_transaction_of_the_test(self, live_client, name):
        Group.objects.create(name="before")
        page = live_client.get("/form/")

        page.send_event(name, {"name": "staff"})

        assert connection.in_atomic_block
        assert sorted(Group.objects.values_list("name", flat=True)) == ["before", "staff"]
        assert page.text("#said").startswith("staff" if "atomically" in name else "2 groups")

    def test_async_queries_do_too(self, live_client):
        Group.objects.create(name="before")
        page = live_client.get("/form/")

        page.send_event("count_groups")

        assert page.text("#said").startswith("1 groups")

    @pytest.mark.parametrize("name", ["make_group", "make_group_atomically", "make_group_through_another"])
    def test_so_do_dispatches_by_the_test(self, live_client, name):
        page = live_client.get("/form/")

        stores.shop.at().dispatch(name, "staff")
        stores.shop.at().dispatch("count_groups")

        assert page.text("#said").startswith("1 groups")
        assert Group.objects.get().name == "staff"

    async def test_an_async_test_needs_a_real_transaction_and_is_told_so(self, live_client):
        with pytest.raises(LiveTestFailure, match=r"@pytest.mark.django_db\(transaction=True\)"):
            await live_client.aget("/form/")

    @pytest.mark.django_db(transaction=True)
    async def test_with_it_rows_are_seen(self, live_client):
        page = await live_client.aget("/form/")

        await page.asend_event("make_group", {"name": "staff"})

        assert page.text("#said").startswith("1 groups")
        assert await Group.objects.acount() == 1


class TestFailures:
    def test_a_rejection_tells_its_reason(self, live_client):
        page = live_client.get("/shop/")

        with pytest.raises(EventRejected, match="rejected 'order' on /shop/: not enough in stock") as rejected:
            page.send_event("order", {"item_id": "2", "quantity": "2"})

        assert (rejected.value.reason, rejected.value.code) == ("not enough in stock", "")

    def test_a_payload_that_does_not_fit_tells_what_the_server_logged(self, live_client):
        page = live_client.get("/shop/")

        with pytest.raises(EventRejected, match=r"(?s)liveex.invalid-payload.*The server says: .*item_id") as rejected:
            page.send_event("order", {"item_id": "x"})

        assert rejected.value.code == messages.INVALID_PAYLOAD

    def test_an_error_of_an_action_is_the_cause(self, live_client):
        page = live_client.get("/shop/")

        with pytest.raises(EventFailed, match=r"(?s)'fail' on /shop/.*ZeroDivisionError: secret detail") as failed:
            page.click("button", text="Fail")

        assert failed.value.code == messages.HANDLER_ERROR
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
        page.click("button", text="House")
        assert page.text("#selected") == "House"

    def test_an_unknown_event_is_named(self, live_client):
        page = live_client.get("/shop/")

        with pytest.raises(EventFailed, match="Did you mean 'order'"):
            page.send_event("ordr")

    def test_a_template_that_breaks_is_named_with_its_view(self, live_client):
        page = live_client.get("/shop/")

        with pytest.raises(EventFailed, match=r"(?s)View '0' of /shop/ met an error.*RuntimeError: secret") as failed:
            page.click("button", text="Break")

        assert failed.value.code == messages.RENDER_ERROR

    def test_a_frame_that_cannot_be_understood_is_told(self, live_client):
        page = live_client.get("/tab/")
        page._conversation._handle(Received({"patch": {"0": {"0": ["F", "x"]}}}, 1))

        with pytest.raises(LiveTestFailure, match="A frame for /tab/ cannot be understood: no statics for the part F"):
            page.text()

    def test_a_page_that_the_server_has_closed_sends_nothing(self, live_client):
        page = live_client.get("/shop/")
        page._conversation._send({"type": "nonsense"})
        live_client._test.call(
            lambda: live_client._test.until(lambda: page._conversation.close_code is not None, "the end"), "until"
        )

        with pytest.raises(PageClosed, match="4400: a frame that is not of the protocol"):
            page.click("button", text="House")

        assert page.close_code == 4400

    def test_an_event_that_is_too_large_is_not_sent(self, live_client):
        page = live_client.get("/form/")

        with pytest.raises(EventRejected, match="a frame has 65536") as rejected:
            page.change("#note", "x" * 70_000)

        assert rejected.value.code == "liveex.event-too-large"


class TestTheEnd:
    def test_nothing_is_left(self):
        before = set(threading.enumerate())

        with LiveClient() as live_client:
            live_client.get("/shop/").click("button", text="House")
            loop = live_client._test._loop
            assert loop in process._hubs
            log = get_log()

        # A thread of an earlier test may end meanwhile, so fewer is no fault.
        assert set(threading.enumerate()) <= before
        assert loop.is_closed()
        assert dict(process._hubs) == {}
        assert get_log() is not log

    async def test_nothing_is_left_on_the_loop_of_an_async_test(self):
        before = asyncio.all_tasks()

        async with LiveClient() as live_client:
            await (await live_client.aget("/shop/")).aclick("button", text="House")

        assert asyncio.all_tasks() == before
        assert asyncio.get_running_loop() not in process._hubs

    def test_the_end_of_a_loop_ends_its_pages(self):
        client = LiveClient()

        async def test():
            await (await client.aget("/shop/")).aclick("button", text="House")
            return asyncio.get_running_loop()

        client.__enter__()
        loop = asyncio.run(test())

        assert loop not in process._hubs
        client.__exit__(None, None, None)

    def test_one_test_does_not_see_what_another_committed(self):
        for _ in range(2):
            with LiveClient() as live_client:
                page = live_client.get("/shop/")
                assert page.text("#selected") == ""
                page.click("button", text="House")

    def test_settings_are_given_back(self, settings):
        settings.LIVEEX = {"THREADS": 3, "TOKEN_AGE": 60}

        with LiveClient():
            assert settings.LIVEEX["THREADS"] == 0
            assert settings.LIVEEX["TOKEN_AGE"] == 60

        assert settings.LIVEEX == {"THREADS": 3, "TOKEN_AGE": 60}

    async def test_a_page_is_not_taken_to_another_loop(self, live_client):
        await live_client.aget("/tab/")

        def elsewhere():
            return asyncio.run(live_client.aget("/tab/"))

        with pytest.raises(LiveTestFailure, match="belongs to another event loop"):
            await asyncio.to_thread(elsewhere)
