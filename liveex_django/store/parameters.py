"""
What a mutation, an action or an event takes: its function's own parameters, by name and by annotation.

Arguments go three ways through here::

    commit(take, 3, quantity=2)      ->  bind           ->  payload for the log
    [("item_id", "3"), ...]          ->  decode_form    ->  payload for the log
    payload of an entry              ->  call_arguments ->  what the function is called with

A payload is frozen plain data; what the function gets is what its annotations say: a TypedDict, a dataclass, a
``msgspec.Struct``, an enum, or plain dicts and lists of its own.
"""

import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import msgspec

from liveex_django.exceptions import InvalidDeclaration, InvalidPayload, InvalidState
from liveex_django.store.forms import decode_pairs
from liveex_django.store.frozen import FrozenDict, freeze, thaw
from liveex_django.store.names import nearest, shorten
from liveex_django.store.payloads import describe, find_dropped, to_plain

__all__ = ["Parameters"]

_REFUSED_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only, but a payload goes by name. Move it behind the '/'.",
    inspect.Parameter.VAR_POSITIONAL: "takes whatever comes, so nothing could be checked. Name each, or take one list.",
    inspect.Parameter.VAR_KEYWORD: "takes whatever comes, so nothing could be checked. Name each, or take one dict.",
}


class Parameters:
    """
    The parameters of ``function`` behind its first ``skip``, which are given by position (a state, a ctx, self).

    Annotations are resolved at first use, so they may name what is defined later in the module.

    Raises:
        InvalidDeclaration: A parameter that a payload cannot fill, one named in ``reserved``, or no parameter to skip.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        skip: int = 1,
        *,
        owner: str | None = None,
        # Names that the caller's own signature has taken, such as commit(..., on_commit=True).
        reserved: frozenset[str] = frozenset(),
    ) -> None:
        self.owner = owner or f"Function {function.__name__!r}"
        self._function = inspect.unwrap(function)
        declared = list(inspect.signature(function).parameters.values())
        self._refuse_missing_first(declared[:skip], skip)
        self._parameters = {parameter.name: parameter for parameter in declared[skip:]}
        for parameter in self._parameters.values():
            if parameter.kind in _REFUSED_KINDS:
                raise InvalidDeclaration(
                    f"{self.owner} cannot have the parameter {parameter}: it {_REFUSED_KINDS[parameter.kind]}"
                )
            if parameter.name in reserved:
                raise InvalidDeclaration(
                    f"{self.owner} cannot have a parameter named {parameter.name!r}: that name is an option of "
                    "the call that commits or dispatches. Rename the parameter."
                )

    @cached_property
    def types(self) -> Mapping[str, Any]:
        """
        Each name with its resolved annotation, ``Any`` where there is none.

        Raises:
            InvalidDeclaration: An annotation names what does not exist when running, or a type msgspec cannot convert.
        """
        return types.MappingProxyType({name: self._resolve(name) for name in self._parameters})

    def bind(self, args: Sequence[object], kwargs: Mapping[str, object]) -> FrozenDict[str, Any]:
        """
        The payload that a call with ``args`` and ``kwargs`` means: plain, converted, in the order of the parameters.

        A name left to its default is left out, so that the log says what was asked for.

        Raises:
            InvalidPayload: A name that is unknown, missing or given twice, or a value that does not fit.
        """
        return self._pack(self._assign_names(args, kwargs), strict=True)

    def decode_form(self, pairs: Sequence[tuple[str, str]]) -> FrozenDict[str, Any]:
        """The payload that the fields of a form mean, by the rules of ``forms.decode_pairs``; otherwise as ``bind``."""
        return self._pack(decode_pairs(pairs, self.types, owner=self.owner), strict=False)

    def call_arguments(self, payload: Mapping[str, object]) -> dict[str, Any]:
        """
        ``payload`` as keyword arguments of the annotated types; containers are the function's own to change.

        Raises:
            InvalidPayload: The payload is from a time when the function took something else.
        """
        self._check_names(payload)
        return {name: self._convert(name, thaw(value), strict=True) for name, value in payload.items()}

    def __str__(self) -> str:
        """``item_id: int, quantity: int = 1``, for messages."""
        return ", ".join(self._describe(name) for name in self._parameters) or "nothing"

    def _refuse_missing_first(self, first: list[inspect.Parameter], skip: int) -> None:
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        if len(first) < skip or any(parameter.kind not in positional for parameter in first):
            raise InvalidDeclaration(
                f"{self.owner} has no parameter to be given by position, which it needs {skip} of, in front of the "
                "others: state for a mutation, ctx for an action, self for a method. Add it."
            )

    def _resolve(self, name: str) -> Any:
        annotation = self._parameters[name].annotation
        if annotation is inspect.Parameter.empty:
            return Any
        try:
            # Only this one annotation: a name behind TYPE_CHECKING is no harm on the return value, or on ctx.
            holder = types.SimpleNamespace(__annotations__={name: annotation})
            resolved = typing.get_type_hints(holder, self._function.__globals__, include_extras=True)[name]
            # Whether msgspec knows the type at all shows in the kind of error it raises for any value.
            msgspec.convert(None, resolved)
        except msgspec.ValidationError:
            return resolved
        except (NameError, AttributeError) as error:
            raise InvalidDeclaration(
                f"{self.owner} annotates {name!r} with {annotation!r}, which means nothing when it runs ({error}), so "
                "values cannot be converted. Import it outside of `if TYPE_CHECKING:`, at the top of the module."
            ) from error
        except TypeError as error:
            raise InvalidDeclaration(
                f"{self.owner} annotates {name!r} with {describe(annotation)}, which values cannot be converted to: "
                f"{error}. Choose one type for it, or leave the annotation out and convert inside."
            ) from error
        return resolved

    def _assign_names(self, args: Sequence[object], kwargs: Mapping[str, object]) -> dict[str, object]:
        by_position = [
            parameter.name
            for parameter in self._parameters.values()
            if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]
        if len(args) > len(by_position):
            raise InvalidPayload(
                f"{self.owner} takes {len(by_position)} values by position, but {len(args)} came. It takes: {self}."
            )
        given = dict(zip(by_position, args, strict=False))
        twice = [name for name in kwargs if name in given]
        if twice:
            raise InvalidPayload(f"{self.owner} was given {twice[0]!r} by position and by name. Give it once.")
        return {**given, **kwargs}

    def _pack(self, given: Mapping[str, object], *, strict: bool) -> FrozenDict[str, Any]:
        self._check_names(given)
        packed = {name: self._plain(name, given[name], strict) for name in self._parameters if name in given}
        return cast(FrozenDict[str, Any], freeze(packed))

    def _check_names(self, given: Mapping[str, object]) -> None:
        unknown = [name for name in given if name not in self._parameters]
        if unknown:
            guess = nearest(unknown[0], self._parameters)
            question = f"Did you mean {guess!r}? " if guess else ""
            raise InvalidPayload(
                f"{self.owner} has no parameter {shorten(repr(unknown[0]))}, so it was not run. "
                f"{question}It takes: {self}."
            )
        missing = [
            name
            for name, parameter in self._parameters.items()
            if parameter.default is inspect.Parameter.empty and name not in given
        ]
        if missing:
            raise InvalidPayload(f"{self.owner} needs {', '.join(missing)}, which did not come. It takes: {self}.")

    def _plain(self, name: str, value: object, strict: bool) -> Any:
        """``value`` converted as annotated, then taken apart into what the log can hold."""
        converted = self._convert(name, value, strict=strict)
        dropped = find_dropped(value, converted)
        if dropped is not None:
            raise self._misfit(name, value, f"it has no place for {name}{dropped}")
        try:
            return freeze(converted if self.types[name] is Any else to_plain(converted))
        except (InvalidState, TypeError, RecursionError) as error:
            raise self._misfit(name, value, f"it cannot go into the log: {str(error).rstrip('.')}") from error

    def _convert(self, name: str, value: object, *, strict: bool) -> Any:
        wanted = self.types[name]
        if wanted is Any:
            return value
        try:
            return msgspec.convert(value, wanted, strict=strict)
        except (msgspec.ValidationError, RecursionError) as error:
            raise self._misfit(name, value, _reason(error)) from error

    def _misfit(self, name: str, value: object, why: str) -> InvalidPayload:
        return InvalidPayload(
            f"{self.owner} cannot take {name}={shorten(repr(value))} ({type(value).__name__}): {why}. "
            f"Pass {self._describe(name)}."
        )

    def _describe(self, name: str) -> str:
        parameter = self._parameters[name]
        annotated = parameter.annotation is not inspect.Parameter.empty
        text = f"{name}: {describe(parameter.annotation)}" if annotated else name
        if parameter.default is inspect.Parameter.empty:
            return text
        return f"{text} = {parameter.default!r}" if annotated else f"{text}={parameter.default!r}"


def _reason(error: Exception) -> str:
    """What msgspec says, which may hold a browser's text: on one line, and short."""
    text = str(error)
    return shorten(text if text.isprintable() else repr(text))
