"""Which log the settings choose."""

import sys

import pytest

from liveex_django.exceptions import LogMisconfigured
from liveex_django.replication import MemoryMutationLog
from liveex_django.replication.chosen_log import choose_log
from liveex_django.replication.layer_hosts import LayerHost, host_of


def layer(*hosts, backend="channels_redis.pubsub.RedisPubSubChannelLayer"):
    return {"BACKEND": backend, "CONFIG": {"hosts": list(hosts)}}


class TestChooseLog:
    def test_the_in_memory_layer_gives_a_log_in_memory(self):
        assert isinstance(choose_log(), MemoryMutationLog)

    def test_a_layer_on_redis_gives_a_log_on_the_same(self, settings):
        settings.CHANNEL_LAYERS = {"default": layer("redis://:secret@box:1234/3")}

        assert repr(choose_log()) == "<RedisMutationLog redis://box:1234/3 'liveex'>"

    def test_the_setting_goes_first(self, settings):
        settings.CHANNEL_LAYERS = {"default": layer("redis://one", "redis://two")}
        settings.LIVEEX = {"LOG": "redis://three/1", "LOG_PREFIX": "shop"}

        assert repr(choose_log()) == "<RedisMutationLog redis://three:6379/1 'shop'>"

    def test_outcomes_of_events_are_known_as_long_as_a_page_may_be_away(self, settings):
        settings.LIVEEX = {"LOG": "redis://one", "TOKEN_AGE": 1800}

        assert choose_log().claims.keep == 1800

    def test_a_log_in_memory_can_be_asked_for(self, settings):
        settings.CHANNEL_LAYERS = {"default": layer("redis://one")}
        settings.LIVEEX = {"LOG": "memory://"}

        assert isinstance(choose_log(), MemoryMutationLog)

    def test_without_the_package_it_says_what_to_install(self, settings, monkeypatch):
        for name in [name for name in sys.modules if name.startswith(("redis", "liveex_django.replication.redis_"))]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "redis", None)
        settings.LIVEEX = {"LOG": "redis://localhost"}

        with pytest.raises(LogMisconfigured, match=r"pip install 'liveex-django\[redis\]'"):
            choose_log()


class TestHostOf:
    @pytest.mark.parametrize(
        ("written", "understood"),
        [
            ("rediss://host:1/2", LayerHost("rediss://host:1/2")),
            (("host", 1234), LayerHost("redis://host:1234")),
            (("::1", 1234), LayerHost("redis://[::1]:1234")),
            ({"host": "host"}, LayerHost("redis://host:6379")),
            (
                {"host": "host", "port": 1, "db": 2, "password": "x"},
                LayerHost("redis://host:1", {"db": 2, "password": "x"}),
            ),
            ({"path": "/run/a b.sock"}, LayerHost("unix:///run/a%20b.sock")),
            (
                {"address": "rediss://host", "ssl_cert_reqs": None, "socket_timeout": None, "retry_on_timeout": True},
                LayerHost("rediss://host", {"ssl_cert_reqs": None}),
            ),
            (
                {
                    "sentinels": [("a", 1), ("b", 2)],
                    "master_name": "main",
                    "sentinel_kwargs": {"password": "x"},
                    "db": 3,
                },
                LayerHost("redis+sentinel://a:1,b:2/main", {"db": 3, "sentinel_password": "x"}),
            ),
        ],
    )
    def test_every_way_to_write_a_host_is_understood(self, written, understood):
        assert host_of(layer(written)) == understood

    def test_no_host_is_the_one_that_channels_takes(self):
        assert host_of({"BACKEND": "channels_redis.core.RedisChannelLayer"}) == LayerHost("redis://localhost:6379")

    def test_other_layers_have_no_redis_that_we_know_of(self):
        assert host_of(layer("amqp://host", backend="channels_rabbitmq.core.RabbitmqChannelLayer")) is None

    @pytest.mark.parametrize("written", [5, {"hostname": "x"}, ("host",)])
    def test_a_host_that_nobody_can_read_is_to_be_named_again(self, written):
        with pytest.raises(LogMisconfigured, match="LIVEEX"):
            host_of(layer(written))
