"""
Tests of live pages and stores, without a browser and without a server.

``live_client`` opens pages; the helpers beside it look at stores; ``FakeCluster`` is several processes in one. Everything
is imported when it is first used, so that the pytest plugin costs a project nothing. docs/reference/testing.md is the
page of this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..replication.replaying import replay
    from .cases import LiveTestMixin
    from .client import LiveClient
    from .cluster import FakeCluster, FakeHandle, FakeProcess
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
    from .fake_layer import FakeChannelLayer
    from .page import LivePage
    from .patch import Patch
    from .stores import FixedClock, MutationResult, assert_commits, fixed_clock, run_getter, run_mutation, stub_action

# Public names by the module that has them.
_MODULES = {
    "cases": ("LiveTestMixin",),
    "client": ("LiveClient",),
    "cluster": ("FakeCluster", "FakeHandle", "FakeProcess"),
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
    "fake_layer": ("FakeChannelLayer",),
    "page": ("LivePage",),
    "patch": ("Patch",),
    # Also what a project may do outside of tests, so it is not of this package.
    ".replication.replaying": ("replay",),
    "stores": (
        "FixedClock",
        "MutationResult",
        "assert_commits",
        "fixed_clock",
        "run_getter",
        "run_mutation",
        "stub_action",
    ),
}
_PLACES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ElementAmbiguous",
    "ElementDisabled",
    "ElementNotBound",
    "ElementNotFound",
    "EventFailed",
    "EventRejected",
    "FakeChannelLayer",
    "FakeCluster",
    "FakeHandle",
    "FakeProcess",
    "FixedClock",
    "LiveClient",
    "LivePage",
    "LiveTestFailure",
    "LiveTestMixin",
    "MissingPatch",
    "MutationResult",
    "NoAnswer",
    "NotUpToDate",
    "PageClosed",
    "PageNotOpened",
    "Patch",
    "UnexpectedCommits",
    "UnexpectedPatch",
    "assert_commits",
    "fixed_clock",
    "replay",
    "run_getter",
    "run_mutation",
    "stub_action",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
