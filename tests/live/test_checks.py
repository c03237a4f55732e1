"""One test for each system check."""

import subprocess
import sys
from pathlib import Path

import pytest

from liveex_django import checks
from liveex_django.live import LiveView
from liveex_django.replication import layer_timeouts
from liveex_django.store import Store

from . import stores, views

ROOT = Path(__file__).parents[2]


def ids(messages):
    return [message.id for message in messages]


def core_layer(*hosts):
    return {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": list(hosts)}}


class TestOptions:
    def test_the_defaults_are_fine(self, settings):
        settings.LIVEEX = {}

        assert checks.check_options(None) == []

    def test_e001_not_a_dict(self, settings):
        settings.LIVEEX = ["LOG"]

        assert ids(checks.check_options(None)) == ["liveex_django.E001"]

    def test_e002_an_unknown_option_names_the_nearest(self, settings):
        settings.LIVEEX = {"MAX_FRAMES": 1}

        [message] = checks.check_options(None)

        assert message.id == "liveex_django.E002"
        assert "'MAX_FRAME'" in message.hint

    @pytest.mark.parametrize(
        ("name", "value"),
        [("MAX_FRAME", "big"), ("MAX_FRAME", True), ("MAX_FRAME", 10), ("PATH", "live"), ("ORIGINS", "x"), ("PATH", 3)],
    )
    def test_e003_a_value_that_cannot_be(self, settings, name, value):
        settings.LIVEEX = {name: value}

        assert ids(checks.check_options(None)) == ["liveex_django.E003"]


class TestChannelLayer:
    def test_e010_no_default(self, settings):
        settings.CHANNEL_LAYERS = {}

        assert ids(checks.check_channel_layer(None)) == ["liveex_django.E010"]

    @pytest.mark.parametrize(
        "options",
        [
            {"LOG": "http://localhost"},
            {"LOG": "redis://localhost", "LOG_PREFIX": "a{b}"},
            {"LOG": "redis://localhost", "LOG_IDLE": {"room": 5}},
            {"LOG": "redis://localhost", "LOG_IDLE": {"page": 0}},
        ],
    )
    def test_e004_a_log_that_cannot_be(self, settings, options):
        settings.LIVEEX = options

        [message] = checks.check_channel_layer(None)

        assert message.id == "liveex_django.E004"

    def test_e004_a_log_on_one_of_several_hosts(self, settings):
        hosts = [{"address": address, "socket_timeout": 30} for address in ("redis://one", "redis://two")]
        settings.CHANNEL_LAYERS = {"default": core_layer(*hosts)}

        [message] = checks.check_channel_layer(None)

        assert message.id == "liveex_django.E004"
        assert "LIVEEX" in message.msg

    @pytest.mark.parametrize(
        ("backend", "options"),
        [
            ("channels_redis.pubsub.RedisPubSubChannelLayer", {"LOG": "memory://"}),
            ("channels_rabbitmq.core.RabbitmqChannelLayer", {}),
        ],
    )
    def test_w011_more_processes_than_the_log_reaches(self, settings, backend, options):
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend}}
        settings.LIVEEX = options

        assert ids(checks.check_channel_layer(None)) == ["liveex_django.W011"]

    @pytest.mark.parametrize(
        ("installed", "host"),
        [
            ("8.0.0", "redis://box"),
            ("8.1.0", ("box", 6379)),
            ("10.0", {"address": "redis://box", "socket_timeout": 5}),
            ("8.1.0", {"host": "box", "port": 6379, "socket_timeout": 2.5}),
            ("7.1.0", "redis://box?socket_timeout=3"),
        ],
    )
    def test_w012_a_core_layer_whose_connections_do_not_wait(self, settings, monkeypatch, installed, host):
        settings.CHANNEL_LAYERS = {"default": core_layer(host)}
        monkeypatch.setattr(layer_timeouts, "version", lambda package: installed)

        [message] = checks.check_channel_layer(None)

        assert message.id == "liveex_django.W012"
        assert '"socket_timeout": 30' in message.hint
        assert "channels_redis.pubsub" in message.hint

    @pytest.mark.parametrize(
        ("installed", "host"),
        [
            ("7.1.0", "redis://box"),
            ("8.1.0", {"address": "redis://box", "socket_timeout": 30}),
            ("8.1.0", {"address": "redis://box", "socket_timeout": None}),
            ("8.1.0", "redis://box?socket_timeout=30"),
        ],
    )
    def test_a_core_layer_whose_connections_wait_is_fine(self, settings, monkeypatch, installed, host):
        settings.CHANNEL_LAYERS = {"default": core_layer(host)}
        monkeypatch.setattr(layer_timeouts, "version", lambda package: installed)

        assert checks.check_channel_layer(None) == []

    def test_w012_a_core_layer_without_hosts(self, settings, monkeypatch):
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}
        monkeypatch.setattr(layer_timeouts, "version", lambda package: "8.0.0")

        assert ids(checks.check_channel_layer(None)) == ["liveex_django.W012"]

    def test_a_layer_on_redis_is_fine(self, settings):
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"}}

        assert checks.check_channel_layer(None) == []

    def test_the_in_memory_layer_is_fine(self):
        assert checks.check_channel_layer(None) == []


