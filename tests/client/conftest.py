"""The built script in a real Chromium, on pages of HTML that a test writes, with a server that a test plays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from hatch_build import BUNDLE, build_bundle
from tests.client.live_page import LivePage, OpenPage

_ROOT = Path(__file__).parents[2]

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def script() -> str:
    """The text of the bundle, built when it is missing or older than its sources."""
    build_bundle(_ROOT)
    return (_ROOT / BUNDLE).read_text()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser per module: Playwright's event loop must not be there when other modules run theirs."""
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, script: str) -> Iterator[OpenPage]:
    """Opens a page with some HTML in its body. An error in the console that no test expects fails the test."""
    pages: list[LivePage] = []

    def open_page(
        body: str,
        *,
        joined: bool = True,
        headers: dict[str, str] | None = None,
        clock: bool = False,
        project: str = "",
        project_first: bool = False,
    ) -> LivePage:
        page = LivePage(
            browser,
            script,
            body,
            headers=headers or {},
            clock=clock,
            project=project,
            project_first=project_first,
        )
        pages.append(page)
        if joined:
            page.join()
        return page

    yield open_page
    unexpected = [message for page in pages for message in page.close()]
    assert unexpected == []
