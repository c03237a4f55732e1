"""A browser without a screen: fetches a page, joins it over the real consumer, sends events, reads frames."""

import json
import re

from channels.testing import WebsocketCommunicator
from django.test import AsyncClient

from liveex_django.replication import current_hub

from .asgi import application

WRAPPER = re.compile(
    r'<\w+(?: id="[^"]*")? lx-view="([^"]+)" lx-region="([^"]+)"(?: lx-token="([^"]*)")? lx-digest="([^"]+)"'
)
CLIENT = "0123456789abcdef"


class Browser:
    """
    One tab. ``frames`` are all it has received since the join, oldest first; it acknowledges them unless
    ``acknowledges`` is False.
    """

    acknowledges = True

    def __init__(self, client=None):
        self.http = client or AsyncClient()
        self.seq = 0
        self.frames = []

    async def get(self, path, **extra):
        response = await self.http.get(path, **extra)
        self.html = response.content.decode()
        self.tokens, self.digests = {}, {}
        for view, region, token, digest in WRAPPER.findall(self.html):
            self.digests.setdefault(view, {})[region] = digest
            if token:
                self.tokens[view] = token
        return response

    async def connect(self, origin="http://testserver", host="testserver", cookies=True):
        headers = [(b"host", host.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if cookies and self.http.cookies:
            pairs = "; ".join(f"{name}={morsel.value}" for name, morsel in self.http.cookies.items())
            headers.append((b"cookie", pairs.encode()))
        self.received = self.unacknowledged = 0
        self.socket = WebsocketCommunicator(application, "/live/", headers=headers)
        accepted, _ = await self.socket.connect(timeout=5)
        return accepted

    def join_message(self, **changes):
        views = [
            {
                "view": view,
                "token": token,
                "digests": {k: v for k, v in self.digests.items() if k.split("-")[0] == view},
            }
            for view, token in self.tokens.items()
        ]
        return {"type": "join", "client": CLIENT, "views": views, **changes}

    async def join(self, **changes):
        assert await self.connect()
        await self.send(self.join_message(**changes))
        return await self.receive()

    async def open(self, path):
        """Fetch and join; returns the answer to the join."""
        response = await self.get(path)
        assert response.status_code == 200, response.status_code
        return await self.join()

    async def send(self, message):
        await self.socket.send_to(text_data=message if isinstance(message, str) else json.dumps(message))

    async def receive(self):
        output = await self.socket.receive_output(timeout=5)
        if output["type"] == "websocket.close":
            return output.get("code")
        frame = json.loads(output["text"])
        self.frames.append(frame)
        if "pong" not in frame:
            await self._acknowledge()
        return frame

    async def _acknowledge(self):
        """As the script does: no test takes as long as the second after which it acknowledges fewer frames."""
        self.received += 1
        self.unacknowledged += 1
        if self.acknowledges and self.unacknowledged == 16:
            self.unacknowledged = 0
            await self.send({"type": "ack", "frames": self.received})

    async def fire(self, event, view="0", **values):
        """Send an event without waiting."""
        self.seq += 1
        payload = [[name, str(value)] for name, value in values.items()]
        await self.send({"type": "event", "seq": self.seq, "view": view, "event": event, "payload": payload})

    async def event(self, event, view="0", **values):
        """Send an event; returns the frame that answers it, with what came before merged into it."""
        await self.fire(event, view, **values)
        before, patch = {}, {}
        while True:
            frame = await self.receive()
            assert isinstance(frame, dict), f"closed with {frame}"
            patch.update(frame.get("patch", {}))
            if frame.get("reply", [None])[0] == self.seq:
                return {**before, **frame, **({"patch": patch} if patch else {})}
            before.update(frame)

    async def patch(self):
        """The next frame, which must be a patch and nothing else."""
        frame = await self.receive()
        assert frame.keys() <= {"patch", "parts"}, frame
        return frame["patch"]

    async def is_quiet(self):
        """Whether nothing more has arrived once the server has answered a ping."""
        await self.send({"type": "ping"})
        return await self.receive() == {"pong": 1}

    async def close(self):
        await self.socket.disconnect()


def heard():
    """The instances that an open page hears of."""
    return [followed for followed in current_hub().all_followed() if followed._subscribers]
