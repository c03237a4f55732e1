"""What a test page shows is what the browser shows: the same HTML and the same frames, through both clients."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from liveex_django.testing import LiveClient
from liveex_django.testing.address import REGION
from liveex_django.testing.document import is_element, parse_fragment, text_of

from . import stores
from .html import shape

_STEPS = 30

# The regions that are in no other one, as the browser has them now.
_OUTERMOST = """
[...document.querySelectorAll("[lx-region]")]
  .filter(each => !each.parentElement.closest("[lx-region]"))
  .map(each => each.outerHTML)
"""


@dataclass
class Step:
    """What the server sent, what the test page then holds and what a person reads there."""

    frames: list[dict[str, Any]]
    regions: list[Any]
    texts: list[str]


def regions_of(page):
    return [
        element
        for element in page._conversation.root.iter()
        if is_element(element)
        and element.get(REGION) is not None
        and all(each.get(REGION) is None for each in element.iterancestors())
    ]


def record(path, seed):
    """A page's HTML, and what becomes of it while its store changes at random."""
    chance = random.Random(seed)
    with LiveClient() as live_client:
        page = live_client.get(path)
        steps = []
        for _ in range(_STEPS):
            live_client._test.forget_patches()
            change_something(chance)
            frames = page.last_patch.frames
            regions = regions_of(page)
            steps.append(Step(frames, [shape(region) for region in regions], [text_of(region) for region in regions]))
        return page.response.content.decode(), steps


def change_something(chance):
    handle = stores.shop.at()
    items = handle.get_state()["items"]
    match chance.choice(["add", "filter", "note", "note", "take", "turn", "done", "drop"]):
        case "add":
            handle.commit("add_item", chance.choice(["Fork", "a < b & c", "Knife"]))
        case "filter":
            handle.commit("toggle", chance.choice(["House", "Office", "Car"]))
        case "note":
            handle.commit("set_note", chance.choice(["", "Fork", '"quoted" & <b>', "two\nlines\n\nand a paragraph"]))
        case "take" if any(item["count"] for item in items):
            handle.commit("take", chance.choice([item["id"] for item in items if item["count"]]))
        case "turn":
            handle.commit("turn_around")
        case "done":
            handle.commit("set_options", "red", [], chance.random() < 0.5)
        case "drop" if chance.random() < 0.3:
            handle.commit("drop_all")


class TestTheTwoClients:
    @pytest.mark.parametrize("seed", [1, 2])
    @pytest.mark.parametrize("path", ["/mixed/", "/shop/"])
    def test_show_the_same_after_every_frame(self, open_page, path, seed):
        # In a thread of its own: Playwright's event loop is in this one.
        with ThreadPoolExecutor(1) as executor:
            html, steps = executor.submit(record, path, seed).result()
        browser_page = open_page(html.partition("<body>")[2].partition("</body>")[0])

        for step in steps:
            for frame in step.frames:
                browser_page.receive(**frame)
            shown = [parse_fragment(region)[0] for region in browser_page.evaluate(_OUTERMOST)]

            assert [shape(region) for region in shown] == step.regions
            assert [text_of(region) for region in shown] == step.texts
        assert any(step.frames for step in steps)
