"""``manage.py liveex_doctor``: what it says of Redis, of the channel layer and of the settings."""

import pytest
from django.core.management import CommandError, call_command

from liveex_django.management import examination
from liveex_django.replication import get_log, redis_observer
from liveex_django.replication.timing import Timing
from tests.replication.redis_server import free_port, running

from .examined import examine, lines, use

# The outbox is in the database.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("project")]


class TestRedis:
    def test_that_is_away_is_told_and_nothing_waits_for_it(self, project):
        use(project, f"redis://127.0.0.1:{free_port()}/0")

        printed, code = examine()

        [told] = lines(printed, "ERROR")
        assert code == 1
        assert "did not answer" in told
        assert "It is on the same Redis, so nothing was sent" in printed

    def test_that_hangs_is_told(self, server, monkeypatch):
        monkeypatch.setattr(redis_observer, "_PATIENCE", 0.2)
        with server.held_up():
            printed, code = examine()

        [told] = lines(printed, "ERROR")
        assert code == 1
        assert "did not answer: Timeout" in told

    def test_of_the_layer_alone_that_is_away_is_told(self, project, server, monkeypatch):
        monkeypatch.setattr(examination, "_TIMING", Timing(check=3600, probe=0.2))
        use(project, f"redis://127.0.0.1:{free_port()}/0")
        project.LIVEEX = {**project.LIVEEX, "LOG": server.url}

        printed, code = examine()

        [told] = lines(printed, "ERROR")
        assert code == 1
        assert told.startswith("A message through the channel layer does not come back to this process: ")

    def test_that_only_copies_another_is_an_error(self, project, server, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path, replicaof=f"127.0.0.1 {server.port}") as copy:
            use(project, copy.url)

            printed, code = examine("--wait", "0.1")

        assert code == 1
        assert any(
            line.startswith(f"It is a read-only replica of 127.0.0.1:{server.port}") for line in lines(printed, "ERROR")
        )

    def test_that_wants_a_password_is_told(self, project, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path, requirepass="secret") as locked:
            use(project, locked.url)

            printed, code = examine()

        [told] = lines(printed, "ERROR")
        assert code == 1
        assert "Put user and password into LIVEEX['LOG']" in told

    def test_that_forgets_is_a_doubt(self, project, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path, maxmemory="100mb", maxmemory_policy="allkeys-lru") as forgetful:
            use(project, forgetful.url)

            printed, code = examine("--wait", "0.1")

        policy, persistence, *_ = lines(printed, "WARNING")
        assert code == 0
        assert policy.startswith("Its maxmemory-policy is allkeys-lru")
        assert persistence.startswith("It keeps nothing on its disk")
        assert "it may use 100.0 MiB" in printed


class TestSettings:
    def test_what_the_system_checks_say_is_part_of_it(self, project):
        project.LIVEEX = {**project.LIVEEX, "MAX_FRAMES": 1}

        printed, code = examine("--wait", "0.1")

        assert code == 1
        assert [line[:22] for line in lines(printed, "ERROR")] == ["(liveex_django.E002) L"]

    def test_a_log_that_cannot_be_is_all_there_is_to_say(self, project):
        project.LIVEEX = {"LOG": "http://nowhere"}

        printed, code = examine()

        assert code == 1
        assert "Nothing else can be looked at: The address of the log's Redis cannot be used" in printed

    def test_a_log_in_memory_leaves_nothing_to_compare(self, project):
        project.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
        get_log.cache_clear()

        printed, code = examine()

        assert code == 0
        assert any("so there is nothing to compare" in line for line in lines(printed, "OK"))
        assert "Redis of the log" not in printed

    def test_a_layer_in_memory_beside_a_log_in_redis_is_explained(self, project, server):
        project.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
        project.LIVEEX = {**project.LIVEEX, "LOG": server.url}
        get_log.cache_clear()

        printed, code = examine()

        [told] = lines(printed, "WARNING")
        assert code == 0
        assert "up to 12 s late; and none of them can hear this command" in told
        assert "Processes" not in printed

    def test_several_hosts_and_the_core_layer_are_advised_against(self, project, server):
        project.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                "CONFIG": {"hosts": [{"address": server.url, "socket_timeout": 30}] * 2},
            }
        }
        project.LIVEEX = {**project.LIVEEX, "LOG": server.url}
        get_log.cache_clear()

        printed, _ = examine("--wait", "0.1")

        layer, hosts, _ = lines(printed, "WARNING")
        assert "drops what a process has not read when 100 messages wait" in layer
        assert hosts.startswith("It has 2 hosts")

    @pytest.mark.parametrize("wait", ["0", "-1", "nan", "soon"])
    def test_a_time_that_cannot_be_waited_is_refused(self, wait):
        with pytest.raises(CommandError, match="is not a number of seconds above zero"):
            call_command("liveex_doctor", f"--wait={wait}")
