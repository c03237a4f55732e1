"""Components in a template: their scope, their slots, and what of them is evaluated again."""

from typing import Any

import pytest
from django.template import Context, TemplateSyntaxError
from django.utils.translation import gettext_lazy

from liveex_django.exceptions import InvalidAttribute, InvalidDeclaration
from liveex_django.live import Component
from liveex_django.rendering import compile_template, diff, pure
from liveex_django.store import freeze
from tests.rendering.templates import engine

SOURCES = {
    "panel.html": "<h2>{{ title }}</h2>{% if count %}<b>{{ count }}</b>{% endif %}<div>{% slot %}empty{% endslot %}</div>"
    "{% if slots.footer %}<footer>{% slot 'footer' %}{% endslot %}</footer>{% endif %}{{ x }}",
}


class Panel(Component):
    template_name = "panel.html"
    title: str
    count: int | None = None
    kind: "Kind" = "plain"


Kind = str


class Nameless(Component):
    title: str


class Taken(Component):
    template_name = "panel.html"
    slots: str


def template(source: str) -> Any:
    return compose().from_string(source)


def compose() -> Any:
    found = engine()
    loader: Any = found.template_loaders[0]
    loader.loaders[0].templates_dict = {**loader.loaders[0].templates_dict, **SOURCES}
    return found


def panel(given: str, content: str = "") -> str:
    return f"{{% live_component 'tests.rendering.test_components.Panel' {given} %}}{content}{{% endlive_component %}}"


def html(source: str, **values: Any) -> str:
    """What Django makes of it, which is what is made of the tree."""
    context = {"x": "outer", **values}
    plain: str = template(source).render(Context(context))
    assert str(compile_template(template(source)).render(Context(context))) == plain
    return plain


class TestSlots:
    def test_show_what_is_given_in_the_scope_of_whoever_gives_it(self) -> None:
        shown = html(panel("title='A'", "in {{ x }}{{ title }}{% slot 'footer' %}foot {{ x }}{% endslot %}"))

        assert shown == "<h2>A</h2><div>in outer</div><footer>foot outer</footer>"

    def test_show_what_stands_in_them_when_nothing_is_given(self) -> None:
        assert html(panel("title='A'", "  {# nothing #}\n")) == "<h2>A</h2><div>empty</div>"

    def test_may_be_handed_on(self) -> None:
        inner = panel("title='B'", "{% slot %}{% endslot %}!")
        SOURCES["outer.html"] = inner

        assert html(panel("title='A'", inner)) == "<h2>A</h2><div><h2>B</h2><div>!</div></div>"

    def test_count_as_the_tags_around_the_component_do(self) -> None:
        shown = html("{% for n in 'ab' %}" + panel("title=n", "{% cycle 1 2 %}") + "{% endfor %}")

        assert shown == "<h2>a</h2><div>1</div><h2>b</h2><div>2</div>"

    def test_leave_no_names_behind(self) -> None:
        assert html(panel("title='A'", "{% now 'Y' as year %}") + "[{{ year }}]").endswith("</div>[]")

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            (panel("title='A'", "{% slot 'a' %}{% endslot %}{% slot 'a' %}{% endslot %}"), "given the slot 'a' twice"),
            ("{% slot name %}{% endslot %}", "takes one name in quotes"),
            ("{% slot 'a' 'b' %}{% endslot %}", "takes one name in quotes"),
        ],
    )
    def test_that_cannot_be_are_refused(self, source: str, says: str) -> None:
        with pytest.raises(TemplateSyntaxError, match=says):
            template(source)


class TestScope:
    def test_has_the_attributes_and_what_is_passed_on(self) -> None:
        SOURCES["panel.html"] += "{{ csrf_token }}"
        try:
            assert html(panel("title='A'"), csrf_token="t").endswith("</div>t")
        finally:
            SOURCES["panel.html"] = SOURCES["panel.html"].removesuffix("{{ csrf_token }}")


