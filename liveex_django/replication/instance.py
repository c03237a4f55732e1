"""An instance: one copy of a store, named by the store's name and a key."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from ..exceptions import InvalidPayload
from ..store import Store

# Braces would move a key to another Redis hash slot, control characters would split log lines.
_KEY = re.compile(r"[^\x00-\x1f\x7f{}]{0,200}")


@dataclass(frozen=True)
class Instance:
    """
    One copy of a store. ``key`` is ``""`` for the global scope, else what tells copies apart: a user's primary key, the
    random id of a session or page, or what ``get_store_key`` returned.

    Raises:
        InvalidPayload: The key does not fit the scope or holds characters that could leave its place.
    """

    store: Store
    key: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.key, str) or not _KEY.fullmatch(self.key):
            raise InvalidPayload(
                f"{self.key!r:.80} cannot be the key of an instance of store {self.store.name!r}: a key is a str of at "
                "most 200 characters without control characters and braces. Use an id or a slug."
            )
        if (self.store.scope == "global") != (self.key == ""):
            raise InvalidPayload(
                f"Store {self.store.name!r} has scope {self.store.scope!r}, so its key "
                + ("must be left out: store.at()." if self.key else "cannot be empty: store.at(key).")
            )

    @cached_property
    def digest(self) -> str:
        """40 hex digits that name this instance in channel layers and logs."""
        return digest_of(self.store.name, self.key)

    def __str__(self) -> str:
        return f"{self.store.name}:{self.key}" if self.key else self.store.name


def digest_of(store: str, key: str) -> str:
    """The digest of an instance, by the name of its store."""
    return hashlib.blake2b(f"{store}\0{key}".encode(), digest_size=20).hexdigest()
