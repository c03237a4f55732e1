"""
The mutations, getters or actions of one store and of its modules, found by name or by function.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Protocol, Self, TypeVar

from liveex_django.exceptions import InvalidDeclaration, UnknownName
from liveex_django.store.names import nearest, shorten

__all__ = ["Declared"]


class _Item(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def function(self) -> Callable[..., Any]: ...

    def nested(self, module: str, store_name: str) -> Self: ...


T = TypeVar("T", bound=_Item)


class Declared(Mapping[str, T], Generic[T]):
    """
    A read-only mapping of full names to what is declared under them; modules' names are ``module/name``.

    It grows while modules are imported: a declaration in a module store shows up here at once.
    """

    def __init__(self, store_name: str, error: type[UnknownName], consequence: str) -> None:
        self._store_name = store_name
        self._error = error
        # What a wrong name keeps from happening, for the message: "this commit cannot be made".
        self._consequence = consequence
        self._own: dict[str, T] = {}
        self._names: dict[Callable[..., Any], str] = {}
        self._modules: dict[str, Declared[T]] = {}

    def declare(self, item: T) -> None:
        """
        Add an item of the store itself.

        Raises:
            InvalidDeclaration: The name is taken.
        """
        if item.name in self._own:
            kind = self._error.kind
            raise InvalidDeclaration(
                f"Store {self._store_name!r} has a {kind} {item.name!r} already, "
                f"{_locate(self._own[item.name].function)}, so the order of imports would decide which one is meant. "
                f"Rename this one, {_locate(item.function)}."
            )
        self._own[item.name] = item
        self._names[item.function] = item.name

    def mount(self, module: str, declared: "Declared[T]") -> None:
        """Show what ``declared`` has, now and later, under ``module/``."""
        self._modules[module] = declared

    def find(self, ref: str | Callable[..., Any], within: tuple[str, ...] = ()) -> T:
        """
        What ``ref`` stands for: a declared function, or a name as it is known in the module ``within``.

        Raises:
            UnknownName: Of the kind this mapping was made with; says the nearest match and all known names.
        """
        prefix = "".join(f"{step}/" for step in within)
        name = f"{prefix}{ref}" if isinstance(ref, str) else self.name_of(ref)
        found = None if name is None else self.get(name)
        if found is None:
            raise self._unknown(ref, prefix)
        return found

    def name_of(self, function: object) -> str | None:
        """The full name of a declared function, None when it is not declared here."""
        try:
            name = self._names.get(function)  # type: ignore[call-overload]
        except TypeError:
            return None
        if name is not None:
            return str(name)
        for module, declared in self._modules.items():
            inner = declared.name_of(function)
            if inner is not None:
                return f"{module}/{inner}"
        return None

    def __getitem__(self, name: str) -> T:
        module, slash, rest = name.partition("/")
        if not slash:
            return self._own[name]
        return self._modules[module][rest].nested(module, self._store_name)

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        for module, declared in self._modules.items():
            yield from (f"{module}/{name}" for name in declared)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<{self._error.kind}s of store {self._store_name!r}: {', '.join(self) or 'none'}>"

    def _unknown(self, ref: object, prefix: str) -> UnknownName:
        known = [name.removeprefix(prefix) for name in self if name.startswith(prefix)]
        if isinstance(ref, str):
            name, bare_name = shorten(ref), ref
        else:
            # A function is meant by itself, not by its name: one of another store must not hit ours by chance.
            bare_name = getattr(ref, "__name__", "")
            name = f"{getattr(ref, '__module__', '')}.{getattr(ref, '__qualname__', '')}"
            if not bare_name:
                name = shorten(repr(ref))
        return self._error(
            name,
            known,
            owner=f"Store {self._store_name!r}" + (f", in its module {prefix[:-1]!r}," if prefix else ""),
            consequence=self._consequence,
            nearest=nearest(bare_name, known),
        )


def _locate(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    line = f", line {code.co_firstlineno}" if code else ""
    return f"{function.__module__}.{function.__qualname__}{line}"
