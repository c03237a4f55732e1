"""Changes of visitors are announced once their database transaction has committed, and never stop what is done."""

import logging
import threading

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest

from liveex_django.live import visitor_changes
from liveex_django.live.visitors import user_name
from liveex_django.replication import process

from .visitors import LOGGED_OUT, end_of, make_user, page_of, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("checked_when_told")]


class TestTransactions:
    @pytest.fixture
    async def users(self, browser, announced):
        """Two users, one of whom has a page, so that there is somebody to tell."""
        users = [await make_user("ann"), await make_user("bob")]
        await page_of(users[0], browser)
        announced.clear()
        return users

    async def test_one_that_is_rolled_back_announces_nothing(self, users, announced):
        def change_and_fail():
            with transaction.atomic():
                for user in users:
                    user.save()
                transaction.set_rollback(True)

        await sync_to_async(change_and_fail)()
        # What was announced before it would have arrived before.
        await users[1].asave()
        await until(lambda: announced)

        assert announced == [{"names": [user_name(users[1].pk)]}]

    async def test_one_is_told_once_when_it_has_committed(self, users, announced):
        seen = []

        def change():
            with transaction.atomic():
                for _ in range(3):
                    for user in users:
                        user.save()
                    with transaction.atomic():
                        users[0].groups.create(name=f"group {len(seen)}")
                    seen.append(list(announced))

        await sync_to_async(change)()
        await until(lambda: announced)

        assert seen == [[], [], []]
        assert announced == [{"names": sorted(user_name(user.pk) for user in users)}]

    async def test_a_savepoint_that_is_rolled_back_takes_nothing_of_the_rest_along(self, users, announced):
        def change():
            with transaction.atomic():
                with transaction.atomic():
                    users[0].save()
                    transaction.set_rollback(True)
                users[0].save()

        await sync_to_async(change)()
        await until(lambda: announced)

        assert announced == [{"names": [user_name(users[0].pk)]}]

    async def test_a_change_of_very_many_is_one_of_everybody(self, users, announced, monkeypatch):
        monkeypatch.setattr(visitor_changes, "_MOST_NAMES", 1)

        def change():
            with transaction.atomic():
                for user in users:
                    user.save()

        await sync_to_async(change)()
        await until(lambda: announced)

        assert announced == [{"everybody": True}]

    async def test_a_logout_within_one_waits_for_it(self, browser, users, announced):
        tab = await page_of(users[0], browser)
        announced.clear()
        seen = []

        def log_out():
            request = HttpRequest()
            request.session = tab.http.session
            with transaction.atomic():
                logout(request)
                seen.extend(announced)

        await sync_to_async(log_out)()

        assert await end_of(tab) == LOGGED_OUT
        assert seen == []
        assert len(announced) == 1


class TestNobody:
    async def test_is_there_when_a_process_serves_nothing_and_shares_no_log_so_nothing_is_opened(self, monkeypatch):
        user = await make_user()
        monkeypatch.setattr(process, "_serving", threading.Event())
        monkeypatch.setattr(process, "_make_hub", None)

        def change():
            with transaction.atomic():
                user.save()
                return list(transaction.get_connection().run_on_commit)

        assert await sync_to_async(change)() == []


class TestLoss:
    async def test_of_an_announcement_is_made_up_for_by_the_next_check(self, browser, settings, lost_announcements):
        settings.LIVEEX = {"THREADS": 0, "RECHECK_INTERVAL": 0.05}
        user = await make_user()
        tab = await page_of(user, browser)

        user.is_active = False
        await user.asave()

        assert await end_of(tab) == LOGGED_OUT

    @pytest.mark.parametrize("name", ["announce", "can_announce"])
    async def test_does_not_break_what_is_done(self, browser, monkeypatch, caplog, name):
        def fail(*args):
            raise OSError("nobody answers")

        user = await make_user()
        await page_of(user, browser)
        monkeypatch.setattr(visitor_changes, name, fail)

        await user.asave()

        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "nobody answers" in caplog.text
