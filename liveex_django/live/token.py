"""
The join token: signed by the HTTP render, shown by the browser when it joins.

It says which views with which arguments the page has and whose page it is. Nothing in it is secret (a browser can read
it), nothing in it can be changed. It goes into the first frame, never into a URL.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from .. import conf
from ..exceptions import InvalidDeclaration, InvalidState, InvalidToken
from ..store import freeze
from ..store.codec import decode_state, encode_state
from ..store.names import shorten

_SALT = "liveex_django.join"


class JoinToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    Attributes:
        view: Dotted path of the live view's class.
        root: Id of the root view in its page, so that a token stands for one place and not for many.
        page_key: Unguessable id of the page; the key of its page-scoped stores.
        path, query: Of the page, without script prefix and question mark.
        kwargs: Arguments given in a template, packed; those of a URL follow from the path.
        is_routed: Whether the URL leads to this view, so that its arguments come from the path.
        visitor: Digest of the user at the time of the render.
        session: Digest of the session that the request named; see :func:`session_digest`.
        shown: Where the instances that the page shows stood; see positions.py.
    """

    view: str
    root: str
    page_key: str
    path: str
    query: str
    visitor: str
    language: str
    time_zone: str
    is_routed: bool = True
    kwargs: str = ""
    csrf: str = ""
    release: str = ""
    shown: dict[str, str] = {}
    session: str = ""


def sign(token: JoinToken) -> str:
    """The token as text for the page."""
    return signing.TimestampSigner(salt=_SALT).sign_object(msgspec.to_builtins(token), compress=True)


def read(text: str) -> JoinToken:
    """
    Raises:
        InvalidToken: It was changed, made with another key, is not of this format, or too old.
    """
    try:
        raw = signing.TimestampSigner(salt=_SALT).unsign_object(text, max_age=conf.get("TOKEN_AGE"))
        return msgspec.convert(raw, JoinToken)
    except (signing.BadSignature, msgspec.ValidationError, ValueError) as error:
        raise InvalidToken(f"The join token was refused: {shorten(repr(str(error)))}") from error


def pack_kwargs(kwargs: Mapping[str, Any], view: str) -> str:
    """
    Arguments of a nested view as text, so that every one comes back equal and of its type.

    Raises:
        InvalidDeclaration: One is not plain data.
    """
    try:
        return b64encode(encode_state(freeze(dict(kwargs)))).decode() if kwargs else ""
    except InvalidState as error:
        raise InvalidDeclaration(
            f"{{% live_view {view!r} %}} was given an argument that cannot travel with the page: {error} "
            "Pass an id, and load the object in mount()."
        ) from error


def unpack_kwargs(packed: str) -> Mapping[str, Any]:
    """The arguments again."""
    return decode_state(b64decode(packed)) if packed else {}


def visitor_digest(request: HttpRequest) -> str:
    """
    Names the user of a request without giving them away; ``""`` for someone who is not logged in.

    It changes at login, at logout and when the password changes.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return _digest(user, getattr(user, "get_session_auth_hash", str)())


def session_digest(request: HttpRequest) -> str:
    """
    Names the session cookie of a request; ``"new"`` when its response sets another one, ``""`` without any.

    A websocket knows the cookies of its handshake only. By this it notices a page whose browser has others by now.
    """
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    session = getattr(request, "session", None)
    if session is not None and session.modified and session.session_key != cookie:
        return "new"
    return hashlib.blake2b(cookie.encode(), digest_size=8).hexdigest() if cookie else ""


def is_digest_of(request: HttpRequest, digest: str) -> bool:
    """Whether a digest names the user of a request, also when it was made with one of ``SECRET_KEY_FALLBACKS``."""
    if digest == visitor_digest(request):
        return True
    user = getattr(request, "user", None)
    earlier: Iterable[str] = getattr(user, "get_session_auth_fallback_hash", tuple)() if digest else ()
    return any(digest == _digest(user, secret) for secret in earlier)


def _digest(user: Any, secret: str) -> str:
    return hashlib.blake2b(f"{user.pk}\0{secret}".encode(), digest_size=12).hexdigest()
