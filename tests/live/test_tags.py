"""``{% liveex_script %}``."""

from django.template import engines
from django.urls import set_script_prefix


def render(source):
    return engines["django"].from_string("{% load liveex %}" + source).render({})


class TestScript:
    def test_says_where_the_websocket_is_and_how_much_it_takes(self, settings):
        settings.LIVEEX = {"PATH": "/ws/", "MAX_FRAME": 2048}

        assert render("{% liveex_script %}") == (
            '<script src="/static/liveex_django/liveex.js" data-lx-path="/ws/" data-lx-max-frame="2048" defer></script>'
        )

    def test_keeps_the_script_prefix(self, settings):
        settings.LIVEEX = {}
        set_script_prefix("/app/")
        try:
            assert 'data-lx-path="/app/live/"' in render("{% liveex_script %}")
        finally:
            set_script_prefix("/")
