"""What an error of Redis, or of the way to it, means for the log."""

import re

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from ..exceptions import LogDenied, LogError, LogFull, LogReadOnly, LogRefused, LogUnreachable

# Errors that redis-py has a class for lose their code. Redis 6.2 puts what fails in a script in the middle of a text.
_CODES = re.compile(
    r"\b(OOM|READONLY|NOAUTH|WRONGPASS|NOPERM|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOSCRIPT)\b"
    r"|max number of clients|ACL failure|user executing the script can't"
)
_CODE_OF_CLASS: dict[type[Exception], str] = {
    OutOfMemoryError: "OOM",
    ReadOnlyError: "READONLY",
    AuthenticationError: "NOAUTH",
    AuthorizationError: "NOAUTH",
    NoPermissionError: "NOPERM",
    BusyLoadingError: "LOADING",
    NoScriptError: "NOSCRIPT",
}
# Redis does nothing then, and may do it a moment later.
_PASSING = frozenset({"LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "max number of clients"})
_DENIED = frozenset({"NOAUTH", "WRONGPASS", "NOPERM", "ACL failure", "user executing the script can't"})


class Failure(Exception):
    """
    One try that brought no answer of ours.

    Attributes:
        error: What to raise when there is no further try.
        why: What went wrong, in a few words.
        may_have_run: Whether the script may have run all the same.
        may_pass: Whether another try may bring more.
    """

    def __init__(self, error: LogError, why: str, *, may_have_run: bool = False, may_pass: bool = False) -> None:
        super().__init__(why)
        self.error = error
        self.why = why
        self.may_have_run = may_have_run
        self.may_pass = may_pass


def failed_to_connect(address: str, error: Exception) -> Failure:
    """Nothing was sent."""
    words = _words(error)
    if _code_of(error) in _DENIED:
        return Failure(LogDenied(address, words), words)
    return Failure(LogUnreachable(address, words), words, may_pass=True)


def failed_to_answer(address: str, error: Exception) -> Failure:
    """Something was sent. An error reply says that it did not run; without a reply nobody knows."""
    code, words = _code_of(error), _words(error)
    if code in _PASSING:
        return Failure(LogUnreachable(address, words), words, may_pass=True)
    if code in _DENIED:
        return Failure(LogDenied(address, words), words)
    if code == "READONLY":
        return Failure(LogReadOnly(address), words)
    if code == "OOM":
        return Failure(LogFull(address), words)
    if isinstance(error, ResponseError):
        # A script that is forgotten again between two commands will be there the next time.
        return Failure(LogRefused(address, words), words, may_pass=code == "NOSCRIPT")
    return Failure(LogUnreachable(address, words), words, may_have_run=True, may_pass=True)


def is_unknown_script(reply: object) -> bool:
    """Whether Redis does not know a script by its name: it was restarted, or told to forget."""
    return isinstance(reply, RedisError) and _code_of(reply) == "NOSCRIPT"


def _code_of(error: Exception) -> str | None:
    for kind, code in _CODE_OF_CLASS.items():
        if isinstance(error, kind):
            return code
    found = _CODES.search(str(error))
    return found.group() if found else None


def _words(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
