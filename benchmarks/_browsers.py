"""
Who looks at the pages: clients that do what the script in a browser does, by docs/protocol.md. They load the page over HTTP
with the cookie of a visitor, join, acknowledge what they get, and are heard of when nothing else is to be said.
"""

import json
import re
import select
from collections import deque
from collections.abc import Callable
from http.client import HTTPConnection
from secrets import token_hex
from time import perf_counter

from ._sockets import PATIENCE, Socket

# Half of what may be in flight: frames, bytes.
_ACK_FRAMES, _ACK_BYTES = 16, 128 * 1024
# After the first frame that is not acknowledged (s).
_ACK_WITHIN = 1.0
# After the last message (s).
_HEARTBEAT = 30.0


class Crowd:
    """
    Everybody who looks, in one thread.

    Attributes:
        received: Patches, or messages of a bare server, that all of them together have had.
        newest: One of those.
    """

    def __init__(self) -> None:
        self.received = 0
        self.newest = b""
        self._epoll = select.epoll()
        self._clients: dict[int, Client] = {}
        self._unacknowledged: deque[tuple[float, Browser]] = deque()
        self._next_look = 0.0

    def add(self, client: "Client") -> None:
        self._clients[client.socket.fileno()] = client
        self._epoll.register(client.socket.fileno(), select.EPOLLIN)

    def close(self) -> None:
        for client in self._clients.values():
            client.socket.close()
        self._epoll.close()

    def work(self, timeout: float = 0.0) -> None:
        """Take what has come, waiting ``timeout`` seconds for it to begin, and say what is to be said by now."""
        clients = self._clients
        for number, _ in self._epoll.poll(timeout, 256):
            clients[number].take(self)
        now = perf_counter()
        due = self._unacknowledged
        while due and due[0][0] <= now:
            when, browser = due.popleft()
            # Otherwise it has acknowledged in the meantime.
            if browser.due == when:
                browser.acknowledge()
        if now >= self._next_look:
            self._next_look = now + 1.0
            for client in clients.values():
                client.keep_alive(now)

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        end = perf_counter() + seconds
        while (left := end - perf_counter()) > 0:
            self.work(left)

    def wait_for(self, received: int) -> None:
        """Work until so many have been received in all."""
        self.work_until(lambda: self.received >= received)

    def work_until(self, is_done: Callable[[], bool]) -> None:
        """
        Raises:
            TimeoutError: It is not done for long.
        """
        end = perf_counter() + PATIENCE
        while not is_done():
            self.work(1.0)
            if perf_counter() > end:
                raise TimeoutError("A server does not answer, or not all of its clients have had what they wait for.")

    def plan_acknowledgement(self, browser: "Browser") -> None:
        browser.due = perf_counter() + _ACK_WITHIN
        self._unacknowledged.append((browser.due, browser))


class Client:
    """Of a bare server: whatever comes counts."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    def say(self, text: bytes) -> None:
        self.socket.send(text)

    def take(self, crowd: Crowd) -> None:
        crowd.received += len(self.socket.receive())

    def keep_alive(self, now: float) -> None:
        """The server's pings are answered by the socket, and nothing else is asked for."""


class Browser(Client):
    """A page that has joined."""

    def __init__(self, address: str, path: str, cookie: str, http: HTTPConnection) -> None:
        html = load(http, path, cookie).decode()
        token, digest = (re.search(f'lx-{name}="([^"]+)"', html)[1] for name in ("token", "digest"))  # type: ignore[index]
        super().__init__(Socket(address, "/live/", cookie))
        # Frames that were received; which of them are acknowledged, and the bytes of those that are not.
        self._frames = self._acknowledged = self._bytes = 0
        # When it acknowledges what it has, at the latest.
        self.due = 0.0
        self._last_message = perf_counter()
        view = {"view": "0", "token": token, "digests": {"0": {"0": digest}}}
        self.say(json.dumps({"type": "join", "client": token_hex(16), "views": [view]}).encode())
        answer = json.loads(self.socket.next())
        if answer.get("joined", {}).get("views") != {"0": {}}:
            raise RuntimeError(f"A page that has just been rendered was not joined as it is: {str(answer)[:300]}")
        self._frames = 1
        self.acknowledge()

    def take(self, crowd: Crowd) -> None:
        for text in self.socket.receive():
            if text == b'{"pong":1}':
                continue
            if b'"patch"' in text:
                crowd.received += 1
                crowd.newest = text
            if self._frames == self._acknowledged:
                crowd.plan_acknowledgement(self)
            self._frames += 1
            self._bytes += len(text)
            if self._frames - self._acknowledged >= _ACK_FRAMES or self._bytes >= _ACK_BYTES:
                self.acknowledge()

    def acknowledge(self) -> None:
        if self._frames > self._acknowledged:
            self._acknowledged, self._bytes, self.due = self._frames, 0, 0.0
            self.say(b'{"type":"ack","frames":%d}' % self._frames)

    def keep_alive(self, now: float) -> None:
        if now - self._last_message >= _HEARTBEAT:
            self.say(b'{"type":"ping"}')

    def say(self, text: bytes) -> None:
        self._last_message = perf_counter()
        self.socket.send(text)


def load(http: HTTPConnection, path: str, cookie: str) -> bytes:
    """The body of a page, over a connection that stays open."""
    http.request("GET", path, headers={"Cookie": cookie})
    response = http.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"GET {path} was answered with {response.status}: {body[:300]!r}")
    return body
