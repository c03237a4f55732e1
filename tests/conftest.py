"""What every test may ask for. Fixtures of one layer stand in the ``conftest.py`` of its folder."""

import pytest

from scripts.programs import find


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
