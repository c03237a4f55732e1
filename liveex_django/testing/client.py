"""``live_client``: opens live pages in a test, as one visitor or as several."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urljoin

from django.http import HttpResponseBase
from django.test import AsyncClient

from .failures import PageNotOpened
from .live_test import LiveTest
from .page import LivePage, Loaded

# Seconds; a test that waits this long for its own process has failed.
_TIMEOUT = 10.0

_HOST = "testserver"

# As in browsers: Fetch standard, section 4.4.
_MOST_REDIRECTS = 20


class LiveClient:
    """
    A visitor with cookies of its own. In pytest it is the fixture ``live_client``; elsewhere a context manager::

        with LiveClient() as live_client:
            page = live_client.get("/items/")

    While it is open, stores are kept in a fresh log in memory, and plain ``def`` hooks and actions run where Django
    runs sync code in tests (``LIVEEX["THREADS"] = 0``). Afterwards nothing is left of any page.

    Attributes:
        http: Django's own test client of this visitor, with the same cookies.
    """

    def __init__(self, *, timeout: float = _TIMEOUT) -> None:
        # Seconds that the server may take to answer anything.
        self.http = AsyncClient()
        self._test = LiveTest(timeout)

    # Life

    def __enter__(self) -> "LiveClient":
        self._test.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._test.stop()

    async def __aenter__(self) -> "LiveClient":
        self._test.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._test.astop()
        self._test.stop()

    def visitor(self) -> "LiveClient":
        """Somebody else, in the same test: other cookies, another session."""
        other = LiveClient()
        other._test = self._test
        return other

    # Pages

    def get(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        secure: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> LivePage:
        """
        Open a page in a new tab and join it; ``data`` becomes the query.

        Raises:
            PageNotOpened: There is no live page, the template has no script, or the server refused the join.
            Exception: Whatever the page's own code raised.
        """
        return self._test.call(lambda: self._open(path, data, secure, headers), "get")

    async def aget(
        self,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        secure: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> LivePage:
        """As :meth:`get`."""
        return await self._test.acall(lambda: self._open(path, data, secure, headers))

    async def _open(
        self, path: str, data: Mapping[str, Any] | None, secure: bool, headers: Mapping[str, str] | None
    ) -> LivePage:
        self._test.load_application()
        if data:
            path = f"{path}?{urlencode(data, doseq=True)}"
        page = LivePage(
            self._test,
            await self._load(path, secure, headers),
            lambda url: self._follow(url, secure, headers),
            self.http,
        )
        await self._test.join(page._conversation)
        return page

    async def _load(self, url: str, secure: bool, headers: Mapping[str, str] | None) -> Loaded:
        response = await self.http.get(url, secure=secure, headers=headers)
        return self._loaded(url, response, secure, headers)

    async def _follow(self, url: str, secure: bool, headers: Mapping[str, str] | None) -> Loaded:
        """As a browser follows a link, through redirects."""
        response = await self.http.get(url, secure=secure, headers=headers)
        for _ in range(_MOST_REDIRECTS):
            if not 300 <= response.status_code < 400:
                break
            url = urljoin(url, response["Location"])
            response = await self.http.get(url, secure=secure, headers=headers)
        return self._loaded(url, response, secure, headers)

    def _loaded(self, url: str, response: Any, secure: bool, headers: Mapping[str, str] | None) -> Loaded:
        if response.status_code != 200:
            raise PageNotOpened(f"GET {url} answered {response.status_code}{_advice(response)}")
        return Loaded(url, response, response.content.decode(response.charset), self._scope(secure, headers))

    def _scope(self, secure: bool, headers: Mapping[str, str] | None) -> dict[str, Any]:
        """The handshake that a browser would make from the page."""
        sent = {
            **{name.lower(): value for name, value in (headers or {}).items()},
            "host": _HOST,
            "origin": f"{'https' if secure else 'http'}://{_HOST}",
            "cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.http.cookies.items()),
        }
        return {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "wss" if secure else "ws",
            "server": (_HOST, 443 if secure else 80),
            "client": ("127.0.0.1", 0),
            "root_path": "",
            "query_string": b"",
            "subprotocols": [],
            "headers": [(name.encode(), value.encode()) for name, value in sent.items() if value],
        }

    # Who visits

    def force_login(self, user: Any) -> None:
        """Log in without a password. Pages that are open belong to whoever opened them."""
        self.http.force_login(user)

    async def aforce_login(self, user: Any) -> None:
        """As :meth:`force_login`."""
        await self.http.aforce_login(user)

    def logout(self) -> None:
        """End the session."""
        self.http.logout()

    async def alogout(self) -> None:
        """As :meth:`logout`."""
        await self.http.alogout()

    # Waiting

    def settle(self) -> None:
        """Wait until every page of the test shows what has been committed. Sync tests need it never: reading waits."""
        self._test.call(lambda: self._test.until(lambda: True, "what was committed"), "settle")

    async def asettle(self) -> None:
        """As :meth:`settle`; for async tests that commit by other means than a page, before they read one."""
        await self._test.acall(lambda: self._test.until(lambda: True, "what was committed"))


def _advice(response: HttpResponseBase) -> str:
    if 300 <= response.status_code < 400:
        return f", which leads to {response['Location']}. If it asks for a login: live_client.force_login(user)."
    if response.status_code == 403:
        return ": this visitor may not see it. Log in with live_client.force_login(user), or give the permission."
    return ", so there is no page. Is the path in ROOT_URLCONF?"
