"""Django templates as people write them: after each diff the page is what the server would have rendered."""

import random
from typing import Any

import pytest
from django.template import Context, Engine

from liveex_django.rendering import compile_template, diff, full
from liveex_django.rendering.rendered import Rendered
from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

# What stands in the page against what a browser makes of the new HTML; the order of attributes does not matter.
_IS_SHOWN = """
(html) => {
  const shown = document.querySelector("[lx-view]").cloneNode(true);
  const wanted = document.createElement(shown.localName);
  wanted.innerHTML = html;
  for (const side of [shown, wanted]) side.normalize();
  const clean = (element) => [...element.attributes].forEach(({ name }) => element.removeAttribute(name));
  clean(shown);
  return shown.isEqualNode(wanted) || `${shown.innerHTML}  instead of  ${wanted.innerHTML}`;
}
"""

_SHOWS_THE_WORDS = """
(html) => {
  const words = (element) => element.textContent.replace(/\\s+/g, " ").trim();
  const wanted = document.createElement("div");
  wanted.innerHTML = html;
  const shown = words(document.querySelector("[lx-view]"));
  return shown === words(wanted) || `${shown}  instead of  ${words(wanted)}`;
}
"""

_TEMPLATES = {
    "table": """
        <h1 class="{% if big %}big{% endif %} x">{{ title }}</h1>
        <table {% if big %}hidden{% endif %}>{% for item in items %}
          <tr id="item-{{ item.id }}" {% if item.low %}class="low" title="{{ item.name }}"{% endif %}>
            <td>{{ forloop.counter }}</td><td>{{ item.name }}</td>
            {% if item.low %}<td><b>low: {{ item.id }}</b></td>{% else %}<td></td>{% endif %}</tr>
        {% empty %}<tr><td>none</td></tr>{% endfor %}</table>""",
    "nested loops": """
        {% for item in items %}<section>{{ item.name }}{% for part in item.parts %}, {{ part }}{% endfor %}
        {% if forloop.last %}<hr>{% endif %}</section>{% endfor %}{{ title }}""",
    "branches": """
        {% if big %}<p>{{ title }}</p>{% if items %}some{% else %}none{% endif %}{% elif items %}<ul>{% for item in items %}
        <li>{{ item.name }}</li>{% endfor %}</ul>{% endif %}<i>{{ items|length }}</i>""",
    "fields": """
        <form><input value="{{ title }}" {% if big %}disabled{% endif %}><textarea>{{ title }}</textarea>
        <select>{% for item in items %}<option value="{{ item.id }}" {% if item.low %}selected{% endif %}>{{ item.name }}
        </option>{% endfor %}</select></form>""",
    "HTML from values": """<div>{{ html|safe }}</div>{{ html|safe }}<p>{{ html }}</p>""",
    "SVG": """<svg><g>{% for item in items %}<circle r="{{ item.id }}"></circle>{% endfor %}</g>
        {% if big %}<text>{{ title }}</text>{% endif %}</svg>""",
    "unbalanced": """{% if big %}<div class="wrap">{% endif %}<p>{{ title }}</p>{% if big %}</div>{% endif %}{{ title }}""",
}

# A browser takes the <div> out of the <p>, and the text out of the <table>: whatever becomes of the addresses, the
# words are right.
_TORN = """
    <p>{% if big %}<div>{{ title }}</div>{% endif %}-{{ title }}</p><b>{{ title }}</b>
    <table>{{ title }}<tr><td>{{ title }}</td></tr></table>"""


def some_values(chance: random.Random) -> dict[str, Any]:
    ids = chance.sample(range(12), chance.randint(0, 6))
    html = [
        "",
        "text",
        "a & b",
        "<b>x</b>",
        "<i id='i'>1</i><b>2</b>",
        "t<i id='i'>3</i>",
        "<ul><li>1</li><li>2</li></ul>",
    ]
    return {
        "title": chance.choice(["", "one", "<two>", 'th"ree', "four &amp; five"]),
        "big": chance.random() < 0.5,
        "items": [
            {
                "id": number,
                "name": f"name {number} {chance.choice('ab')}",
                "low": chance.random() < 0.3,
                "parts": chance.sample("xyz", chance.randint(0, 3)),
            }
            for number in ids
        ],
        "html": chance.choice(html),
    }


def show(page: LivePage, old: Rendered, new: Rendered) -> None:
    """Sends the change, and the whole view when the page asks for it."""
    parts: dict[str, tuple[str, ...]] = {}
    asked = len(page.sent("resync"))
    if change := diff(old, new, parts):
        page.receive(parts=parts, patch={"0": {"0": change}})
    if len(page.sent("resync")) > asked:
        whole = full(new, parts)
        page.receive(parts=parts, patch={"0": {"0": whole}})


@pytest.mark.parametrize("name", _TEMPLATES)
class TestATemplate:
    def test_is_shown_as_the_server_would_render_it(self, open_page: OpenPage, name: str) -> None:
        template = compile_template(Engine().from_string(_TEMPLATES[name]))
        chance = random.Random(name)
        shown = template.render(Context(some_values(chance)))
        page = open_page(region(shown.marked()))

        for _ in range(40):
            values = some_values(chance)
            new = template.render(Context(values))
            show(page, shown, new)
            shown = new

            assert page.page.evaluate(_IS_SHOWN, new.marked()) is True, values

        assert page.sent("resync") == []


class TestATemplateThatTheParserTears:
    def test_shows_the_words_that_the_server_would_render(self, open_page: OpenPage) -> None:
        template = compile_template(Engine().from_string(_TORN))
        chance = random.Random(_TORN)
        shown = template.render(Context(some_values(chance)))
        page = open_page(region(shown.marked()))

        for _ in range(40):
            values = some_values(chance)
            new = template.render(Context(values))
            show(page, shown, new)
            shown = new

            assert page.page.evaluate(_SHOWS_THE_WORDS, new.marked()) is True, values

        assert len(page.messages()) == len(page.sent("resync"))


class TestRowsWithAnId:
    ROWS = (
        "<ul>{% for item in items %}<li id='item-{{ item.id }}'>{{ item.name }}<input><b>{{ forloop.counter }}</b></li>"
        "{% endfor %}</ul>"
    )

    def test_a_field_one_types_in_moves_along_with_its_row(self, open_page: OpenPage) -> None:
        template = compile_template(Engine().from_string(self.ROWS))
        old = template.render(Context({"items": [{"id": number, "name": f"{number}"} for number in (1, 2, 3)]}))
        page = open_page(region(old.marked()))
        page.find("#item-3 input").press_sequentially("typed")
        # Not one row is what it was, and the first has become another.
        new = template.render(Context({"items": [{"id": number, "name": f"new {number}"} for number in (3, 4, 2)]}))

        show(page, old, new)

        assert page.page.evaluate(_IS_SHOWN, new.marked()) is True
        assert page.evaluate("[document.activeElement.value, document.activeElement.closest('li').id]") == [
            "typed",
            "item-3",
        ]
        assert page.evaluate("[...document.querySelectorAll('input')].map((input) => input.value)") == ["typed", "", ""]
        assert page.sent("resync") == []

    def test_a_new_row_has_nothing_of_the_one_it_stands_in_for(self, open_page: OpenPage) -> None:
        template = compile_template(Engine().from_string(self.ROWS))
        old = template.render(Context({"items": [{"id": 1, "name": "one"}]}))
        page = open_page(region(old.marked()))
        page.find("#item-1 input").press_sequentially("for one")

        show(page, old, template.render(Context({"items": [{"id": 2, "name": "two"}]})))

        assert page.find("#item-2 input").input_value() == ""
