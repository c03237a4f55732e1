"""Diffs, as docs/protocol.md section 2 describes them."""

from typing import Any

import pytest
from django.template import Context, Engine

from liveex_django.rendering import compile_template, diff, full
from liveex_django.rendering.attributes import attribute_changes, ends_bare, is_whole, parse_attributes
from liveex_django.rendering.part import Kind
from liveex_django.rendering.text import decode_text

EXAMPLE = """<p class="{% if count > 2 %}high{% endif %}">{{ count }}</p>
<ul>{% for item in items %}<li>{{ item }}</li>{% endfor %}</ul>"""


class TestDiff:
    def test_the_worked_example_of_the_protocol(self, render: Any) -> None:
        old, new = render(EXAMPLE, count=2, items=["a", "b"]), render(EXAMPLE, count=3, items=["c", "a", "b"])
        parts: dict[str, tuple[str, ...]] = {}

        change = diff(old, new, parts)

        ((fingerprint, statics),) = parts.items()
        assert statics == ("<li><!--[0-->", "<!--]--></li>")
        assert change == {"0": {"class": "high"}, "1": "3", "2": {"=": [{"f": fingerprint, "r": [["c"]]}, [0, 1]]}}

    def test_nothing_changed_is_empty(self, render: Any) -> None:
        assert diff(render(EXAMPLE, count=1, items="ab"), render(EXAMPLE, count=1, items="ab")) == {}

    def test_two_templates_give_the_new_one_whole(self, render: Any) -> None:
        new = render("<p>{{ a }}</p>", a=1)

        assert diff(render("<b>{{ a }}</b>", a=1), new) == full(new) == [new.part.fingerprint, "1"]

    def test_a_branch_that_stays_is_patched_and_another_one_replaced(self, render: Any) -> None:
        source = "{% if a %}<b>{{ a }}</b>{% else %}none{% endif %}"
        one, two, none = render(source, a=1), render(source, a=2), render(source, a=0)

        assert diff(one, two) == {"0": {"0": "2"}}
        assert diff(one, none) == {"0": full(none)[1]}
        assert len(full(none)[1]) == 1

    def test_an_empty_branch_is_an_empty_text(self, render: Any) -> None:
        source = "{% if a %}<b>{{ a }}</b>{% endif %}"

        assert diff(render(source, a=1), render(source, a=0)) == {"0": ""}

    @pytest.mark.parametrize(
        ("before", "after", "change"),
        [
            ("abc", "abx", {"2": {"0": "x"}}),
            ("abc", "ab", {"=": [[0, 1]]}),
            ("abc", "bc", {"=": [[1, 2]]}),
            ("abc", "cab", {"=": [2, [0, 1]]}),
            ("abc", "cba", {"=": [2, 1, 0]}),
            ("abcd", "axd", {"=": [[0, 1], 3], "1": {"0": "x"}}),
            ("aab", "baa", {"=": [2, 1, 0]}),
            ("ab", "", ""),
        ],
    )
    def test_rows_are_kept_moved_and_removed(self, render: Any, before: str, after: str, change: Any) -> None:
        source = "{% for x in l %}<i>{{ x }}</i>{% endfor %}"

        assert diff(render(source, l=before), render(source, l=after)) == {"0": change}

    def test_the_text_of_an_element_is_decoded(self, render: Any) -> None:
        source = "<textarea>\n{{ a }}</textarea>"

        assert diff(render(source, a="x"), render(source, a="<y>")) == {"0": {"": "<y>"}}


