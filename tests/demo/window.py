"""One browser window on the demo, and what passes through its websocket."""

import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, WebSocket, WebSocketRoute

# Seconds; a busy machine may take long, and a test that waits this long has failed.
PATIENCE = 15


class Window:
    """A page of the demo in a tab; remembers its frames, and every error of its console."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.received: list[str] = []
        self.sent: list[str] = []
        self.errors: list[str] = []
        self.sockets: list[WebSocket] = []
        self._wires: list[WebSocketRoute] = []
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("websocket", self._follow)
        self.page.route_web_socket("**/live/", self._hold)
        self.page.goto(url)

    def _follow(self, websocket: WebSocket) -> None:
        self.sockets.append(websocket)
        websocket.on("framereceived", lambda payload: self.received.append(str(payload)))
        websocket.on("framesent", lambda payload: self.sent.append(str(payload)))

    def _hold(self, wire: WebSocketRoute) -> None:
        wire.connect_to_server()
        self._wires.append(wire)

    def cut_connection(self) -> None:
        """Ends the page's websocket, as a network that goes away does."""
        self._wires[-1].close(code=4000)

    def joined(self, patience: float = PATIENCE) -> "Window":
        """Waits until the server has answered the join, for so many seconds at most."""
        self.wait_until(lambda: any('"joined"' in frame for frame in self.received), "the page has joined", patience)
        return self

    def wait_until(self, condition: Callable[[], bool], description: str, patience: float = PATIENCE) -> None:
        """Lets the browser's events in until the condition holds."""
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, f"Waited {patience} s in vain until {description}."
            self.page.wait_for_timeout(10)
