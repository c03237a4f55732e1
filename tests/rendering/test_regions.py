"""Live regions of a page: where they are found, and that each renders by itself what it would hold in the page."""

from typing import Any

import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError

from liveex_django.exceptions import NameSetOutside, NotInLiveView, TemplateNotLive
from liveex_django.rendering import Region, compile_template, find_regions
from liveex_django.rendering.regions import REGIONS_KEY

PAGES = {
    "base": "<html><body>{% block head %}<h1>{{ title }}</h1>{% endblock %}{% block content %}{% endblock %}</body></html>",
    "page": "{% extends 'base' %}{% load liveex %}"
    "{% block head %}{% live %}{{ block.super }}!{% endlive %}{% endblock %}"
    "{% block content %}<p>{% live as 'ul' id='rows' %}{% for x in l %}<li>{{ x }}</li>{% endfor %}{% endlive %}"
    "{% endblock %}",
    "in_if": "{% if a %}{% block content %}{% endblock %}{% endif %}",
    "row": "{% load liveex %}{% live %}x{% endlive %}",
}


def page(source: str) -> Template:
    loader = ("django.template.loaders.locmem.Loader", PAGES)
    engine = Engine(loaders=[loader], libraries={"liveex": "liveex_django.templatetags.liveex"})
    return engine.from_string("{% load liveex %}" + source if "extends" not in source else source)


def named(name: str) -> Template:
    return page("").engine.get_template(name)


def show(template: Template, values: dict[str, Any]) -> str:
    """The page with its regions, as a live view makes it."""
    context = Context(values)
    regions = find_regions(template, context)
    finished = {region.node: f"<{region.tag}>{region.render(context)}</{region.tag}>" for region in regions}
    for region in regions:
        region.note_names(context)
    context.render_context[REGIONS_KEY] = finished
    return str(template.render(context))


class TestFindRegions:
    def test_finds_them_in_the_order_of_the_page(self) -> None:
        regions = find_regions(named("page"), Context())

        assert [(region.tag, region.html_id) for region in regions] == [("div", None), ("ul", "rows")]

    def test_a_fragment_without_the_tag_is_one_region(self) -> None:
        (region,) = find_regions(page("<p>{{ a }}</p>"), Context())

        assert (region.tag, region.node) == ("div", None)
        assert str(region.render(Context({"a": 1}))) == "<p>1</p>"

    @pytest.mark.parametrize("source", ["{% extends 'base' %}", "<!DOCTYPE html><p>", "<html>", "<body>x</body>"])
    def test_a_page_without_the_tag_is_refused_with_the_fix(self, source: str) -> None:
        with pytest.raises(TemplateNotLive, match="endlive"):
            find_regions(page(source), Context())

    def test_the_parent_may_be_a_variable(self) -> None:
        source = "{% extends parent %}{% load liveex %}{% block content %}{% live %}{{ a }}{% endlive %}{% endblock %}"
        context = Context({"parent": named("base"), "a": 1})

        (region,) = find_regions(page(source), context)

        assert str(region.render(context)) == "1"

    def test_a_block_that_the_parent_puts_into_an_if_is_refused(self) -> None:
        source = "{% extends 'in_if' %}{% load liveex %}{% block content %}{% live %}x{% endlive %}{% endblock %}"

        with pytest.raises(TemplateSyntaxError, match=r"Move the \{% block %\} out of the \{% if %\}"):
            find_regions(page(source), Context())


class TestParsing:
    @pytest.mark.parametrize(
        "source",
        [
            "{% if a %}{% live %}{% endlive %}{% endif %}",
            "{% for a in b %}{% live %}{% endlive %}{% endfor %}",
            "{% with a=1 %}{% block b %}{% live %}{% endlive %}{% endblock %}{% endwith %}",
            "{% live %}{% live %}{% endlive %}{% endlive %}",
        ],
    )
    def test_inside_a_tag_that_decides_about_it_is_refused(self, source: str) -> None:
        with pytest.raises(TemplateSyntaxError, match=r"Put \{% live %\} around"):
            page(source)

    @pytest.mark.parametrize(
        "arguments", ["as 'input'", "as tag", "id=''", "id='a b'", "as '<b>'", "as", "x", "id=name", "as 'body'"]
    )
    def test_arguments_that_make_no_wrapper_are_refused(self, arguments: str) -> None:
        with pytest.raises(TemplateSyntaxError, match=r"\{% live"):
            page(f"{{% live {arguments} %}}{{% endlive %}}")


