"""
Derived values: computed when somebody reads them, kept while nothing they read has changed.

What a getter reads is recorded while it runs: the top-level keys of the state, by the identity of the value (state is
frozen, so the same object is the same value), and other getters, by the identity of their results. When a key is bound
to another object, what read it runs again at the next read, and what builds on that only when its result is new.

A getter with parameters of its own, ``def by_category(state, category_id: int)``, is read as
``getters["by_category"](3)``; its last hundred results are kept, each as above.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from liveex_django.exceptions import GetterCycle, ImpureGetter, InvalidDeclaration, UnknownGetter
from liveex_django.store.asked import Asked, AskedGetter, Request, name_of
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.getter_results import is_same_result, kept_result
from liveex_django.store.names import declared_name, is_plain_function, nearest, shorten
from liveex_django.store.parameters import Parameters
from liveex_django.store.recording import MISSING, Reads, RecordedState

__all__ = ["Getter", "GetterCache", "Getters"]

# Results that are kept of one getter with parameters: as many as a page has rows, not as many as a table.
_MOST_KEPT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Getter:
    """A declared getter; ``name`` is the full one, say ``cart/add``, and ``module`` the way there: ``("cart",)``."""

    name: str
    function: Callable[..., Any]
    store_name: str
    wants_getters: bool
    # Its own ones, behind state and getters; None when it has none.
    parameters: Parameters | None = None
    module: tuple[str, ...] = ()

    @classmethod
    def declare(cls, function: Callable[..., Any], store_name: str) -> Self:
        """
        What ``@store.getter`` makes of a function.

        Raises:
            InvalidDeclaration: It is not a plain ``def`` that takes ``(state, ...)`` or ``(state, getters, ...)``.
        """
        name = declared_name(function, "getter", store_name)
        owner = f"Getter {name!r} of store {store_name!r}"
        if not is_plain_function(function):
            raise InvalidDeclaration(
                f"{owner} is async or a generator, but templates read getters while they render, and results are kept. "
                "Make it a plain def that returns its value."
            )
        signature = inspect.signature(function)
        names = list(signature.parameters)
        wants_getters = names[1:2] == ["getters"]
        given = list(signature.parameters.values())[: 2 if wants_getters else 1]
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        if not given or any(parameter.kind not in positional for parameter in given) or "getters" in names[2:]:
            raise InvalidDeclaration(
                f"{owner} takes {signature}, but it is given the state by position, and the other getters when its second "
                f"parameter has that name. Declare it as def {name}(state) or def {name}(state, getters), with parameters "
                "of its own behind those."
            )
        own = Parameters(function, skip=len(given), owner=owner) if len(names) > len(given) else None
        return cls(name=name, function=function, store_name=store_name, wants_getters=wants_getters, parameters=own)

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

    Args:
        checks: Run each getter twice, and name one that gives something else for the same state. For development.
    """

    def __init__(self, getters: Mapping[str, Getter], store_name: str = "", *, checks: bool = False) -> None:
        self.getters = getters
        self.recomputations: dict[str, int] = {}
        self.checks = checks
        self.owner = f"Store {store_name!r}" if store_name else "This store"
        self._memos: dict[str, dict[Asked, _Memo]] = {}

    def bind(self, state: FrozenDict[str, Any]) -> "Getters":
        """The getters of ``state``; nothing runs before it is read."""
        return Getters(_Binding(self, state))

    def memo_of(self, asked: Asked) -> _Memo | None:
        """The last result of what is asked for."""
        return self._memos.get(name_of(asked), {}).get(asked)

    def keep(self, asked: Asked, memo: _Memo) -> None:
        """Keep a result, and let go of the one of the same getter that was made first when there are too many."""
        memos = self._memos.setdefault(name_of(asked), {})
        memos.pop(asked, None)
        memos[asked] = memo
        if len(memos) > _MOST_KEPT:
            memos.pop(next(iter(memos)), None)


