"""A page in the browser whose server is the test: it reads what the page sends, and answers what it likes."""

import html
import json
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, ConsoleMessage, Locator, Route

from liveex_django.live.texts import client_texts

URL = "http://liveex.test/page/"
# Where the modules of the script are, for tests of one alone.
MODULES = "http://liveex.test/modules/"
_SOURCES = Path(__file__).parents[2] / "liveex_django" / "client"

# Stands in for the browser's own class; the test opens, answers and closes.
_FAKE_SOCKET = """
window.sockets = [];
window.WebSocket = class {
  constructor(url) { this.url = url; this.sent = []; this.state = "connecting"; window.sockets.push(this); }
  open() { this.state = "open"; this.onopen?.(); }
  send(text) { if (this.state !== "open") throw new Error("not open"); this.sent.push(JSON.parse(text)); }
  receive(text) { this.onmessage?.({ data: text }); }
  close() { this.state = "closed"; }
  lose(code) { this.state = "closed"; this.onclose?.({ code }); }
};
"""

_WATCH = """
() => {
  const observer = new MutationObserver((records) => noted.push(...records));
  const noted = [];
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  window.changes = () =>
    [...noted, ...observer.takeRecords()].map(({ type, target }) => `${type} ${target.nodeName}`);
}
"""

Frame = dict[str, Any]


class OpenPage(Protocol):
    def __call__(
        self,
        body: str,
        *,
        joined: bool = True,
        headers: dict[str, str] | None = None,
        clock: bool = False,
        project: str = "",
        project_first: bool = False,
    ) -> "LivePage": ...


class LivePage:
    """
    ``clock`` gives the page a clock that only the test moves, by ``pass_time``. ``project`` is a script of the project, in
    the page after ours or ``project_first``.
    """

    def __init__(
        self,
        browser: Browser,
        script: str,
        body: str,
        *,
        headers: dict[str, str],
        clock: bool,
        project: str = "",
        project_first: bool = False,
    ) -> None:
        self._script, self._headers = script, headers
        self._project, self._project_first = project, project_first
        self.body = body
        self.loads = 0
        self._messages: list[tuple[str, str]] = []
        self._context = browser.new_context()
        self.page = self._context.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self._messages.append(("error", str(error))))
        self.page.route("**/*", self._serve)
        self.page.add_init_script(_FAKE_SOCKET)
        if clock:
            self.page.clock.install(time=0)
            self.page.clock.pause_at(1_000)
        self.page.goto(URL)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._messages.append((message.type, message.text))

    def _serve(self, route: Route) -> None:
        if route.request.url.endswith("/liveex.js"):
            route.fulfill(body=self._script, content_type="text/javascript")
            return
        if route.request.url.startswith(MODULES):
            route.fulfill(path=_SOURCES / route.request.url.removeprefix(MODULES))
            return
        if route.request.url.endswith("/project.js"):
            route.fulfill(body=self._project, content_type="text/javascript")
            return
        self.loads += 1
        options = f'data-lx-path="/live/" data-lx-texts="{html.escape(json.dumps(client_texts()))}"'
        script = f'<script src="/static/liveex_django/liveex.js" {options} defer></script>'
        if self._project:
            project = '<script src="/project.js" defer></script>'
            script = project + script if self._project_first else script + project
        text = f"<!DOCTYPE html><html><head><title>page</title>{script}</head><body>{self.body}</body></html>"
        route.fulfill(body=text, content_type="text/html; charset=utf-8", headers=self._headers)

    # What the server does.

    def open(self) -> None:
        """Takes the connection that the page asks for."""
        self.page.wait_for_function("window.sockets.at(-1)?.state === 'connecting'")
        self.page.evaluate("window.sockets.at(-1).open()")

    def join(self, views: Frame | None = None, **more: Any) -> None:
        """Takes the connection and answers the join; without ``views`` the page shows everything already."""
        self.open()
        self.receive(joined={"views": views or {}, "tokens": {}}, **more)

    def receive(self, **frame: Any) -> None:
        self.page.evaluate("frame => window.sockets.at(-1).receive(JSON.stringify(frame))", frame)

    def patch(self, diff: Frame, view: str = "0", **more: Any) -> None:
        """Sends the diff of a view whose slots are its regions."""
        self.receive(patch={view: diff}, **more)

    def lose_connection(self, code: int = 1006) -> None:
        self.page.evaluate("code => window.sockets.at(-1).lose(code)", code)

    # What the page did.

    @property
    def sockets(self) -> int:
        return int(self.page.evaluate("window.sockets.length"))

    def sent(self, kind: str | None = None) -> list[Frame]:
        """The messages of the newest connection; ``kind`` picks those of one type."""
        messages: list[Frame] = self.page.evaluate("window.sockets.at(-1)?.sent ?? []")
        return [message for message in messages if kind in (None, message["type"])]

    def events(self) -> list[tuple[str, list[list[str]]]]:
        """Name and payload of each event that was sent, without the markers of untouched fields."""
        return [
            (message["event"], [pair for pair in message["payload"] if not pair[0].startswith("_unused_")])
            for message in self.sent("event")
        ]

    def find(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def html(self, selector: str = "[lx-view]") -> str:
        """The content of the first such element, with its markers."""
        return str(self.page.locator(selector).first.evaluate("element => element.innerHTML"))

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def pass_time(self, milliseconds: int) -> None:
        self.page.clock.run_for(milliseconds)

    def watch(self) -> None:
        """Notes from now on what changes in the body."""
        self.page.evaluate(_WATCH)

    def changes(self) -> list[str]:
        """The kind of each change and the name of its node, since ``watch``."""
        found: list[str] = self.page.evaluate("window.changes()")
        return found

    def messages(self, kind: str = "warning") -> list[str]:
        """The page's messages in the console, which then count as expected."""
        texts = [text for of_kind, text in self._messages if of_kind == kind]
        self._messages = [message for message in self._messages if message[0] != kind]
        return texts

    def close(self) -> list[str]:
        self._context.close()
        return [text for _, text in self._messages]


def region(content: str, *, view: str = "0", number: int = 0, tag: str = "div", digest: str = "d") -> str:
    """The wrapper of a live region as the server writes it; the first one of a root view has the token."""
    token = f' lx-token="token-{view}"' if "-" not in view and number == 0 else ""
    return f'<{tag} lx-view="{view}" lx-region="{number}"{token} lx-digest="{digest}">{content}</{tag}>'
