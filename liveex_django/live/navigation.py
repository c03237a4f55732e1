"""Where a page goes: another query of its own URL, another live view, another document; and its title."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.shortcuts import resolve_url
from django.utils.encoding import escape_uri_path, iri_to_uri
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme

from ..exceptions import InvalidPayload, NavigationRefused, UnsafeRedirect
from . import hooks, messages
from .permissions import check_permission, check_subscription
from .scopes import check_instance

if TYPE_CHECKING:
    from .page import Page

logger = logging.getLogger("liveex.live")

# What some browsers drop from a URL and others read as a slash.
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\\s]")
# A query as browsers write it: ASCII, the rest percent-encoded. Web servers take about 8 KiB (nginx, gunicorn, uvicorn).
_QUERY = re.compile(r"[!-\"$-~]{0,8000}")
# handle_params() calling push_patch() again and again; a browser follows as many redirects (Fetch standard, section 4.4).
_MOST_PATCHES = 20

# The handler that runs here; whoever called it does afterwards what it asks for.
_handling: ContextVar["_Handling | None"] = ContextVar("liveex_navigating", default=None)


class Redirected(Exception):
    """A view that starts leads elsewhere: ``kind`` is a key of a frame. Never leaves the package."""

    def __init__(self, kind: str, url: str) -> None:
        super().__init__(url)
        self.kind = kind
        self.url = url


@dataclass(slots=True)
class _Handling:
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class _Patch:
    query: str
    fragment: str
    replace: bool


class Navigation:
    """
    Of one page. What a view asks for is done when its handler has returned, so that it runs to its end first.

    Attributes:
        sign: Makes the join tokens of the page anew, with the query that it has now.
    """

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._patch: _Patch | None = None
        self._leaving: Redirected | None = None
        # One at a time: each patch tells every view before the next one does.
        self._lock = asyncio.Lock()
        self.sign: Callable[[], dict[str, str]] = dict

    # What a view asks for, from a handler in whatever thread

    def patch(self, to: str | Mapping[str, Any], *, replace: bool) -> None:
        """
        Raises:
            UnsafeRedirect: It is no URL of this site.
            NavigationRefused: It is another page.
        """
        url = urlsplit(self._url_of(to))
        path = _path_of(self._page.request)
        if url.path not in ("", path):
            raise NavigationRefused(
                f"push_patch({to!r:.100}) leads away from {path}, and a patch only changes the query of a page. "
                "push_navigate() leads to another live view."
            )
        if not _QUERY.fullmatch(url.query):
            raise NavigationRefused(
                f"push_patch() was given a query of {len(url.query)} characters; at most 8000 fit into a URL."
            )
        self._patch = _Patch(url.query, url.fragment, replace)
        self._ask()

    def leave(self, kind: str, to: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """
        Raises:
            UnsafeRedirect: It is no URL of this site.
        """
        self._leaving = Redirected(kind, self._url_of(to, *args, **kwargs))
        self._ask()

    def set_title(self, title: str) -> None:
        """Tell the browser, in the next frame."""
        if self._page.connected:
            self._on_loop(lambda: self._page.push(messages.TITLE, title))

    def _url_of(self, to: Any, *args: Any, **kwargs: Any) -> str:
        request = self._page.request
        if isinstance(to, Mapping):
            query = to.urlencode() if isinstance(to, QueryDict) else _encode(to)
            to = f"?{query}"
        if isinstance(to, str) and to.startswith("?"):
            to = _path_of(request) + to
        return safe_url(request, resolve_url(to, *args, **kwargs))

    def _ask(self) -> None:
        handling = _handling.get()
        if (handling is None or handling.is_over) and self._page.is_joined:
            self._on_loop(lambda: self._page.hub.run(self._settle_alone(), what="a navigation of a page"))

    def _on_loop(self, call: Callable[[], object]) -> None:
        try:
            is_here = asyncio.get_running_loop() is self._page.hub.loop
        except RuntimeError:
            is_here = False
        if is_here:
            call()
        else:
            self._page.hub.loop.call_soon_threadsafe(call)

    # What is done about it

    @contextmanager
    def handling(self) -> Iterator[None]:
        """A block in which handlers run; ``settle()`` follows it. What a handler that raises has asked for is not done."""
        handling = _Handling()
        token = _handling.set(handling)
        try:
            yield
        except BaseException:
            self._patch = self._leaving = None
            raise
        finally:
            _handling.reset(token)
            handling.is_over = True

    def check_start(self) -> None:
        """
        To be called when a hook of a view that starts has returned, or the handler of what was posted.

        Raises:
            Redirected: It leads elsewhere. Over HTTP a patch does so too.
        """
        leaving, patch = self._leaving, self._patch
        if leaving is not None:
            self._leaving = self._patch = None
            raise leaving
        if patch is not None and not self._page.connected:
            self._patch = None
            raise Redirected(messages.URL, self._address(patch))

    async def settle(self) -> None:
        """
        Do what handlers have asked for.

        Raises:
            Exception: Whatever ``handle_params`` raised. The page has the query, and the URL, that it has shown last.
        """
        async with self._lock:
            last = await self._settle(None)
            if last is not None:
                self._push(last)

    async def take(self, query: str) -> str | None:
        """
        Show another query, as the browser asks for; returns the URL that a handler has chosen instead.

        Raises:
            InvalidPayload: It is no query.
            Exception: As of :meth:`settle`.
        """
        if not _QUERY.fullmatch(query):
            raise InvalidPayload("The query of a patch has other characters than URLs, or more than 8000 of them.")
        async with self._lock:
            self._patch = None
            await self._show(query)
            asked = _Patch(query, "", replace=False)
            last = await self._settle(asked)
            return None if last is asked or last is None else self._address(last)

    def _push(self, patch: _Patch) -> None:
        self._page.push(messages.URL, [self._address(patch), patch.replace])

    async def _settle(self, shown: _Patch | None) -> _Patch | None:
        """What is shown in the end; ``shown`` when nothing more was asked for."""
        last, replace = shown, True
        for _ in range(_MOST_PATCHES):
            patch, self._patch = self._patch, None
            if self._leaving is not None:
                leaving, self._leaving = self._leaving, None
                self._page.push(leaving.kind, leaving.url)
                return last
            if patch is None:
                return last
            try:
                await self._show(patch.query)
            except BaseException:
                if last is not None:
                    self._push(last)
                raise
            replace = replace and patch.replace
            last = _Patch(patch.query, patch.fragment, replace)
        if last is not None:
            self._push(last)
        raise NavigationRefused(
            f"handle_params() has called push_patch() {_MOST_PATCHES} times in a row. Call it only when the query is to "
            "be another one than it is."
        )

    async def _settle_alone(self) -> None:
        try:
            with self._page.localized():
                await self.settle()
        except Exception:  # a project's handle_params may raise anything; the page keeps its query
            logger.exception("A page could not be patched; it keeps the query that it has.")

    async def _show(self, query: str) -> None:
        """Tell every view of the page, those that host others first."""
        request = self._page.request
        before = request.META.get("QUERY_STRING", ""), request.GET
        try:
            params = QueryDict(query)
        except SuspiciousOperation as error:
            raise InvalidPayload(f"The query of a patch cannot be read: {error}") from error
        views = self._page.views
        await self._check(query, params)
        self._set_query(query, params)
        try:
            # Of the views themselves too, which may keep what they found.
            for mounted in views:
                await mounted.check_again()
            with self.handling():
                for mounted in views:
                    if self._page.find(mounted.id) is mounted:
                        await hooks.call(mounted.view.handle_params, params)
        except BaseException:
            self._set_query(*before)
            raise
        finally:
            for mounted in views:
                self._page.mark_dirty(mounted)
        self._page.push(messages.TOKENS, self.sign())

    async def _check(self, query: str, params: QueryDict) -> None:
        """Ask with the new query, of copies: until it is allowed nothing else that runs, a render above all, sees it."""
        asked = copy(self._page.request)
        asked.META = {**asked.META, "QUERY_STRING": query}
        asked.scope = {**asked.scope, "query_string": query.encode()}  # type: ignore[attr-defined]
        asked.GET = params  # type: ignore[assignment]
        for mounted in self._page.views:
            view = copy(mounted.view)
            view.request, view.params = asked, params
            await check_permission(view)
            await check_subscription(view)
            for followed in mounted.followed.values():
                await check_instance(view, followed.instance)

    def _set_query(self, query: str, params: QueryDict) -> None:
        request = self._page.request
        request.META["QUERY_STRING"] = query
        request.scope["query_string"] = query.encode()  # type: ignore[attr-defined]  # an ASGIRequest, on a websocket
        request.GET = params  # type: ignore[assignment]
        for mounted in self._page.views:
            mounted.view.params = params

    def _address(self, patch: _Patch) -> str:
        path = _path_of(self._page.request)
        return path + (f"?{patch.query}" if patch.query else "") + (f"#{patch.fragment}" if patch.fragment else "")


def safe_url(request: HttpRequest, url: str) -> str:
    """
    The URL as a browser writes it.

    Raises:
        UnsafeRedirect: It leads to another host, or is no http or https address.
    """
    host = request.get_host()
    if _NOT_IN_A_URL.search(url) or not url_has_allowed_host_and_scheme(
        url, allowed_hosts={host}, require_https=request.is_secure()
    ):
        raise UnsafeRedirect(url, host)
    return iri_to_uri(url) or ""


def _path_of(request: HttpRequest) -> str:
    """As a browser writes it; it never begins with two slashes, which would name a host."""
    return escape_leading_slashes(escape_uri_path(request.path))


def _encode(params: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in params.items() if value is not None}, doseq=True)
