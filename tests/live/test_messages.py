"""The wire's words are the same in Python, in JavaScript and in the documentation."""

import re
from pathlib import Path

import pytest

from liveex_django.live import messages

ROOT = Path(__file__).parents[2]
IN_JAVASCRIPT = dict(
    re.findall(r"^export const (\w+) = \"?([^\";]*)\"?;", (ROOT / "liveex_django/client/messages.js").read_text(), re.M)
)
IN_PYTHON = {name: value for name, value in vars(messages).items() if name.isupper()}
DOCUMENT = (ROOT / "docs/protocol.md").read_text()


class TestConstants:
    @pytest.mark.parametrize("name", sorted(IN_PYTHON.keys() & IN_JAVASCRIPT.keys()))
    def test_of_one_name_have_one_value(self, name):
        assert str(IN_PYTHON[name]) == IN_JAVASCRIPT[name]

    def test_most_are_shared(self):
        assert len(IN_PYTHON.keys() & IN_JAVASCRIPT.keys()) > 14

    @pytest.mark.parametrize("name", sorted(IN_PYTHON))
    def test_every_one_is_documented(self, name):
        assert f"`{IN_PYTHON[name]}`" in DOCUMENT or f"| {IN_PYTHON[name]} |" in DOCUMENT

    def test_close_codes_are_such_as_daphne_sends(self):
        codes = [value for name, value in IN_PYTHON.items() if name.startswith("CLOSE_")]

        # For any other code autobahn, which daphne speaks websocket with, raises and leaves the connection open.
        assert [code for code in codes if not 4000 <= code <= 4999] == []


class TestMessages:
    @pytest.mark.parametrize("struct", [messages.Join, messages.Event, messages.Resync, messages.Ack, messages.Ping])
    def test_every_message_of_a_browser_is_documented_with_its_fields(self, struct):
        tag = struct.__struct_config__.tag
        [row] = re.findall(rf"^\| `{tag}` \|.*$", DOCUMENT, re.M)

        assert [field for field in struct.__struct_fields__ if f"`{field}`" not in row] == []

    def test_the_worked_example_can_be_decoded(self):
        [example] = re.findall(r'^\{"type": "event".*$', DOCUMENT, re.M)

        assert messages.decode(example) == messages.Event(seq=1, view="0", event="bump", payload=[])
