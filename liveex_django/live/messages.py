"""
The words of the wire format and the messages a browser may send; docs/protocol.md is the whole story.

``liveex_django/client/messages.js`` has the same constants; a test holds the two and the page equal.
"""

import json
from typing import Annotated, Any

import msgspec

from ..exceptions import InvalidFrame
from ..store.names import shorten

# Keys of a frame from the server, in the order in which the browser handles them.
PARTS = "parts"
JOINED = "joined"
PATCH = "patch"
TOKENS = "tokens"
TITLE = "title"
URL = "url"
MESSAGES = "messages"
COMMANDS = "commands"
EVENTS = "events"
REDIRECT = "redirect"
NAVIGATE = "navigate"
DEGRADED = "degraded"
LOST = "lost"
REPLY = "reply"
ERROR = "error"
PONG = "pong"

# Outcomes of an event.
APPLIED = "applied"
REJECTED = "rejected"
FAILED = "failed"
UNKNOWN = "unknown"

# What is told with an applied event: its form shall show what the template says; what its handler has returned.
RESET = "reset"
ANSWER = "answer"

# Why something failed, for the browser; the log has the rest.
HANDLER_ERROR = "liveex.handler-error"
UNKNOWN_EVENT = "liveex.unknown-event"
UNKNOWN_VIEW = "liveex.unknown-view"
INVALID_PAYLOAD = "liveex.invalid-payload"
FORBIDDEN = "liveex.forbidden"
LOG_UNREACHABLE = "liveex.log-unreachable"
TOO_MANY_EVENTS = "liveex.too-many-events"
RENDER_ERROR = "liveex.render-error"
BAD_ANSWER = "liveex.bad-answer"
JOIN_REFUSED = "liveex.join-refused"
BAD_FRAME = "liveex.bad-frame"

# Close codes; 4000 to 4999 are for applications (RFC 6455, section 7.4.2). Of those below 3000 daphne sends 1000 alone, so
# what the registry of IANA calls "service restart" and "try again later", 1012 and 1013, have numbers of ours.
CLOSE_BAD_FRAME = 4400
CLOSE_JOIN_REFUSED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_OTHER_RELEASE = 4409
CLOSE_RESTART = 4012
CLOSE_TRY_AGAIN = 4013

_Name = str
_Id = str
# Number.MAX_SAFE_INTEGER: with more a browser cannot count, and longer ones would go into ids and the log.
_Seq = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class JoinView(msgspec.Struct, forbid_unknown_fields=True):
    """One root view of the page: its token, and digests of the regions the page shows, by view and region."""

    view: _Id
    token: str
    digests: dict[str, dict[str, str]] = {}


class Join(msgspec.Struct, tag="join", forbid_unknown_fields=True):
    """
    The first message of a page. ``client`` is a random id the page keeps over reconnects. A later one on the same
    connection ends the page that was there.
    """

    client: str
    views: list[JoinView]


class Event(msgspec.Struct, tag="event", forbid_unknown_fields=True):
    """Something a person did. ``payload`` is a list of name and value, as a form sends them."""

    seq: _Seq
    view: _Id
    event: _Name
    payload: list[tuple[str, str]] = []


class Params(msgspec.Struct, tag="params", forbid_unknown_fields=True):
    """The page shall show another query of its own URL; ``query`` is without the question mark."""

    seq: _Seq
    view: _Id
    query: str


class Resync(msgspec.Struct, tag="resync", forbid_unknown_fields=True):
    """The page could not place a diff and wants the view whole."""

    view: _Id


class Ack(msgspec.Struct, tag="ack", forbid_unknown_fields=True):
    """How many frames the browser has received on this connection, those that hold a pong aside."""

    frames: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Ping(msgspec.Struct, tag="ping", forbid_unknown_fields=True):
    """A sign of life, to be answered."""


Message = Join | Event | Params | Resync | Ack | Ping

_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def _plain_text(value: object) -> str:
    """Django's marked strings, which msgspec does not take for text."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"A frame cannot hold a {type(value).__name__}.")


_encoder = msgspec.json.Encoder(enc_hook=_plain_text)


def decode(text: str) -> Message:
    """
    One message from a browser.

    The types are flat, so nothing nested deeper than they are gets past the decoder.

    Raises:
        InvalidFrame: It is not JSON, or not of the wire format.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InvalidFrame(f"Not a message of this protocol: {shorten(repr(str(error)))}") from error


def encode(frame: dict[str, Any]) -> str:
    """A frame for the browser, as JSON text."""
    return encode_bytes(frame).decode()


def encode_bytes(value: Any) -> bytes:
    """JSON of a frame, or of a part of one, which may itself have parts that are encoded."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        # Half of a surrogate pair in some text. Escaped it is JSON, and a browser shows that it is no character.
        return json.dumps(value, separators=(",", ":"), default=_read_again).encode()


def _read_again(part: object) -> Any:
    if not isinstance(part, msgspec.Raw):
        raise TypeError(f"A frame cannot hold a {type(part).__name__}.")
    return json.loads(bytes(part))
