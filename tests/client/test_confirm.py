"""lx-confirm asks before an event is sent."""

import pytest
from playwright.sync_api import expect

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

BUTTON = region('<button id="b" lx-click="delete" lx-confirm="Delete <b>it</b>?" lx-value-n="1">x</button>')


class TestTheQuestion:
    def test_is_asked_in_a_dialog_and_an_accepted_event_is_sent(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        page.find("#b").click()
        dialog = page.page.get_by_role("alertdialog")
        expect(dialog.locator("p")).to_have_text("Delete <b>it</b>?")
        assert page.events() == []
        dialog.get_by_role("button", name="OK").click()

        assert page.events() == [("delete", [["n", "1"]])]
        assert page.evaluate("document.activeElement.id") == "b"
        assert page.find("dialog").count() == 0

    @pytest.mark.parametrize("key", ["Enter", "Escape"])
    def test_is_refused_by_what_is_pressed_without_thinking(self, open_page: OpenPage, key: str) -> None:
        page = open_page(BUTTON)

        page.find("#b").click()
        page.page.keyboard.press(key)

        expect(page.find("dialog")).to_have_count(0)
        assert page.events() == []
        assert page.evaluate("document.activeElement.id") == "b"

    def test_is_asked_before_a_form_is_sent_and_the_buttons_goes_first(self, open_page: OpenPage) -> None:
        page = open_page(
            region(
                '<form lx-submit="save" lx-change="changed" lx-confirm="Save?"><input name="a"><button>Save</button>'
                '<button lx-confirm="Really?" name="b" value="1">All</button></form>'
            )
        )

        page.find("input").fill("x")
        assert page.events() == [("changed", [["a", "x"]])]
        page.find("form button").first.click()
        expect(page.find("dialog p")).to_have_text("Save?")
        page.page.keyboard.press("Escape")
        expect(page.find("dialog")).to_have_count(0)
        page.find("form button").last.click()
        expect(page.find("dialog p")).to_have_text("Really?")
        page.page.get_by_role("button", name="OK").click()

        assert page.events()[1:] == [("save", [["b", "1"], ["a", "x"]])]

    def test_is_no_click_away_from_the_menu_it_is_about(self, open_page: OpenPage) -> None:
        page = open_page(
            region('<div lx-click-away="close"><button id="b" lx-click="go" lx-confirm="Go?">x</button></div>')
        )

        page.find("#b").click()
        page.page.get_by_role("button", name="OK").click()

        assert page.events() == [("go", [])]

    def test_keeps_its_keys_from_the_window(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON + region('<b lx-window-keydown="close" lx-key="Escape">x</b>', view="1"))

        page.find("#b").click()
        page.page.keyboard.press("Escape")
        expect(page.find("dialog")).to_have_count(0)
        page.page.keyboard.press("Escape")

        assert page.events() == [("close", [["key", "Escape"]])]

    def test_may_be_asked_by_the_project(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)
        page.evaluate(
            """document.addEventListener("liveex:confirm", (event) => {
              event.preventDefault();
              window.asked = event.detail;
            })"""
        )

        page.find("#b").click()
        assert page.evaluate("[asked.message, asked.element.id]") == ["Delete <b>it</b>?", "b"]
        page.evaluate("asked.accept(), asked.accept(), asked.refuse()")
        page.find("#b").click()
        page.evaluate("asked.refuse(), asked.accept()")

        assert page.find("dialog").count() == 0
        assert page.events() == [("delete", [["n", "1"]])]
