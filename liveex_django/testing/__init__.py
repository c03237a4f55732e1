"""
Tests of live pages and stores, without a browser and without a server.

``live_client`` opens pages; the helpers beside it look at stores; ``FakeCluster`` is several processes in one. Everything
is imported when it is first used, so that the pytest plugin costs a project nothing. docs/reference/testing.md is the
page of this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import LiveTestMixin
    from .client import LiveClient
    from .failures import (
        ElementAmbiguous,
        ElementDisabled,
        ElementNotBound,
        ElementNotFound,
        EventFailed,
        EventRejected,
        LiveTestFailure,
        MissingPatch,
        NoAnswer,
        NotUpToDate,
        PageClosed,
        PageNotOpened,
        UnexpectedCommits,
        UnexpectedPatch,
    )
    from .page import LivePage
    from .patch import Patch

# Public names by the module that has them.
_MODULES = {
    "cases": ("LiveTestMixin",),
    "client": ("LiveClient",),
    "failures": (
        "ElementAmbiguous",
        "ElementDisabled",
        "ElementNotBound",
        "ElementNotFound",
        "EventFailed",
        "EventRejected",
        "LiveTestFailure",
        "MissingPatch",
        "NoAnswer",
        "NotUpToDate",
        "PageClosed",
        "PageNotOpened",
        "UnexpectedCommits",
        "UnexpectedPatch",
    ),
    "page": ("LivePage",),
    "patch": ("Patch",),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ElementAmbiguous",
    "ElementDisabled",
    "ElementNotBound",
    "ElementNotFound",
    "EventFailed",
    "EventRejected",
    "LiveClient",
    "LivePage",
    "LiveTestFailure",
    "LiveTestMixin",
    "MissingPatch",
    "NoAnswer",
    "NotUpToDate",
    "PageClosed",
    "PageNotOpened",
    "Patch",
    "UnexpectedCommits",
    "UnexpectedPatch",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
