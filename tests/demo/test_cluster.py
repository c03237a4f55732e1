"""The warehouse served by two processes: a window on each of their ports, and the feed in a third process."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.cluster import Cluster
from tests.demo.health import wait_until_well
from tests.demo.window import Window

# Keeps what the page showed at each version of the store: a patch is applied as a whole before observers are called.
REMEMBER = """() => {
    const root = document.querySelector("#warehouse");
    window.shown = {};
    const note = () => { window.shown[document.querySelector("#version").textContent] = root.textContent; };
    new MutationObserver(note).observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    note();
}"""


@pytest.fixture(scope="module")
def cluster(redis_server_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), feed_every=0.5, environment=environment)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser; what it has of cookies goes to both ports."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def open_on(cluster: Cluster, context: BrowserContext) -> Callable[..., Window]:
    """Opens a page as the web process with this number, counted from 0, serves it."""

    def open_on(number: int, path: str = "/warehouse/") -> Window:
        return Window(context, cluster.urls[number] + path).joined()

    return open_on


def shown(page: Page) -> dict[str, str]:
    """By version, what the page showed; without the last one, which may still be changing."""
    return dict(list(page.evaluate("window.shown").items())[:-1])


def version(page: Page) -> int:
    return int(page.locator("#version").inner_text().split()[1])


class TestTwoProcesses:
    def test_show_the_same_at_every_version_while_the_feed_runs(self, open_on):
        one, two = open_on(0), open_on(1)
        for window in (one, two):
            window.page.evaluate(REMEMBER)

        one.wait_until(
            lambda: len(shown(one.page).keys() & shown(two.page).keys()) >= 5, "both have shown the same five versions"
        )

        first, second = shown(one.page), shown(two.page)
        both = first.keys() & second.keys()
        assert {name: first[name] for name in both} == {name: second[name] for name in both}
        assert one.errors == two.errors == []

    def test_both_follow_a_click_in_one_of_them(self, open_on):
        one, two = open_on(0).page, open_on(1).page

        one.locator("#item-HN-03").get_by_role("button", name="Receive").click()

        for page in (one, two):
            line = page.locator("#lines li", has_text="visitor received 10 Hex nut M5")
            expect(line).to_have_count(1)

    def test_are_told_of_what_the_feed_does(self, open_on):
        for number in (0, 1):
            expect(open_on(number).page.locator("#lines b", has_text="feed").first).to_be_visible()

    def test_take_one_login_for_both(self, cluster: Cluster, context: BrowserContext, open_on):
        password = {"DJANGO_SUPERUSER_PASSWORD": "only for this test"}
        cluster.manage(
            "createsuperuser",
            "--noinput",
            "--username",
            "ann",
            "--email",
            "a@example.org",
            "--verbosity",
            "0",
            **password,
        )
        page = context.new_page()
        page.goto(f"{cluster.urls[0]}/admin/")
        page.get_by_label("Username").fill("ann")
        page.get_by_label("Password").fill("only for this test")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("button", name="Log out")).to_be_visible()

        there = open_on(1).page
        there.locator("#item-HN-04").get_by_role("button", name="Receive").click()

        expect(there.locator("#lines li", has_text="ann received 10 Hex nut M6")).to_have_count(1)

    def test_are_well(self, cluster: Cluster):
        for url in cluster.urls:
            wait_until_well(url)


class TestAProcessThatIsKilled:
    def test_gets_its_pages_back_when_it_is_there_again(self, cluster: Cluster, open_on):
        window, other = open_on(1), open_on(0)
        window.received.clear()

        cluster.kill(1)
        assert cluster.webs[1].ended_with == -9
        before = version(other.page)
        other.wait_until(lambda: version(other.page) > before, "the other process goes on")
        cluster.restart(1)

        window.joined()
        window.wait_until(lambda: version(window.page) > before, "the page has caught up")

    def test_leaves_what_it_said(self, cluster: Cluster, open_on):
        open_on(0)

        assert any("/warehouse/" in line for line in cluster.webs[0].lines())
