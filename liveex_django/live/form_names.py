"""Under which names a browser sends the fields of a form."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.forms import BaseForm, BaseFormSet, MultiWidget, SelectDateWidget
from django.forms.boundfield import BoundField

AnyForm: TypeAlias = "BaseForm | BaseFormSet[Any]"


def controls_of(field: BoundField) -> list[str]:
    """The names of the controls that one field is shown as: several for a date in three selects, for example."""
    name = field.html_name
    widget = field.field.widget
    if isinstance(widget, MultiWidget):
        return [name + suffix for suffix in widget.widgets_names]  # type: ignore[attr-defined]  # since Django 3.1
    if isinstance(widget, SelectDateWidget):
        return [pattern % name for pattern in (widget.year_field, widget.month_field, widget.day_field)]
    return [name]


def control_names(form: AnyForm) -> Iterator[str]:
    """The names of all controls of a form, or of the forms of a formset."""
    for each in form.forms if isinstance(form, BaseFormSet) else [form]:
        for field in each:
            yield from controls_of(field)
