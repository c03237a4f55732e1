"""What a getter is asked for: its name, or its name with values for its parameters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from liveex_django.store.codec import encode_state
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.parameters import Parameters

__all__ = ["Asked", "AskedGetter", "Request", "name_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """A getter with values for its parameters. Equal when the values cannot be told apart."""

    name: str
    key: bytes
    payload: FrozenDict[str, Any] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.payload.items())})"


# What is asked for: a getter by name, or one with parameters.
Asked = str | Request


def name_of(asked: Asked) -> str:
    """The full name of the getter."""
    return asked if isinstance(asked, str) else asked.name


class AskedGetter:
    """
    What ``getters[name]`` gives for a getter with parameters: call it. In a template, ``{{ by_category.3 }}``.

    Raises ``InvalidPayload`` when the values do not fit the parameters.
    """

    __slots__ = ("_name", "_parameters", "_read")

    # Django's templates call what can be called, without arguments.
    do_not_call_in_templates = True

    # With __getitem__ alone, Python would take it for a sequence, and one without an end.
    __iter__ = None
    __contains__ = None

    def __init__(self, name: str, parameters: Parameters, read: Callable[[Request], Any]) -> None:
        self._name = name
        self._parameters = parameters
        self._read = read

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        payload = self._parameters.bind(args, kwargs)
        return self._read(Request(self._name, encode_state(payload), payload))

    def __getitem__(self, value: Any) -> Any:
        return self(value)

    def __repr__(self) -> str:
        return f"<getter {self._name}({self._parameters})>"
