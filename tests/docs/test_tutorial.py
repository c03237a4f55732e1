"""The tutorial, followed from an empty folder in a real browser: what it says is what happens."""

import pytest
from playwright.sync_api import Locator, expect

from tests.demo.window import Window
from tests.docs.conftest import AfterStep, OpenWindow, ServeStep
from tests.docs.documents import DOCS, Document

TUTORIAL = Document(DOCS / "tutorial.md")


def card(window: Window, text: str) -> Locator:
    return window.page.locator("li.card", has_text=text)


def expect_columns(window: Window, *headings: str) -> None:
    """The number of cards in each column, as its heading says it."""
    expect(window.page.locator("section.column h2")).to_have_text(list(headings))


def write(window: Window, text: str) -> None:
    field = window.page.get_by_label("Text of the card")
    field.fill(text)
    field.press("Enter")


class TestItsBlocks:
    def test_each_is_a_file_a_change_or_a_command(self):
        lost = [block.line for block in TUTORIAL.blocks if block.path is None and block.language != "console"]

        assert lost == []

    def test_each_stands_in_a_step(self):
        in_steps = [block for title, blocks in TUTORIAL.steps.items() if title[0].isdigit() for block in blocks]

        assert in_steps == TUTORIAL.blocks


@pytest.mark.parametrize("number", range(2, 8))
def test_every_step_leaves_a_project_without_complaints(after_step: AfterStep, number: int):
    after_step(number).run("manage.py", "check", "--fail-level", "WARNING")


class TestStep2:
    def test_everything_is_in_the_source_of_the_page(self, serve_step: ServeStep):
        source = serve_step(2).request("/board/").text

        assert "Follow the tutorial" in source
        assert "Show it to somebody" in source

    def test_there_are_three_columns_and_nothing_to_click(self, serve_step: ServeStep, open_window: OpenWindow):
        window = open_window(f"{serve_step(2).url}/board/")

        expect_columns(window, "To do: 1", "Doing: 1", "Done: 0")
        expect(window.page.locator("button")).to_have_count(0)


class TestStep3:
    def test_a_card_moves_in_both_windows(self, serve_step: ServeStep, open_window: OpenWindow):
        url = f"{serve_step(3).url}/board/"
        one, two = open_window(url), open_window(url)

        card(one, "Show it to somebody").get_by_label("Right").click()

        for window in (one, two):
            expect_columns(window, "To do: 0", "Doing: 2", "Done: 0")

    def test_a_card_that_cannot_move_stays_and_the_console_says_why(
        self, serve_step: ServeStep, open_window: OpenWindow
    ):
        window = open_window(f"{serve_step(3).url}/board/")

        with window.page.expect_console_message(lambda message: "This card cannot go there." in message.text):
            card(window, "Show it to somebody").get_by_label("Left").click()

        expect_columns(window, "To do: 1", "Doing: 1", "Done: 0")


class TestStep4:
    def test_the_form_opens_in_one_window_and_the_card_appears_in_both(
        self, serve_step: ServeStep, open_window: OpenWindow
    ):
        url = f"{serve_step(4).url}/board/"
        one, two = open_window(url), open_window(url)

        one.page.get_by_role("button", name="New card").click()
        write(one, "")
        expect(one.page.get_by_role("alert")).to_have_text("A card needs a text.")
        write(one, "Buy biscuits")

        for window in (one, two):
            expect_columns(window, "To do: 2", "Doing: 1", "Done: 0")
            expect(card(window, "Buy biscuits")).to_be_visible()
        expect(one.page.locator("form")).to_have_count(0)
        assert not any("form" in frame for frame in two.received)


class TestStep5:
    def test_a_search_is_ones_own_and_the_board_is_everybodys(self, serve_step: ServeStep, open_window: OpenWindow):
        url = f"{serve_step(5).url}/board/"
        one, two = open_window(url), open_window(url)

        one.page.get_by_label("Search").press_sequentially("show")
        expect(one.page.locator("li.card span")).to_have_text(["Show it to somebody"])
        card(one, "Show it to somebody").get_by_label("Right").click()

        for window in (one, two):
            expect_columns(window, "To do: 0", "Doing: 2", "Done: 0")
        expect(two.page.locator("li.card")).to_have_count(2)


class TestStep6:
    def test_two_teams_have_two_boards(self, serve_step: ServeStep, open_window: OpenWindow):
        url = serve_step(6).url
        red, also_red, blue = (open_window(f"{url}/board/{team}/") for team in ("red", "red", "blue"))

        card(red, "Show it to somebody").get_by_label("Right").click()

        expect_columns(also_red, "To do: 0", "Doing: 2", "Done: 0")
        expect_columns(blue, "To do: 1", "Doing: 1", "Done: 0")


class TestStep7:
    def test_three_tests_run(self, after_step: AfterStep):
        said = after_step(7).output[-1]

        assert "Ran 3 tests" in said
        assert "\nOK" in said


class TestWhatYouHave:
    def test_after_a_restart_the_pages_come_back_and_the_boards_begin_again(
        self, after_step: AfterStep, serve_step: ServeStep, open_window: OpenWindow
    ):
        server = serve_step(7)
        window = open_window(f"{server.url}/board/red/")
        card(window, "Show it to somebody").get_by_label("Right").click()
        expect_columns(window, "To do: 0", "Doing: 2", "Done: 0")

        server.restart()

        expect_columns(window, "To do: 1", "Doing: 1", "Done: 0")
