"""
Derived values: computed when somebody reads them, kept while nothing they read has changed.

What a getter reads is recorded while it runs: the top-level keys of the state, by the identity of the value (state is
frozen, so the same object is the same value), and other getters, by the identity of their results. When a key is bound
to another object, what read it runs again at the next read, and what builds on that only when its result is new.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from liveex_django.exceptions import GetterCycle, InvalidDeclaration, InvalidState, UnknownGetter
from liveex_django.store.frozen import FrozenDict, freeze
from liveex_django.store.names import declared_name, is_plain_function, nearest, shorten
from liveex_django.store.recording import MISSING, Reads, RecordedState

__all__ = ["Getter", "GetterCache", "Getters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Getter:
    """A declared getter; ``name`` is the full one, say ``cart/add``, and ``module`` the way there: ``("cart",)``."""

    name: str
    function: Callable[..., Any]
    store_name: str
    wants_getters: bool
    module: tuple[str, ...] = ()

    @classmethod
    def declare(cls, function: Callable[..., Any], store_name: str) -> Self:
        """
        What ``@store.getter`` makes of a function.

        Raises:
            InvalidDeclaration: It is not a plain ``def`` that takes ``(state)`` or ``(state, getters)``.
        """
        name = declared_name(function, "getter", store_name)
        if not is_plain_function(function):
            raise InvalidDeclaration(
                f"Getter {name!r} of store {store_name!r} is async or a generator, but templates read getters while "
                "they render, and results are kept. Make it a plain def that returns its value."
            )
        signature = inspect.signature(function)
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        names = [parameter.name for parameter in signature.parameters.values() if parameter.kind in positional]
        if len(names) != len(signature.parameters) or len(names) not in (1, 2) or names[1:] not in ([], ["getters"]):
            raise InvalidDeclaration(
                f"Getter {name!r} of store {store_name!r} takes {signature}, but nobody passes it anything except the "
                f"state and the other getters. Declare it as def {name}(state) or def {name}(state, getters)."
            )
        return cls(name=name, function=function, store_name=store_name, wants_getters=len(names) == 2)

    def nested(self, module: str, store_name: str) -> Self:
        """The same getter as the store ``store_name`` has it, whose module ``module`` its own store is."""
        return replace(self, name=f"{module}/{self.name}", module=(module, *self.module), store_name=store_name)


@dataclass(frozen=True, slots=True)
class _Memo:
    reads: Reads
    value: Any


class GetterCache:
    """
    The last result of each getter, with what it had read; a replica has one.

    ``recomputations`` counts the runs of each getter. States may be bound in any order, several may be in use, and
    threads may read at the same time: the worst that happens is a run more.
    """

    def __init__(self, getters: Mapping[str, Getter], store_name: str = "") -> None:
        self.getters = getters
        self.recomputations: dict[str, int] = {}
        self.owner = f"Store {store_name!r}" if store_name else "This store"
        self._memos: dict[str, _Memo] = {}

    def bind(self, state: FrozenDict[str, Any]) -> "Getters":
        """The getters of ``state``; nothing runs before it is read."""
        return Getters(_Binding(self, state, self._memos))


class Getters(Mapping[str, Any]):
    """
    Getters by name, each computed at its first reading: ``getters["visible_items"]``.

    Raises ``UnknownGetter`` for a name that is none, and whatever a getter raises. ``in``, ``len`` and iteration are
    about names and run nothing.
    """

    __slots__ = ("_binding", "_chain", "_prefix", "_reads")

    def __init__(
        self, binding: "_Binding", prefix: str = "", reads: Reads | None = None, chain: tuple[str, ...] = ()
    ) -> None:
        self._binding = binding
        self._prefix = prefix
        self._reads = reads
        self._chain = chain

    def within(self, module: tuple[str, ...]) -> "Getters":
        """The getters of one module, by the names that they have in its own store."""
        return Getters(self._binding, "".join(f"{name}/" for name in module))

    def __getitem__(self, name: str) -> Any:
        full_name = self._prefix + name
        if self._reads is None:
            return self._binding.read(full_name, self._chain)
        self._reads.check_open()
        self._reads.getters[full_name] = MISSING
        self._reads.getters[full_name] = value = self._binding.read(full_name, self._chain)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        # Not Mapping's own, which would take a KeyError inside a getter for a name that is unknown.
        if name not in self:
            return default
        return self[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._prefix + name in self._binding.cache.getters

    def __iter__(self) -> Iterator[str]:
        names = self._binding.cache.getters
        return (name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<getters: {', '.join(self) or 'none'}>"


class _Binding:
    """One state with what its getters are known to be."""

    __slots__ = ("_memos", "_state", "_values", "cache")

    def __init__(self, cache: GetterCache, state: FrozenDict[str, Any], memos: dict[str, _Memo]) -> None:
        self.cache = cache
        self._state = state
        self._memos = memos
        self._values: dict[str, Any] = {}

    def read(self, name: str, chain: tuple[str, ...]) -> Any:
        """The value of the getter ``name``; ``chain`` are the getters that are waiting for it."""
        if name in self._values:
            return self._values[name]
        getter = self.cache.getters.get(name)
        if getter is None:
            raise UnknownGetter(
                shorten(name),
                self.cache.getters,
                owner=self.cache.owner,
                consequence="there is nothing to read",
                nearest=nearest(name, self.cache.getters),
            )
        if name in chain:
            raise GetterCycle((*chain[chain.index(name) :], name))
        chain = (*chain, name)
        memo = self._memos.get(name)
        if memo is None or not self._holds(getter, memo.reads, chain):
            self._memos[name] = memo = self._compute(getter, chain)
        self._values[name] = memo.value
        return memo.value

    def _holds(self, getter: Getter, reads: Reads, chain: tuple[str, ...]) -> bool:
        """
        Whether the getter would read the same objects here.

        Keys come first, then getters in the order in which they were read: as long as all is the same, the getter would
        take the same way, so nothing runs here that it would not run itself.
        """
        if not reads.hold_in(self._local_state(getter)):
            return False
        try:
            return all(self.read(name, chain) is value for name, value in list(reads.getters.items()))
        except Exception:
            # What it built on fails now; whether that matters is for the getter to say, by running into it.
            return False

    def _compute(self, getter: Getter, chain: tuple[str, ...]) -> _Memo:
        counts = self.cache.recomputations
        counts[getter.name] = counts.get(getter.name, 0) + 1
        reads = Reads(getter.name)
        state = RecordedState(self._local_state(getter), reads)
        prefix = "".join(f"{name}/" for name in getter.module)
        try:
            if getter.wants_getters:
                result = getter.function(state, Getters(self, prefix, reads, chain))
            else:
                result = getter.function(state)
            if isinstance(result, RecordedState):
                result = dict(result)
        finally:
            reads.is_open = False
        return _Memo(reads, _kept_result(getter, result))

    def _local_state(self, getter: Getter) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self._state
        for name in getter.module:
            state = state[name]
        return state


def _kept_result(getter: Getter, result: Any) -> Any:
    """
    ``result``, frozen when it is plain data; anything else is kept as it is and is not to be changed.

    Text is kept as well, because freezing would make plain text of HTML that ``format_html`` has marked as safe.
    """
    if isinstance(result, Iterator) or inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise InvalidDeclaration(
            f"Getter {getter.name!r} of store {getter.store_name!r} returned a {type(result).__name__}, which can be "
            "used only once, but results are kept and read again. Return a list: list(...)."
        )
    if isinstance(result, str):
        return result
    try:
        return freeze(result)
    except InvalidState:
        return result
