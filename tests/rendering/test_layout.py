"""Where slots stand, case by case. What a browser makes of them is in test_addresses.py."""

from collections.abc import Callable
from typing import Any

import django
import pytest
from django.template import Context, Engine
from django.utils.safestring import mark_safe

from liveex_django.rendering import compile_template

Marked = Callable[..., str]


class TestContent:
    def test_a_variable_stands_between_two_comments(self, marked: Marked) -> None:
        assert marked("<p>{{ a }}!</p>", a="x") == "<p><!--[0-->x<!--]-->!</p>"

    def test_a_branch_numbers_its_slots_by_itself(self, marked: Marked) -> None:
        source = "{{ a }}{% if a %}<b>{{ a }}</b>{% endif %}"

        assert marked(source, a="x") == "<!--[0-->x<!--]--><!--[1--><b><!--[0-->x<!--]--></b><!--]-->"

    def test_each_row_of_a_loop_begins_with_a_marker(self, marked: Marked) -> None:
        source = "<ul>{% for a in l %}<li>{{ a }}</li>{% endfor %}</ul>"

        assert marked(source, l="xy") == (
            "<ul><!--[0--><!--:--><li><!--[0-->x<!--]--></li><!--:--><li><!--[0-->y<!--]--></li><!--]--></ul>"
        )

    def test_with_autoescape_and_include_hold_parts_of_their_own(self, marked: Marked) -> None:
        source = "{% with b=a %}<i>{{ b }}</i>{% endwith %}{% autoescape off %}{{ a }}{% endautoescape %}"

        assert marked(source, a="x") == "<!--[0--><i><!--[0-->x<!--]--></i><!--]--><!--[1--><!--[0-->x<!--]--><!--]-->"

    def test_text_that_no_value_changes_has_no_markers(self, marked: Marked) -> None:
        source = "{% comment %}{{ a }}{% endcomment %}{% verbatim %}{{ a }}{% endverbatim %}{% templatetag openblock %}"

        assert marked(source) == "{{ a }}{%"

    if django.VERSION >= (6, 0):  # which brought partials

        def test_a_partial_is_a_part(self, marked: Marked) -> None:
            source = "{% partialdef row inline %}<i>{{ a }}</i>{% endpartialdef %}{% partial row %}"

            html = marked(source, a=1)

            assert html == "<!--[0--><i><!--[0-->1<!--]--></i><!--]--><!--[1--><i><!--[0-->1<!--]--></i><!--]-->"


class TestATag:
    def test_whole_attributes_are_one_slot_each(self, marked: Marked) -> None:
        source = '<p id="p-{{ a }}" class="x" {% if a %}hidden{% endif %}></p>'

        assert marked(source, a=1) == '<p lx-e="0 1" id="p-1" class="x" hidden></p>'

    def test_attributes_that_might_have_one_name_are_one_slot(self, marked: Marked) -> None:
        assert marked('<p class="x" {{ a }}></p>', a="hidden") == '<p lx-e="0" class="x" hidden></p>'

    def test_an_attribute_may_follow_the_name_without_a_space(self, marked: Marked) -> None:
        assert marked("<input{% if a %} checked{% endif %}>", a=1) == '<input lx-e="0" checked>'

    def test_a_quoted_value_may_hold_an_equals_sign_before_the_next_slot(self, marked: Marked) -> None:
        source = '<a href="{{ a }}?b=c"{% if a %} hidden{% endif %}></a>'

        assert marked(source, a="/") == '<a lx-e="0 1" href="/?b=c" hidden></a>'

    def test_a_value_that_is_no_attribute_gives_up_the_division(self, marked: Marked) -> None:
        assert marked("<p {{ a }}>x</p>", a=mark_safe("><b")) == "<!--[0--><p ><b>x</p><!--]-->"

    def test_a_tag_whose_name_is_a_value_is_one_slot_with_its_element(self, marked: Marked) -> None:
        assert marked("<i>i</i><h{{ a }}>{{ b }}</h{{ a }}>", a=2, b="x") == "<i>i</i><!--[0--><h2>x</h2><!--]-->"


class TestText:
    @pytest.mark.parametrize("name", ["textarea", "title", "style", "script", "option"])
    def test_the_whole_text_of_an_element_without_comments_is_a_slot(self, marked: Marked, name: str) -> None:
        assert marked(f"<{name}>a {{{{ a }}}}</{name}>", a="x") == f'<{name} lx-e="0">a x</{name}>'

    def test_a_value_that_ends_the_element_gives_up_the_division(self, marked: Marked) -> None:
        value = mark_safe("</title><b>")

        assert marked("<title>{{ a }}</title>", a=value).startswith("<!--[0-->")

    def test_a_comment_is_a_slot_as_a_whole(self, marked: Marked) -> None:
        assert marked("<p><!-- {{ a }} --></p>", a="x") == "<p><!--[0--><!-- x --><!--]--></p>"


