"""The demo's settings, each case in a process of its own, because settings are read once."""

import os
import subprocess
import sys

from tests.demo.markdown import ROOT


def run_django(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``manage.py`` of the demo, with nothing of ours in the environment but what is given."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}}
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "manage.py", *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def setting(expression: str, **environment: str) -> str:
    """What ``print`` says about an expression of the demo's ``settings``."""
    code = f"import demo_project.settings as settings; print({expression})"
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


class TestChecks:
    def test_pass_as_it_is(self):
        checked = run_django("check")

        assert checked.returncode == 0, checked.stderr

    def test_pass_with_redis(self):
        checked = run_django("check", REDIS_URL="redis://localhost:6379/0")

        assert checked.returncode == 0, checked.stderr

    def test_leave_no_migration_behind(self):
        checked = run_django("makemigrations", "--check", "--dry-run")

        assert checked.returncode == 0, checked.stdout + checked.stderr


class TestChannelLayer:
    def test_is_in_memory_unless_told_otherwise(self):
        assert setting("settings.CHANNEL_LAYERS['default']['BACKEND']") == "channels.layers.InMemoryChannelLayer"

    def test_is_redis_when_there_is_a_url(self):
        shown = setting("settings.CHANNEL_LAYERS['default']", REDIS_URL="redis://example:6379/1")

        assert "channels_redis.pubsub.RedisPubSubChannelLayer" in shown
        assert "redis://example:6379/1" in shown


class TestAllowedHosts:
    def test_are_those_of_this_machine_unless_told_otherwise(self):
        assert setting("settings.ALLOWED_HOSTS") == "['localhost', '127.0.0.1', '[::1]']"

    def test_come_from_the_environment(self):
        assert (
            setting("settings.ALLOWED_HOSTS", ALLOWED_HOSTS="localhost,demo.example") == "['localhost', 'demo.example']"
        )


class TestWarehouseFeed:
    def test_runs_in_the_one_process_unless_told_otherwise(self):
        assert setting("settings.WAREHOUSE_FEED") == "True"
        assert setting("settings.WAREHOUSE_FEED", WAREHOUSE_FEED="0") == "False"

    def test_is_a_process_of_its_own_with_redis(self):
        assert setting("settings.WAREHOUSE_FEED", REDIS_URL="redis://example:6379/1") == "False"


class TestSecretKey:
    def test_comes_from_the_environment(self):
        assert setting("settings.SECRET_KEY", SECRET_KEY="from outside") == "from outside"

    def test_must_be_given_without_debug(self):
        checked = run_django("check", DEBUG="0")

        assert checked.returncode == 1
        assert "the demo needs a SECRET_KEY in the environment" in checked.stderr
