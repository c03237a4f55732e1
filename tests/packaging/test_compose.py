"""
The demo as containers, as far as that can be seen without Docker: what ``docker-compose.yml``, the ``Dockerfile`` and the
configuration of the proxy name is there, and fits together.
"""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from hatch_build import build_bundle
from liveex_django.conf import OPTIONS
from tests.demo.server import DemoServer
from tests.demo.window import PATIENCE

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "demo_project" / "settings.py").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
NGINX = (ROOT / "docker" / "nginx.conf").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# Those that run our own image.
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WEBS = ["web-1", "web-2"]

each_of_ours = pytest.mark.parametrize("name", OURS)


def instructions(name: str) -> list[str]:
    """What stands behind each ``COPY``, or another instruction, of the Dockerfile."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)


def copied() -> list[str]:
    """The paths that the Dockerfile takes from the checkout."""
    return [path for line in instructions("COPY") if not line.startswith("--from") for path in line.split()[:-1]]


def web_command() -> list[str]:
    command: list[str] = json.loads(instructions("CMD")[-1])
    return command


def environment(name: str) -> dict[str, str]:
    """Of a service, when whoever starts it has set nothing."""
    given: dict[str, str] = OURS[name]["environment"]
    return {key: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for key, value in given.items()}


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


class TestServices:
    def test_are_redis_two_web_processes_a_proxy_a_worker_and_migrations(self):
        assert sorted(SERVICES) == ["feed", "migrate", "proxy", "redis", *WEBS]
        assert sorted(OURS) == ["feed", "migrate", *WEBS]

    @each_of_ours
    def test_of_ours_set_what_the_settings_read(self, name: str):
        read = set(re.findall(r"os\.environ(?:\.get\(|\[)\"(\w+)\"|\"(\w+)\" in os\.environ", SETTINGS))
        known = {one or other for one, other in read}

        assert set(OURS[name]["environment"]) <= known
        assert set(OURS[name]["environment"]) == {"DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "REDIS_URL", "DATABASE_PATH"}

    def test_of_ours_share_one_environment(self):
        first, *others = (service["environment"] for service in OURS.values())

        assert others == [first] * 3

    @pytest.mark.parametrize("name", SERVICES)
    def test_wait_for_what_can_be_waited_for(self, name: str):
        for other, wanted in SERVICES[name].get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]
            else:
                assert wanted["condition"] == "service_completed_successfully"
                assert "restart" not in SERVICES[other]

    @pytest.mark.parametrize("name", [*WEBS, "feed"])
    def test_that_use_the_database_wait_for_its_migrations_and_for_redis(self, name: str):
        assert SERVICES[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }

    @pytest.mark.parametrize("name", SERVICES)
    def test_mount_volumes_and_files_that_are_there(self, name: str):
        for volume in SERVICES[name].get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (source.startswith("./") and (ROOT / source).is_file())

    @pytest.mark.parametrize("name", ["migrate", "feed"])
    def test_run_commands_that_exist(self, name: str):
        python, manage, *command = OURS[name]["command"]

        # It parses the arguments, and would fail for one that is unknown.
        shown = subprocess.run(
            [sys.executable, manage, *command, "--help"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment(name)},
            capture_output=True,
            check=True,
        )
        assert python == "python"
        assert command[0] in shown.stdout.decode()

    @pytest.mark.parametrize("name", WEBS)
    def test_that_serve_get_the_time_they_need_to_end(self, name: str):
        assert seconds(SERVICES[name]["stop_grace_period"]) > OPTIONS["DRAIN"].default

    @pytest.mark.parametrize("name", WEBS)
    def test_that_serve_are_asked_for_their_health_where_they_listen(self, name: str):
        *python, code = SERVICES[name]["healthcheck"]["test"]
        ast.parse(code)

        assert python == ["CMD", "python", "-c"]
        assert f"http://localhost:{web_port()}/health/" in code
        assert "localhost" in SERVICES[name]["environment"]["ALLOWED_HOSTS"]


def web_port() -> str:
    command = web_command()
    return command[command.index("--port") + 1]


class TestRedis:
    def test_keeps_what_it_is_given(self):
        command = " ".join(SERVICES["redis"]["command"])

        assert "--appendonly yes" in command
        assert "--maxmemory-policy noeviction" in command
        assert SERVICES["redis"]["volumes"] == ["log:/data"]

    def test_is_where_the_others_look_for_it(self):
        assert OURS["feed"]["environment"]["REDIS_URL"] == "redis://redis:6379/0"


class TestTheImage:
    def test_copies_what_is_there(self):
        assert [path for path in copied() if not (ROOT / path).exists()] == []

    def test_gets_what_it_copies_past_the_dockerignore(self):
        lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        patterns = [line for line in lines if line and not line.startswith("#")]

        assert patterns[0] == "*"
        assert {pattern[1:] for pattern in patterns if pattern.startswith("!")} == {
            path.rstrip("/") for path in copied()
        }
        assert {"**/*.sqlite3", "liveex_django/static", "liveex_django/client/node_modules"} <= set(patterns)

    def test_has_the_demos_own_requirements(self):
        pattern = re.search(r'grep -E "([^"]+)" requirements.txt', DOCKERFILE)
        assert pattern is not None

        found = re.findall(pattern[1] + ".*", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)

        assert sorted(found) == ["Pygments", "whitenoise"]

    def test_serves_the_demos_application_on_the_port_it_exposes(self):
        command = web_command()

        assert command[0] == "daphne"
        assert command[command.index("--bind") + 1] == "0.0.0.0"  # noqa: S104 - of a container
        assert f'ASGI_APPLICATION = "{command[-1].replace(":", ".")}"' in SETTINGS
        assert instructions("EXPOSE") == [web_port()]

    def test_keeps_the_database_in_the_volume_that_is_mounted(self):
        folder = OURS["migrate"]["environment"]["DATABASE_PATH"].rpartition("/")[0]

        assert all(service["volumes"] == [f"database:{folder}"] for service in OURS.values())
        assert f"mkdir {folder} && chown demo {folder}" in DOCKERFILE
        assert instructions("USER") == ["demo"]


class TestAWebProcess:
    def test_serves_pages_script_and_styles_with_its_environment(self, tmp_path: Path):
        build_bundle(ROOT)
        chosen = {
            key: value for key, value in environment("web-1").items() if key not in {"REDIS_URL", "DATABASE_PATH"}
        }
        server = DemoServer(tmp_path, **chosen)
        server.start()
        try:
            for path in ("/warehouse/", "/static/demo_project/warehouse.css", "/static/liveex_django/liveex.js"):
                with urlopen(server.url + path, timeout=PATIENCE) as answer:
                    assert answer.status == 200
        finally:
            server.stop()


class TestTheProxy:
    def test_shows_the_demo_on_port_8080(self):
        assert SERVICES["proxy"]["ports"] == ["8080:80"]
        assert re.findall(r"listen (\d+);", NGINX) == ["80"]

    def test_is_in_front_of_both_web_processes(self):
        assert re.findall(r"server ([\w-]+):(\d+) max_fails=1 fail_timeout=5s;", NGINX) == [
            (name, web_port()) for name in WEBS
        ]
        assert set(SERVICES["proxy"]["depends_on"]) == set(WEBS)

    def test_lets_websockets_through_and_the_host_they_were_sent_to(self):
        headers = dict(re.findall(r"proxy_set_header ([\w-]+) (\S+);", NGINX))

        assert headers["Upgrade"] == "$http_upgrade"
        assert headers["Connection"] == "$connection_upgrade"
        assert headers["Host"] == "$http_host"
        assert "proxy_http_version 1.1;" in NGINX

    def test_waits_longer_than_a_page_in_the_background_is_silent(self):
        waits = re.findall(r"proxy_(?:read|send)_timeout (\d+)s;", NGINX)

        assert len(waits) == 2
        assert min(map(int, waits)) > 90

    def test_uses_the_configuration_that_is_here(self):
        [mounted] = SERVICES["proxy"]["volumes"]

        assert mounted == "./docker/nginx.conf:/etc/nginx/conf.d/default.conf:ro"
