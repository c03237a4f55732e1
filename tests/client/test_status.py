"""What is the matter with the connection, in words."""

import pytest
from playwright.sync_api import expect

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

BUTTON = region('<button lx-click="go">go</button>')


class TestALostConnection:
    def test_is_told_after_a_second_with_what_waits(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, clock=True)
        status = page.find(".lx-status")

        page.lose_connection()
        page.pass_time(999)
        assert status.text_content() == ""
        page.pass_time(1)
        assert status.text_content() == "The connection was lost. Connecting again…"
        page.find("button").click()
        page.find("button").click()
        assert status.text_content() == "The connection was lost. Connecting again… Waiting to be sent: 2."
        assert status.get_attribute("data-lx-state") == "disconnected"
        assert status.get_attribute("role") == "status"

        page.join()
        assert status.text_content() == ""

    def test_that_is_made_again_soon_is_not_told(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON, clock=True)

        page.lose_connection()
        page.pass_time(500)
        page.join()
        page.pass_time(5_000)

        assert page.find(".lx-status").text_content() == ""

    def test_is_called_offline_when_the_browser_says_so(self, open_page: OpenPage) -> None:
        page = open_page('<output lx-status aria-live="polite"></output>' + BUTTON, clock=True)
        page.page.context.set_offline(True)

        page.lose_connection()
        page.pass_time(1_000)

        assert page.find("output").text_content() == "You are offline."
        assert page.find("output").get_attribute("data-lx-state") == "offline"
        assert page.find("html > .lx-status").text_content() == ""

    def test_that_keeps_too_much_waiting_says_what_was_dropped(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)
        page.lose_connection()

        page.evaluate("for (let i = 0; i < 101; i++) document.querySelector('button').click()")

        expect(page.page.get_by_role("alert")).to_contain_text("The oldest of it was dropped.")
        assert len(page.messages()) == 1


class TestTheServer:
    def test_that_has_trouble_shows_until_it_is_over(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        page.receive(degraded=True)
        expect(page.page.get_by_role("status")).to_have_text("The server has trouble. What you see may be old.")
        page.receive(degraded=False)

        expect(page.page.get_by_role("status")).to_have_count(0)

    def test_that_refuses_is_what_matters_most(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        page.receive(degraded=True)
        page.lose_connection(4403)

        expect(page.page.get_by_role("status")).to_contain_text("not live any more")
        page.messages("error")


class TestALaterRelease:
    FORM = region(
        '<form id="f"><input name="a" value="server"><input name="secret" type="password">'
        '<input name="box" type="checkbox"><select name="s"><option>1</option><option>2</option></select>'
        '<textarea name="t"></textarea></form><input id="untouched" value="u" lx-change="c">'
    )

    def test_is_told_and_loading_it_keeps_what_was_entered(self, open_page: OpenPage) -> None:
        page = open_page(self.FORM)
        page.find("[name=a]").fill("mine")
        page.find("[name=secret]").fill("hush")
        page.find("[name=box]").check()
        page.find("select").select_option("2")
        page.find("textarea").fill("text")
        page.lose_connection(4409)
        expect(page.page.get_by_role("status")).to_contain_text("There is a new version.")
        assert page.evaluate("document.documentElement.classList.contains('lx-outdated')")

        with page.page.expect_navigation():
            page.page.get_by_role("button", name="Load it now").click()
        page.join()

        values = (
            "[...document.querySelectorAll('input, select, textarea')]"
            ".map((e) => (e.type === 'checkbox' ? e.checked : e.value))"
        )
        assert page.evaluate(values) == ["mine", "", True, "2", "text", "u"]
        assert page.events() == []

    def test_keeps_nothing_for_whoever_comes_later(self, open_page: OpenPage) -> None:
        page = open_page(region('<form><input name="a"><input name="n" autocomplete="CC-Number"></form>'))
        page.find("[name=a]").fill("mine")
        page.find("[name=n]").fill("4111")
        page.evaluate("Date.now = () => 0")
        page.lose_connection(4409)

        with page.page.expect_navigation():
            page.page.get_by_role("button", name="Load it now").click()
        page.join()

        assert [page.find(f"[name={name}]").input_value() for name in "an"] == ["", ""]
        assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.includes('fields'))") == []

    def test_hears_of_what_is_put_back(self, open_page: OpenPage) -> None:
        page = open_page(region('<input id="a" name="a" lx-change="changed">'))
        page.find("input").fill("mine")
        page.lose_connection(4409)

        with page.page.expect_navigation():
            page.page.get_by_role("button", name="Load it now").click()
        page.join()

        assert page.events() == [("changed", [["a", "mine"]])]
        assert page.evaluate("document.activeElement.id") in ("a", "")

        page.page.reload()
        page.join()
        assert page.events() == []
