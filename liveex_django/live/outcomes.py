"""What became of an event, and how to say it: a short code for the browser, everything else for the log."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import uuid4

import msgspec

from ..exceptions import (
    InvalidDetail,
    InvalidPayload,
    InvalidToken,
    LogError,
    NotAllowed,
    OutcomeUnknown,
    Reject,
    UnknownName,
)
from . import messages
from .pushes import to_json
from .user_messages import Told

logger = logging.getLogger("liveex.live")


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    ``detail`` has ``reason``, or ``code`` and the ``id`` under which the log tells more; of an applied one ``reset`` and
    ``answer``. ``messages`` are those for the user, which leave in one frame with the reply: see :mod:`.user_messages`.
    """

    kind: str
    detail: dict[str, Any] | None = None
    messages: tuple[Told, ...] = ()

    def reply(self, seq: int) -> list[Any]:
        """As the wire has it."""
        return [seq, self.kind] if self.detail is None else [seq, self.kind, self.detail]

    def encode(self) -> bytes:
        """As it is recorded: ASCII JSON, which can hold half a character too."""
        # Without messages as releases before them have it, so that one that still runs can read it.
        return json.dumps([self.kind, self.detail, *([self.messages] if self.messages else [])]).encode()

    def with_messages(self, messages: Sequence[Told]) -> "Outcome":
        """The same, with what the handler told the user."""
        return replace(self, messages=tuple(messages)) if messages else self


APPLIED = Outcome(messages.APPLIED)
UNKNOWN = Outcome(messages.UNKNOWN)

# Bytes of JSON. Answers are kept with the outcomes: 512 of a page (replication/claims.py), 10 000 of a process (ledger.py).
MOST_ANSWER = 8_192


def answer_of(returned: object, doing: str) -> dict[str, Any]:
    """
    What to tell with an event that was applied, whose handler has returned something. What cannot be sent is the
    handler's mistake, which the log tells; what the handler did stands.
    """
    if returned is None:
        return {}
    try:
        return {messages.ANSWER: to_json(returned, "What it returned", most=MOST_ANSWER)}
    except InvalidDetail as error:
        correlation = correlation_id()
        logger.error("[%s] %s was applied and has no answer. %s", correlation, doing, error)
        return {"code": messages.BAD_ANSWER, "id": correlation}


class _Recorded(msgspec.Struct, array_like=True):
    kind: Literal["applied", "rejected", "failed", "unknown"]
    detail: dict[str, Any] | None
    messages: tuple[Told, ...] = ()


def decode(recorded: bytes | None) -> Outcome:
    """The outcome that was recorded; ``unknown`` when none was, or when it cannot be read."""
    if recorded is None:
        return UNKNOWN
    try:
        known = msgspec.convert(json.loads(recorded), _Recorded)
        # An answer may be anything; what went wrong is texts.
        if known.kind != messages.APPLIED:
            msgspec.convert(known.detail, dict[str, str] | None)
        return Outcome(known.kind, known.detail, known.messages)
    except (ValueError, RecursionError) as error:
        logger.error("%.200r is no recorded outcome that this release can read: %s", recorded, error)
        return UNKNOWN
    return Outcome(known.kind, known.detail, known.messages)


def outcome_of(error: Exception, doing: str) -> Outcome:
    """The outcome of an event that ended with ``error`` while ``doing`` something; logs what the browser is not told."""
    if isinstance(error, Reject):
        return Outcome(messages.REJECTED, {"reason": str(error.reason)})  # perhaps a lazy translation
    correlation = correlation_id()
    if isinstance(error, OutcomeUnknown):
        logger.error("[%s] %s: %s", correlation, doing, error)
        return UNKNOWN
    if isinstance(error, LogError):
        logger.error("[%s] %s: %s", correlation, doing, error)
        return Outcome(messages.FAILED, {"code": messages.LOG_UNREACHABLE, "id": correlation})
    if isinstance(error, InvalidPayload):
        logger.warning("[%s] %s: %s", correlation, doing, error)
        return Outcome(messages.REJECTED, {"code": messages.INVALID_PAYLOAD, "id": correlation})
    if isinstance(error, UnknownName):
        logger.warning("[%s] %s: %s", correlation, doing, error)
        return Outcome(messages.FAILED, {"code": messages.UNKNOWN_EVENT, "id": correlation})
    if isinstance(error, NotAllowed | InvalidToken):
        logger.warning("[%s] %s: %s", correlation, doing, error)
        return Outcome(messages.FAILED, {"code": messages.FORBIDDEN, "id": correlation})
    logger.error("[%s] %s failed; the view and its state live on.", correlation, doing, exc_info=error)
    return Outcome(messages.FAILED, {"code": messages.HANDLER_ERROR, "id": correlation})


def correlation_id() -> str:
    """What a browser's error and the log's record of it have in common."""
    return uuid4().hex[:12]
