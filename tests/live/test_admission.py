"""Who may open, join and use a page, and for how long."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.test import AsyncClient

from liveex_django.live import token as join_token

from . import stores

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def make_user(name="ann", *permissions):
    user = User.objects.create_user(name, password="secret")
    for codename in permissions:
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


async def logged_in(user):
    client = AsyncClient()
    await client.aforce_login(user)
    return client


async def assert_refused(tab, code, close_code):
    frame = tab.frames[-1]
    assert frame["error"]["code"] == code
    assert await tab.receive() == close_code


class TestOrigin:
    async def test_the_pages_own_is_accepted(self, browser):
        tab = browser()
        await tab.get("/count/")

        assert await tab.connect(origin="http://testserver")

    @pytest.mark.parametrize(
        "origin", [None, "", "null", "http://evil.example", "http://testserver.evil", "file://", "x"]
    )
    async def test_a_foreign_or_missing_one_is_refused(self, browser, origin):
        tab = browser()
        await tab.get("/count/")

        assert not await tab.connect(origin=origin)

    @pytest.mark.parametrize("origin", [None, "http://evil.example"])
    async def test_it_holds_when_every_host_is_allowed(self, browser, settings, origin):
        settings.ALLOWED_HOSTS = ["*"]
        tab = browser()
        await tab.get("/count/")

        assert not await tab.connect(origin=origin, host="testserver")
        assert await tab.connect(origin="http://any.example", host="any.example")

    async def test_a_host_that_is_not_allowed_is_refused(self, browser):
        tab = browser()
        await tab.get("/count/")

        assert not await tab.connect(origin="http://evil.example", host="evil.example")

    async def test_a_default_port_may_be_said_or_not(self, browser):
        tab = browser()
        await tab.get("/count/")

        assert await tab.connect(origin="http://testserver:80", host="testserver")
        assert not await tab.connect(origin="http://testserver:8080", host="testserver")

    async def test_others_are_accepted_when_they_are_listed(self, browser, settings):
        settings.LIVEEX = {"THREADS": 0, "ORIGINS": ["https://friend.example"]}
        tab = browser()
        await tab.get("/count/")

        assert await tab.connect(origin="https://friend.example")


class TestToken:
    async def test_a_changed_one_is_refused(self, browser):
        tab = browser()
        await tab.get("/count/")
        tab.tokens["0"] = "x" + tab.tokens["0"]

        await tab.join()

        await assert_refused(tab, "liveex.join-refused", 4401)

    async def test_an_old_one_is_refused(self, browser, settings, monkeypatch):
        import django.core.signing as signing

        tab = browser()
        await tab.get("/count/")
        now = signing.time.time()
        monkeypatch.setattr(signing.time, "time", lambda: now + 90_000)

        await tab.join()

        await assert_refused(tab, "liveex.join-refused", 4401)

    async def test_one_of_another_view_is_refused(self, browser, monkeypatch):
        tab = browser()
        await tab.get("/count/")
        token = join_token.read(tab.tokens["0"])
        forged = {name: getattr(token, name) for name in token.__struct_fields__}
        tab.tokens["0"] = join_token.sign(join_token.JoinToken(**{**forged, "view": "tests.live.views.Staff"}))

        await tab.join()

        await assert_refused(tab, "liveex.join-refused", 4401)

    async def test_one_of_another_user_is_refused(self, browser):
        ann, bob = browser(await logged_in(await make_user("ann"))), browser(await logged_in(await make_user("bob")))
        await ann.get("/members/")
        await bob.get("/members/")
        bob.tokens = ann.tokens

        await bob.join()

        await assert_refused(bob, "liveex.join-refused", 4401)

    async def test_one_from_before_the_login_is_refused(self, browser):
        client = AsyncClient()
        tab = browser(client)
        await tab.get("/count/")
        await client.aforce_login(await make_user())

        await tab.join()

        await assert_refused(tab, "liveex.join-refused", 4401)

    async def test_tokens_of_two_pages_cannot_be_mixed(self, browser):
        one, two = browser(), browser()
        await one.get("/plain/7/")
        await two.get("/plain/8/")
        one.tokens["1"] = two.tokens["1"]

        await one.join()

        await assert_refused(one, "liveex.join-refused", 4401)

    async def test_a_page_of_another_release_is_told_to_load_again(self, browser, settings):
        tab = browser()
        await tab.get("/count/")
        settings.LIVEEX = {"THREADS": 0, "RELEASE": "2"}

        await tab.join()

        await assert_refused(tab, "liveex.join-refused", 4409)

    async def test_a_change_of_the_secret_key_leaves_page_session_and_login(self, browser, settings):
        client = await logged_in(await make_user())
        tab = browser(client)
        await tab.get("/members/")
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another one"

        joined = await tab.join()
        answer = await tab.event("bump")

        assert "joined" in joined
        assert answer["reply"] == [1, "applied"]
        assert (await client.get("/members/")).status_code == 200

    async def test_a_fresh_one_from_the_join_works_as_well(self, browser):
        tab = browser()
        frame = await tab.open("/page/")
        await tab.event("bump")
        await tab.close()
        tab.tokens, tab.digests = frame["joined"]["tokens"], {}

        again = await tab.join()

        assert again["joined"]["views"]["0"]["0"][2] == "1"


class TestPermission:
    async def test_a_login_is_asked_for(self, browser):
        response = await browser().get("/members/")

        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=/members/")

    async def test_a_missing_permission_is_a_403(self, browser):
        tab = browser(await logged_in(await make_user()))

        response = await tab.get("/staff/")

        assert response.status_code == 403

    async def test_with_the_permission_the_page_opens(self, browser):
        tab = browser(await logged_in(await make_user("ann", "change_user")))

        frame = await tab.open("/staff/")

        assert frame["joined"]["views"] == {"0": {}}

    async def test_a_permission_lost_before_the_join_refuses_it(self, browser):
        user = await make_user("ann", "change_user")
        tab = browser(await logged_in(user))
        await tab.get("/staff/")
        await sync_to_async(user.user_permissions.clear)()

        await tab.join()

        await assert_refused(tab, "liveex.forbidden", 4403)

    async def test_can_subscribe_decides(self, browser):
        assert (await browser().get("/room/12/")).status_code == 200
        assert (await browser().get("/room/13/")).status_code == 403

    async def test_an_action_with_a_permission_asks_the_user_afresh(self, browser):
        user = await make_user("ann", "change_user")
        tab = browser(await logged_in(user))
        await tab.open("/count/")
        allowed = await tab.event("guarded")
        await sync_to_async(user.user_permissions.clear)()

        refused = await tab.event("guarded")

        assert allowed["reply"] == [1, "applied"]
        assert refused["reply"][2]["code"] == "liveex.forbidden"
        assert (await stores.board.at().aget_state())["count"] == 1

    async def test_an_anonymous_visitor_has_no_permissions(self, browser):
        tab = browser()
        await tab.open("/count/")

        frame = await tab.event("guarded")

        assert frame["reply"][2]["code"] == "liveex.forbidden"

    async def test_a_logout_elsewhere_closes_the_page_at_the_next_check(self, browser, settings, lost_announcements):
        settings.LIVEEX = {"THREADS": 0, "RECHECK_INTERVAL": 0.05}
        client = await logged_in(await make_user())
        tab = browser(client)
        await tab.open("/members/")

        await sync_to_async(client.session.flush)()

        await tab.receive()
        await assert_refused(tab, "liveex.join-refused", 4401)

    async def test_a_lost_permission_closes_the_page_at_the_next_check(self, browser, settings, lost_announcements):
        settings.LIVEEX = {"THREADS": 0, "RECHECK_INTERVAL": 0.05}
        user = await make_user("ann", "change_user")
        tab = browser(await logged_in(user))
        await tab.open("/staff/")

        await sync_to_async(user.user_permissions.clear)()

        await tab.receive()
        await assert_refused(tab, "liveex.forbidden", 4403)

    async def test_a_token_is_renewed_while_the_page_is_open(self, browser, settings):
        settings.LIVEEX = {"THREADS": 0, "RECHECK_INTERVAL": 0.05}
        tab = browser()
        await tab.open("/count/")

        settings.LIVEEX = {"THREADS": 0, "RECHECK_INTERVAL": 0.05, "TOKEN_AGE": 0.001}

        frame = await tab.receive()

        assert set(frame["tokens"]) == {"0"}
