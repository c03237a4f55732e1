"""What Django says of a login, a logout, a user or a right has the pages of the visitor checked at once, and no others."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.backends.cached_db import SessionStore as CachedSessionStore
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save
from django.test import AsyncClient
from django.test.utils import isolate_apps
from django.utils import timezone

from liveex_django.live import visitor_signals, visitors
from liveex_django.live.page import Page
from liveex_django.live.visitors import user_name

from .visitors import FORBIDDEN, LOGGED_OUT, end_of, make_user, page_of, until

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("checked_when_told")]


@pytest.fixture
def checks(monkeypatch):
    """Whose pages were checked; ``checked`` is set each time."""
    check_again = Page.check_again

    class Checks(list):
        checked = asyncio.Event()

    checks = Checks()

    async def note(page):
        checks.append(page.user.get_username())
        try:
            await check_again(page)
        finally:
            checks.checked.set()

    monkeypatch.setattr(Page, "check_again", note)
    return checks


class TestLogout:
    async def test_closes_the_pages_of_its_browser(self, browser):
        user = await make_user()
        tab, other_device = await page_of(user, browser), await page_of(user, browser)

        await tab.http.post("/accounts/logout/")

        assert await end_of(tab) == LOGGED_OUT
        assert await other_device.is_quiet()

    async def test_closes_them_also_when_sessions_are_in_a_cache(self, browser, settings, monkeypatch):
        monkeypatch.setattr(visitors, "_SECOND_LOOK", 0.05)
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
        tab = await page_of(await make_user(), browser)

        await tab.http.post("/accounts/logout/")

        assert await end_of(tab) == LOGGED_OUT

    async def test_from_elsewhere_ends_the_session_and_closes_them(self, browser):
        tab = await page_of(await make_user(), browser)

        await SessionStore(tab.http.cookies["sessionid"].value).aflush()

        assert await end_of(tab) == LOGGED_OUT

    async def test_from_elsewhere_closes_them_also_when_a_cache_stands_before_the_sessions(
        self, browser, settings, monkeypatch
    ):
        monkeypatch.setattr(visitors, "_SECOND_LOOK", 0.05)
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
        tab = await page_of(await make_user(), browser)

        await CachedSessionStore(tab.http.cookies["sessionid"].value).aflush()

        assert await end_of(tab) == LOGGED_OUT

    async def test_of_everybody_by_deleting_their_sessions(self, browser):
        ann, bob = await page_of(await make_user("ann"), browser), await page_of(await make_user("bob"), browser)

        await Session.objects.all().adelete()

        assert [await end_of(ann), await end_of(bob)] == [LOGGED_OUT, LOGGED_OUT]


class TestLogin:
    async def test_closes_what_the_browser_showed_of_its_session_before(self, browser):
        tab = browser()
        await tab.open("/session/")

        await tab.http.aforce_login(await make_user())

        assert await end_of(tab) == LOGGED_OUT

    async def test_closes_it_also_when_sessions_are_in_a_cache(self, browser, settings):
        settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
        tab = browser()
        await tab.open("/session/")
        await make_user()

        await tab.http.post("/accounts/login/", {"username": "ann", "password": "secret"})

        assert await end_of(tab) == LOGGED_OUT

    async def test_as_somebody_else_closes_the_pages_of_the_first(self, browser):
        tab = await page_of(await make_user("ann"), browser)

        await tab.http.aforce_login(await make_user("bob"))

        assert await end_of(tab) == LOGGED_OUT

    async def test_elsewhere_tells_nobody(self, browser, announced):
        user = await make_user()
        await page_of(user, browser)
        announced.clear()

        await AsyncClient().alogin(username="ann", password="secret")

        assert user_name(user.pk) not in [name for content in announced for name in content["names"]]


class TestUser:
    async def test_a_new_password_closes_the_pages_on_every_device(self, browser):
        user = await make_user()
        tabs = [await page_of(user, browser) for _ in range(2)]

        user.set_password("another")
        await user.asave()

        assert [await end_of(tab) for tab in tabs] == [LOGGED_OUT, LOGGED_OUT]

    async def test_one_that_is_deactivated_loses_the_pages(self, browser):
        user = await make_user()
        tab = await page_of(user, browser)

        user.is_active = False
        await user.asave(update_fields=["is_active"])

        assert await end_of(tab) == LOGGED_OUT

    async def test_one_that_is_deleted_loses_the_pages(self, browser):
        user = await make_user()
        tab = await page_of(user, browser)

        await user.adelete()

        assert await end_of(tab) == LOGGED_OUT

    async def test_one_that_is_no_longer_a_superuser_loses_what_only_they_may_see(self, browser):
        user = await User.objects.acreate_superuser("ann")
        tab = await page_of(user, browser, "/staff/")

        user.is_superuser = False
        await user.asave()

        assert await end_of(tab) == FORBIDDEN

    async def test_one_whose_rights_stay_keeps_the_page(self, browser, checks):
        user = await make_user()
        tab = await page_of(user, browser)

        user.first_name = "Ann"
        await user.asave()
        await asyncio.wait_for(checks.checked.wait(), 5)

        assert (await tab.event("bump"))["reply"] == [1, "applied"]

    async def test_the_pages_of_others_are_not_even_checked(self, browser, checks):
        ann, bob = await make_user("ann"), await make_user("bob")
        for user in (ann, bob):
            await page_of(user, browser)

        bob.is_active = False
        await bob.asave()
        await asyncio.wait_for(checks.checked.wait(), 5)

        assert set(checks) == {"bob"}

    @isolate_apps("django.contrib.auth")
    async def test_one_that_is_saved_by_a_proxy_of_the_model_is_the_same(self, browser, monkeypatch):
        class Member(User):
            class Meta:
                proxy = True
                app_label = "auth"

        known = SimpleNamespace(is_installed=lambda name: True, get_models=lambda: [User, Member])
        monkeypatch.setattr(visitor_signals, "apps", known)
        visitor_signals.connect()
        user = await make_user()
        tab = await page_of(user, browser)

        await Member(pk=user.pk, username="ann", password="another", date_joined=user.date_joined).asave()

        assert await end_of(tab) == LOGGED_OUT
        assert post_save.disconnect(visitor_signals._user_saved, sender=Member)
        assert post_delete.disconnect(visitor_signals._user_deleted, sender=Member)


async def remove_from_user(user, group, permission):
    await user.groups.aremove(group)


async def clear_groups_of_user(user, group, permission):
    await user.groups.aclear()


async def remove_user_from_group(user, group, permission):
    await group.user_set.aremove(user)


async def clear_users_of_group(user, group, permission):
    await group.user_set.aclear()


async def remove_permission_from_group(user, group, permission):
    await group.permissions.aremove(permission)


async def delete_group(user, group, permission):
    await group.adelete()


async def delete_permission(user, group, permission):
    await permission.adelete()


class TestPermission:
    async def test_one_that_is_lost_closes_the_pages_that_need_it(self, browser):
        user = await make_user("ann", "change_user")
        staff = await page_of(user, browser, "/staff/")
        members = await page_of(user, browser, "/members/")

        await user.user_permissions.aclear()

        assert await end_of(staff) == FORBIDDEN
        assert await members.is_quiet()

    @pytest.mark.parametrize(
        "lose",
        [
            remove_from_user,
            clear_groups_of_user,
            remove_user_from_group,
            clear_users_of_group,
            remove_permission_from_group,
            delete_group,
            delete_permission,
        ],
    )
    async def test_one_of_a_group_is_lost_in_many_ways(self, browser, lose):
        user, group = await make_user(), await Group.objects.acreate(name="staff")
        permission = await Permission.objects.aget(codename="change_user")
        await group.permissions.aadd(permission)
        await user.groups.aadd(group)
        tab = await page_of(user, browser, "/staff/")

        await lose(user, group, permission)

        assert await end_of(tab) == FORBIDDEN


class TestWhatIsNoChange:
    async def test_is_not_announced(self, browser, announced):
        user = await make_user()
        await page_of(user, browser)
        group = await Group.objects.acreate(name="staff")
        await user.groups.aadd(group)
        await Session.objects.acreate(session_key="old", expire_date=timezone.now() - timedelta(days=1))
        await until(lambda: announced)
        announced.clear()

        await user.asave(update_fields=["last_login"])
        await User.objects.acreate_user("bob")
        await user.groups.aadd(group)
        await group.permissions.aset([])
        await Session.objects.filter(session_key="old").adelete()
        await user.asave()
        await until(lambda: announced)

        assert announced == [{"names": [user_name(user.pk)]}]


class StoreOfNoApp:
    """As Django's own, when its app is not installed."""

    @classmethod
    def get_model_class(cls):
        raise RuntimeError("Model class doesn't declare an explicit app_label and isn't in an application.")


