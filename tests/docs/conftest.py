"""What our documents say, done for real: projects that grow step by step, servers, windows."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.demo.window import PATIENCE, Window
from tests.docs.documents import DOCS, Document
from tests.docs.howto_project import HowtoProject
from tests.docs.project import Project, Server

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenWindow = Callable[[str], Window]
OpenPage = Callable[..., Page]
AfterStep = Callable[[int], Project]
ServeStep = Callable[[int], Server]


@pytest.fixture(scope="session")
def after_step(tmp_path_factory: pytest.TempPathFactory) -> AfterStep:
    """The project of somebody who has followed the tutorial up to a step, that one included."""
    steps = [blocks for title, blocks in Document(DOCS / "tutorial.md").steps.items() if title[0].isdigit()]
    done: dict[int, Project] = {}

    def after_step(number: int) -> Project:
        if number not in done:
            folder = tmp_path_factory.mktemp(f"step{number}")
            done[number] = after_step(number - 1).copy(folder) if number > 1 else Project(folder)
            done[number].follow(steps[number - 1])
        return done[number]

    return after_step


@pytest.fixture
def serve_step(after_step: AfterStep) -> Iterator[ServeStep]:
    """Serves the project after a step, with fresh stores."""
    servers: list[Server] = []

    def serve_step(number: int) -> Server:
        servers.append(after_step(number).serve())
        return servers[-1]

    yield serve_step
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_window(browser: Browser) -> Iterator[OpenWindow]:
    """Opens a live page as somebody else. An error in the console of a window fails the test."""
    contexts: list[BrowserContext] = []
    windows: list[Window] = []

    def open_window(url: str) -> Window:
        contexts.append(browser.new_context())
        windows.append(Window(contexts[-1], url))
        return windows[-1].joined()

    yield open_window
    errors = [error for window in windows for error in window.errors]
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="session")
def howto_project(tmp_path_factory: pytest.TempPathFactory) -> HowtoProject:
    return HowtoProject(tmp_path_factory.mktemp("howtos"))


@pytest.fixture(scope="session")
def howto_server(howto_project: HowtoProject) -> Iterator[Server]:
    """Serves the project of the how-to guides. No test uses the users, items, seats and reports of another."""
    server = howto_project.serve()
    yield server
    server.stop()


@pytest.fixture
def open_page(browser: Browser, howto_project: HowtoProject, howto_server: Server) -> Iterator[OpenPage]:
    """Opens a live page of the how-to guides, in a browser of its own, as a user or as a stranger."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(path: str, user: str | None = None) -> Page:
        context = browser.new_context()
        contexts.append(context)
        if user is not None:
            context.add_cookies([{"name": "sessionid", "value": howto_project.sessions[user], "url": howto_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(howto_server.url + path)
        page.wait_for_function("window.liveex?.connected")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
