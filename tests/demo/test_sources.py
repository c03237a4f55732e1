"""The files that a page shows beside itself."""

import html
import re

import pytest

from demo_project.pages import PAGES, find_page
from demo_project.sources import read_source
from tests.demo.markdown import ROOT

FILES = [path for page in PAGES for path in page.files]


class TestReadSource:
    @pytest.mark.parametrize("path", FILES)
    def test_shows_the_whole_file(self, path: str):
        text = html.unescape(re.sub(r"<[^>]+>", "", read_source(path).html))

        assert text.strip() == (ROOT / "demo_project" / path).read_text(encoding="utf-8").strip()

    def test_escapes_what_the_file_says(self):
        source = read_source("counter/templates/counter/counter.html")

        assert "<button" not in source.html
        assert "&lt;" in source.html

    def test_colours_by_classes_because_the_demo_allows_no_inline_style(self):
        source = read_source("counter/store.py")

        assert '<span class="k">def</span>' in source.html
        assert "style=" not in source.html


class TestFindPage:
    def test_finds_a_page_by_the_name_of_its_url(self):
        assert find_page("items") is PAGES[1]

    @pytest.mark.parametrize("name", ["index", None])
    def test_finds_nothing_for_what_is_not_on_the_tour(self, name: str | None):
        assert find_page(name) is None