class TestConnecting:
    @pytest.mark.parametrize("store", [StoreOfNoApp, object])
    def test_asks_nothing_of_apps_that_are_not_installed(self, monkeypatch, store):
        monkeypatch.setattr(visitor_signals, "apps", SimpleNamespace(is_installed=lambda name: False))
        monkeypatch.setattr(visitor_signals, "import_string", lambda path: store)
        monkeypatch.setattr("django.contrib.auth.get_user_model", None)

        visitor_signals.connect()

    def test_leaves_expired_sessions_to_be_deleted_in_one_statement(self, monkeypatch):
        connected = []
        monkeypatch.setattr(visitor_signals.post_delete, "connect", lambda receiver, sender: connected.append(sender))

        monkeypatch.setattr("sys.argv", ["manage.py", "clearsessions"])
        visitor_signals.connect()

        assert Session not in connected
        assert User in connected


_PROJECT = """
import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS={apps!r},
    AUTH_USER_MODEL={user_model!r},
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
)
django.setup()
"""
_OWN_USER = """
import uuid
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

class Person(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
"""
_SAVE_ONE = """
from django.db import connection
from liveex_django.live import visitor_changes
from people.models import Person

visitor_changes.can_announce = lambda: True
visitor_changes.announce = lambda topic, content: print(content["names"])
with connection.schema_editor() as editor:
    editor.create_model(Person)
Person(pk=uuid.UUID(int=5)).save()
Person.objects.get().save()
"""


class TestProjects:
    """In processes of their own: what is installed is settled once."""

    def run(self, folder, apps, then="", user_model="auth.User"):
        code = f"import uuid{_PROJECT.format(apps=apps, user_model=user_model)}{then}"
        path = os.pathsep.join([str(ROOT), str(folder)])
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-W", "error", "-c", code],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    @pytest.mark.parametrize("apps", [[], ["sessions"], ["contenttypes", "auth"]], ids=str)
    def test_without_users_or_sessions_start(self, tmp_path, apps):
        self.run(tmp_path, [*(f"django.contrib.{app}" for app in apps), "channels", "liveex_django"])

    def test_may_have_users_of_their_own_without_groups(self, tmp_path):
        (tmp_path / "people").mkdir()
        (tmp_path / "people" / "models.py").write_text(_OWN_USER)
        apps = ["liveex_django", "people", "django.contrib.contenttypes", "django.contrib.auth"]

        printed = self.run(tmp_path, apps, _SAVE_ONE, "people.Person")

        assert printed == "['user:00000000-0000-0000-0000-000000000005']"
