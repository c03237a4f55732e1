"""``{% liveex_script %}`` and the texts it brings."""

import gettext
import html
import json
import re
from pathlib import Path

from django.template import engines
from django.urls import set_script_prefix
from django.utils import translation

import liveex_django
from liveex_django.live.texts import client_texts


def render(source):
    return engines["django"].from_string("{% load liveex %}" + source).render({})


class TestScript:
    def test_says_where_the_websocket_is_and_how_much_it_takes(self, settings):
        settings.LIVEEX = {"PATH": "/ws/", "MAX_FRAME": 2048, "STYLES": False}

        assert re.fullmatch(
            '<script src="/static/liveex_django/liveex.js" data-lx-path="/ws/" data-lx-max-frame="2048" '
            'data-lx-texts="[^"]*" defer></script>',
            render("{% liveex_script %}"),
        )

    def test_links_the_stylesheet_unless_the_project_has_its_own(self, settings):
        link = '<link rel="stylesheet" href="/static/liveex_django/liveex.css">'

        settings.LIVEEX = {}
        assert render("{% liveex_script %}").startswith(link + "<script")
        settings.LIVEEX = {"STYLES": False}
        assert "<link" not in render("{% liveex_script %}")

    def test_brings_the_texts_in_the_language_of_the_visitor(self):
        with translation.override("de"):
            script = render("{% liveex_script %}")

        texts = json.loads(html.unescape(re.search('data-lx-texts="([^"]*)"', script)[1]))
        assert texts["refuse"] == "Abbrechen"
        assert texts["waiting"] == "Wartet auf das Senden: {count}."


class TestTranslations:
    GERMAN = Path(liveex_django.__file__).parent / "locale/de/LC_MESSAGES"

    def test_have_every_text(self):
        with translation.override("de"):
            german = client_texts()

        assert [key for key, text in client_texts().items() if key != "accept" and text == german[key]] == []

    def test_are_compiled_as_they_are_written(self):
        entries = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', (self.GERMAN / "django.po").read_text(), re.MULTILINE)
        with open(self.GERMAN / "django.mo", "rb") as file:
            compiled = gettext.GNUTranslations(file)

        assert {text: compiled.gettext(text) for text, _ in entries} == dict(entries)
        assert {text for text, _ in entries} == set(client_texts().values())


class TestScriptPrefix:
    def test_keeps_the_script_prefix(self, settings):
        settings.LIVEEX = {}
        set_script_prefix("/app/")
        try:
            assert 'data-lx-path="/app/live/"' in render("{% liveex_script %}")
        finally:
            set_script_prefix("/")
