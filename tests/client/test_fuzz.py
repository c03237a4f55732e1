"""Frames that no server of ours would send: whatever they are, nothing is thrown outside the script's own handler."""

import json
import random
from typing import Any

import pytest

from liveex_django.live.commands import NAMES
from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

_FRAMES = 2000

_KEYS = (
    *("parts", "joined", "patch", "tokens", "title", "url", "messages", "commands", "events", "redirect", "navigate"),
    *("degraded", "lost", "reply", "error", "pong", "views", "f", "r", "=", "", "reason", "code", "id", "answer"),
    *("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "x"),
)
_NUMBERS = (0, 1, -1, 2**53, 1e308, 0.5)
_TEXTS = (
    "",
    "0",
    "1",
    "99",
    "0-0",
    "F",
    "applied",
    "rejected",
    "failed",
    "javascript:x",
    "//evil.test/",
    "<b>",
    "\ud800",
    "[",
)

# Everything at hand in a page: a text, a branch, a loop, attributes, a field, a nested view.
_PAGE = region(
    "<p lx-hook='H'><!--[0-->a<!--]--></p><div><!--[1--><b><!--[0-->x<!--]--></b><!--]--></div>"
    '<ul><!--[2--><!--:--><li lx-e="0">a</li><!--:--><li lx-e="0">b</li><!--]--></ul><input lx-e="3" value="1">'
    '<textarea lx-e="4">t</textarea><table><tbody><!--[5--><!--]--></tbody></table>'
    "<div><!--[6-->" + region("<i><!--[0-->n<!--]--></i>", view="0-0") + "<!--]--></div>"
    '<button lx-click="go">go</button>'
)

# A connection that the page gives up is followed by the next one, which joins.
_PLAY = """
async (texts) => {
  window.thrown = [];
  liveex.hooks.register("H", {
    mounted() { this.handleEvent("x", () => {}); },
    updated() { this.pushEvent("u"); },
  });
  addEventListener("error", (event) => thrown.push(String(event.message)));
  addEventListener("unhandledrejection", (event) => thrown.push(String(event.reason)));
  Math.random = () => 0;
  const connect = async () => {
    while (sockets.at(-1).state === "closed") await new Promise((resolve) => setTimeout(resolve));
    const connection = sockets.at(-1);
    if (connection.state === "connecting") {
      connection.open();
      connection.receive('{"joined": {"views": {}, "tokens": {}}}');
    }
    return connection;
  };
  for (const text of texts) {
    const connection = await connect();
    try {
      connection.receive(text);
    } catch (error) {
      thrown.push(`${error} by ${text}`);
    }
  }
  await connect();
  return [thrown, sockets.length];
}
"""


def draw(chance: random.Random, depth: int = 0) -> Any:
    """Some JSON, with the words of the wire in it."""
    kind = chance.randrange(10 if depth < 4 else 6)
    if kind < 2:
        return chance.choice(_TEXTS)
    if kind < 4:
        return chance.choice(_NUMBERS)
    if kind < 6:
        return chance.choice((None, True, False, [], {}))
    if kind < 8:
        return [draw(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice((*_KEYS, *_TEXTS[:6])): draw(chance, depth + 1) for _ in range(chance.randrange(4))}


def draw_diff(chance: random.Random) -> Any:
    """Something that looks like a diff of the page, so that it gets far."""
    return {
        chance.choice("0123456789"): chance.choice(
            (
                draw(chance, 2),
                chance.choice(_TEXTS),
                ["F", draw(chance, 3)],
                {"f": "F", "r": [[draw(chance, 3)]]},
                {"=": [draw(chance, 3), chance.randrange(3), [0, 1]]},
                {chance.choice("012"): draw(chance, 3)},
                {
                    chance.choice(("class", "value", "onclick", "href", "", "__proto__", "lx-view")): chance.choice(
                        (None, "x")
                    )
                },
            )
        )
        for _ in range(chance.randrange(1, 4))
    }


def draw_push(chance: random.Random) -> dict[str, Any]:
    """Commands of every name, with options that may be anything, and events."""
    options = {
        "to": chance.choice(("p", "input", "li", "<", "", draw(chance, 3))),
        "names": chance.choice(("a b", "__proto__", draw(chance, 3))),
        "name": chance.choice(("title", "onclick", "href", "__proto__", draw(chance, 3))),
        "value": chance.choice(("x", "javascript:thrown.push(1)", draw(chance, 3))),
        "event": chance.choice(("x", "__proto__", draw(chance, 3))),
        "time": 1,
        "transition": chance.choice(("a", None, draw(chance, 3))),
    }
    kept = {name: value for name, value in options.items() if chance.randrange(3)}
    commands = [[chance.choice((*sorted(NAMES), "__proto__", "constructor", draw(chance, 3))), kept], draw(chance, 2)]
    return {"commands": commands, "events": [[chance.choice(_KEYS), draw(chance, 2)]]}


def draw_frame(chance: random.Random) -> str:
    kind = chance.randrange(5)
    if kind == 0:
        frame = {"patch": {chance.choice(("0", "0", "0-0", "9")): {"0": draw_diff(chance)}}}
    elif kind == 1:
        frame = {"parts": {"F": chance.choice((["<b><!--[0-->", "<!--]--></b>"], ["", ""], draw(chance, 2)))}}
    elif kind == 2:
        frame = draw_push(chance)
    else:
        frame = {chance.choice(_KEYS[:16]): draw(chance, 1) for _ in range(chance.randrange(1, 3))}
    # Of those that would leave the page only such as are refused.
    for leaving in ("redirect", "navigate"):
        if leaving in frame:
            frame[leaving] = chance.choice(
                ("https://evil.test/", "javascript:x", "http://[", "data:text/html,x", "//evil.test")
            )
    text = json.dumps(frame)
    return text if chance.randrange(20) else text[: chance.randrange(len(text))]


class TestFrames:
    def test_of_any_kind_throw_nothing_outside_the_handler(self, open_page: OpenPage) -> None:
        chance = random.Random(20261125)
        page = open_page(_PAGE)
        loads = page.loads

        thrown, connections = page.page.evaluate(_PLAY, [draw_frame(chance) for _ in range(_FRAMES)])

        assert thrown == []
        assert connections > _FRAMES / 100
        assert page.evaluate("({}).polluted ?? ({}).x ?? [].x") is None
        assert page.evaluate("location.host") == "liveex.test"
        assert page.loads == loads
        # Afterwards it is a page like any other.
        page.patch({"0": ["G"]}, parts={"G": ['<p>well</p><button lx-click="go">go</button>']})
        assert page.html() == '<p>well</p><button lx-click="go">go</button>'
        page.find("[lx-view] button").click()
        assert page.events()[-1] == ("go", [])
        page.messages("warning")
        page.messages("error")
