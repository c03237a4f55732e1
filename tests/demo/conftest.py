"""The demo in a real browser: a server and a browser per test module, windows as many as a test likes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.demo.server import DemoServer
from tests.demo.window import PATIENCE, Window

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenWindow = Callable[..., Window]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    server = DemoServer(tmp_path_factory.mktemp("demo"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_window(demo: DemoServer, browser: Browser) -> Iterator[OpenWindow]:
    """
    Opens a page of the demo as somebody else: each window has cookies of its own.

    ``with_script=False`` opens it in a browser without JavaScript. An error in the console of a window fails the test.
    """
    contexts: list[BrowserContext] = []
    windows: list[Window] = []

    def open_window(path: str, *, with_script: bool = True) -> Window:
        context = browser.new_context(java_script_enabled=with_script)
        contexts.append(context)
        window = Window(context, demo.url + path)
        windows.append(window)
        return window.joined() if with_script else window

    yield open_window
    errors = [error for window in windows for error in window.errors]
    for context in contexts:
        context.close()
    assert errors == []
