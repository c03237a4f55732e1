"""The reference pages name everything there is."""

import re
from pathlib import Path

import pytest

from liveex_django import checks, conf
from liveex_django.live import LiveView
from liveex_django.live.assigns import RESERVED

DOCS = Path(__file__).parents[2] / "docs"
LIVE = (DOCS / "reference/live.md").read_text()


class TestLive:
    @pytest.mark.parametrize("name", sorted(name for name in vars(LiveView) if not name.startswith("_")))
    def test_every_public_name_of_a_live_view_is_there(self, name):
        if name != "event_handlers":
            assert re.search(rf"\b{name}\b", LIVE)

    @pytest.mark.parametrize("name", sorted(RESERVED - {"True", "False", "None"}))
    def test_every_reserved_name_is_there(self, name):
        assert f"`{name}`" in LIVE


class TestSettings:
    def test_every_option_is_there_with_its_default_and_meaning(self):
        page = (DOCS / "reference/settings.md").read_text()

        rows = [
            f"| `{option.name}` | `{option.default!r}` | {option.unit} | {option.meaning} |" for option in _options()
        ]

        assert [row for row in rows if row not in page] == []


class TestChecks:
    def test_every_id_is_there_and_no_other(self):
        of_the_code = set(re.findall(r'"(liveex_django\.[EW]\d+)"', Path(checks.__file__).read_text()))
        of_the_page = set(re.findall(r"`(liveex_django\.[EW]\d+)`", (DOCS / "reference/checks.md").read_text()))

        assert of_the_page == of_the_code


def _options():
    return conf.OPTIONS.values()
