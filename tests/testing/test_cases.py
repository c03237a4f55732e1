"""``LiveTestMixin`` in Django's own test classes."""

import unittest

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import connection
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from liveex_django.replication import process
from liveex_django.testing import LiveTestMixin

from . import stores


class PageTests:
    """What holds in every class with a database."""

    def test_a_page_sees_the_rows_of_the_test(self):
        Group.objects.create(name="before")
        page = self.live_client.get("/form/")

        page.send_event("make_group", {"name": "staff"})

        assert page.text("#said").startswith("2 groups")
        assert Group.objects.count() == 2

    async def test_an_async_test_does_too(self):
        await Group.objects.acreate(name="before")
        page = await self.live_client.aget("/form/")

        await page.asend_event("make_group_through_another", {"name": "staff"})
        await page.asend_event("count_groups")

        assert page.text("#said").startswith("2 groups")

    def test_a_click_of_one_shows_on_the_other(self):
        one, two = self.live_client.get("/shop/"), self.live_client.get("/shop/")

        one.click("button", text="House")

        assert two.text("#selected") == "House"

    def test_nothing_is_left_of_another_test(self):
        assert stores.shop.at().history() == ()
        assert Group.objects.count() == 0


class TestInTestCase(LiveTestMixin, PageTests, TestCase):
    def test_the_transaction_of_the_test_is_open(self):
        self.live_client.get("/form/").send_event("make_group", {"name": "staff"})

        assert connection.in_atomic_block

    async def test_sync_code_runs_where_the_transaction_is(self):
        assert await sync_to_async(lambda: connection.in_atomic_block)()


class TestInTransactionTestCase(LiveTestMixin, PageTests, TransactionTestCase):
    pass


class TestInSimpleTestCase(LiveTestMixin, SimpleTestCase):
    def test_pages_without_a_database_work(self):
        page = self.live_client.get("/tab/")

        page.click("button")

        assert page.text("button") == "1"


class TestTheEnd(unittest.TestCase):
    def test_a_test_leaves_no_hub(self):
        result = unittest.TestResult()

        TestInTestCase("test_a_click_of_one_shows_on_the_other").run(result)

        assert dict(process._hubs) == {}
