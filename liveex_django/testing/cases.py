"""Live pages in tests that are classes, as Django's own are."""

import unittest

from .client import LiveClient


class LiveTestMixin:
    """
    Gives each test ``self.live_client``::

        class ItemsTests(LiveTestMixin, TestCase):
            def test_a_click(self):
                page = self.live_client.get("/items/")

    For ``SimpleTestCase``, ``TransactionTestCase`` and ``TestCase``, with tests that are ``def`` or ``async def``. It
    must stand before them.
    """

    live_client: LiveClient

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """As of ``unittest.TestCase``: ``setUp``, the test, ``tearDown`` and cleanups, within the test's transaction."""
        with LiveClient() as self.live_client:
            ran: unittest.TestResult | None = super().run(result)  # type: ignore[misc]
            return ran
