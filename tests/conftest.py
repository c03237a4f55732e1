"""What every test may ask for. Fixtures of one layer stand in the ``conftest.py`` of its folder."""

import os

import pytest
from hypothesis import settings

from scripts.programs import find

# The same examples at every run, so that what breaks a test is a change; LIVEEX_HYPOTHESIS=search looks for new ones.
settings.register_profile("repeat", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("LIVEEX_HYPOTHESIS", "repeat"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium, for Playwright's ``executable_path``."""
    return find("chromium")


@pytest.fixture(scope="session")
def redis_server_program() -> str:
    """Path of a ``redis-server``."""
    return find("redis-server")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, before ``-m "not browser"`` chooses."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
