"""What every part of a handle knows: the instance, and who acts on it."""

from typing import Any

from ..store import Store, StoreHandle
from .instance import Instance


class HandleBase(StoreHandle):
    """``user`` is who acts; None is the system."""

    def __init__(self, store: Store, key: str, user: Any) -> None:
        self.instance = Instance(store, key)
        self.store = store
        self.key = key
        self.user = user

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.instance}>"
