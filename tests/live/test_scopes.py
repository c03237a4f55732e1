"""Who shares which instance of a store."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient

from liveex_django.exceptions import InvalidDeclaration

from . import stores

pytestmark = pytest.mark.django_db(transaction=True)


async def user_client(name="ann"):
    client = AsyncClient()
    user = await sync_to_async(User.objects.create_user)(name, password="secret")
    await client.aforce_login(user)
    return client


async def shown(browser, client, path):
    tab = browser(client)
    await tab.get(path)
    return tab.html.split("|")[1].replace("<!--]-->", "").split("-->")[-1]


class TestPage:
    async def test_each_tab_has_its_own(self, browser):
        one, two = browser(), browser()
        await one.open("/page/")
        await two.open("/page/")

        await one.event("bump")

        assert await two.is_quiet()

    async def test_it_survives_its_socket(self, browser):
        tab = browser()
        await tab.open("/page/")
        await tab.event("bump")
        await tab.close()

        frame = await tab.join()

        assert frame["joined"]["views"]["0"]["0"][2] == "1"

    async def test_a_reload_is_another_page(self, browser):
        tab = browser()
        await tab.open("/page/")
        await tab.event("bump")

        assert await shown(browser, tab.http, "/page/") == "0"


class TestSession:
    async def test_tabs_of_one_session_share_it(self, browser):
        client = AsyncClient()
        one, two = browser(client), browser(client)
        await one.open("/session/")
        await two.open("/session/")

        await one.event("bump")

        assert (await two.patch())["0"]

    async def test_another_session_has_another(self, browser):
        one = browser()
        await one.open("/session/")
        await one.event("bump")

        assert await shown(browser, None, "/session/") == "0"

    async def test_it_survives_a_login_but_not_a_logout(self, browser):
        client = AsyncClient()
        tab = browser(client)
        await tab.open("/session/")
        await tab.event("bump")
        user = await sync_to_async(User.objects.create_user)("ann", password="secret")

        await client.post("/accounts/login/", {"username": user.username, "password": "secret"})
        after_login = await shown(browser, client, "/session/")
        await client.post("/accounts/logout/")
        after_logout = await shown(browser, client, "/session/")

        assert (after_login, after_logout) == ("1", "0")


class TestUser:
    async def test_needs_a_login(self, browser):
        response = await browser().get("/user/")

        assert response.status_code == 302

    async def test_all_devices_of_a_user_share_it_and_nobody_else(self, browser):
        client = await user_client()
        one, two, other = browser(client), browser(client), browser(await user_client("bob"))
        for tab in (one, two, other):
            await tab.open("/user/")

        await one.event("bump")

        assert (await two.patch())["0"]
        assert await other.is_quiet()


class TestKey:
    async def test_the_view_says_which(self, browser):
        one, two, other = browser(), browser(), browser()
        await one.open("/room/1/")
        await two.open("/room/1/")
        await other.open("/room/2/")

        await one.event("bump")

        assert (await two.patch())["0"]
        assert await other.is_quiet()
        assert (await stores.key.at("room-1").aget_state())["count"] == 1

    async def test_a_view_that_does_not_say_is_told_how(self, browser):
        with pytest.raises(InvalidDeclaration, match="def get_store_key"):
            await browser().get("/keyless/")


class TestRequestOnTheSocket:
    async def test_path_query_user_and_csrf_token_are_those_of_the_page(self, browser):
        client = await user_client()
        tab = browser(client)

        frame = await tab.open("/page/?q=seven")

        assert "ann" in tab.html
        assert "/page/" in tab.html
        assert frame["joined"]["views"] == {"0": {}}
