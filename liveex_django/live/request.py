"""
The request of a page, made again on its websocket: path and query from the join token, cookies and headers of the
handshake, session, user and CSRF secret read afresh, language and time zone as the page was rendered.

Middleware does not run for it; what a project's own middleware adds to a request is not there.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest, get_script_prefix
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import Resolver404, resolve, set_script_prefix
from django.urls import get_script_prefix as current_script_prefix
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from .. import conf
from . import user_messages

# Headers of the websocket handshake that the page's own request did not have.
_HANDSHAKE = frozenset({b"connection", b"upgrade", b"origin", b"content-length", b"content-type"})


def rebuild_request(scope: Mapping[str, Any], path: str, query: str) -> HttpRequest:
    """
    The request of the page at ``path`` from the scope of its websocket. Reads session and user: call it in a thread.
    """
    request = handshake_request(scope, path, query)
    request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
    read_visitor(request)
    CsrfViewMiddleware(lambda request: HttpResponse()).process_request(request)
    try:
        request.resolver_match = resolve(request.path_info)
    except Resolver404:
        request.resolver_match = None
    return request


def handshake_request(scope: Mapping[str, Any], path: str = "/", query: str = "") -> HttpRequest:
    """An HTTP request with the headers and cookies of a websocket's handshake; nothing is read for it."""
    headers = [
        (name, value)
        for name, value in scope.get("headers", [])
        if name not in _HANDSHAKE and not name.startswith(b"sec-websocket-")
    ]
    return ASGIRequest(
        {
            **scope,
            "type": "http",
            "method": "GET",
            "scheme": "https" if scope.get("scheme") == "wss" else "http",
            "path": get_script_prefix(scope) + path,
            "query_string": query.encode(),
            "headers": headers,
        },
        io.BytesIO(),
    )


def read_visitor(request: HttpRequest) -> None:
    """Put on a request, read afresh, what the session, auth and messages middleware of the project would."""
    if not _has_middleware("django.contrib.sessions.middleware.SessionMiddleware"):
        return
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    if _has_middleware("django.contrib.auth.middleware.AuthenticationMiddleware"):
        # After a change of SECRET_KEY it would give the session a new name, of which no cookie here can tell the browser.
        request.session.cycle_key = lambda: None  # type: ignore[method-assign]
        request.user = get_user(request)
        del request.session.cycle_key
    if _has_middleware("django.contrib.messages.middleware.MessageMiddleware"):
        user_messages.prepare(request)


def _has_middleware(path: str) -> bool:
    """Whether MIDDLEWARE has this class or one made from it; by name, since its app need not be installed."""
    classes = [base for entry in settings.MIDDLEWARE for base in getattr(import_string(entry), "__mro__", ())]
    return any(f"{base.__module__}.{base.__qualname__}" == path for base in classes)


def load_visitor(request: HttpRequest) -> None:
    """
    Read a request's lazy session and user now. Call it in a thread; afterwards they are safe to use on the loop.

    Without Django's session and auth middleware the visitor is anonymous and has no session.
    """
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        bool(user.is_authenticated)
    session = getattr(request, "session", None)
    if session is not None:
        session.is_empty()
        session.get("")


def script_prefix_of(request: HttpRequest) -> str:
    """Below which path the project is served, as ``reverse()`` wants to have it set: ``"/"``, ``"/shop/"``."""
    return f"{request.META.get('SCRIPT_NAME', '').rstrip('/')}/"


def localized(language: str | None, time_zone: str, script_prefix: str) -> AbstractContextManager[None]:
    """
    Run a block in the language and time zone of a page, and with links as it has them. Where they are so already, there is
    nothing to do: to set them and back takes a tenth of what it takes to bring a change to a page.
    """
    if (
        translation.get_language() == language
        and timezone.get_current_timezone_name() == time_zone
        and current_script_prefix() == script_prefix
    ):
        return nullcontext()
    return _localized(language, time_zone, script_prefix)


def localize(language: str | None, time_zone: str, script_prefix: str) -> None:
    """As :func:`localized`, from here on: for a context that is made for pages of this language and time zone."""
    if translation.get_language() != language:
        # None stands for texts as they are written, as in translation.override().
        translation.deactivate_all() if language is None else translation.activate(language)
    if timezone.get_current_timezone_name() != time_zone:
        timezone.activate(time_zone)
    set_script_prefix(script_prefix)


@contextmanager
def _localized(language: str | None, time_zone: str, script_prefix: str) -> Iterator[None]:
    before = current_script_prefix()
    with translation.override(language), timezone.override(time_zone):
        set_script_prefix(script_prefix)
        try:
            yield
        finally:
            set_script_prefix(before)


def is_same_origin(request: HttpRequest, origin: str | None) -> bool:
    """
    Whether a websocket that says it comes from ``origin`` belongs to a page of this site.

    The origin must name the very host that the handshake was sent to, so this holds with
    ``ALLOWED_HOSTS = ["*"]`` too; others only when ``LIVEEX["ORIGINS"]`` or ``CSRF_TRUSTED_ORIGINS`` lists them.
    """
    if not origin:
        return False
    if origin in conf.get("ORIGINS") or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        host = request.get_host()
        parts = urlsplit(origin)
    except (DisallowedHost, ValueError):
        return False
    if parts.scheme not in ("http", "https") or (request.is_secure() and parts.scheme != "https"):
        return False
    default_port = ":443" if parts.scheme == "https" else ":80"
    return parts.netloc.lower().removesuffix(default_port) == host.lower().removesuffix(default_port)
