"""HTML as a tree."""

import pytest

from liveex_django.testing import ElementNotFound
from liveex_django.testing.document import collapse, parse_fragment, parse_page, select, source_of, text_of

from .html import live, shape


class TestParsing:
    def test_a_table_gets_the_body_that_browsers_add(self):
        root = parse_page(
            "<html><body><table><caption>x</caption><tr><td>1</td></tr><tr><td>2</td></tr></table></body></html>"
        )

        assert len(select(root, "table > tbody > tr")) == 2

    def test_a_table_with_markers_is_left_as_the_server_wrote_it(self):
        root = parse_page("<html><body><table><!--[0--><tr><td>1</td></tr><!--]--></table></body></html>")

        assert select(root, "tbody") == []

    @pytest.mark.parametrize(
        "html", ["<tr><td>1</td></tr>", "<td>1</td><td>2</td>", "<option>x</option>", "a<b>c</b>d"]
    )
    def test_a_fragment_may_begin_anywhere(self, html):
        assert source_of(parse_fragment(html)) == f"<div>{html}</div>"

    def test_text_that_looks_like_html_stays_text_where_browsers_keep_it(self):
        root = live("<textarea><b>x</b></textarea>")

        assert select(root, "textarea")[0].text == "<b>x</b>"
        assert select(root, "b") == []

    def test_a_newline_at_the_start_of_a_textarea_is_dropped_as_browsers_do(self):
        root = live("<textarea>\n\na</textarea><pre>\nb</pre>")

        assert [element.text for element in select(root, "textarea, pre")] == ["\na", "b"]

    def test_an_attribute_without_a_value_has_none(self):
        root = live('<input checked disabled required><input checked="">')

        assert [dict(element.attrib) for element in select(root, "input")] == [
            {"checked": "", "disabled": "", "required": ""},
            {"checked": ""},
        ]


class TestText:
    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("  a \n b\t", "a b"),
            ("a<b>b</b>c", "abc"),
            ("<ul><li>a</li><li>b</li></ul>", "a b"),
            ("<!--[0-->1<!--]-->2", "12"),
            ("a<br>b", "a b"),
            ("a<script>x</script><style>y</style><template>z</template>b", "ab"),
            ("a&nbsp;b &amp; c", "a\xa0b & c"),
        ],
    )
    def test_is_what_a_person_reads(self, html, text):
        assert text_of(live(html)) == text

    def test_a_space_that_must_not_break_is_kept(self):
        assert collapse(" a\xa0 b ") == "a\xa0 b"


class TestSelect:
    def test_gives_elements_in_the_order_of_the_page(self):
        root = live("<p id='a'></p><i></i><p id='b'></p>")

        assert [element.get("id") for element in select(root, "p")] == ["a", "b"]

    @pytest.mark.parametrize("selector", ["p:hover(", "p::before", "##", "p:nonsense"])
    def test_what_is_no_selector_is_named(self, selector):
        with pytest.raises(ElementNotFound, match="is not a CSS selector that can be used here"):
            select(live(""), selector)


class TestSource:
    def test_comments_go_and_their_texts_stay(self):
        root = live("<p>a<!--[0-->b<!--]-->c<i>d</i><!--x-->e</p>")

        assert source_of(select(root, "p")[0]) == "<p>abc<i>d</i>e</p>"

    def test_the_tree_itself_stays_as_it_is(self):
        root = live("<p>a<!--[0-->b<!--]--></p>")
        before = shape(root)

        source_of(root)

        assert shape(root) == before
