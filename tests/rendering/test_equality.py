"""Any template, in any context: the same bytes as Django's, and diffs that lead from one render to the next."""

from itertools import pairwise
from typing import Any

from django.template import Context, Template
from hypothesis import HealthCheck, given, note, settings

from liveex_django.rendering import Rendered, compile_template, diff, full
from tests.rendering.markers import is_same_html
from tests.rendering.reference_client import ReferenceClient
from tests.rendering.templates import contexts, engine, templates

thorough = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(render: Any, template: Template, values: dict[str, Any]) -> Any:
    """What a render gives: a result, or the kind of error and its text."""
    try:
        return render(template, Context(dict(values)))
    except Exception as error:
        return type(error), str(error)


def ours(template: Template, context: Context) -> Rendered:
    return compile_template(template).render(context)


def theirs(template: Template, context: Context) -> str:
    return str(template.render(context))


@thorough
@given(templates, contexts, contexts)
def test_a_render_is_byte_for_byte_what_django_gives(
    source: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    template = engine().from_string(source)
    for values in (first, second, first):
        expected = outcome(theirs, template, values)
        rendered = outcome(ours, template, values)

        if isinstance(rendered, Rendered):
            note(rendered.marked())
            assert str(rendered) == expected
            assert is_same_html(rendered.marked(), str(rendered))
        else:
            assert rendered == expected


@thorough
@given(templates, contexts, contexts)
def test_a_diff_leads_from_one_render_to_the_other(source: str, first: dict[str, Any], second: dict[str, Any]) -> None:
    template = engine().from_string(source)
    renders = [outcome(ours, template, values) for values in (first, second, first)]
    renders = [rendered for rendered in renders if isinstance(rendered, Rendered)]
    for old, new in pairwise(renders):
        parts: dict[str, tuple[str, ...]] = {}
        client = ReferenceClient(full(old, parts), parts)
        assert client.html(full(old)) == old.marked()
        told: dict[str, tuple[str, ...]] = {}
        change = diff(old, new, told)
        note(f"{client.tree} + {change}")
        client.receive(change, told)
        assert client.tree == client.read(full(new))
        assert diff(new, new) == {}
