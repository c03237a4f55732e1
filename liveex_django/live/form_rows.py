"""
Rows of a formset that is being filled in: added and removed by buttons that send the form.

``<button name="form-ADD" formnovalidate>`` adds one, ``<button name="form-REMOVE" value="2" formnovalidate>`` takes away
the third; ``form`` is the prefix of the formset. Both work without JavaScript too.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.forms import BaseFormSet
from django.forms.formsets import DELETION_FIELD_NAME, TOTAL_FORM_COUNT
from django.http import QueryDict

from ..exceptions import InvalidPayload
from ..store.forms import UNTOUCHED_PREFIX
from ..store.names import shorten

ADD = "ADD"
REMOVE = "REMOVE"


def change_rows(
    formset: "BaseFormSet[Any]", data: QueryDict, touched: Iterable[str]
) -> tuple[QueryDict, frozenset[str]]:
    """
    What was entered with a row more or less, and the names that have been touched as they are called then.

    A row of the database stays, marked as deleted; others move up.

    Raises:
        InvalidPayload: There is no such row, or a row of the database in a formset without ``can_delete``.
    """
    changed = data.copy()
    total, prefix = formset.total_form_count(), str(formset.prefix)
    removed = changed.pop(f"{prefix}-{REMOVE}", None)
    if changed.pop(f"{prefix}-{ADD}", None) is not None and total < min(formset.max_num, formset.absolute_max):
        for name, values in _values_of_new_row(formset, total):
            changed.setlist(name, values)
        total += 1
    names = dict.fromkeys(touched)
    if removed is not None:
        number = _row_number(str(removed[-1]), total)
        if number >= formset.initial_form_count():
            changed = _without(changed, prefix, number)
            names = dict.fromkeys(filter(None, (_moved(name, prefix, number) for name in names)))
            total -= 1
        elif formset.can_delete:
            changed[f"{prefix}-{number}-{DELETION_FIELD_NAME}"] = "on"
        else:
            raise InvalidPayload(
                f"Row {number} of the formset {prefix!r} is in the database, and the formset has no can_delete, so it "
                "was not removed. Make the formset with can_delete=True, or show no button for such rows."
            )
    changed[f"{prefix}-{TOTAL_FORM_COUNT}"] = str(total)
    changed._mutable = False
    return changed, frozenset(names)


def _values_of_new_row(formset: "BaseFormSet[Any]", number: int) -> Iterator[tuple[str, list[str]]]:
    """What the controls of a row show that nothing was entered in: in a form with data its fields have no initial values."""
    for field in formset.empty_form:
        name = field.html_name.replace("__prefix__", str(number))
        widget: dict[str, Any] = field.field.widget.get_context(name, field.value(), {})["widget"]
        for control in widget.get("subwidgets") or [widget]:
            value = "on" if control["attrs"].get("checked") else control["value"]
            values = [str(each) for each in (value if isinstance(value, list | tuple) else [value]) if each is not None]
            if values:
                yield control["name"], values


def forget_own_errors(formset: Any) -> None:
    """Show no error of the formset as a whole, such as too few rows, while rows are still being filled in."""
    formset.non_form_errors()
    formset._non_form_errors = formset.error_class(error_class="nonform", renderer=formset.renderer)


def _row_number(text: str, total: int) -> int:
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) >= total:
        raise InvalidPayload(f"A formset of {total} rows has no row {shorten(repr(text))} that could be removed.")
    return int(text)


def _without(data: QueryDict, prefix: str, number: int) -> QueryDict:
    moved = QueryDict(mutable=True)
    for name, values in data.lists():
        new_name = _moved(name, prefix, number)
        if new_name is not None:
            moved.setlist(new_name, values)
    return moved


def _moved(name: str, prefix: str, number: int) -> str | None:
    """What a name is called when the row of this number is gone; None when it was of that row."""
    found = re.fullmatch(rf"((?:{UNTOUCHED_PREFIX})?{re.escape(prefix)}-)([0-9]{{1,6}})(-.*)", name, re.DOTALL)
    if found is None or int(found[2]) < number:
        return name
    return None if int(found[2]) == number else f"{found[1]}{int(found[2]) - 1}{found[3]}"
