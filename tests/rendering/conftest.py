"""What the tests of rendering share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template import Context, Engine

from liveex_django.rendering import Rendered, compile_template

Render = Callable[..., Rendered]


@pytest.fixture
def render() -> Render:
    """``render(source, name=value, …)``: the same source gives the same template throughout a test."""
    templates: dict[str, Any] = {}

    def render(source: str, inside: str = "div", **values: Any) -> Rendered:
        template = templates.setdefault(source, Engine().from_string(source))
        return compile_template(template, inside=inside).render(Context(values))

    return render


@pytest.fixture
def marked(render: Render) -> Callable[..., str]:
    """The marked HTML of a template that was rendered before, so that it knows its values."""

    def marked(source: str, inside: str = "div", **values: Any) -> str:
        render(source, inside, **values)
        return render(source, inside, **values).marked()

    return marked
