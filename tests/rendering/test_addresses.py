"""What a real browser makes of marked HTML: the same page, with every slot where the server believes it to be."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template import Context
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from liveex_django.rendering import Rendered, compile_template
from liveex_django.rendering.attributes import parse_attributes
from liveex_django.rendering.findings import Element
from liveex_django.rendering.layout import shape_of
from liveex_django.rendering.part import Kind
from liveex_django.rendering.place import place_in
from liveex_django.rendering.rendered import Rows
from liveex_django.rendering.text import decode_text
from tests.rendering.templates import contexts, engine, extending, messy, tidy

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]

IN_DIV = place_in([Element("div", 0, None)])

Look = Callable[[Rendered], list[str]]


@pytest.fixture(scope="module")
def look(chromium: str) -> Iterator[Look]:
    """Shows a render to Chromium; answers with what is wrong about it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.add_script_tag(path=Path(__file__).parent / "addresses.js")

        def look(rendered: Rendered, inside: tuple[str, str] = ('<div id="region">', "</div>")) -> list[str]:
            question = {"html": str(rendered), "marked": rendered.marked(), "tree": tree_of(rendered), "inside": inside}
            return page.evaluate("question => lookAtMarkers(question)", question)

        yield look
        browser.close()


def tree_of(rendered: Rendered) -> list[Any]:
    """A render as addresses.js wants it."""
    return [rendered.part.fingerprint, *map(slot_of, rendered.part.kinds, rendered.values)]


def slot_of(kind: Kind, value: Any) -> dict[str, Any]:
    if kind is Kind.ATTRIBUTES:
        return {"attributes": parse_attributes(value)}
    if kind is not Kind.CONTENT:
        return {"text": decode_text(kind, value)}
    if isinstance(value, Rows):
        return {"content": {"rows": [list(map(slot_of, value.part.kinds, row)) for row in value.rows]}}
    return {"content": tree_of(value) if isinstance(value, Rendered) else value}


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_slot_is_where_its_markers_say(look: Look, data: st.DataObject) -> None:
    template = engine().from_string(data.draw(st.one_of(tidy, extending, messy)))
    for _ in range(2):
        try:
            rendered = compile_template(template, inside="div").render(Context(data.draw(contexts)))
        except Exception:
            return
        note(rendered.marked())
        # HTML that reaches out of its region, or belongs into another element, cannot be addressed at all.
        if not is_undivided(rendered) or IN_DIV.fits(shape_of(str(rendered), False)):
            assert look(rendered) == []


def is_undivided(rendered: Rendered) -> bool:
    """One slot, because the template or a value in it made more impossible."""
    return rendered.part.statics == ("", "") and isinstance(rendered.values[0], str)