class TestAsgi:
    def test_e020_no_application(self, settings):
        settings.ASGI_APPLICATION = None

        assert "liveex_django.E020" in ids(checks.check_asgi(None))

    def test_w021_no_daphne_in_development(self, settings):
        settings.DEBUG = True
        settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "daphne"]

        assert ids(checks.check_asgi(None)) == ["liveex_django.W021"]

    def test_e022_daphne_behind_staticfiles(self, settings):
        settings.INSTALLED_APPS = [*(app for app in settings.INSTALLED_APPS if app != "daphne"), "daphne"]

        assert ids(checks.check_asgi(None)) == ["liveex_django.E022"]

    def test_e023_the_application_of_django_itself(self, settings):
        settings.ASGI_APPLICATION = "tests.live.asgi.without_websockets"

        assert ids(checks.check_asgi(None)) == ["liveex_django.E023"]

    def test_an_application_that_cannot_be_imported_is_left_to_the_server(self, settings):
        settings.ASGI_APPLICATION = "tests.nowhere.application"

        assert checks.check_asgi(None) == []

    def test_a_command_that_is_checked_does_not_count_as_serving(self):
        # In a process of its own, since this one may serve pages already.
        code = (
            "import django; django.setup()\n"
            "from liveex_django import checks\n"
            "from liveex_django.replication.process import is_serving\n"
            "print(checks.check_asgi(None), is_serving())"
        )

        ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603

        assert ran.stdout == "[] False\n"


class TestStores:
    def test_e030_two_of_one_name(self):
        twins = [Store("tests.twin", scope="global", state={}) for _ in range(2)]

        messages = checks.check_stores(None)

        assert len(twins) == 2
        assert "tests.twin" in " ".join(message.msg for message in messages if message.id == "liveex_django.E030")


class TestViews:
    def test_the_views_of_these_tests_are_fine(self):
        assert checks.check_view(views.Board) == []
        assert checks.check_view(views.TwoStores) == []

    def test_views_are_found_in_the_urlconf(self):
        assert "liveex_django.E102" not in ids(checks.check_views(None))

    def test_e101_no_template(self):
        class Bare(LiveView):
            pass

        assert ids(checks.check_view(Bare)) == ["liveex_django.E101"]

    def test_e102_a_template_without_a_live_part_gets_the_fix(self):
        [message] = checks.check_view(views.Dead)

        assert message.id == "liveex_django.E102"
        assert "{% block content %}{% live %}" in message.msg

    def test_e102_a_template_that_does_not_exist(self):
        class Lost(LiveView):
            template_name = "nowhere.html"

        assert ids(checks.check_view(Lost)) == ["liveex_django.E102"]

    def test_e103_a_store_that_does_not_exist(self):
        class Lost(LiveView):
            store = "tests.live.nowhere"
            template_name = "live_tests/count.html"

        assert ids(checks.check_view(Lost)) == ["liveex_django.E103"]

    def test_e105_a_store_by_key_without_a_key(self):
        assert ids(checks.check_view(views.Keyless)) == ["liveex_django.E105"]
        assert checks.check_view(views.Room) == []

    def test_e104_a_name_that_two_things_claim(self):
        class Shadowing(LiveView):
            store = stores.board
            stores = {"double": stores.page}
            template_name = "live_tests/count.html"

        [message] = checks.check_view(Shadowing)

        assert message.id == "liveex_django.E104"
        assert "'double'" in message.msg

    def test_e104_a_state_that_takes_a_name_of_djangos(self):
        class Shadowing(LiveView):
            store = Store("tests.shadow", scope="global", state={"user": 1})
            template_name = "live_tests/count.html"

        assert ids(checks.check_view(Shadowing)) == ["liveex_django.E104"]
