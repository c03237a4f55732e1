"""What tests of visitors share: users, their pages, and how these end."""

import asyncio

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.test import AsyncClient

LOGGED_OUT = ("liveex.join-refused", 4401)
FORBIDDEN = ("liveex.forbidden", 4403)


@sync_to_async
def make_user(name="ann", *permissions):
    user = User.objects.create_user(name, password="secret")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


async def logged_in(user):
    client = AsyncClient()
    await client.aforce_login(user)
    return client


async def page_of(user, browser, path="/members/"):
    tab = browser(await logged_in(user))
    await tab.open(path)
    return tab


async def end_of(tab):
    """The code of its error, and the close code."""
    frame = await tab.receive()
    return frame["error"]["code"], await tab.receive()


async def until(condition):
    """Let the loop go on until a condition holds; the test's time limit is the only one."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - whatever changes it, there is nothing of its own to wait on
            await asyncio.sleep(0.005)
