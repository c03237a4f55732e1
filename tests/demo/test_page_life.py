"""What becomes of a page in the life of a browser: a second tab, a copy of it, back and forward, sleep, no network."""

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.demo.balancer import Balancer
from tests.demo.server import DemoServer
from tests.demo.window import Window

_ROUNDS = 100


@pytest.fixture
def network(demo: DemoServer) -> Iterator[Balancer]:
    with Balancer([int(demo.url.rpartition(":")[2])]) as network:
        yield network


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def select(page: Page, category: str) -> None:
    page.get_by_role("button", name=category).click()
    expect(page.locator("#selected li").last).to_have_text(category)


def selected(page: Page) -> list[str]:
    return page.locator("#selected li").all_inner_texts()


def is_live(page: Page) -> None:
    page.wait_for_function("() => window.liveex?.connected")


def client_of(page: Page) -> str:
    return str(page.evaluate("liveex.page.client"))


class TestTabs:
    def test_of_one_visitor_share_what_everybody_shares_and_nothing_else(
        self, demo: DemoServer, context: BrowserContext
    ) -> None:
        one, two = (
            Window(context, f"{demo.url}/items/").joined().page,
            Window(context, f"{demo.url}/items/").joined().page,
        )

        select(one, "House")

        assert selected(two) == []
        select(two, "Car")
        assert selected(one) == ["House"]

    def test_that_are_copies_are_pages_of_their_own(self, demo: DemoServer, context: BrowserContext) -> None:
        page = Window(context, f"{demo.url}/items/").joined().page
        select(page, "House")
        # What the original keeps in sessionStorage a copy has too, as one that a script opens.
        page.evaluate("sessionStorage.setItem('mine', '1')")

        with context.expect_page() as opened:
            page.evaluate("window.open(location.href)")
        copy = opened.value
        is_live(copy)

        assert copy.evaluate("sessionStorage.getItem('mine')") == "1"
        assert client_of(copy) != client_of(page)
        assert selected(copy) == []
        select(copy, "Car")
        assert selected(page) == ["House"]


class TestBack:
    def test_shows_the_newest_state(self, demo: DemoServer, context: BrowserContext) -> None:
        window = Window(context, f"{demo.url}/counter/").joined()
        page, other = window.page, Window(context, f"{demo.url}/counter/").joined().page
        before = int(page.locator("#count").inner_text())
        page.goto(f"{demo.url}/health/")
        other.get_by_role("button", name="One more").click()
        expect(other.locator("#count")).to_have_text(str(before + 1))

        page.go_back()

        is_live(page)
        expect(page.locator("#count")).to_have_text(str(before + 1))
        page.get_by_role("button", name="One more").click()
        expect(other.locator("#count")).to_have_text(str(before + 2))


class TestSleep:
    def test_ends_with_the_newest_state(self, demo: DemoServer, context: BrowserContext, network: Balancer) -> None:
        page = Window(context, f"{network.url}/counter/").joined().page
        other = Window(context, f"{demo.url}/counter/").joined().page
        before = int(page.locator("#count").inner_text())
        devtools = context.new_cdp_session(page)
        page.evaluate("window.isTheSamePage = true")
        # As a browser does to tabs that nobody looks at, and a machine to all of them.
        devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
        ports = list(network.ports)
        network.cut()
        for _ in range(3):
            other.get_by_role("button", name="One more").click()
        expect(other.locator("#count")).to_have_text(str(before + 3))

        network.ports.extend(ports)
        devtools.send("Page.setWebLifecycleState", {"state": "active"})

        expect(page.locator("#count")).to_have_text(str(before + 3))
        assert page.evaluate("window.isTheSamePage") is True


class TestTheNetwork:
    def test_that_goes_a_hundred_times_in_mid_click_loses_and_doubles_none(
        self, demo: DemoServer, context: BrowserContext, network: Balancer
    ) -> None:
        chance = random.Random(20261125)
        window = Window(context, f"{network.url}/counter/").joined()
        page, ports = window.page, list(network.ports)
        plus, count = page.get_by_role("button", name="One more"), page.locator("#count")
        before = int(count.inner_text())

        for _ in range(_ROUNDS):
            network.cut(after=chance.uniform(0, 0.01))
            plus.evaluate("button => button.click()")
            page.wait_for_function("() => !liveex.connected")
            if chance.random() < 0.5:
                plus.evaluate("button => button.click()")
                before += 1
            context.set_offline(True)
            network.ports.extend(ports)
            context.set_offline(False)
            is_live(page)

        expect(count).to_have_text(str(before + _ROUNDS))
        page.wait_for_function("() => !document.querySelector('.lx-loading')")
        assert not any('"unknown"' in frame for frame in window.received)
