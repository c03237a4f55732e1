"""docs/reference/store.md against the package that it describes."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

import liveex_django.store
from liveex_django.store.actions import ActionContext, ActionOptions
from liveex_django.store.store import Scope

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "store.md").read_text()


@pytest.mark.parametrize("name", liveex_django.store.__all__)
def test_the_page_describes_every_public_name(name):
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", PAGE)


@pytest.mark.parametrize("name", [*ActionOptions.__dataclass_fields__, *sorted(ActionContext.__abstractmethods__)])
def test_the_page_describes_every_option_and_every_part_of_ctx(name):
    assert re.search(rf"`(await )?{name}\b", PAGE)


@pytest.mark.parametrize("scope", get_args(Scope))
def test_the_page_describes_every_scope(scope):
    assert f'| `"{scope}"` |' in PAGE


def test_the_code_on_the_page_runs():
    # A name of this module, so that annotations in the examples are looked up in the examples.
    examples: dict[str, Any] = {"__name__": "examples"}

    for number, block in enumerate(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)):
        exec(compile(block, f"example {number}", "exec"), examples)  # noqa: S102

    examples["test_taking_lowers_the_count"]()
    assert examples["store"].find_mutation("take").parameters.decode_form([("item_id", "3")]) == {"item_id": 3}
