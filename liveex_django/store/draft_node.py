"""
What dict drafts and list drafts have in common: a frozen base, a copy of it as soon as one is needed, and an end.

A draft reads from its base until it is written to, or until a dict or list in it is read (which becomes a draft of its
own and has to be kept somewhere). Then it copies its base, one level deep, and works on the copy. The copy is a
FrozenDict or FrozenList already: when the mutation ends it is cleaned of drafts and becomes the new state as it is.
"""

from typing import Any, NoReturn

from liveex_django.exceptions import InvalidState, RevokedDraft
from liveex_django.store.frozen import PLAIN_TYPES
from liveex_django.store.scalars import SCALAR_BASES, Path, describe_misfit


class Scope:
    """One mutation: the drafts that were made for it, which end with it."""

    __slots__ = ("drafts",)

    def __init__(self) -> None:
        # The first one is the draft of the whole state.
        self.drafts: list[Draft] = []

    def revoke(self) -> None:
        """End all drafts: whoever kept one cannot write into what has become state."""
        for draft in self.drafts:
            draft._base = None
            draft._values = _REVOKED
            draft._touched = NOTHING

    def path_to(self, draft: "Draft") -> Path:
        """Where ``draft`` stands now, for an error message; where the state begins when it stands nowhere."""
        seen: set[int] = set()
        open_ends: list[tuple[Path, Any]] = [((), self.drafts[0])]
        while open_ends:
            path, value = open_ends.pop()
            if value is draft:
                return path
            values = value._values if isinstance(value, Draft) and value._scope is self else value
            if id(value) in seen or not isinstance(values, (dict, list)):
                continue
            seen.add(id(value))
            steps = values.items() if isinstance(values, dict) else enumerate(values)
            # Nothing below a frozen value is a draft.
            open_ends += [((*path, step), item) for step, item in steps if type(item) not in PLAIN_TYPES]
        return ()


class Draft:
    """The base of both kinds of drafts. Its attributes belong to this package; user code sees a dict or a list."""

    __slots__ = ("_base", "_scope", "_touched", "_values")

    _base: Any
    # The base, then the copy: `_values is _base` means that nothing was written here or below.
    _values: Any
    _scope: Scope
    # Keys or indexes of the base where something may differ from it; in order of first touch. Filled from the first
    # write on, see _own().
    _touched: dict[Any, None]

    def __init__(self, base: Any, scope: Scope) -> None:
        raise NotImplementedError

    def _own(self) -> Any:
        """The copy, made now if there is none yet."""
        raise NotImplementedError

    def _refuse_misfit(self, step: Any, value: Any) -> None:
        """
        Raise InvalidState, at the line that writes it, for a value whose type alone shows that state cannot hold it.

        Everything else is looked at when the mutation ends: only then is it final.
        """
        if not isinstance(value, _WRITABLE_BASES):
            raise InvalidState((*self._scope.path_to(self), step), describe_misfit(value))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "A draft belongs to one mutation in one process, so it cannot be pickled. "
            "Pickle thaw(draft), or the state after the commit."
        )


# What a draft may be asked to hold without a second look.
WRITABLE_TYPES: set[type] = {*PLAIN_TYPES, dict, list}
_WRITABLE_BASES = (dict, list, Draft, *SCALAR_BASES)

# Filled by the modules of the two kinds.
DRAFT_TYPES: dict[type, type[Draft]] = {}

NOTHING: dict[Any, None] = {}


def _refuse_revoked(self: object, *args: object) -> NoReturn:
    raise RevokedDraft


class _Revoked:
    """Stands where a draft had its values, so that reading needs no check of its own."""

    __slots__ = ()
    __getitem__ = __len__ = __iter__ = __contains__ = __reversed__ = _refuse_revoked
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __getattr__ = _refuse_revoked
    __hash__ = None  # type: ignore[assignment]


_REVOKED: Any = _Revoked()


def is_revoked(values: object) -> bool:
    """Whether these are the values of a draft whose mutation has ended."""
    return values is _REVOKED
