"""
Takes the pictures of the README from a running demo.

Start the demo, then ``python -m demo_project.picture http://127.0.0.1:8000``. Needs Playwright and a Chromium.
"""

import base64
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from scripts.programs import find

_IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"

# CSS pixels; twice as many real ones, for sharp text.
_WINDOW = ViewportSize(width=640, height=760)

_FRAME = """
<style>
  body {{ margin: 0; padding: 2rem; display: flex; align-items: start; gap: 2rem; width: max-content; background: #c9d8d4; }}
  figure {{ margin: 0; border-radius: 0.75rem; overflow: hidden; box-shadow: 0 0.5rem 2rem rgb(0 0 0 / 0.35); }}
  figure::before {{ content: "● ● ●"; display: block; padding: 0.4rem 1rem; background: #e4ebe9; color: #a9bdb7; }}
  img {{ display: block; width: {width}px; }}
</style>
<figure><img src="data:image/png;base64,{one}"></figure>
<figure><img src="data:image/png;base64,{two}"></figure>
"""


def take_picture(browser: Browser, url: str) -> None:
    """Two windows that filter together: the categories chosen in the first, the count typed in the second."""
    contexts = [browser.new_context(viewport=_WINDOW, device_scale_factor=2, reduced_motion="reduce") for _ in range(2)]
    one, two = (context.new_page() for context in contexts)
    for page in (one, two):
        page.goto(f"{url}/items/?shared=1")
    for name in ("Car", "House"):
        _select(one, name)
        expect(two.get_by_role("button", name=name)).to_have_class("toggle active")
    two.get_by_label("Minimum count").fill("2")
    expect(one.get_by_role("main").get_by_text("Current minimum count: 2")).to_be_visible()
    shots = [base64.b64encode(page.screenshot()).decode() for page in (one, two)]

    frame = browser.new_page(device_scale_factor=2, viewport={"width": 2 * _WINDOW["width"] + 96, "height": 860})
    frame.set_content(_FRAME.format(one=shots[0], two=shots[1], width=_WINDOW["width"]))
    frame.screenshot(path=_IMAGES / "items.png", full_page=True)


def take_picture_of_warehouse(browser: Browser, url: str) -> None:
    """The whole dashboard, with an item that is being changed, and a place that does not exist."""
    context = browser.new_context(viewport={"width": 1280, "height": 1180}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{url}/warehouse/?q=hex&edit=HB-02")
    page.wait_for_function("() => window.liveex?.connected")
    for number in ("HB-03", "HN-02", "HB-06"):
        page.locator(f"#item-{number}").get_by_role("button", name="Receive").click()
    page.get_by_label("Place").fill("nearby")
    page.get_by_label("Minimum").focus()
    expect(page.get_by_text("Aisle, shelf and bin")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=_IMAGES / "warehouse.png")


def _select(page: Page, name: str) -> None:
    button = page.get_by_role("button", name=name)
    if button.get_attribute("aria-pressed") == "false":
        button.click()


if __name__ == "__main__":
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find("chromium"), args=["--no-sandbox"])
        take_picture(chromium, sys.argv[1].rstrip("/"))
        take_picture_of_warehouse(chromium, sys.argv[1].rstrip("/"))
        chromium.close()