class Getters(Mapping[str, Any]):
    """
    Getters by name, each computed at its first reading: ``getters["visible_items"]``, ``getters["by_category"](3)``.

    Raises ``UnknownGetter`` for a name that is none, and whatever a getter raises. ``in``, ``len`` and iteration are
    about names and run nothing.
    """

    __slots__ = ("_binding", "_chain", "_prefix", "_reads")

    def __init__(
        self, binding: "_Binding", prefix: str = "", reads: Reads | None = None, chain: tuple[Asked, ...] = ()
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
        getter = self._binding.cache.getters.get(full_name)
        if getter is not None and getter.parameters is not None:
            return AskedGetter(full_name, getter.parameters, self._read)
        return self._read(full_name)

    def _read(self, asked: Asked) -> Any:
        if self._reads is None:
            return self._binding.read(asked, self._chain)
        self._reads.check_open()
        self._reads.getters[asked] = MISSING
        self._reads.getters[asked] = value = self._binding.read(asked, self._chain)
        return value

    def was_read(self, name: str) -> bool:
        """
        Whether somebody has read this getter of this state, also when it raised; runs nothing.

        One with parameters was read when it was called, with whatever values. What nobody has read of a state, nobody shows.
        """
        return self._binding.was_read(self._prefix + name)

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

    __slots__ = ("_read", "_state", "_values", "cache")

    def __init__(self, cache: GetterCache, state: FrozenDict[str, Any]) -> None:
        self.cache = cache
        self._state = state
        self._values: dict[Asked, Any] = {}
        self._read: set[str] = set()

    def was_read(self, name: str) -> bool:
        """Whether the getter of this full name was read, with or without success."""
        return name in self._read

    def read(self, asked: Asked, chain: tuple[Asked, ...]) -> Any:
        """The value of what is ``asked`` for; ``chain`` are the getters that are waiting for it."""
        value = self._values.get(asked, MISSING)
        if value is not MISSING:
            return value
        name = name_of(asked)
        getter = self.cache.getters.get(name)
        if getter is None:
            raise UnknownGetter(
                shorten(name),
                self.cache.getters,
                owner=self.cache.owner,
                consequence="there is nothing to read",
                nearest=nearest(name, self.cache.getters),
            )
        if asked in chain:
            raise GetterCycle([str(one) for one in (*chain[chain.index(asked) :], asked)])
        self._read.add(name)
        chain = (*chain, asked)
        memo = self.cache.memo_of(asked)
        if memo is None or not self._holds(getter, memo.reads, chain):
            memo = self._compute(getter, chain, memo)
            self.cache.keep(asked, memo)
        if len(self._values) > len(self.cache.getters) + _MOST_KEPT:
            self._forget_requests()
        self._values[asked] = memo.value
        return memo.value

    def _forget_requests(self) -> None:
        # One state is asked any number of questions with values, but no more without than it has getters.
        for asked in list(self._values):
            if not isinstance(asked, str):
                self._values.pop(asked, None)

    def _holds(self, getter: Getter, reads: Reads, chain: tuple[Asked, ...]) -> bool:
        """
        Whether the getter would read the same objects here.

        Keys come first, then getters in the order in which they were read: as long as all is the same, the getter would
        take the same way, so nothing runs here that it would not run itself.
        """
        if not reads.hold_in(self._local_state(getter)):
            return False
        try:
            for asked, value in reads.getters.items():
                if self.read(asked, chain) is not value:
                    return False
        except Exception:
            # What it built on fails now; whether that matters is for the getter to say, by running into it.
            return False
        return True

    def _compute(self, getter: Getter, chain: tuple[Asked, ...], last: _Memo | None) -> _Memo:
        counts = self.cache.recomputations
        counts[getter.name] = counts.get(getter.name, 0) + 1
        memo = self._run(getter, chain, last)
        if self.cache.checks:
            again = self._run(getter, chain, last).value
            if not is_same_result(memo.value, again):
                raise ImpureGetter(str(chain[-1]), getter.store_name, memo.value, again)
        return memo

    def _run(self, getter: Getter, chain: tuple[Asked, ...], last: _Memo | None) -> _Memo:
        reads, asked = Reads(getter.name), chain[-1]
        state = RecordedState(self._local_state(getter), reads)
        given: list[Any] = [state]
        if getter.wants_getters:
            given.append(Getters(self, "".join(f"{name}/" for name in getter.module), reads, chain))
        arguments = {}
        if getter.parameters is not None and isinstance(asked, Request):
            arguments = getter.parameters.call_arguments(asked.payload)
        try:
            result = getter.function(*given, **arguments)
            if isinstance(result, RecordedState):
                result = dict(result)
        finally:
            reads.is_open = False
        owner = f"Getter {getter.name!r} of store {getter.store_name!r}"
        return _Memo(reads, kept_result(owner, result, None if last is None else last.value))

    def _local_state(self, getter: Getter) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self._state
        for name in getter.module:
            state = state[name]
        return state
