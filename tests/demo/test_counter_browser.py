"""The counter of the README in real windows."""

from playwright.sync_api import Page, expect


def shown(page: Page) -> int:
    return int(page.locator("#count").inner_text())


def click_one_more(page: Page) -> None:
    page.get_by_role("button", name="One more").click()


class TestTwoWindows:
    def test_count_together(self, open_window):
        one, two = open_window("/counter/").page, open_window("/counter/").page
        before = shown(one)

        click_one_more(one)
        click_one_more(two)

        expect(one.locator("#count")).to_have_text(str(before + 2))
        expect(two.locator("#count")).to_have_text(str(before + 2))

    def test_lose_no_click_of_many(self, open_window):
        one, two = open_window("/counter/").page, open_window("/counter/").page
        before = shown(one)

        for _ in range(10):
            click_one_more(one)
            click_one_more(two)

        expect(one.locator("#count")).to_have_text(str(before + 20))
        expect(two.locator("#count")).to_have_text(str(before + 20))

    def test_show_what_a_getter_makes_of_it(self, open_window):
        one, two = open_window("/counter/").page, open_window("/counter/").page
        before = shown(one)

        one.get_by_role("button", name="One less").click()

        parity = "even" if (before - 1) % 2 == 0 else "odd"
        expect(two.locator(".parity")).to_have_text(f"{before - 1} is {parity}.")


class TestAClick:
    def test_costs_one_small_frame(self, open_window):
        window = open_window("/counter/")
        frames_before, before = len(window.received), shown(window.page)

        click_one_more(window.page)

        expect(window.page.locator("#count")).to_have_text(str(before + 1))
        window.wait_until(lambda: len(window.received) > frames_before, "the answer has come")
        frames = window.received[frames_before:]
        assert len(frames) == 1
        assert '"applied"' in frames[0]
        assert len(frames[0].encode()) <= 250

    def test_touches_only_what_changes(self, open_window):
        page = open_window("/counter/").page
        before = shown(page)
        page.evaluate("window.kept = [...document.querySelectorAll('main *')]")

        click_one_more(page)

        expect(page.locator("#count")).to_have_text(str(before + 1))
        assert page.evaluate("window.kept.every((element, i) => element === document.querySelectorAll('main *')[i])")

    def test_leaves_the_focus_where_it_is(self, open_window):
        page = open_window("/counter/").page
        before = shown(page)
        page.get_by_role("button", name="One more").focus()

        page.keyboard.press("Enter")
        page.keyboard.press("Space")

        expect(page.locator("#count")).to_have_text(str(before + 2))
        expect(page.get_by_role("button", name="One more")).to_be_focused()


class TestTheNumber:
    def test_is_in_the_page_before_any_script_runs(self, open_window):
        page = open_window("/counter/").page
        before = shown(page)
        click_one_more(page)
        expect(page.locator("#count")).to_have_text(str(before + 1))

        still = open_window("/counter/", with_script=False).page

        assert shown(still) == before + 1

    def test_is_still_there_after_a_reload(self, open_window):
        page = open_window("/counter/").page
        before = shown(page)
        click_one_more(page)
        expect(page.locator("#count")).to_have_text(str(before + 1))

        page.reload()

        expect(page.locator("#count")).to_have_text(str(before + 1))


class TestALostConnection:
    def test_is_made_again_and_catches_up(self, open_window):
        window, other = open_window("/counter/"), open_window("/counter/").page
        before = shown(other)
        window.received.clear()

        window.cut_connection()
        click_one_more(other)

        window.joined()
        expect(window.page.locator("#count")).to_have_text(str(before + 1))
        click_one_more(window.page)
        expect(other.locator("#count")).to_have_text(str(before + 2))


class TestThePage:
    def test_shows_its_own_source(self, open_window):
        page = open_window("/counter/").page

        shown_files = page.locator(".source summary").all_inner_texts()

        assert shown_files == ["counter/store.py", "counter/views.py", "counter/templates/counter/counter.html"]
        expect(page.locator(".source pre").first).to_contain_text('Store("counter", scope="global"')

    def test_is_on_the_list_of_pages(self, open_window):
        page = open_window("/", with_script=False).page

        page.get_by_role("main").get_by_role("link", name="Counter").click()

        expect(page.get_by_role("heading", name="Counter", level=1)).to_be_visible()
