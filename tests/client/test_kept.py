"""What the user has entered when the page is loaded again by itself."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

FORM = region(
    '<form id="order" lx-change="check"><input name="title" value="old"><textarea name="note"></textarea>'
    '<input type="checkbox" name="tags" value="a" checked><input type="checkbox" name="tags" value="b">'
    '<select name="size"><option>S<option>M</select><input type="password" name="secret">'
    '<input name="card" autocomplete="cc-number"></form><input name="free">'
)
SHOWN = """
({
  title: document.querySelector('[name=title]').value,
  note: document.querySelector('[name=note]').value,
  tags: [...document.querySelectorAll('[name=tags]')].map(box => box.checked),
  size: document.querySelector('[name=size]').value,
  secret: document.querySelector('[name=secret]').value,
  card: document.querySelector('[name=card]').value,
  free: document.querySelector('[name=free]').value,
})
"""


class TestFields:
    def test_are_kept_but_for_secrets_and_their_form_is_told(self, open_page: OpenPage) -> None:
        page = open_page(FORM)
        for name, value in {"note": "two\nlines", "secret": "s", "card": "4111", "free": "mine"}.items():
            page.find(f"[name={name}]").fill(value)
        page.find("[value=b]").check()
        page.find("[name=size]").select_option("M")

        with page.page.expect_navigation():
            page.lose_connection(4401)
        page.join()

        assert page.evaluate(SHOWN) == {
            "title": "old",
            "note": "two\nlines",
            "tags": [True, True],
            "size": "M",
            "secret": "",
            "card": "",
            "free": "mine",
        }
        assert ["note", "two\nlines"] in page.events()[-1][1]

    def test_are_kept_once(self, open_page: OpenPage) -> None:
        page = open_page(FORM)
        page.find("[name=free]").fill("mine")
        with page.page.expect_navigation():
            page.lose_connection(4401)
        page.join()

        page.page.reload()

        assert page.evaluate("sessionStorage.getItem('liveex.kept')") is None
