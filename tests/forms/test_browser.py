"""Forms in a real browser with a real server, which dies while somebody types."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.client.conftest import browser
from tests.docs.project import Project, Server

__all__ = ["browser"]

_ROOT = Path(__file__).parents[2]


def serve(address: str) -> Server:
    project = Project(_ROOT)
    project.environment["DJANGO_SETTINGS_MODULE"] = "tests.forms.restarted_settings"
    return Server(project, [sys.executable, "-m", "django", "runserver", "--noreload", address])


class Serving:
    """One address, and the server that is there."""

    def __init__(self) -> None:
        self.server = serve("127.0.0.1:0")

    def kill_and_start_another(self) -> None:
        address = self.server.address
        self.server.kill()
        self.server = serve(address)


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    serving = Serving()
    yield serving
    serving.server.kill()


@pytest.fixture
def page(browser: Browser, serving: Serving) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def open_page(page: Page, serving: Serving, path: str) -> None:
    page.goto(serving.server.url + path)
    page.wait_for_function("window.liveex?.connected")
    page.evaluate("window.isTheSamePage = true")


class TestAServerThatDies:
    def test_leaves_a_form_that_is_half_filled_in(self, page: Page, serving: Serving) -> None:
        open_page(page, serving, "/rows/")
        page.locator("#id_form-0-name").fill("far too long a name")
        page.locator("[name=form-ADD]").click()
        expect(page.locator("fieldset")).to_have_count(3)
        page.locator("#id_form-2-name").press_sequentially("Ada")
        page.evaluate("window.field = document.activeElement; window.field.setSelectionRange(1, 1)")

        serving.kill_and_start_another()
        page.wait_for_function("window.liveex.connected")
        page.locator("#id_form-2-name").press("X")

        expect(page.locator("em").first).to_contain_text("at most 10 characters")
        expect(page.locator("#id_form-2-name")).to_have_value("AXda")
        assert page.evaluate("document.activeElement === window.field && window.isTheSamePage")
        page.locator("#id_form-0-name").fill("Bob")
        for number in (0, 1, 2):
            page.locator(f"#id_form-{number}-email").fill("guest@example.com")
        page.locator("#id_form-1-name").fill("Cyd")
        page.locator("#send").click()
        expect(page.locator("#said")).to_have_text("3")


class TestAForm:
    @pytest.mark.parametrize("path", ["/guests/", "/crispy/"])
    def test_shows_errors_while_one_types_and_is_empty_when_it_was_taken(
        self, page: Page, serving: Serving, path: str
    ) -> None:
        open_page(page, serving, path)

        page.locator("#id_name").press_sequentially("far too long a name")
        expect(page.locator("#guest")).to_contain_text("at most 10 characters")
        expect(page.locator("#guest")).not_to_contain_text("valid email")
        page.locator("#id_name").fill("Ada")
        page.locator("#id_email").fill("ada@example.com")
        page.locator("#id_email").press("Enter")

        expect(page.locator("#said")).to_have_text("Ada, 0 refused")
        expect(page.locator("#id_name")).to_have_value("")
        expect(page.locator("#id_email")).to_have_value("@example.com")

    def test_works_without_javascript(self, browser: Browser, serving: Serving) -> None:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{serving.server.url}/guests/")

        page.locator("#id_email").fill("nobody")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#email-errors")).to_contain_text("valid email")
        page.locator("#id_name").fill("Ada")
        page.locator("#id_email").fill("ada@example.com")
        page.get_by_role("button", name="Save").click()

        expect(page.locator("#said")).to_have_text("Ada, 0 refused")
        context.close()
