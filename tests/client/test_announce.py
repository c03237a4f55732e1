"""Messages to the user, and where they are shown."""

import pytest
from playwright.sync_api import expect

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser


class TestMessages:
    def test_are_shown_as_text_and_can_be_dismissed(self, open_page: OpenPage) -> None:
        page = open_page(region("x"))
        area = page.find("html > .lx-messages")
        assert area.get_attribute("aria-live") == "polite"

        page.receive(messages=[["extra success", "<b>Saved</b>"], ["error", "No"]], reply=[9, "applied"])

        assert page.evaluate("[...document.querySelectorAll('.lx-message')].map((e) => e.className)") == [
            "lx-message extra success",
            "lx-message error",
        ]
        expect(page.page.get_by_role("alert")).to_contain_text("No")
        page.page.get_by_role("button", name="Dismiss").first.click()
        expect(page.find(".lx-message")).to_have_count(1)
        assert "<b>" not in page.evaluate("document.querySelector('.lx-messages').innerHTML")

    def test_go_into_the_element_of_the_page(self, open_page: OpenPage) -> None:
        page = open_page("<ul lx-messages></ul>" + region("x"))

        page.receive(messages=[["info", "Hello"]])

        expect(page.find("ul[aria-live=polite] > li.lx-message.info")).to_contain_text("Hello")
        assert page.find("html > .lx-messages > *").count() == 0

    def test_of_ours_leave_by_themselves_unless_something_went_wrong(self, open_page: OpenPage) -> None:
        page = open_page(region("x"), clock=True)

        page.receive(messages=[["success", "Saved"], ["warning", "Careful"]])
        page.pass_time(7_999)
        assert page.find(".lx-message").count() == 2
        page.pass_time(1)

        assert page.find(".lx-message").all_text_contents() == ["Careful\N{MULTIPLICATION SIGN}"]

    def test_that_come_with_a_redirect_are_shown_by_the_next_page(self, open_page: OpenPage) -> None:
        page = open_page(region("x"))

        with page.page.expect_navigation():
            page.receive(messages=[["success", "Saved"]], redirect="/page/?2")
        page.join()

        expect(page.find(".lx-message.success")).to_contain_text("Saved")

        page.page.reload()
        page.join()
        assert page.find(".lx-message").count() == 0


class TestWhatCameToNothing:
    @pytest.mark.parametrize(
        ("outcome", "said"), [("failed", "That did not work."), ("unknown", "It is not certain whether")]
    )
    def test_is_told_to_the_user(self, open_page: OpenPage, outcome: str, said: str) -> None:
        page = open_page(region('<b lx-click="go">x</b>'))

        page.find("b").click()
        page.receive(reply=[1, outcome, {"code": "liveex.handler-error", "id": "1"}])

        expect(page.page.get_by_role("alert")).to_contain_text(said)
        page.messages("error"), page.messages()
