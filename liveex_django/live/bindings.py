"""From what a live view declares as its stores to the stores themselves."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from ..exceptions import InvalidDeclaration
from ..store import FrozenDict, Getters, Store

StoreRef = str | ModuleType | Store


def find_store(ref: StoreRef) -> Store:
    """
    The store that ``ref`` names: a Store, a module with a ``store``, or the dotted path of either.

    Raises:
        InvalidDeclaration: There is no store at that place.
    """
    if isinstance(ref, Store):
        return ref
    if isinstance(ref, ModuleType):
        return _store_of(ref, ref.__name__)
    if isinstance(ref, str):
        return _import_store(ref)
    raise InvalidDeclaration(
        f"{ref!r:.80} cannot be the store of a live view. Give the dotted path of a store module, the module, or a Store."
    )


def _import_store(path: str) -> Store:
    try:
        return _store_of(import_module(path), path)
    except ModuleNotFoundError as error:
        parent, _, name = path.rpartition(".")
        if error.name is None or not path.startswith(error.name):
            raise
        try:
            found = getattr(import_module(parent), name) if parent else None
        except (ModuleNotFoundError, AttributeError):
            found = None
    if isinstance(found, Store):
        return found
    raise InvalidDeclaration(f"{path!r} is the path of no store module: it cannot be imported. Check the spelling.")


def _store_of(module: ModuleType, path: str) -> Store:
    found = getattr(module, "store", None)
    if isinstance(found, Store):
        return found
    raise InvalidDeclaration(
        f"Module {path!r} has no store in a variable named 'store'. Add one: store = Store(\"name\", scope=..., state=...)."
    )


class BoundStore(Mapping[str, Any]):
    """
    A store as a template sees it under a name: its state and its getters; ``{{ ui.filter }}``.

    Attributes:
        version: Number of the newest entry, from 0.
        key: The key of the instance.
    """

    #: Only the values that a template reads by their names matter to it; see rendering/bindings.py.
    is_read_by_name = True

    def __init__(self, state: FrozenDict[str, Any], getters: Getters, version: int, key: str) -> None:
        self._state = state
        self._getters = getters
        self.version = version
        self.key = key

    def __getitem__(self, name: str) -> Any:
        if name in self._state:
            return self._state[name]
        if name in self._getters:
            return self._getters[name]
        # Upon which Django's templates look for an attribute: the version, the key.
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        # Not Mapping's own, which would run a getter to find out.
        return name in self._state or name in self._getters

    def was_read(self, name: str) -> bool:
        """Whether reading it runs no getter."""
        return name in self._state or name not in self._getters or self._getters.was_read(name)

    def __iter__(self) -> Iterator[str]:
        yield from self._state
        yield from self._getters

    def __len__(self) -> int:
        return len(self._state) + len(self._getters)
