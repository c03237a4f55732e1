"""Applying diffs: the second implementation of docs/protocol.md, section 2."""

from itertools import pairwise

import pytest
from django.template import Context, engines
from hypothesis import given, settings
from hypothesis import strategies as st

from liveex_django.rendering import compile_template, diff
from liveex_django.store import freeze
from liveex_django.testing.address import AddressLost
from liveex_django.testing.document import parse_page, select, text_of
from liveex_django.testing.fields import Fields
from liveex_django.testing.patcher import PartMissing, Patcher

from .html import live, shape

WORKED_EXAMPLE = """<div lx-view="0" lx-region="0" lx-digest="k3Jd9sQx"><p class="" lx-e="0"><!--[1-->2<!--]--></p>
<ul><!--[2--><!--:--><li><!--[0-->a<!--]--></li><!--:--><li><!--[0-->b<!--]--></li><!--]--></ul>
</div>"""


def patcher_of(root):
    return Patcher(root, Fields())


class TestTheWorkedExample:
    def test_of_the_protocol_gives_what_it_says(self):
        root = parse_page(f"<html><body>{WORKED_EXAMPLE}</body></html>")
        patcher = patcher_of(root)

        patcher.learn({"Yf3k": ["<li><!--[0-->", "<!--]--></li>"]})
        patcher.apply("0", {"0": {"0": {"class": "high"}, "1": "3", "2": {"=": [{"f": "Yf3k", "r": [["c"]]}, [0, 1]]}}})

        assert select(root, "p.high")
        assert text_of(root) == "3 c a b"
        assert patcher.touched.slots == ["0/0/0", "0/0/1", "0/0/2/="]
        assert select(root, "[lx-digest]") == []


class TestLoops:
    LOOP = "<ul><!--[0--><!--:--><li><!--[0-->a<!--]--></li><!--:--><li><!--[0-->b<!--]--></li><!--]--></ul>"

    @pytest.mark.parametrize(
        ("order", "text"),
        [([1, 0], "b a"), ([1], "b"), ([], ""), ([{"f": "F", "r": [["c"], ["d"]]}, 1], "c d b"), ([[0, 1]], "a b")],
    )
    def test_rows_come_go_and_move(self, order, text):
        root = live(self.LOOP)
        patcher = patcher_of(root)
        patcher.learn({"F": ["<li><!--[0-->", "<!--]--></li>"]})

        patcher.apply("0", {"0": {"0": {"=": order}}})

        assert text_of(root) == text

    def test_rows_that_stay_are_the_same_elements(self):
        root = live(self.LOOP)
        first, second = select(root, "li")

        patcher_of(root).apply("0", {"0": {"0": {"=": [1, 0], "0": {"0": "B"}}}})

        assert select(root, "li") == [second, first]
        assert text_of(root) == "B a"

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"=": [2]}, "row 2 is not in the page"),
            ({"=": [0, 0]}, "a row stands twice in the new order"),
            ({"5": {"0": "x"}}, "row 5 is not in the page"),
            ({"0": {"7": "x"}}, "slot 7 is not in the page"),
            ({"=": [{"f": "F", "r": [["c"]]}]}, "new rows do not parse as rows"),
        ],
    )
    def test_what_cannot_be_placed_is_an_address_lost(self, change, why):
        patcher = patcher_of(live(self.LOOP))
        patcher.learn({"F": ["<!--]-->", ""]} if "rows" in why else {})

        with pytest.raises(AddressLost, match=why if "parse" not in why else "."):
            patcher.apply("0", {"0": {"0": change}})