class TestAttributes:
    def test_may_be_lazy_texts_and_have_defaults(self) -> None:
        assert html(panel("title=t"), t=gettext_lazy("Yes")) == "<h2>Yes</h2><div>empty</div>"

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ("title=3", "'title' of the component Panel is 3, which is no str"),
            ("titel='A'", "'titel' of the component Panel is not declared. Did you mean 'title'?"),
            ("count=1", "'title' of the component Panel is missing. Give it: title=…"),
            ("title='A' count='many'", r"which is no int \| None"),
            ("title='A' 5", "cannot read '5'"),
        ],
    )
    def test_that_do_not_fit_are_seen_when_the_template_is_compiled(self, given: str, says: str) -> None:
        with pytest.raises(TemplateSyntaxError, match=says):
            template(panel(given))

    @pytest.mark.parametrize("value", [None, 1, True, ["a"]])
    def test_that_do_not_fit_are_seen_when_it_is_rendered(self, value: Any) -> None:
        with pytest.raises(InvalidAttribute, match="which is no str"):
            html(panel("title=t"), t=value)

    @pytest.mark.parametrize(
        ("component", "says"),
        [
            ("tests.rendering.test_components.Nowhere", "is the path of no component"),
            ("tests.rendering.test_components.compose", "is not a Component"),
            ("tests.rendering.test_components.Nameless", "has no template_name"),
            ("tests.rendering.test_components.Taken", "a name that every component has"),
            ("panel.html", "is the template of several components"),
            ("nowhere.html", "is the template of no component"),
        ],
    )
    def test_of_what_is_no_component_are_refused(self, component: str, says: str) -> None:
        with pytest.raises(TemplateSyntaxError, match=says):
            template(f"{{% live_component '{component}' title='A' %}}{{% endlive_component %}}")

    def test_are_found_by_the_template_alone(self) -> None:
        shown = html("{% live_component 'card.html' a=1 %}x{% endlive_component %}")

        assert shown == "<div class='card 1'>x1</div>"

    def test_need_a_component_that_is_named(self) -> None:
        with pytest.raises(TemplateSyntaxError, match="does not say which one"):
            template("{% live_component name %}{% endlive_component %}")


class TestAnUpdate:
    def test_sends_the_attribute_that_changed_and_nothing_else(self) -> None:
        live = compile_template(template("<p>" + "</p>" + panel("title=t", "{{ x }}")))
        old = live.render(Context({"t": "A", "x": "1"}))

        new = live.render(Context({"t": "B", "x": "1"}), old)

        assert diff(old, new) == {"0": {"0": "B"}}

    def test_sends_what_changed_in_a_slot(self) -> None:
        live = compile_template(template(panel("title=t", "<i>{{ x }}</i>{% slot 'footer' %}{{ y }}{% endslot %}")))
        old = live.render(Context({"t": "A", "x": "1", "y": "1"}))

        new = live.render(Context({"t": "A", "x": "1", "y": "2"}), old)

        assert diff(old, new) == {"0": {"3": {"0": {"0": "2"}}}}

    def test_sends_nothing_when_nothing_has_changed(self) -> None:
        live = compile_template(template(panel("title=t", "{{ x }}")))
        old = live.render(Context({"t": "A", "x": "1"}))

        assert diff(old, live.render(Context({"t": "A", "x": "1"}), old)) == {}

    def test_evaluates_the_rows_that_changed(self) -> None:
        source = "{% for row in rows %}" + panel("title=row.name", "{{ row.name|seen }}") + "{% endfor %}"
        compiled = compose()
        seen: list[str] = []
        compiled.template_builtins[-1].filters["seen"] = _noting(seen)
        live = compile_template(compiled.from_string(source))
        rows = [freeze({"name": name}) for name in "abc"]
        old = live.render(Context({"rows": freeze(rows)}))
        seen.clear()

        live.render(Context({"rows": freeze([rows[0], {"name": "B"}, rows[2]])}), old)

        assert seen == ["B"]


def _noting(seen: list[str]) -> Any:
    @pure
    def note(value: str) -> str:
        seen.append(value)
        return value

    return note


def test_declarations_say_what_is_wrong() -> None:
    with pytest.raises(InvalidDeclaration, match="Component Nameless has no template_name"):
        Nameless.bind({"title": "A"})
