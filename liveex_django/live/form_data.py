"""The fields of a form as Django's forms take them, instead of one parameter each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.http import QueryDict

from ..store.forms import UNTOUCHED_PREFIX, is_about_the_form, whole_text

F = TypeVar("F", bound=Callable[..., Any])


def takes_form(method: F) -> F:
    """Mark an ``@event`` method whose one parameter, ``data``, is a ``QueryDict`` of everything that was sent."""
    method.parameters = FormData()  # type: ignore[attr-defined]
    return method


class FormData:
    """In the place of :class:`~liveex_django.store.parameters.Parameters`, for such a method."""

    def decode_form(self, pairs: Sequence[tuple[str, str]]) -> dict[str, QueryDict]:
        """
        The pairs as they came, the markers of untouched fields too.

        Raises:
            InvalidPayload: Half a character.
        """
        data = QueryDict(mutable=True)
        for name, text in pairs:
            if name.startswith(UNTOUCHED_PREFIX) or not is_about_the_form(name):
                data.appendlist(whole_text(name, "name", "A form"), whole_text(text, name, "A form"))
        data._mutable = False
        return {"data": data}

    def call_arguments(self, payload: Mapping[str, QueryDict]) -> dict[str, QueryDict]:
        """As they are."""
        return dict(payload)


def touched_names(data: QueryDict, names: Iterable[str]) -> frozenset[str]:
    """Those of the names for which the browser has sent no marker."""
    return frozenset(name for name in names if f"{UNTOUCHED_PREFIX}{name}" not in data)
