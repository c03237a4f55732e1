"""Somebody types while the page changes fifty times a second: no letter is lost, and the caret stays where it is."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

_LETTERS = "".join(chr(ord("a") + number * 7 % 26) for number in range(1000))

# Around the field, before it, and in its own attributes.
_PAGE = region(
    '<p><!--[0-->0<!--]--></p><ul><!--[1--><!--:--><li id="a"><!--[0-->0<!--]--></li><!--]--></ul>'
    '<form lx-change="typed" lx-debounce="20"><label><!--[2-->Name<!--]--> <input name="name" value="" lx-e="3"></label>'
    '<textarea name="text" lx-e="4"></textarea></form><!--[5-->0<!--]-->'
)

# Every 20 ms: texts, a row that comes and goes in front, the field's own class and value, whole content behind it.
_CHANGE = """
() => {
  let count = 0;
  const change = () => {
    count++;
    const rows = count % 2 ? [{f: "R", r: [[`${count}`]]}, 0] : [[1, 1]];
    const slots = {
      0: `${count}`, 1: {"=": rows}, 2: `Name ${count}`, 3: {class: `c${count}`, value: `server ${count}`},
      4: {"": `server ${count}`}, 5: `<i>${count}</i>`,
    };
    sockets.at(-1).receive(JSON.stringify({
      parts: {R: ["<li><!--[0-->", "<!--]--></li>"]}, patch: {0: {0: slots}},
    }));
  };
  const timer = setInterval(change, 20);
  window.stopChanging = () => (clearInterval(timer), count);
}
"""


class TestTyping:
    @pytest.mark.parametrize("field", ["input", "textarea"])
    def test_loses_no_letter_while_patches_arrive(self, open_page: OpenPage, field: str) -> None:
        page = open_page(_PAGE)
        page.find(field).click()
        page.page.evaluate(_CHANGE)

        page.page.keyboard.type(_LETTERS)

        assert page.page.evaluate("stopChanging()") > 10
        assert page.find(field).input_value() == _LETTERS
        assert page.find(field).evaluate("element => element.selectionStart") == len(_LETTERS)

    def test_goes_on_in_the_middle_of_a_word(self, open_page: OpenPage) -> None:
        page = open_page(_PAGE)
        page.find("input").fill("start end")
        page.find("input").evaluate("element => element.setSelectionRange(5, 5)")
        page.page.evaluate(_CHANGE)

        page.page.keyboard.type(_LETTERS[:200])

        page.page.evaluate("stopChanging()")
        assert page.find("input").input_value() == f"start{_LETTERS[:200]} end"
        assert page.find("input").evaluate("element => element.selectionStart") == 205
