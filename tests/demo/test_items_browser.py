"""The items page: a table and two nested views on one store, in real windows."""

import pytest
from playwright.sync_api import Locator, Page, expect


def live_part(page: Page) -> Locator:
    """Without the source beside it, which says the same words."""
    return page.get_by_role("main")


def rows(page: Page) -> Locator:
    return page.locator("table tbody tr")


def category(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def selected(page: Page) -> Locator:
    return page.locator("#selected li")


def field(page: Page) -> Locator:
    return page.get_by_label("Minimum count")


def minimum(page: Page) -> Locator:
    return live_part(page).get_by_text("Current minimum count:")


class TestTheFirstRender:
    def test_is_complete_without_javascript(self, open_window):
        page = open_window("/items/", with_script=False).page

        expect(rows(page)).to_have_count(12)
        expect(page.locator("caption")).to_have_text("12 of 12 items")
        expect(minimum(page)).to_have_text("Current minimum count: 0")
        assert page.locator("button.toggle").all_inner_texts() == ["House", "Office", "Car", "General"]
        assert page.locator("button.toggle.active").count() == 0

    def test_shows_its_own_source(self, open_window):
        page = open_window("/items/").page

        assert page.locator(".source summary").all_inner_texts() == [
            "items/store.py",
            "items/views.py",
            "items/templates/items/items.html",
            "items/templates/items/categories.html",
            "items/templates/items/count.html",
        ]


class TestCategories:
    def test_a_click_filters_and_a_second_one_does_not_any_more(self, open_window):
        page = open_window("/items/").page

        category(page, "House").click()

        expect(category(page, "House")).to_have_class("toggle active")
        expect(category(page, "House")).to_have_attribute("aria-pressed", "true")
        expect(rows(page).get_by_role("rowheader")).to_have_text(["Spoon", "Fork", "Couch"])
        expect(page.locator("caption")).to_have_text("3 of 12 items")

        category(page, "House").click()

        expect(category(page, "House")).to_have_class("toggle")
        expect(category(page, "House")).to_have_attribute("aria-pressed", "false")
        expect(rows(page)).to_have_count(12)
        expect(selected(page)).to_have_count(0)

    def test_are_listed_in_the_order_of_their_selection(self, open_window):
        page = open_window("/items/").page

        category(page, "Car").click()
        category(page, "House").click()
        category(page, "Office").click()
        category(page, "House").click()

        expect(selected(page)).to_have_text(["Car", "Office"])
        expect(rows(page)).to_have_count(6)

    def test_one_that_does_not_exist_is_refused_and_the_page_lives_on(self, open_window):
        window = open_window("/items/")
        page = window.page
        page.evaluate("document.querySelector('.toggle').setAttribute('lx-value-category_id', '99')")

        category(page, "House").click()

        window.wait_until(lambda: any('"rejected"' in frame for frame in window.received), "the click is refused")
        category(page, "Office").click()
        expect(selected(page)).to_have_text(["Office"])
        expect(rows(page)).to_have_count(2)


class TestMinimumCount:
    def test_follows_every_keystroke(self, open_window):
        page = open_window("/items/").page
        field(page).fill("")

        field(page).press_sequentially("5")
        expect(minimum(page)).to_have_text("Current minimum count: 5")
        expect(rows(page).get_by_role("rowheader")).to_have_text(["Spoon", "Fork", "Wheels", "Pair of Shoes"])

        field(page).press_sequentially("0")
        expect(minimum(page)).to_have_text("Current minimum count: 50")
        expect(rows(page)).to_have_count(0)

    @pytest.mark.parametrize(
        ("typed", "count", "shown"),
        [("5", 5, 4), ("3abc", 3, 4), ("99", 99, 0), ("abc", 0, 12), ("-3", 0, 12), ("", 0, 12)],
    )
    def test_takes_the_leading_digits(self, open_window, typed: str, count: int, shown: int):
        page = open_window("/items/").page
        field(page).fill("7")
        expect(minimum(page)).to_have_text("Current minimum count: 7")

        field(page).fill(typed)

        expect(minimum(page)).to_have_text(f"Current minimum count: {count}")
        expect(rows(page)).to_have_count(shown)

    def test_leaves_what_is_being_typed_alone(self, open_window):
        page = open_window("/items/").page
        field(page).fill("")

        field(page).press_sequentially("3abc")

        expect(minimum(page)).to_have_text("Current minimum count: 3")
        expect(field(page)).to_have_value("3abc")
        expect(field(page)).to_be_focused()
        assert page.evaluate("document.activeElement.selectionStart") == 4

    def test_enter_stays_on_the_page(self, open_window):
        page = open_window("/items/").page
        address = page.url
        field(page).fill("2")

        field(page).press("Enter")

        expect(minimum(page)).to_have_text("Current minimum count: 2")
        assert page.url == address

    def test_and_categories_filter_at_once(self, open_window):
        page = open_window("/items/").page

        category(page, "Car").click()
        field(page).fill("2")

        expect(rows(page).get_by_role("rowheader")).to_have_text(["Safety Vest", "Wheels"])


class TestALostConnection:
    def test_takes_nothing_from_the_filter(self, open_window):
        window = open_window("/items/")
        category(window.page, "Car").click()
        field(window.page).fill("2")
        expect(rows(window.page)).to_have_count(2)
        window.received.clear()

        window.cut_connection()

        window.joined()
        expect(selected(window.page)).to_have_text(["Car"])
        category(window.page, "House").click()
        expect(rows(window.page).get_by_role("rowheader")).to_have_text(["Spoon", "Fork", "Safety Vest", "Wheels"])


class TestTwoWindows:
    def test_have_a_filter_each(self, open_window):
        one, two = open_window("/items/").page, open_window("/items/").page

        category(one, "House").click()
        category(two, "Office").click()

        expect(rows(one)).to_have_count(3)
        expect(rows(two)).to_have_count(2)
        expect(selected(one)).to_have_text(["House"])
        expect(selected(two)).to_have_text(["Office"])

    def test_filter_together_when_they_share(self, open_window):
        one, two = open_window("/items/?shared=1").page, open_window("/items/?shared=1").page

        category(one, "Car").click()
        category(two, "House").click()
        field(two).fill("2")

        for page in (one, two):
            expect(selected(page)).to_have_text(["Car", "House"])
            expect(category(page, "Car")).to_have_class("toggle active")
            expect(minimum(page)).to_have_text("Current minimum count: 2")
            expect(rows(page).get_by_role("rowheader")).to_have_text(["Spoon", "Fork", "Safety Vest", "Wheels"])
        expect(field(one)).to_have_value("2")
        # Leave it as it was: other tests share too.
        category(one, "Car").click()
        category(one, "House").click()
        field(one).fill("")
        expect(rows(two)).to_have_count(12)

    def test_lead_to_the_shared_filter_and_back(self, open_window):
        page = open_window("/items/").page

        page.get_by_role("link", name="Filter together").click()
        expect(live_part(page).get_by_text("filters together")).to_be_visible()
        page.get_by_role("link", name="Filter alone").click()

        expect(live_part(page).get_by_text("a filter of its own")).to_be_visible()


class TestTheNestedView:
    def test_logs_the_mutation_it_received(self, open_window, demo):
        window = open_window("/items/")

        category(window.page, "General").click()

        expect(selected(window.page)).to_have_text(["General"])
        window.wait_until(
            lambda: any("CategoryLive received add_filter {'category_id': 4}, version 1" in line for line in demo.log),
            "the line is in the log",
        )
