"""Live views that stand in the template of another one."""

from dataclasses import dataclass
from typing import Any

from django.template import Context, Engine, Library
from django.template.base import Parser, Token

from liveex_django.rendering import Hosted, HostedNode, compile_template, diff, full

register = Library()


@dataclass(eq=False)
class Child:
    """A nested live view, as far as rendering knows one."""

    id: str
    content: str
    moves: bool = False

    def html(self) -> str:
        return f'<div lx-view="{self.id}">{self.content}</div>'


class ChildNode(HostedNode):
    def host(self, context: Context) -> Hosted:
        child: Hosted = context["child"]
        return child


@register.tag("child")
def parse_child(parser: Parser, token: Token) -> ChildNode:
    return ChildNode()


ENGINE = Engine(libraries={"child": __name__}) if False else Engine()
ENGINE.template_libraries["child"] = register


def template(source: str) -> Any:
    return compile_template(ENGINE.from_string("{% load child %}" + source), inside="div")


class TestAHostedView:
    def test_is_one_slot_with_its_wrapper(self) -> None:
        rendered = template("<p>{{ a }}</p>{% child %}").render(Context({"child": Child("0-0", "x"), "a": 1}))

        assert str(rendered) == '<p>1</p><div lx-view="0-0">x</div>'
        assert rendered.marked() == '<p><!--[0-->1<!--]--></p><!--[1--><div lx-view="0-0">x</div><!--]-->'
        assert full(rendered)[2] == '<div lx-view="0-0">x</div>'

    def test_is_listed_in_the_order_of_the_page(self) -> None:
        child = Child("0-0", "x")
        rendered = template(
            "{% for x in l %}{% child %}{% endfor %}{% spaceless %}{% child %}{% endspaceless %}"
        ).render(Context({"child": child, "l": "ab"}))

        assert list(rendered.hosted()) == [child, child, child]

    def test_stays_while_its_id_stays(self) -> None:
        live = template("{% child %}")
        old = live.render(Context({"child": Child("0-0", "x")}))

        assert diff(old, live.render(Context({"child": Child("0-0", "y")}))) == {}
        assert diff(old, live.render(Context({"child": Child("0-1", "y")}))) == {"0": '<div lx-view="0-1">y</div>'}

    def test_gives_its_html_when_that_is_needed_and_not_before(self) -> None:
        child = Child("0-0", "not started")
        rendered = template("{% spaceless %}<p> {% child %}</p>{% endspaceless %}").render(Context({"child": child}))

        child.content = "started"

        assert str(rendered) == '<p> <div lx-view="0-0">started</div></p>'

    def test_in_a_paragraph_is_one_slot_with_what_is_around_it(self) -> None:
        source = "{{ a }}<section><p>{% child %}</section>"

        marked = template(source).render(Context({"child": Child("0-0", "x"), "a": 1})).marked()

        assert marked == '<!--[0-->1<!--]--><!--[1--><section><p><div lx-view="0-0">x</div></section><!--]-->'

    def test_renders_in_a_page_that_is_not_live(self) -> None:
        plain = ENGINE.from_string("{% load child %}<p>{% child %}")

        assert plain.render(Context({"child": Child("0", "x")})) == '<p><div lx-view="0">x</div>'


class TestRowsWithViewsThatMove:
    SOURCE = "{% for child in children %}<section>{{ forloop.counter }}{% child %}</section>{% endfor %}"

    def test_are_moved_with_them(self) -> None:
        one, two, new = (Child(name, name, moves=True) for name in ("one", "two", "new"))
        live = template(self.SOURCE)
        old = live.render(Context({"children": [one, two]}))

        change: Any = diff(old, live.render(Context({"children": [new, two, one]}), old))

        assert change["0"]["="][1:] == [1, 0]
        assert change["0"]["2"] == {"0": "3"}

    def test_are_changed_in_place_when_the_views_stay_where_they_are(self) -> None:
        live = template(self.SOURCE)
        old = live.render(Context({"children": [Child("one", "")]}))

        change: Any = diff(old, live.render(Context({"children": [Child("two", "")]}), old))

        assert change == {"0": {"0": {"1": '<div lx-view="two"></div>'}}}
