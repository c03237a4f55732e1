"""The guide to deployment: its settings, both of its servers, and what it says of hosts and origins."""

import re
import shlex
import sys
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.docs.conftest import AfterStep
from tests.docs.documents import DOCS, Block, Document
from tests.docs.project import PATIENCE, Project, Server

GUIDE = Document(DOCS / "howto" / "deploy.md")
COMMANDS = {block.code.split()[0]: block.code for block in GUIDE.blocks if block.language == "console"}

# What the proxy of the guide sends on for a visitor of https://www.example.com.
FROM_PROXY = {"Host": "www.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
BOARD = "/board/red/"
# As the guide says, at the end of urls.py.
_METRICS = """
from mysite.metrics import metrics

urlpatterns += [path("metrics/", metrics)]
"""


def settings() -> list[Block]:
    python = [block for block in GUIDE.blocks if block.language == "python"]
    return [block for block in python if block.path in {None, "mysite/settings.py"}]


@pytest.fixture(scope="module")
def deployed(after_step: AfterStep, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The board of the tutorial, with all settings of the guide."""
    project = after_step(7).copy(tmp_path_factory.mktemp("deployed"))
    path = project.folder / "mysite" / "settings.py"
    path.write_text("\n".join([path.read_text(), *(block.code for block in settings())]))
    project.follow(block for block in GUIDE.blocks if block.path == "mysite/metrics.py")
    urls = project.folder / "mysite" / "urls.py"
    urls.write_text(f"{urls.read_text()}\n{_METRICS}")
    return project


@pytest.fixture(scope="module", params=sorted(COMMANDS))
def server(request: pytest.FixtureRequest, deployed: Project) -> Iterator[Server]:
    """Started by the guide's command, on a free port."""
    words = shlex.split(COMMANDS[request.param])
    words[words.index("--port") + 1] = "0"
    server = Server(deployed, [sys.executable, "-m", *words])
    yield server
    server.stop()


def open_socket(server: Server, origin: str) -> None:
    """The handshake of a page's websocket as it arrives behind the proxy."""
    headers = {name: value for name, value in FROM_PROXY.items() if name != "Host"}
    # The address says where to connect, the URL which host was asked for.
    with connect(
        "ws://www.example.com/live/",
        sock=server.connection(),
        origin=Origin(origin),
        additional_headers=headers,
        open_timeout=PATIENCE,
        proxy=None,
    ):
        pass


class TestTheSettings:
    def test_are_used_without_complaints_of_ours(self, deployed: Project):
        deployed.run("manage.py", "check", "--tag", "liveex", "--tag", "urls", "--fail-level", "WARNING")

    def test_collect_the_script(self, deployed: Project):
        said = deployed.run("manage.py", "collectstatic", "--noinput", "--dry-run", "--verbosity", "2")

        assert "liveex_django/liveex.js" in said


class TestBothServers:
    def test_serve_a_live_page_that_no_cache_keeps(self, server: Server):
        response = server.request(BOARD, headers=FROM_PROXY)

        assert "lx-token" in response.text
        assert response.headers["Cache-Control"] == "no-store, private"

    def test_take_a_websocket_from_the_pages_own_address(self, server: Server):
        open_socket(server, "https://www.example.com")

    @pytest.mark.parametrize("origin", ["https://elsewhere.example.com", "http://www.example.com"])
    def test_refuse_a_websocket_from_elsewhere_and_say_so(self, server: Server, origin: str):
        with pytest.raises(InvalidStatus):
            open_socket(server, origin)

        assert server.says(f"A websocket from origin '{origin}' was refused")


class TestTheFigures:
    def test_are_those_of_the_hub_that_serves_the_pages(self, server: Server):
        server.request(BOARD, headers=FROM_PROXY)

        response = server.request("/metrics/", headers=FROM_PROXY)

        assert response.headers["Content-Type"] == "text/plain; version=0.0.4"
        figures = dict(re.findall(r'^liveex_(\w+)\{hub="[0-9a-f]{32}"\} (\d+)$', response.text, re.MULTILINE))
        assert len(figures) == len(response.text.splitlines())
        assert figures["degraded"] == "0"

    def test_that_are_worth_an_alarm_are_there(self, server: Server):
        server.request(BOARD, headers=FROM_PROXY)
        told = set(re.findall(r"liveex_(\w+)", server.request("/metrics/", headers=FROM_PROXY).text))

        rows = re.findall(r"^\| (`.*?) \|", GUIDE.text.partition("## Watch it")[2], re.MULTILINE)

        assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} <= told


class TestTheProxy:
    def test_waits_longer_than_a_page_in_the_background_is_silent(self):
        nginx = next(block.code for block in GUIDE.blocks if block.language == "nginx")

        seconds = [int(found) for found in re.findall(r"proxy_(?:read|send)_timeout (\d+)s;", nginx)]

        assert len(seconds) == 2
        assert min(seconds) > 90
