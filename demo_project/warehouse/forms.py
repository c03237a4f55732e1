"""The forms of the warehouse: ordinary Django forms, which know nothing of live views."""

import csv
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator

from demo_project.warehouse.catalogue import Item
from demo_project.warehouse.store import ROOM, SHELVES

COLUMNS = ("sku", "name", "place", "stock", "minimum", "price")

_is_sku = RegexValidator(r"\A[A-Z]{2}-\d{2}\Z", "Two capital letters, a dash and two digits, such as HB-01.")
_is_place = RegexValidator(r"\A[A-Z]\d{1,2}-\d{1,2}\Z", "Aisle, shelf and bin, such as A1-8.")


class ItemForm(forms.Form):
    """What may be changed of an item."""

    name = forms.CharField(max_length=40)
    place = forms.CharField(max_length=6, validators=[_is_place])
    minimum = forms.IntegerField(min_value=0, max_value=ROOM, help_text="With fewer it is time to reorder.")
    price = forms.DecimalField(
        min_value=Decimal("0.01"), max_value=Decimal("9999.99"), decimal_places=2, label="Price (€)"
    )

    def clean_price(self) -> int:
        """In cents, as the store has it."""
        return int(self.cleaned_data["price"] * 100)


class NewItemForm(ItemForm):
    """
    Args:
        taken: The numbers that other items have.
    """

    sku = forms.CharField(max_length=5, validators=[_is_sku], label="Number", help_text="Such as HB-09.")
    stock = forms.IntegerField(min_value=0, max_value=ROOM, initial=0)

    field_order = COLUMNS

    def __init__(self, *args: Any, taken: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._taken = taken

    def clean_sku(self) -> str:
        sku: str = self.cleaned_data["sku"]
        if sku in self._taken:
            raise forms.ValidationError(f"There is a {sku} already.")
        return sku


class ImportForm(forms.Form):
    """Lines of comma separated values; ``cleaned_data["rows"]`` has the items that they are."""

    rows = forms.CharField(
        label="Lines",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=f"One item in each line: {', '.join(COLUMNS)}.",
        max_length=40_000,
    )

    def clean_rows(self) -> list[Item]:
        lines = list(csv.reader(self.cleaned_data["rows"].splitlines()))
        if lines and [cell.strip() for cell in lines[0]] == list(COLUMNS):
            del lines[0]
        if len(lines) > SHELVES:
            raise forms.ValidationError(f"There are {len(lines)} lines, and {SHELVES} shelves.")
        items, problems = [], []
        for number, cells in enumerate(lines, start=1):
            form = NewItemForm(dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=False)))
            if len(cells) != len(COLUMNS):
                problems.append(f"Line {number} has {len(cells)} values instead of {len(COLUMNS)}.")
            elif not form.is_valid():
                name, errors = next(iter(form.errors.items()))
                problems.append(f"Line {number}, {name}: {errors[0]}")
            else:
                items.append(cast(Item, form.cleaned_data))
        if problems:
            raise forms.ValidationError(problems[:5])
        return items
