"""docs/reference/client.md names what the script has: attributes, classes and codes."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCES = "".join(path.read_text() for path in sorted((_ROOT / "liveex_django/client").glob("*.js")))
_PAGE = (_ROOT / "docs/reference/client.md").read_text()

# Markers of the wire format, which docs/protocol.md describes.
_MARKERS = {"lx-view", "lx-region", "lx-token", "lx-digest", "lx-e"}
# Keys of sessionStorage.
_STORED = {"liveex.reloaded", "liveex.messages", "liveex.fields", "liveex.scroll"}


class TestTheReference:
    @pytest.mark.parametrize("pattern", [r"\"(lx-[a-z]+(?:-[a-z]+)*)-?\"", r"\"(liveex\.[a-z-]+)\""])
    def test_names_every_attribute_class_and_code(self, pattern: str) -> None:
        names = set(re.findall(pattern, _SOURCES)) - _MARKERS - _STORED

        assert {name for name in names if name not in _PAGE} == set()
        assert len(names) > 5

    def test_names_no_code_that_is_gone(self) -> None:
        assert {
            code for code in re.findall(r"^\| `(liveex\.[a-z-]+)`", _PAGE, re.MULTILINE) if code not in _SOURCES
        } == set()
