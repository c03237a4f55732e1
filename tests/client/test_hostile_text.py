"""Text of visitors in every place of a template: a patch shows what the first render would have, and nothing of it runs."""

import random
from pathlib import Path

import pytest
from django.template import Context, Engine

from liveex_django.rendering import compile_template, diff, full
from liveex_django.rendering.rendered import Rendered
from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

# One a line; the first ones hold markers of our own, of which a forged one would end a slot or begin a row somewhere else.
_LINES = (Path(__file__).parent / "hostile_texts.txt").read_text().splitlines()

_TEXTS = [
    *_LINES,
    "",
    " ",
    "\n",
    "\n\nx",
    "\r\n",
    "\t",
    "\xa0",
    "\u2028\u2029",
    "\ufeff",
    "\ufffe\uffff",
    "\x01\x1f\x7f",
    "\u202ex",
]

_ESCAPED = """
    <p title="{{ text }}" class="a {% if text %}{{ text }}{% endif %}" data-x='{{ text }}'>{{ text }}</p>{{ text }}
    <a href="{{ text }}">x</a><a href="/?q={{ text|urlencode }}&amp;r={{ text }}">x</a><pre>{{ text }}</pre>
    <input value="{{ text }}" placeholder="{{ text }}"><textarea>{{ text }}</textarea><svg><title>{{ text }}</title></svg>
    <select><option value="{{ text }}">{{ text }}</option></select>{{ text|json_script:"data" }}
    <script type="text/plain">'{{ text|escapejs }}'</script><button lx-click="go" lx-value-x="{{ text }}">{{ text }}</button>
    <table><tbody>{% for row in rows %}<tr class="{{ row }}"><td>{{ row }}</td></tr>{% endfor %}</tbody></table>
    {% if text %}<i>{{ text|linebreaksbr }}</i>{% else %}none{% endif %}{{ text|urlize }}"""

_SAFE = "<div>{{ text|safe }}</div><ul>{% for row in rows %}<li>{{ row|safe }}</li>{% endfor %}</ul><p>{{ count }}</p>"

# What stands in the page against what a browser makes of Django's own HTML. Comments and lx-e are the markers' business.
_IS_SHOWN = """
(html) => {
  const wanted = document.createElement("div");
  wanted.innerHTML = html;
  const shown = document.querySelector("[lx-token]").cloneNode(true);
  for (const name of shown.getAttributeNames()) shown.removeAttribute(name);
  for (const side of [shown, wanted]) {
    const comments = document.createNodeIterator(side, NodeFilter.SHOW_COMMENT);
    for (let comment; (comment = comments.nextNode()); ) comment.remove();
    for (const element of side.querySelectorAll("[lx-e]")) element.removeAttribute("lx-e");
    side.normalize();
  }
  return shown.isEqualNode(wanted) || `${shown.innerHTML}  instead of  ${wanted.innerHTML}`;
}
"""


def show(page: LivePage, old: Rendered, new: Rendered) -> None:
    """Sends the change, and the whole view when the page asks for it."""
    parts: dict[str, tuple[str, ...]] = {}
    asked = len(page.sent("resync"))
    if change := diff(old, new, parts):
        page.receive(parts=parts, patch={"0": {"0": change}})
    if len(page.sent("resync")) > asked:
        page.receive(parts=parts, patch={"0": {"0": full(new, parts)}})


def show_all(page: LivePage, source: str, texts: list[str], seed: str) -> None:
    """Every text after every other kind of text, each time compared with a page that shows it from the start."""
    template, chance = compile_template(Engine().from_string(source)), random.Random(seed)
    shown = template.render(Context({"text": "start", "rows": ["start"], "count": 0}))
    parts: dict[str, tuple[str, ...]] = {}
    whole = full(shown, parts)
    page.receive(parts=parts, patch={"0": {"0": whole}})
    for count, text in enumerate(chance.sample(texts, len(texts))):
        rows = chance.sample(texts, chance.randint(0, 3))
        new = template.render(Context({"text": text, "rows": rows, "count": count}))

        show(page, shown, new)

        assert page.page.evaluate(_IS_SHOWN, str(new)) is True, (text, rows)
        shown = new


class TestTextOfVisitors:
    def test_escaped_as_always_is_shown_and_does_not_run(self, open_page: OpenPage) -> None:
        page = open_page(region(""))

        show_all(page, _ESCAPED, _TEXTS, "escaped")

        assert page.evaluate("window.ran") is None
        assert page.sent("resync") == []
        assert len(_TEXTS) >= 200

    def test_that_a_project_calls_safe_stays_in_its_place(self, open_page: OpenPage) -> None:
        # Two dozen texts here have parts that run, as they do in the first render: calling them safe was a mistake.
        texts = [text for text in _TEXTS if "ran=1" not in text]
        page = open_page(region(""))

        show_all(page, _SAFE, texts, "safe")

        page.messages("warning")
