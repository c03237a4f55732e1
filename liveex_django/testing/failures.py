"""
What a test is told when a page is not as it expects: assertion errors, so that test runners show them as failures.

    LiveTestFailure               AssertionError
    ├── PageNotOpened             the HTTP request or the join did not give a live page
    ├── PageClosed                the server closed the page's socket, or the test did
    ├── NotUpToDate               an async test reads before what it caused has arrived
    ├── NoAnswer                  nothing more came within the time limit
    ├── ElementNotFound           no such element; lists those there are
    ├── ElementAmbiguous          several; lists them
    ├── ElementDisabled           a person could not use it
    ├── ElementNotBound           a person could, and nothing would happen
    ├── EventRejected             the server refused the event: ``reason``, ``code``
    ├── EventFailed               it failed there: ``code``; the error of the server is the ``__cause__``
    └── UnexpectedPatch, MissingPatch, UnexpectedCommits
"""

from collections.abc import Iterable

from ..exceptions import LiveExError

# Lines of a list in a message; what is beyond them is counted.
_MOST_LISTED = 20


class LiveTestFailure(LiveExError, AssertionError):
    """The root of what ``liveex_django.testing`` raises about a page or a store."""


class PageNotOpened(LiveTestFailure):
    """There is no live page at this address for this visitor."""


class PageClosed(LiveTestFailure):
    """The page has no connection."""


class NotUpToDate(LiveTestFailure):
    """An async test reads a page that is about to change."""


class NoAnswer(LiveTestFailure):
    """What was waited for has not come in time."""


class ElementNotFound(LiveTestFailure):
    """The page has no such element."""


class ElementAmbiguous(LiveTestFailure):
    """The page has several such elements."""


class ElementDisabled(LiveTestFailure):
    """The element is there, and a person could not use it."""


class ElementNotBound(LiveTestFailure):
    """A person could use the element, and no event of a live view would follow."""


class EventRejected(LiveTestFailure):
    """
    The server refused an event. ``reason`` is what a ``Reject`` gave, ``code`` what the wire has when the payload did not
    fit; one of the two is ``""``.
    """

    def __init__(self, message: str, *, reason: str = "", code: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code


class EventFailed(LiveTestFailure):
    """An event or a render failed on the server; ``code`` is what the browser is told."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class MissingPatch(LiveTestFailure):
    """A page should have changed and did not."""


class UnexpectedPatch(LiveTestFailure):
    """A page should not have changed and did."""


class UnexpectedCommits(LiveTestFailure):
    """Other mutations were committed than the test expects."""


def listed(lines: Iterable[str], nothing: str = "none") -> str:
    """The end of a message: one thing a line, indented, not too many."""
    found = list(lines)
    if not found:
        return nothing
    shown = "".join(f"\n    {line}" for line in found[:_MOST_LISTED])
    rest = len(found) - _MOST_LISTED
    return shown + (f"\n    ... and {rest} more" if rest > 0 else "")
