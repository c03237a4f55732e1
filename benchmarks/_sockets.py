"""
Websockets for a thousand clients that must cost next to nothing: a socket, and the frames of RFC 6455 by hand.

A server's frames come whole: none of the servers here splits a message.
"""

import base64
import os
import select
import socket

# The first bytes of a frame: its last part, and what it is.
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
# Read at once (bytes).
_MOST = 1 << 18
# A server that says nothing for so long has failed (s).
PATIENCE = 60.0


class Closed(Exception):
    """The server has closed the connection; the text says what it said."""


class Socket:
    """A websocket that is open; ``cookie`` is the value of its header."""

    def __init__(self, address: str, path: str, cookie: str = "") -> None:
        host, _, port = address.partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._shake_hands(address, path, cookie)
        self._socket.setblocking(False)

    def _shake_hands(self, address: str, path: str, cookie: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {address}",
            f"Origin: http://{address}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            f"Cookie: {cookie}",
            "",
            "",
        ]
        self._socket.sendall("\r\n".join(lines).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            read = self._socket.recv(_MOST)
            if not read:
                raise Closed(f"The server hung up on the handshake of {path}: {head[:200]!r}")
            head += read
        head, _, self._rest = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise Closed(f"The server refused the handshake of {path}: {head[:200]!r}")

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, text: bytes, kind: int = _TEXT) -> None:
        """A message; it is short, so that it fits into what the system buffers."""
        length = len(text)
        head = bytes([kind, 0x80 | length]) if length < 126 else bytes([kind, 0xFE]) + length.to_bytes(2)
        # A mask of zeros changes nothing.
        self._socket.send(head + b"\0\0\0\0" + text)

    def receive(self) -> list[bytes]:
        """
        The messages that have come, without waiting.

        Raises:
            Closed: By the server.
        """
        try:
            data = self._socket.recv(_MOST)
        except BlockingIOError:
            data = None
        if data == b"":
            raise Closed("The server hung up.")
        if data:
            # Nearly always: one short message, and nothing else.
            if not self._rest and data[0] == _TEXT and data[1] < 126 and len(data) == 2 + data[1]:
                return [data[2:]]
            self._rest += data
        return self._whole_messages()

    def _whole_messages(self) -> list[bytes]:
        found = []
        data, begin = self._rest, 0
        while len(data) >= begin + 2:
            kind, length, start = data[begin], data[begin + 1], begin + 2
            if length >= 126:
                size = 2 if length == 126 else 8
                length = int.from_bytes(data[start : start + size])
                if len(data) < start + size:
                    break
                start += size
            end = start + length
            if len(data) < end:
                break
            begin = end
            if kind == _TEXT:
                found.append(data[start:end])
            elif kind == _PING:
                self.send(data[start:end], _PONG)
            elif kind == _CLOSE:
                said = data[start:end]
                raise Closed(f"The server closed with {int.from_bytes(said[:2])} {said[2:]!r}.")
        self._rest = data[begin:]
        return found

    def next(self) -> bytes:
        """
        Wait for the next message; there is no other one behind it.

        Raises:
            Closed: By the server, or it says nothing.
        """
        # Not select.select(), which knows no more than 1024 files.
        ready = select.poll()
        ready.register(self, select.POLLIN)
        while not (messages := self.receive()):
            if not ready.poll(PATIENCE * 1000):
                raise Closed("The server says nothing.")
        (message,) = messages
        return message