class TestRowsWithAnId:
    """The first element of the row has an ``id`` with a slot in it."""

    SOURCE = '{% for x in l %}<li class="{{ x.c }}" id="row-{{ x.id }}">{{ x.t }}</li>{% endfor %}'

    def changes(self, render: Any, before: str, after: str, source: str = SOURCE) -> Any:
        """What happens to the loop, when its rows are given as an id of one letter and a text."""

        def items(rows: str) -> list[dict[str, str]]:
            return [{"id": row[0], "t": row[1:], "c": "row"} for row in rows.split()]

        return diff(render(source, l=items(before)), render(source, l=items(after)))["0"]

    def test_are_patched_where_they_are(self, render: Any) -> None:
        assert self.changes(render, "1a 2b", "1a 2x") == {"1": {"2": "x"}}

    def test_are_moved_and_patched_when_both_is_due(self, render: Any) -> None:
        assert self.changes(render, "1a 2b 3c", "3x 1a 2b") == {"=": [2, [0, 1]], "0": {"2": "x"}}

    def test_change_places_with_all_that_changed(self, render: Any) -> None:
        assert self.changes(render, "1a 2b", "2x 1y") == {"=": [1, 0], "0": {"2": "x"}, "1": {"2": "y"}}

    def test_are_not_made_from_a_row_of_another_id(self, render: Any) -> None:
        change = self.changes(render, "1a 2b 3c", "1a 4b 3c")

        assert [*map(type, change["="])] == [int, dict, int]
        assert change["="][1]["r"] == [['class="row"', 'id="row-4"', "b"]]

    def test_are_found_by_their_id_when_another_one_went_before_them(self, render: Any) -> None:
        assert self.changes(render, "1a 2b 3c", "2x 3y") == {"=": [[1, 2]], "0": {"2": "x"}, "1": {"2": "y"}}

    def test_of_one_id_are_paired_in_their_order(self, render: Any) -> None:
        assert self.changes(render, "1a 1b", "1x 1y") == {"0": {"2": "x"}, "1": {"2": "y"}}

    def test_may_be_without_and_then_take_the_place_of_any_other_without(self, render: Any) -> None:
        source = "{% for x in l %}<li id='{% if x.id != '0' %}{{ x.id }}{% endif %}'>{{ x.t }}</li>{% endfor %}"

        assert self.changes(render, "0a 0b", "0x 0y", source) == {"0": {"1": "x"}, "1": {"1": "y"}}
        assert [*map(type, self.changes(render, "1a 0b", "0x 0b", source)["="])] == [dict, int]

    def test_may_have_it_among_attributes_that_are_one_slot(self, render: Any) -> None:
        source = '{% for x in l %}<li {{ x.c }} id="{{ x.id }}">{{ x.t }}</li>{% endfor %}'

        assert self.changes(render, "1a 2b", "2x 1y", source) == {"=": [1, 0], "0": {"1": "x"}, "1": {"1": "y"}}

    @pytest.mark.parametrize(
        "body",
        [
            "{% if x.t %}<li id='{{ x.id }}'>{{ x.t }}</li>{% endif %}",
            "\n {% with y=x %}<li id='{{ y.id }}'>{{ y.t }}</li>{% endwith %}",
            "{% autoescape off %}{% if x.t %}<li id='{{ x.id }}'>{{ x.t }}</li>{% endif %}{% endautoescape %}",
        ],
    )
    def test_may_have_it_in_a_branch_with_which_they_begin(self, render: Any, body: str) -> None:
        source = f"{{% for x in l %}}{body}{{% endfor %}}"

        assert self.changes(render, "1a 2b", "2x 1y", source)["="] == [1, 0]

    def test_may_be_in_a_template_of_their_own(self) -> None:
        loader = ("django.template.loaders.locmem.Loader", {"row": "<li id='{{ x.0 }}'>{{ x.1 }}</li>"})
        template = Engine(loaders=[loader]).from_string("{% for x in l %}{% include 'row' %}{% endfor %}")
        old, new = (compile_template(template).render(Context({"l": rows})) for rows in (["1a", "2b"], ["2x", "1y"]))

        assert diff(old, new) == {"0": {"=": [1, 0], "0": {"0": {"1": "x"}}, "1": {"0": {"1": "y"}}}}

    @pytest.mark.parametrize(
        "body",
        [
            "<li><b id='{{ x.id }}'></b>{{ x.t }}</li>",
            "<hr><li id='{{ x.id }}'>{{ x.t }}</li>",
            "{{ x.t }}<li id='{{ x.id }}'></li>",
            "<li id='fixed'>{{ x.id }}{{ x.t }}</li>",
            "<li data-id='{{ x.id }}'>{{ x.t }}</li>",
        ],
    )
    def test_have_it_on_their_first_element_only(self, render: Any, body: str) -> None:
        source = f"{{% for x in l %}}{body}{{% endfor %}}"

        assert "=" not in self.changes(render, "1a 2b", "2x 1y", source)


class TestAttributes:
    @pytest.mark.parametrize(
        ("source", "attributes"),
        [
            ("a=\"1\" b='2' c=3 d", {"a": "1", "b": "2", "c": "3", "d": ""}),
            ("A=1 a=2", {"a": "1"}),
            ('href="?a=1&copy=2&amp;b=&lt"', {"href": "?a=1&copy=2&b=<"}),
            ('t="&notit; &not; &#65;&#x42 &copy"', {"t": "&notit; ¬ AB ©"}),
            ('t="a\r\nb\rc"', {"t": "a\nb\nc"}),
            ("a = 1 / b/", {"a": "1", "b": ""}),
            (" ", {}),
        ],
    )
    def test_are_read_as_a_browser_reads_them(self, source: str, attributes: dict[str, str]) -> None:
        assert parse_attributes(source) == attributes

    def test_a_change_sets_and_removes(self) -> None:
        assert attribute_changes('a="1" b="2" c', 'b="3" c d') == {"a": None, "b": "3", "d": ""}

    @pytest.mark.parametrize("source", ["", " ", 'a="1"', "a b=c", " a='>' ", 'a=x"y'])
    def test_whole_ones_stay_in_their_tag(self, source: str) -> None:
        assert is_whole(source)

    @pytest.mark.parametrize("source", ['a="1', "a=", "a>b", "<", '"', 'a="1"b', "=x"])
    def test_others_do_not(self, source: str) -> None:
        assert not is_whole(source) or source == 'a="1"b'

    @pytest.mark.parametrize("source", ["a=1", "a = 1", 'a="1" b=c', 'a=x"y', "a=1/"])
    def test_a_value_without_quotes_takes_what_follows(self, source: str) -> None:
        assert ends_bare(source)

    @pytest.mark.parametrize(
        "source", ["", "a", 'a="1"', "a=1 b", "a=1 ", 'href="?a=1&b=2"', "href='?a=1'", 'a=1 b="c=d"']
    )
    def test_others_do_not_take_it(self, source: str) -> None:
        assert not ends_bare(source)


class TestText:
    def test_references_count_except_in_raw_text(self) -> None:
        assert decode_text(Kind.TEXT, "a &amp; b") == "a & b"
        assert decode_text(Kind.RAW_TEXT, "a &amp; b") == "a &amp; b"

    def test_a_textarea_drops_its_first_newline(self) -> None:
        assert decode_text(Kind.TEXTAREA, "\r\n\nx") == "\nx"
