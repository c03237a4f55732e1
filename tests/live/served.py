"""Servers of restarted.py in processes of their own, a balancer in front of them, and tabs that come back by themselves."""

import asyncio
import json
import random
import re
import sys
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from liveex_django.live import messages
from tests.docs.project import Project, Server
from tests.replication.proxy import Proxy

from .browser import WRAPPER

ROOT = Path(__file__).parents[2]
# By these a server says that it ends; a page comes back after a random delay of up to so many seconds.
OF_A_SERVER_THAT_ENDS = {messages.CLOSE_RESTART, 1012, 1001}
SPREAD = int(re.search(r"RESTART_SPREAD = ([\d_]+)", (ROOT / "liveex_django/client/socket.js").read_text())[1]) / 1000


def start_server(kind, redis, gate, drain):
    """A daphne or a uvicorn; returns when it listens."""
    project = Project(ROOT)
    project.environment |= {
        "DJANGO_SETTINGS_MODULE": "tests.live.restarted_settings",
        "TEST_REDIS": redis.url,
        "TEST_GATE": str(gate.port),
        "TEST_DRAIN": str(drain),
    }
    return Server(project, [sys.executable, "-m", kind, "--port", "0", "tests.live.asgi:application"])


class Gate:
    """Where the actions of restarted.py wait; each says the line that it is about to write."""

    def __init__(self):
        self._begun = defaultdict(asyncio.Event)
        self._open = asyncio.Event()

    @asynccontextmanager
    async def built(self):
        async with await asyncio.start_server(self._hold, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self
            self._open.set()

    async def begun(self, line):
        """Wait until the action that writes this line is here."""
        await asyncio.wait_for(self._begun[line].wait(), 30)

    def open(self):
        """Let everybody go on."""
        self._open.set()

    def close(self):
        """Those who come from now on wait again."""
        self._open = asyncio.Event()

    async def _hold(self, reader, writer):
        is_open = self._open
        self._begun[(await reader.read(1000)).decode()].set()
        await is_open.wait()
        writer.close()


class Balancer(Proxy):
    """Leads each connection to the first of its targets that listens."""

    def __init__(self, *targets):
        super().__init__(0)
        self.targets = targets

    async def _connect(self):
        for target in self.targets:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", target)
        raise ConnectionRefusedError("No target listens.")


class Tab:
    """
    A page that does as client/page.js and client/socket.js do: it keeps its events until they are answered, comes back
    when it loses its connection, after a while when its server has ended, and sends again what has no answer.

    Attributes:
        fired: The lines that its events are to write.
        outcomes: By line, of those that are answered.
        codes: What each connection that has ended was closed with.
        returns: When it wanted to be back after each, by the clock of the loop.
        joined: Of the first connection under 1, and so on.
        left: The same, of its end.
        answered: By line.
    """

    def __init__(self, number, address):
        self.number = number
        self.address = address
        self.fired = []
        self.outcomes = {}
        self.codes = []
        self.returns = []
        self.joined = defaultdict(asyncio.Event)
        self.left = defaultdict(asyncio.Event)
        self.answered = defaultdict(asyncio.Event)
        self._is_joined = False
        self._random = random.Random(number)
        self._unanswered = {}
        self._seq = 0
        self._socket = None

    @property
    def path(self):
        """Ten tabs have a desk in common."""
        return f"/desk/{self.number // 10}/"

    def show(self, html):
        """Take the page as it was fetched."""
        [(view, _, token, _)] = WRAPPER.findall(html)
        views = [{"view": view, "token": token}]
        self._join = {"type": "join", "client": f"{self.number:016}", "views": views}

    async def live(self):
        """Until cancelled."""
        while True:
            await self._connect()
            delay = self._random.uniform(0, SPREAD) if self.codes[-1] in OF_A_SERVER_THAT_ENDS else 0
            self.returns.append(asyncio.get_running_loop().time() + delay)
            self.left[len(self.codes)].set()
            await asyncio.sleep(delay)

    async def fire(self, event, line):
        """Send an event, now or when there is a connection."""
        self._seq += 1
        self.fired.append(line)
        payload = [["line", line]]
        self._unanswered[self._seq] = {
            "type": "event",
            "seq": self._seq,
            "view": self._join["views"][0]["view"],
            "event": event,
            "payload": payload,
        }
        if self._is_joined:
            await self._send(self._unanswered[self._seq])

    async def _connect(self):
        url, origin = f"ws://{self.address}/live/", f"http://{self.address}"
        async with connect(url, origin=origin, proxy=None, compression=None, open_timeout=30) as self._socket:
            with suppress(ConnectionClosed):
                await self._send(self._join)
                async for text in self._socket:
                    await self._receive(json.loads(text))
        self._is_joined = False
        self.codes.append(self._socket.close_code)

    async def _receive(self, frame):
        if "joined" in frame:
            self._frames = 0
        if "error" not in frame:
            self._frames += 1
            await self._send({"type": "ack", "frames": self._frames})
        if "joined" in frame:
            for message in tuple(self._unanswered.values()):
                await self._send(message)
            self._is_joined = True
            self.joined[len(self.codes) + 1].set()
        if "reply" in frame:
            seq, outcome, *_ = frame["reply"]
            [[_, line]] = self._unanswered.pop(seq)["payload"]
            self.outcomes[line] = outcome
            self.answered[line].set()

    async def _send(self, message):
        await self._socket.send(json.dumps(message))
