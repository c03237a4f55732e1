"""docs/reference/state.md against the code that it describes."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from liveex_django.store import codec, draft, patches
from liveex_django.store.entry import Entry
from liveex_django.store.frozen import MAX_DEPTH
from liveex_django.store.scalars import SCALAR_TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "state.md").read_text()


def test_the_code_on_the_page_runs():
    examples: dict[str, Any] = {"__name__": "examples"}

    for number, block in enumerate(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)):
        exec(compile(block, f"example {number}", "exec"), examples)  # noqa: S102


@pytest.mark.parametrize("field", [field.name for kind in (Entry, draft.Effects) for field in fields(kind)])
def test_the_page_names_every_field_of_entries_and_effects(field):
    assert f"`{field}`" in PAGE


@pytest.mark.parametrize("kind", sorted(kind.__name__ for kind in SCALAR_TYPES if kind is not type(None)))
def test_the_page_names_every_type_that_state_can_hold(kind):
    assert f"`{kind}`" in PAGE


@pytest.mark.parametrize("function", [*draft.__all__, "apply_patches", "touched_keys", "to_json_patch", "encode_entry"])
def test_the_page_names_every_function(function):
    assert any(hasattr(module, function) for module in (draft, patches, codec))
    assert function in PAGE


def test_the_page_says_how_deep_state_may_be():
    assert f"nesting deeper than {MAX_DEPTH} levels" in PAGE