class TestOtherChanges:
    def test_a_branch_is_patched_or_replaced(self):
        root = live("<!--[0--><b><!--[0-->1<!--]--></b><!--]-->")
        patcher = patcher_of(root)

        patcher.apply("0", {"0": {"0": {"0": "2"}}})
        assert text_of(root) == "2"
        patcher.apply("0", {"0": {"0": "<i>none</i>"}})
        assert (text_of(root), select(root, "b")) == ("none", [])

    def test_attributes_are_set_and_removed_whatever_their_names(self):
        root = live('<p class="a" hidden @click="x" lx-e="0"></p>')

        patcher_of(root).apply("0", {"0": {"0": {"class": "b", "hidden": None, "@click": "y", ":x": "z"}}})

        assert dict(select(root, "p")[0].attrib) == {"class": "b", "@click": "y", "lx-e": "0", ":x": "z"}

    def test_text_only_content_is_set_as_text(self):
        root = live('<textarea lx-e="0">a</textarea>')

        patcher_of(root).apply("0", {"0": {"0": {"": "<b>"}}})

        assert select(root, "textarea")[0].text == "<b>"

    def test_content_for_a_start_tag_is_an_address_lost(self):
        with pytest.raises(AddressLost, match="a slot of a start tag got content"):
            patcher_of(live('<p lx-e="0"></p>')).apply("0", {"0": {"0": "text"}})

    def test_a_view_that_is_gone_does_not_matter_any_more(self):
        patcher_of(live("")).apply("0-7", {"0": {"0": "text"}})

    def test_what_lx_ignore_hides_is_left_alone(self):
        root = live("<div lx-ignore><!--[0-->1<!--]--></div>")

        patcher_of(root).apply("0", {"0": {"0": "2"}})

        assert text_of(root) == "1"

    def test_statics_that_never_came_are_named(self):
        with pytest.raises(PartMissing, match="no statics for the part F"):
            patcher_of(live("<!--[0--><!--]-->")).apply("0", {"0": {"0": ["F", "x"]}})

    @pytest.mark.parametrize(
        ("html", "why"),
        [
            ("<!--[0-->", "a slot has no end"),
            ("<!--]-->", "an end and no start"),
            ("<!--:-->", "a row is not in a loop"),
        ],
    )
    def test_torn_markers_are_an_address_lost(self, html, why):
        with pytest.raises(AddressLost, match=why):
            patcher_of(live(html)).apply("0", {"0": {"0": "x"}})


class TestReplacedContent:
    def test_nested_views_that_stay_are_kept(self):
        nested = '<div lx-view="0-0" lx-region="0"><b><!--[0-->{}<!--]--></b></div>'
        root = live(f"<!--[0--><p>{nested.format('kept')}</p>tail<!--]-->")
        [before] = select(root, '[lx-view="0-0"]')

        patcher_of(root).apply("0", {"0": {"0": f"<section>{nested.format('fresh')}</section>"}})

        assert select(root, 'section [lx-view="0-0"]') == [before]
        assert text_of(root) == "kept"

    def test_ignored_elements_with_an_id_are_kept(self):
        root = live('<!--[0--><p id="map" lx-ignore>drawn</p><!--]-->')

        patcher_of(root).apply("0", {"0": {"0": 'more <p id="map" lx-ignore></p>'}})

        assert text_of(root) == "more drawn"

    def test_a_region_may_be_replaced_as_a_whole(self):
        root = live("<p>old</p>")
        patcher = patcher_of(root)
        patcher.learn({"F": ["<i><!--[0-->", "<!--]--></i>"]})

        patcher.apply("0", {"0": ["F", "new"]})
        patcher.apply("0", {"0": {"0": "newer"}})

        assert text_of(root) == "newer"


TEMPLATE = """{% load liveex_tests %}<p class="{% if on %}a{% endif %} b"{% if not on %} hidden{% endif %}>{{ text }}</p>
<ul>{% for row in rows %}<li title="{{ row.name }}">{{ forloop.counter }} {{ row.name }}
{% if row.tags %}<i>{% for tag in row.tags %}{{ tag }}, {% endfor %}</i>{% else %}-{% endif %}</li>
{% empty %}<li>none</li>{% endfor %}</ul><textarea>{{ text }}</textarea>
<table>{% for row in rows %}<tr><td>{{ row.name }}</td></tr>{% endfor %}</table>{% fail_when "" %}
<div>{% if on %}<b>{{ text }}</b>{% elif rows %}{{ rows|length }}{% else %}nothing{% endif %}</div>"""

names = st.text(alphabet="ab<&\" '\n", max_size=4)
rows = st.fixed_dictionaries({"name": names, "tags": st.lists(st.sampled_from("xyz"), max_size=3)})
values = st.fixed_dictionaries({"on": st.booleans(), "text": names, "rows": st.lists(rows, max_size=5)})


class TestAgainstTheRenderer:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(values, min_size=2, max_size=5))
    def test_every_diff_leads_to_the_page_that_a_fresh_render_gives(self, steps):
        template = compile_template(engines["django"].from_string(TEMPLATE))
        renders = [template.render(Context(freeze(step))) for step in steps]
        root = live(renders[0].marked())
        patcher = patcher_of(root)

        for old, new in pairwise(renders):
            parts = {}
            change = diff(old, new, parts)
            patcher.learn(parts)
            patcher.apply("0", {"0": change} if change != {} else {})
            assert shape(root) == shape(live(new.marked()))