class TestTables:
    def test_rows_get_the_tbody_that_a_browser_adds(self, marked: Marked) -> None:
        source = "<table>{% for a in l %}<tr><td>{{ a }}</td></tr>{% endfor %}</table>"

        assert (
            marked(source, l="x")
            == "<table><tbody><!--[0--><!--:--><tr><td><!--[0-->x<!--]--></td></tr><!--]--></table>"
        )

    def test_rows_that_follow_a_row_are_in_its_tbody(self, marked: Marked) -> None:
        source = "<table><tr></tr>{% for a in l %}<tr></tr>{% endfor %}</table>"

        assert marked(source, l="x") == "<table><tr></tr><!--[0--><!--:--><tr></tr><!--]--></table>"

    def test_rows_from_another_template_get_it_too(self) -> None:
        loader = ("django.template.loaders.locmem.Loader", {"row": "<tr><td>{{ a }}</td></tr>"})
        template = Engine(loaders=[loader]).from_string(
            "<table>{% for a in l %}{% include 'row' %}{% endfor %}</table>"
        )

        rendered = compile_template(template).render(Context({"l": "x"}))

        assert rendered.marked() == (
            "<table><tbody><!--[0--><!--:--><!--[0--><tr><td><!--[0-->x<!--]--></td></tr><!--]--><!--]--></table>"
        )

    def test_text_straight_in_a_table_makes_the_table_one_slot(self, marked: Marked) -> None:
        assert marked("<i>i</i><table>{{ a }}</table>", a="x") == "<i>i</i><!--[0--><table>x</table><!--]-->"


class TestMarkupThatDoesNotNest:
    def test_an_element_opened_in_one_branch_and_closed_in_another_is_one_slot(self, marked: Marked) -> None:
        source = "<i>{{ a }}</i>{% if a %}<div>{% endif %}{{ a }}{% if a %}</div>{% endif %}<b>{{ a }}</b>"

        assert (
            marked(source, a="x") == "<i><!--[0-->x<!--]--></i><!--[1--><div>x</div><!--]--><b><!--[2-->x<!--]--></b>"
        )

    def test_rows_closed_by_a_counter_are_one_slot_with_what_they_stand_in(self, marked: Marked) -> None:
        source = (
            "<h1>{{ t }}</h1><section><div>{% for a in l %}<i>{{ a }}</i>"
            "{% if forloop.counter == 1 %}</div><div>{% endif %}{% endfor %}</div></section>"
        )

        assert marked(source, l="xy", t="t") == (
            "<h1><!--[0-->t<!--]--></h1><section><!--[1--><div><i>x</i></div><div><i>y</i></div><!--]--></section>"
        )

    def test_items_without_end_tags_are_one_slot_with_their_list(self, marked: Marked) -> None:
        assert (
            marked("<ul>{% for a in l %}<li>{{ a }}{% endfor %}</ul>", l="xy") == "<!--[0--><ul><li>x<li>y</ul><!--]-->"
        )

    def test_an_item_without_end_tag_holds_a_slot(self, marked: Marked) -> None:
        assert marked("<ul><li>{{ a }}<li>b</ul>", a="x") == "<ul><li><!--[0-->x<!--]--><li>b</ul>"

    def test_a_block_that_ends_a_paragraph_makes_what_is_around_one_slot(self, marked: Marked) -> None:
        source = "<div><p>{% if a %}<div>{{ a }}</div>{% endif %}</div>"

        assert marked(source, a="x") == "<!--[0--><div><p><div>x</div></div><!--]-->"

    def test_a_template_that_closes_what_it_did_not_open_is_one_slot(self, marked: Marked) -> None:
        assert marked("{{ a }}</div>", a="x") == "<!--[0-->x</div><!--]-->"

    def test_what_is_inside_a_template_element_is_one_slot_with_it(self, marked: Marked) -> None:
        assert marked("<template><p>{{ a }}</p></template>", a="x") == "<!--[0--><template><p>x</p></template><!--]-->"


class TestValuesWithMarkup:
    def test_a_value_with_whole_elements_keeps_its_slot(self, marked: Marked) -> None:
        assert marked("<p>{{ a }}</p>", a=mark_safe("<b>x</b>")) == "<p><!--[0--><b>x</b><!--]--></p>"

    def test_a_value_that_does_not_fit_is_remembered_for_the_next_layout(self, render: Any) -> None:
        source, value = "<i>{{ b }}</i><section><p>{{ a }}</p></section>", mark_safe("<div>x</div>")

        first = render(source, a=value, b=1)
        second = render(source, a=value, b=1)

        assert first.marked() == "<!--[0--><i>1</i><section><p><div>x</div></p></section><!--]-->"
        assert second.marked() == "<i><!--[0-->1<!--]--></i><!--[1--><section><p><div>x</div></p></section><!--]-->"

    def test_a_newline_behind_pre_stays_where_a_browser_drops_it(self, marked: Marked) -> None:
        assert marked("<pre>{{ a }}</pre>", a="x") == "<pre><!--[0-->x<!--]--></pre>"
        assert marked("<pre>{{ a }}</pre>", a="\nx") == "<!--[0--><pre>\nx</pre><!--]-->"

    def test_a_reference_is_not_torn_apart(self, marked: Marked) -> None:
        assert marked("a &{{ a }}p; b", a="am") == "a <!--[0-->&amp;<!--]--> b"
