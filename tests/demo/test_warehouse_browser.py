"""The warehouse in real windows. They share one store, so each test moves an item of its own."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.demo.server import DemoServer
from tests.demo.window import Window


def row(page: Page, sku: str) -> Locator:
    return page.locator(f"#item-{sku}")


def stock(page: Page, sku: str) -> Locator:
    return row(page, sku).locator(".stock-now")


def units(locator: Locator) -> int:
    return int(locator.inner_text().replace(",", ""))


def tile(page: Page, name: str) -> Locator:
    return page.locator(f"#tile-{name} strong")


def version(page: Page) -> Locator:
    return page.locator("#version")


def newest_line(page: Page) -> Locator:
    return page.locator("#lines li").first


def drawn(page: Page, kind: str) -> int:
    """Units of all bars, as their titles say."""
    titles = page.locator(".chart title").all_text_contents()
    return sum(int(re.search(rf"(\d+) {kind}", title)[1]) for title in titles)


def receive(page: Page, sku: str) -> None:
    row(page, sku).get_by_role("button", name="Receive").click()


def ship(page: Page, sku: str) -> None:
    row(page, sku).get_by_role("button", name="Ship").click()


class TestTheFirstRender:
    def test_is_complete_without_javascript(self, open_window):
        page = open_window("/warehouse/", with_script=False).page

        expect(page.locator(".stock tbody tr")).to_have_count(50)
        expect(page.get_by_text(re.compile("^1 to 50 of"))).to_be_visible()
        expect(page.locator(".tile")).to_have_count(6)
        expect(page.locator(".chart svg")).to_be_visible()

    def test_shows_no_more_than_is_to_be_reordered_when_asked(self, open_window):
        page = open_window("/warehouse/").page
        low = units(tile(page, "low"))

        page.get_by_role("link", name="To reorder").click()

        expect(page.locator(".stock tbody tr")).to_have_count(low)
        expect(page.locator(".chip.fine")).to_have_count(0)


class TestTwoWindows:
    def test_show_the_same_numbers(self, open_window):
        one, two = open_window("/warehouse/").page, open_window("/warehouse/").page
        before = int(version(one).inner_text().split()[1])

        receive(one, "HN-02")
        ship(two, "HN-02")

        for page in (one, two):
            expect(version(page)).to_have_text(f"Version {before + 2}")
        assert one.locator("#warehouse").inner_text() == two.locator("#warehouse").inner_text()

    def test_both_follow_a_click_in_one(self, open_window):
        one, two = open_window("/warehouse/").page, open_window("/warehouse/").page
        before, all_before = units(stock(one, "HN-03")), units(tile(one, "stock"))

        receive(one, "HN-03")

        for page in (one, two):
            expect(stock(page, "HN-03")).to_have_text(str(before + 10))
            expect(tile(page, "stock")).to_have_text(f"{all_before + 10:,}")

    def test_are_told_who_moved_what(self, open_window):
        one, two = open_window("/warehouse/").page, open_window("/warehouse/").page

        ship(one, "HN-04")

        for page in (one, two):
            expect(newest_line(page)).to_contain_text("visitor shipped 10 Hex nut M6")

    def test_draw_the_same_chart(self, open_window):
        one, two = open_window("/warehouse/").page, open_window("/warehouse/").page
        received, shipped = drawn(one, "received"), drawn(one, "shipped")

        receive(one, "HN-05")
        receive(one, "HN-05")
        ship(two, "HN-05")

        expect(tile(two, "received")).to_have_text(f"{received + 20:,}")
        expect(tile(two, "shipped")).to_have_text(f"{shipped + 10:,}")
        expect(version(one)).to_have_text(version(two).inner_text())
        assert (drawn(two, "received"), drawn(two, "shipped")) == (received + 20, shipped + 10)
        assert one.locator(".chart svg").inner_html() == two.locator(".chart svg").inner_html()
        # It is a drawing, and not only text: elements that a patch brings are SVG too.
        bars = "[...document.querySelectorAll('.chart rect.received')]"
        assert two.evaluate(f"{bars}.some(bar => bar.getBoundingClientRect().height > 0)")

    def test_are_the_same_after_many_clicks_at_once(self, open_window):
        one, two = open_window("/warehouse/").page, open_window("/warehouse/").page
        before, said = int(version(one).inner_text().split()[1]), []
        for page in (one, two):
            page.on("console", lambda message: said.append(message.text))

        # Quicker than a page of two hundred rows is rendered.
        one.evaluate(
            "[...document.querySelectorAll('.move button:first-child')].slice(20, 50).map(one => (one.click(), one.click()))"
        )

        for page in (one, two):
            expect(version(page)).to_have_text(f"Version {before + 60}")
        assert one.locator("#warehouse").inner_text() == two.locator("#warehouse").inner_text()
        # No patch was lost, so that the page had to be asked for whole.
        assert said == []


class TestAnItem:
    def test_leaves_the_list_to_reorder_when_there_is_enough_of_it(self, open_window):
        page = open_window("/warehouse/?show=low").page
        expect(stock(page, "EL-03")).to_have_text("17")  # and the minimum is 46

        receive(page, "EL-03")
        receive(page, "EL-03")
        expect(stock(page, "EL-03")).to_have_text("37")
        receive(page, "EL-03")

        expect(row(page, "EL-03")).to_have_count(0)

    def test_changes_its_status_with_its_stock(self, open_window):
        page = open_window("/warehouse/").page
        expect(row(page, "HB-01").locator(".chip")).to_have_text("sold out")
        expect(row(page, "HB-01").get_by_role("button", name="Ship")).to_be_disabled()

        receive(page, "HB-01")

        expect(row(page, "HB-01").locator(".chip")).to_have_text("reorder")
        expect(row(page, "HB-01").get_by_role("button", name="Ship")).to_be_enabled()


class TestAClick:
    def test_costs_what_changes_and_not_the_table(self, open_window):
        window = open_window("/warehouse/")
        page, before = window.page, units(stock(window.page, "HN-06"))
        window.received.clear()

        receive(page, "HN-06")

        expect(stock(page, "HN-06")).to_have_text(str(before + 10))
        assert sum(len(frame) for frame in window.received) < 2500

    def test_that_asks_for_more_than_there_is_leaves_everything_alone(self, open_window):
        window = open_window("/warehouse/")
        page, other = window.page, open_window("/warehouse/").page
        shown, seen = page.locator("#warehouse").inner_text(), version(page).inner_text()
        button = row(page, "HN-07").get_by_role("button", name="Ship")
        button.evaluate("button => button.setAttribute('lx-value-quantity', '1000')")

        button.click()

        window.wait_until(lambda: any('"rejected"' in frame for frame in window.received), "the click is refused")
        assert page.locator("#warehouse").inner_text() == shown
        expect(version(other)).to_have_text(seen)
        receive(page, "HN-07")
        expect(version(page)).not_to_have_text(seen)

    def test_cannot_reach_the_action_of_the_feed(self, open_window):
        window = open_window("/warehouse/")
        seen = version(window.page).inner_text()
        button = row(window.page, "HN-08").get_by_role("button", name="Receive")
        button.evaluate("button => button.setAttribute('lx-click', 'move')")

        button.click()

        window.wait_until(lambda: any('"failed"' in frame for frame in window.received), "the click has failed")
        assert version(window.page).inner_text() == seen
        window.wait_until(lambda: any("move" in error for error in window.errors), "the console says so")
        window.errors.clear()


class TestTheTable:
    def test_has_its_state_in_the_url(self, open_window):
        page = open_window("/warehouse/").page

        page.get_by_label("Search items").fill("hex bolt")
        expect(page.locator(".stock tbody tr")).to_have_count(8)
        page.get_by_role("link", name="Stock", exact=True).click()
        expect(page.get_by_role("columnheader", name="Stock")).to_have_attribute("aria-sort", "ascending")

        assert page.url.endswith("/warehouse/?q=hex+bolt&sort=stock")
        shown = page.locator(".stock tbody").inner_text()
        page.reload()
        assert page.locator(".stock tbody").inner_text() == shown
        assert page.get_by_label("Search items").input_value() == "hex bolt"

    def test_goes_back_the_way_it_came(self, open_window):
        page = open_window("/warehouse/").page
        page.get_by_role("link", name="After").click()
        expect(page.get_by_text(re.compile("^51 to 100 of"))).to_be_visible()
        page.get_by_role("link", name="To reorder").click()
        expect(page.locator(".chip.fine")).to_have_count(0)

        page.go_back()
        expect(page.get_by_text(re.compile("^51 to 100 of"))).to_be_visible()
        page.go_back()

        expect(page.get_by_text(re.compile("^1 to 50 of"))).to_be_visible()

    def test_is_searched_by_a_key(self, open_window):
        page = open_window("/warehouse/").page

        page.keyboard.press("Control+k")

        expect(page.get_by_label("Search items")).to_be_focused()
        assert page.get_by_label("Search items").input_value() == ""


class TestChangingAnItem:
    def test_says_in_its_row_what_is_wrong_and_then_shows_it_to_everybody(self, open_window):
        page, other = open_window("/warehouse/").page, open_window("/warehouse/").page
        row(page, "WN-01").get_by_role("link", name="Change").click()
        form = page.get_by_role("form", name="Change WN-01")

        form.get_by_label("Place").fill("nowhere")
        form.get_by_label("Place").press("Tab")
        expect(form.get_by_text("Aisle, shelf and bin")).to_be_visible()
        form.get_by_label("Place").fill("A9-9")
        expect(form.get_by_text("Aisle, shelf and bin")).to_have_count(0)
        form.get_by_role("button", name="Save").click()

        expect(row(other, "WN-01").locator(".place")).to_have_text("A9-9")
        expect(row(page, "WN-01").locator(".place")).to_have_text("A9-9")
        expect(page.locator(".lx-message")).to_have_text(re.compile("Wing nut M3 is changed."))
        assert page.url.endswith("/warehouse/")

    def test_keeps_what_is_typed_while_others_move_things(self, open_window):
        page, other = open_window("/warehouse/?edit=WN-02").page, open_window("/warehouse/").page
        name = page.get_by_role("form", name="Change WN-02").get_by_label("Name")
        name.fill("")

        for letter in "Wing":
            name.press(letter)
            before = version(page).inner_text()
            receive(other, "WN-03")
            expect(version(page)).not_to_have_text(before)

        assert name.input_value() == "Wing"
        expect(name).to_be_focused()


class TestANewItem:
    def test_is_made_in_a_dialog(self, open_window):
        page = open_window("/warehouse/").page
        page.get_by_role("link", name="New item").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        assert dialog.evaluate("dialog => dialog.matches(':modal')")

        for label, value in {
            "Name": "Hex nut M20",
            "Place": "A2-9",
            "Stock": "3",
            "Minimum": "9",
            "Price": "0.80",
        }.items():
            dialog.get_by_label(label).fill(value)
        dialog.get_by_label("Number").fill("HN-01")
        dialog.get_by_role("button", name="Add").click()
        expect(dialog.get_by_text("There is a HN-01 already.")).to_be_visible()
        dialog.get_by_label("Number").fill("HN-09")
        dialog.get_by_role("button", name="Add").click()

        expect(dialog).to_have_count(0)
        page.get_by_label("Search items").fill("HN-09")
        expect(row(page, "HN-09").locator(".chip")).to_have_text("reorder")

    def test_is_not_made_when_the_dialog_is_left_by_escape(self, open_window):
        page = open_window("/warehouse/").page
        page.get_by_role("link", name="New item").click()
        expect(page.get_by_role("dialog")).to_be_visible()

        page.keyboard.press("Escape")

        expect(page.get_by_role("dialog")).to_have_count(0)
        assert "dialog" not in page.url


class TestAnImport:
    def test_shows_its_progress_while_the_page_goes_on(self, open_window):
        page = open_window("/warehouse/?dialog=import").page
        lines = "\n".join(f"ZZ-{number:02},Thing {number},C9-{number},1,1,1.00" for number in range(1, 61))
        page.get_by_label("Lines").fill(lines)

        page.get_by_role("button", name="Import").click()

        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("progress")).to_have_attribute("max", "60")
        receive(page, "HN-06")
        expect(newest_line(page)).to_contain_text("received 10 Hex nut M10")
        expect(page.locator("progress")).to_have_count(0)
        page.get_by_label("Search items").fill("ZZ-")
        expect(page.get_by_text("1 to 50 of 60")).to_be_visible()

    def test_names_the_lines_that_are_wrong(self, open_window):
        page = open_window("/warehouse/?dialog=import").page

        page.get_by_label("Lines").fill("ZZ-99,Thing\n")
        page.get_by_role("button", name="Import").click()

        expect(page.get_by_text("Line 1 has 2 values instead of 6.")).to_be_visible()


class TestOneItem:
    def test_is_reached_and_left_over_the_same_socket(self, open_window):
        window = open_window("/warehouse/?q=hex")
        page = window.page
        page.evaluate("window.isTheSamePage = true")

        page.get_by_role("link", name="Hex bolt M5", exact=True).click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Hex bolt M5")
        assert page.title() == "Hex bolt M5 · liveex_django"
        before = units(page.locator("#stock"))
        page.get_by_role("button", name="Receive").click()
        expect(page.locator("#stock")).to_have_text(str(before + 10))
        page.go_back()
        expect(stock(page, "HB-03")).to_have_text(str(before + 10))
        assert page.evaluate("window.isTheSamePage") is True
        assert len(window.sockets) == 1

    def test_is_shipped_as_a_whole_only_when_that_is_confirmed(self, open_window):
        page = open_window("/warehouse/HB-04/").page

        page.get_by_role("button", name="Ship all").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
        expect(page.locator("#stock")).not_to_have_text("0")
        page.get_by_role("button", name="Ship all").click()
        page.get_by_role("alertdialog").get_by_role("button", name="OK").click()

        expect(page.locator("#stock")).to_have_text("0")


class TestTheFeed:
    def test_moves_stock_in_open_pages_of_a_demo_without_redis(self, browser: Browser, tmp_path: Path):
        server = DemoServer(tmp_path, WAREHOUSE_FEED="1")
        server.start()
        context = browser.new_context()
        window = Window(context, f"{server.url}/warehouse/").joined()

        before = version(window.page).inner_text()

        expect(version(window.page)).not_to_have_text(before)
        expect(newest_line(window.page).locator("b")).to_have_text("feed")
        assert window.errors == []
        context.close()
        server.stop()
        # Neither its movements nor its end leave a trace there.
        assert not any("move" in line or "Error" in line for line in server.log), "".join(server.log)
