"""
State and the only ways to change it: pure Python, without Django, sockets or an event loop.

A project declares a ``Store`` in a module of its own; see docs/reference/store.md.
"""

from liveex_django.exceptions import (
    FrozenState,
    InvalidDeclaration,
    InvalidPayload,
    InvalidState,
    Reject,
    UnknownAction,
    UnknownGetter,
    UnknownMutation,
)
from liveex_django.store.actions import ActionContext
from liveex_django.store.entry import Entry
from liveex_django.store.frozen import FrozenDict, FrozenList, freeze, is_plain, thaw
from liveex_django.store.getters import Getters
from liveex_django.store.handles import StoreHandle, bind_handles
from liveex_django.store.parameters import Parameters
from liveex_django.store.plugins import Plugin, Step
from liveex_django.store.store import Store, registered_stores

__all__ = [
    "ActionContext",
    "Entry",
    "FrozenDict",
    "FrozenList",
    "FrozenState",
    "Getters",
    "InvalidDeclaration",
    "InvalidPayload",
    "InvalidState",
    "Parameters",
    "Plugin",
    "Reject",
    "Step",
    "Store",
    "StoreHandle",
    "UnknownAction",
    "UnknownGetter",
    "UnknownMutation",
    "bind_handles",
    "freeze",
    "is_plain",
    "registered_stores",
    "thaw",
]
