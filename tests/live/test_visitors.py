"""The pages of a visitor who is announced are checked, a few at a time."""

import asyncio
import threading
from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest

from liveex_django.live import consumer, page, visitors
from liveex_django.live.page import Page
from liveex_django.live.visitors import Visitors, names_of, session_name, user_name, visitors_of
from liveex_django.replication import current_hub

from .visitors import LOGGED_OUT, end_of, logged_in, make_user, page_of, until


class Pages:
    """Pages of a user without sockets: they count."""

    def __init__(self, registry, number, name="user:1"):
        self.most = self.running = self.checked = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.leaves = [registry.enter([name], self.make_check(), since=registry.heard) for _ in range(number)]

    def make_check(self):
        async def check():
            self.running += 1
            self.most = max(self.most, self.running)
            await self.go_on.wait()
            await asyncio.sleep(0)
            self.running -= 1
            self.checked += 1

        return check


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(visitors, "_SECOND_LOOK", 3600)
    return Visitors()


class TestManyPages:
    async def test_of_one_user_are_checked_some_at_a_time(self, registry):
        pages, others = Pages(registry, 500), Pages(registry, 500, "user:2")

        registry.hear({"names": ["user:1"]})
        await until(lambda: pages.checked == 500)

        assert pages.most == 10
        assert others.checked == 0

    async def test_that_are_named_again_while_they_wait_are_checked_once(self, registry):
        pages = Pages(registry, 50)

        for _ in range(3):
            registry.hear({"names": ["user:1"]})
        await until(lambda: not registry._workers)

        assert pages.checked == 50

    async def test_that_are_named_while_they_are_checked_are_checked_once_more(self, registry):
        pages = Pages(registry, 5)
        pages.go_on.clear()
        registry.hear({"names": ["user:1"]})
        await until(lambda: pages.running == 5)

        registry.hear({"names": ["user:1"]})
        pages.go_on.set()
        await until(lambda: not registry._workers)

        assert pages.checked == 10

    async def test_whose_checks_hang_do_not_keep_others_from_theirs(self, registry, monkeypatch):
        monkeypatch.setattr(visitors, "_LONGEST_TURN", 0.01)
        hanging, pages = Pages(registry, 15), Pages(registry, 15, "user:2")
        hanging.go_on.clear()

        registry.hear({"names": ["user:1"]})
        registry.hear({"names": ["user:2"]})
        await until(lambda: pages.checked == 15)

        assert hanging.checked == 0
        hanging.go_on.set()
        await until(lambda: hanging.checked == 15)

    async def test_that_leave_meanwhile_are_not_checked(self, registry):
        pages = Pages(registry, 20)
        registry.hear({"names": ["user:1"]})
        registry.hear({"everybody": True})

        for leave in pages.leaves:
            leave()
        await until(lambda: not registry._workers)

        assert pages.checked == 0
        assert (registry._pages, registry._planned, registry._waiting) == ({}, {}, {})

    async def test_of_everybody_are_spread_over_a_few_seconds(self, registry):
        Pages(registry, 900)
        Pages(registry, 100, "anonymous")
        loop = asyncio.get_running_loop()

        registry.hear({"everybody": True})

        delays = [planned.when() - loop.time() for planned in registry._planned.values()]
        assert (len(delays), registry._workers) == (1000, 0)
        assert 4 < max(delays) <= 5
        assert min(delays) < 1
        for planned in registry._planned.values():
            planned.cancel()

    async def test_of_everybody_are_checked_at_once_when_they_are_few(self, registry):
        pages = Pages(registry, 3)

        registry.hear({"everybody": True})

        assert (
            max(planned.when() for planned in registry._planned.values()) <= asyncio.get_running_loop().time() + 0.015
        )
        await until(lambda: pages.checked == 3)


class TestAnnouncement:
    @pytest.mark.parametrize(
        "content", [{}, {"names": "user:1"}, {"names": [1, ["user:1"], None]}, {"everybody": "user:1"}, {"name": 1}]
    )
    async def test_one_of_another_form_is_of_nobody(self, registry, content):
        pages = Pages(registry, 1)

        registry.hear(content)

        assert (registry._waiting, registry._planned, pages.checked) == ({}, {}, 0)

    def test_it_does_not_have_the_key_of_a_session(self):
        request = HttpRequest()
        request.COOKIES["sessionid"] = "abcdefghijklmnopqrstuvwxyz012345"

        names = names_of(request)

        assert names == (session_name("abcdefghijklmnopqrstuvwxyz012345"),)
        assert "abc" not in names[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("checked_when_told")
class TestJoining:
    async def test_a_change_since_the_visitor_was_read_is_not_missed(self, browser, monkeypatch):
        user, rebuild_request = await make_user(), consumer.rebuild_request

        def rebuild_and_deactivate(*args):
            request = rebuild_request(*args)
            # Whoever asks the database from now on is told so; the announcement arrives while the page still joins.
            User.objects.filter(pk=user.pk).update(is_active=False)
            user.save(update_fields=["last_name"])
            return request

        monkeypatch.setattr(consumer, "rebuild_request", rebuild_and_deactivate)
        tab = browser(await logged_in(user))
        await tab.get("/members/")

        frame = await tab.join()

        assert "joined" in frame
        assert await end_of(tab) == LOGGED_OUT

    async def test_a_page_that_leaves_is_forgotten(self, browser):
        tab = await page_of(await make_user(), browser)
        was = dict(visitors_of(current_hub())._pages)

        await tab.close()
        del tab.socket

        assert len(was) == 2
        assert visitors_of(current_hub())._pages == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("checked_when_told")
class TestOnePage:
    async def test_is_checked_once_at_a_time(self, browser, monkeypatch):
        gate, begun = asyncio.Event(), []

        async def wait(page):
            begun.append(page)
            await gate.wait()

        monkeypatch.setattr(Page, "check_again", wait)
        user = await make_user()
        await page_of(user, browser)
        registry = visitors_of(current_hub())

        for number in (1, 2):
            registry.hear({"names": [user_name(user.pk)]})
            await until(lambda number=number: registry._workers == number and not registry._waiting)
        await until(lambda: begun)
        before = len(begun)
        gate.set()
        await until(lambda: not registry._workers)

        assert (before, len(begun)) == (1, 2)

    async def test_is_read_once_at_a_time(self, browser, settings, monkeypatch):
        both = threading.Barrier(2)

        def meet(request):
            with suppress(threading.BrokenBarrierError):
                both.wait(0.05)

        user = await make_user()
        request = HttpRequest()
        request.user = user
        read = Page(current_hub(), request, "page")
        settings.LIVEEX = {"THREADS": 2}
        monkeypatch.setattr(page, "read_visitor", meet)

        await asyncio.gather(read.read_visitor(), read.read_visitor())

        assert both.broken
