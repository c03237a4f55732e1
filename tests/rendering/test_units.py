"""What was compiled: kept with its template, shared by threads, in step with Django's debug page and test client."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.template import Context, Engine
from django.template.base import Template
from django.test.signals import template_rendered

from liveex_django.rendering import compile_template
from liveex_django.rendering.units import unit_of


class TestAUnit:
    def test_is_compiled_once_for_a_template(self) -> None:
        template = Engine().from_string("{{ a }}")

        assert unit_of(template, template.engine) is unit_of(template, template.engine)

    def test_goes_when_the_template_goes(self) -> None:
        template = Engine().from_string("{% block b %}{{ a }}{% endblock %}{% if a %}{{ a }}{% endif %}")
        compile_template(template).render(Context({"a": 1}))
        unit, gone = weakref.ref(unit_of(template, template.engine)), weakref.ref(template)

        del template
        gc.collect()

        assert gone() is None
        assert unit() is None

    def test_serves_threads_at_once(self) -> None:
        template = Engine().from_string(
            "{% for x in l %}{% cycle 'a' 'b' %}{{ x }}{% ifchanged n %}{{ n }}{% endifchanged %}{% endfor %}{{ html|safe }}"
        )

        def render(number: int) -> tuple[str, str]:
            values: dict[str, Any] = {"l": range(number % 7), "n": number, "html": "<p>" if number % 3 else "<i></i>"}
            return str(compile_template(template).render(Context(values))), str(template.render(Context(values)))

        with ThreadPoolExecutor(8) as pool:
            pairs = list(pool.map(render, range(200)))

        assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


class TestErrors:
    def test_describe_the_place_in_the_source(self) -> None:
        template = Engine(debug=True).from_string("<p>\n{% for x in l %}{{ x.fail }}{% endfor %}")

        class Failing:
            @property
            def fail(self) -> str:
                raise RuntimeError("broken")

        infos = []
        for render in (template.render, compile_template(template).render):
            with pytest.raises(RuntimeError) as caught:
                render(Context({"l": [Failing()]}))
            infos.append(caught.value.template_debug)  # type: ignore[attr-defined]

        assert infos[0] == infos[1]
        assert infos[0]["during"] == "{{ x.fail }}"

    def test_leave_the_context_as_django_leaves_it(self) -> None:
        template = Engine().from_string("{% with a=1 %}{% for x, y in l %}{{ x }}{% endfor %}{% endwith %}")
        depths = []
        for render in (template.render, compile_template(template).render):
            context = Context({"l": [(1, 2), (1,)]})
            with pytest.raises(ValueError, match="Need 2 values to unpack"):
                render(context)
            depths.append((len(context.dicts), len(context.render_context.dicts), context.template))

        assert depths[0] == depths[1]


class TestTheTestClient:
    def test_hears_of_every_template_that_is_rendered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from django.test.utils import instrumented_test_render

        monkeypatch.setattr(Template, "_render", instrumented_test_render)
        pages = {"base": "{% block b %}{% endblock %}", "inner": "{{ a }}"}
        engine = Engine(loaders=[("django.template.loaders.locmem.Loader", pages)])
        template = engine.from_string("{% extends 'base' %}{% block b %}{% include 'inner' %}{% endblock %}")
        heard: list[list[str | None]] = []
        for render in (template.render, compile_template(template).render):
            names: list[str | None] = []

            def note(template: Template, names: list[str | None] = names, **_: Any) -> None:
                names.append(template.name)

            template_rendered.connect(note)
            try:
                render(Context())
            finally:
                template_rendered.disconnect(note)
            heard.append(names)

        assert heard[0] == heard[1] == [None, "base", "inner"]

    def test_a_render_that_something_else_replaced_is_called(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Template, "_render", lambda self, context: "replaced")
        template = Engine().from_string("{{ a }}")

        assert str(compile_template(template).render(Context())) == "replaced"
