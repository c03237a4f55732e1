"""
A page whose server process is killed: it joins another process behind the same proxy, and stands where it stood.

The window does not know that there are two; nothing is loaded again.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from scripts.cluster import Cluster
from tests.demo.balancer import Balancer
from tests.demo.window import Window

# A page that loses one connection after another waits longer each time, up to 15 s (client/socket.js).
RETURNS_WITHIN = 60

# Survives only while the page is not loaded again.
MARK = "window.isTheSamePage = true"


@pytest.fixture
def cluster(redis_server_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), feed_every=None, environment=environment)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def balancer(cluster: Cluster) -> Iterator[Balancer]:
    with Balancer([web.port for web in cluster.webs]) as balancer:
        yield balancer


@pytest.fixture
def open_window(balancer: Balancer, browser: Browser) -> Iterator[Callable[..., Window]]:
    """Opens a page through the proxy, on a small screen, so that there is something to scroll."""
    contexts = []

    def open_window(path: str, through: Balancer = balancer) -> Window:
        contexts.append(browser.new_context(viewport={"width": 390, "height": 500}))
        window = Window(contexts[-1], through.url + path).joined()
        window.page.evaluate(MARK)
        return window

    yield open_window
    for context in contexts:
        context.close()


def kill_and_join_another(cluster: Cluster, windows: list[Window], number: int = 0) -> None:
    """Kill the process that serves the windows, and wait until they have joined another one."""
    for window in windows:
        window.received.clear()
    cluster.kill(number)
    for window in windows:
        window.joined(RETURNS_WITHIN)


class TestAKilledProcess:
    def test_leaves_filter_scroll_focus_and_what_was_typed(self, cluster: Cluster, open_window) -> None:
        window = open_window("/items/")
        page = window.page
        page.get_by_role("button", name="House").click()
        page.get_by_role("button", name="Car").click()
        page.locator("#min-count").fill("2")
        expect(page.locator("output[for=min-count]")).to_have_text("2")
        rows = page.locator("tbody tr").all_inner_texts()
        page.evaluate("document.querySelector('#min-count').setSelectionRange(1, 1)")
        page.evaluate("window.scrollTo(0, 150)")
        scrolled = page.evaluate("window.scrollY")

        kill_and_join_another(cluster, [window])

        assert page.locator("#selected li").all_inner_texts() == ["House", "Car"]
        assert page.locator("tbody tr").all_inner_texts() == rows
        assert page.evaluate("document.activeElement.id") == "min-count"
        assert page.evaluate("[document.activeElement.value, document.activeElement.selectionStart]") == ["2", 1]
        assert page.evaluate("window.scrollY") == scrolled
        assert page.evaluate("window.isTheSamePage")
        page.get_by_role("button", name="House").click()
        expect(page.locator("#selected li")).to_have_text(["Car"])

    def test_takes_what_is_typed_meanwhile(self, cluster: Cluster, open_window) -> None:
        window = open_window("/items/")
        page = window.page
        page.locator("#min-count").fill("")
        window.wait_until(lambda: '"applied"' in "".join(window.received), "it was taken")
        window.received.clear()
        cluster.kill(0)
        page.locator("#min-count").press_sequentially("7")

        window.joined()

        expect(page.locator("output[for=min-count]")).to_have_text("7")
        assert page.locator("#min-count").input_value() == "7"
        assert page.evaluate("document.activeElement.id") == "min-count"

    def test_applies_every_click_once_however_it_is_timed(self, cluster: Cluster, open_window) -> None:
        clicker, watcher = open_window("/counter/"), open_window("/counter/")
        plus, count = clicker.page.get_by_role("button", name="One more"), clicker.page.locator("#count")
        clicks = 0
        for round in range(3):
            for _ in range(15):
                # Not waited for: some of them are on their way when the process ends.
                plus.evaluate("button => button.click()")
                clicks += 1
            kill_and_join_another(cluster, [clicker, watcher], round % 2)
            cluster.restart(round % 2)

        for page in (clicker.page, watcher.page):
            expect(page.locator("#count")).to_have_text(str(clicks))
        plus.click()
        expect(count).to_have_text(str(clicks + 1))
        assert not any('"unknown"' in frame for frame in clicker.received)
        clicker.wait_until(lambda: plus.get_attribute("class") != "lx-loading", "no click waits for its answer")

    def test_leaves_a_page_that_slept_one_patch_away_from_the_newest_state(self, cluster: Cluster, open_window) -> None:
        ports = [web.port for web in cluster.webs]
        with Balancer(ports) as network:
            sleeper, other = open_window("/counter/", network), open_window("/counter/")
            network.ports.clear()
            sleeper.cut_connection()
            for _ in range(30):
                other.page.get_by_role("button", name="One more").evaluate("button => button.click()")
            expect(other.page.locator("#count")).to_have_text("30")
            cluster.kill(0)
            sleeper.received.clear()

            network.ports.extend(ports)
            sleeper.joined()

            assert sleeper.page.locator("#count").inner_text() == "30"
            assert len(sleeper.received) == 1
            sleeper.page.close()