class TestRender:
    def test_a_region_renders_by_itself_what_the_page_holds(self) -> None:
        values = {"title": "Items", "l": "ab"}

        html = show(named("page"), values)

        assert html == "<html><body><div><h1>Items</h1>!</div><p><ul><li>a</li><li>b</li></ul></body></html>"

    def test_it_renders_again_in_a_context_of_its_own(self) -> None:
        head, rows = find_regions(named("page"), Context())

        assert str(head.render(Context({"title": "x"}))) == "<h1>x</h1>!"
        assert str(rows.render(Context({"l": "c"}))) == "<li>c</li>"

    def test_a_block_inside_of_it_can_be_overridden(self) -> None:
        inner = page("{% live %}[{% block b %}default{% endblock %}]{% endlive %}")
        outer = page("{% extends parent %}{% block b %}own{% endblock %}")

        (region,) = find_regions(outer, Context({"parent": inner}))

        assert str(region.render(Context({"parent": inner}))) == "[own]"

    def test_it_is_laid_out_for_the_element_it_stands_in(self) -> None:
        source = "{% live as 'tbody' %}{% for x in l %}<tr><td>{{ x }}</td></tr>{% endfor %}{% endlive %}"
        (region,) = find_regions(page(source), Context())

        marked = region.render(Context({"l": "a"})).marked()

        assert marked == "<!--[0--><!--:--><tr><td><!--[0-->a<!--]--></td></tr><!--]-->"


class TestTheTagInAPage:
    def test_says_so_when_no_live_view_renders_the_page(self) -> None:
        with pytest.raises(NotInLiveView, match="as_view"):
            page("{% live %}x{% endlive %}").render(Context())

    def test_says_so_when_it_is_in_an_included_template(self) -> None:
        with pytest.raises(NotInLiveView, match=r"around the \{% include %\}"):
            show(page("{% live %}y{% endlive %}{% include 'row' %}"), {})

    def test_a_name_set_by_a_tag_before_it_is_refused(self) -> None:
        source = "{% now 'Y' as year %}{% live %}{{ year }}{% endlive %}"

        with pytest.raises(NameSetOutside, match=r"'year'.*Move that tag into the region"):
            show(page(source), {})

    def test_a_name_set_by_a_tag_in_the_block_before_it_is_refused(self) -> None:
        block = "{% block head %}{% now 'Y' as title %}{% live %}{{ title }}{% endlive %}{% endblock %}"

        with pytest.raises(NameSetOutside, match="'title'"):
            show(page("{% extends 'base' %}{% load liveex %}" + block), {"title": "x"})

    def test_a_name_set_inside_of_it_is_fine(self) -> None:
        assert show(page("{% live %}{% with x=1 %}{{ x }}{% endwith %}{% endlive %}"), {}) == "<div>1</div>"


class TestLiveTemplate:
    def test_knows_the_names_it_reads(self) -> None:
        source = (
            "{{ a.b|default:c }}{% if d and e %}{% for x in f %}{{ x }}{{ g }}{% endfor %}{% endif %}{% firstof h %}"
        )

        assert compile_template(page(source)).reads.heads == set("acdefgh")

    @pytest.mark.parametrize(
        ("source", "is_quick"),
        [
            ("{{ a }}{% if a %}{% for x in a %}{{ x }}{% endfor %}{% endif %}", True),
            ("{% with b=a %}{% autoescape off %}{{ b }}{% endautoescape %}{% endwith %}", True),
            ("{% block b %}{{ a }}{% endblock %}", True),
            ("{% if a %}{% now 'Y' %}{% url 'a' b %}{% endif %}", True),
            ("{{ a|random|cut:b }}{% cycle 'a' 'b' %}", True),
            ("{% if a %}{% debug %}{% endif %}", False),
            ("{% include a %}", False),
            ("{% include 'in_if' %}", True),
        ],
    )
    def test_is_quick_when_no_tag_is_unknown(self, source: str, is_quick: bool) -> None:
        assert compile_template(page(source)).reads.quick is is_quick

    def test_takes_the_wrapper_of_a_backend(self) -> None:
        class Wrapper:
            template = page("{{ a }}")

        assert str(compile_template(Wrapper()).render(Context({"a": 1}))) == "1"

    def test_refuses_the_template_of_another_engine(self) -> None:
        with pytest.raises(TypeError, match="DjangoTemplates"):
            compile_template("<p>")


def test_a_region_is_exported() -> None:
    assert isinstance(find_regions(page("x"), Context())[0], Region)
