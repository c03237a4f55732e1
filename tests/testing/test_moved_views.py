"""Nested views that move, in a browser that gets the frames of a test page."""

from concurrent.futures import ThreadPoolExecutor

from liveex_django.testing import LiveClient

from . import stores


def record():
    """The page's HTML, and the frames that turn its cards around and add one in front."""
    with LiveClient() as live_client:
        page = live_client.get("/cards/")
        frames = []
        for change in ("turn_around", "add_in_front"):
            live_client._test.forget_patches()
            stores.shop.at().commit(change)
            frames += page.last_patch.frames
        return page.response.content.decode(), frames, page.texts("section b")


class TestAMovedView:
    def test_is_the_same_element_with_the_focus_and_the_typed_text_in_the_browser(self, open_page):
        with ThreadPoolExecutor(1) as executor:
            html, frames, texts = executor.submit(record).result()
        browser_page = open_page(html.partition("<body>")[2].partition("</body>")[0])
        field = browser_page.find("section:nth-of-type(3) input")
        field.fill("half a wo")
        browser_page.evaluate("document.activeElement.setSelectionRange(2, 4)")
        browser_page.evaluate("window.field = document.activeElement")

        for frame in frames:
            browser_page.receive(**frame)

        assert (
            browser_page.find("section b").all_text_contents() == texts == ["Fork 0", "Wheels 0", "Laptop 0", "Spoon 0"]
        )
        assert browser_page.evaluate("document.activeElement === field && field.value") == "half a wo"
        assert browser_page.evaluate("[field.selectionStart, field.selectionEnd]") == [2, 4]
        assert browser_page.evaluate("field === document.querySelectorAll('section input')[1]")
