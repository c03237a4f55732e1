"""What is hard about patches: the cases in which a page loses what it should keep, or shows what it should not."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

PARTS = {
    "row": ["<tr><td><input><!--[0-->", "<!--]--></td></tr>"],
    "wrap": ["<section><!--[0-->", "<!--]--></section>"],
}


class TestConditionals:
    def test_around_elements_take_away_and_bring_back_only_these(self, open_page: OpenPage) -> None:
        page = open_page(region("<i>before</i><!--[0--><b>x</b><!--]--><i>after</i><!--[1-->y<!--]-->"))
        page.evaluate("window.kept = [...document.querySelectorAll('i')]")

        page.patch({"0": {"0": "", "1": "z"}})
        page.patch({"0": {"0": ["wrap", "in"]}}, parts=PARTS)
        page.patch({"0": {"0": {"0": "again"}}})

        assert page.html() == (
            "<i>before</i><!--[0--><section><!--[0-->again<!--]--></section><!--]--><i>after</i><!--[1-->z<!--]-->"
        )
        assert page.evaluate("kept.every((i) => i.isConnected)")

    def test_around_rows_of_a_table_keep_it_a_table(self, open_page: OpenPage) -> None:
        page = open_page(region("<table><tbody><tr id='a'></tr><!--[0--><!--]--><tr id='z'></tr></tbody></table>"))

        page.patch({"0": {"0": ["row", "x"]}}, parts=PARTS)
        assert page.evaluate("[...document.querySelectorAll('tbody > tr')].map((tr) => tr.textContent)") == [
            "",
            "x",
            "",
        ]
        page.patch({"0": {"0": ""}})

        assert page.evaluate("document.querySelectorAll('tbody > tr').length") == 2

    def test_around_cells(self, open_page: OpenPage) -> None:
        page = open_page(region("<table><tbody><tr><td>1</td><!--[0--><!--]--><td>3</td></tr></tbody></table>"))

        page.patch({"0": {"0": ["cells", "2"]}}, parts={"cells": ["<td><!--[0-->", "<!--]--></td>"]})

        assert page.find("td").all_text_contents() == ["1", "2", "3"]


class TestComments:
    def test_between_nodes_neither_end_a_slot_nor_move(self, open_page: OpenPage) -> None:
        html = "<!-- a --><p><!--[0-->x<!-- ] --><!--]--></p><!--b--><!--[1-->y<!--]--><!-- [2 -->"
        page = open_page(region(html))

        page.patch({"0": {"0": "X<!-- c -->", "1": "<!-- d --><b>Y</b>"}})
        page.patch({"0": {"0": "XX"}})

        assert page.html() == (
            "<!-- a --><p><!--[0-->XX<!--]--></p><!--b--><!--[1--><!-- d --><b>Y</b><!--]--><!-- [2 -->"
        )


class TestFocus:
    def test_stays_in_a_field_whose_row_swaps_places(self, open_page: OpenPage) -> None:
        rows = "".join(
            f"<!--:--><tr id='{name}'><td><input value='{name}'><!--[0-->{name}<!--]--></td></tr>" for name in "abc"
        )
        page = open_page(region(f"<table><tbody><!--[0-->{rows}<!--]--></tbody></table>"))
        page.find("#a input").fill("typing")
        page.evaluate("document.activeElement.setSelectionRange(2, 4); window.field = document.activeElement")

        for order in ([1, 0, 2], [2, 1, 0], [1, 2, 0]):
            page.patch({"0": {"0": {"=": order, "0": {"0": "patched"}}}})

        assert page.evaluate(
            "[document.activeElement === field, field.value, field.selectionStart, field.selectionEnd]"
        ) == [
            True,
            "typing",
            2,
            4,
        ]

    def test_stays_in_content_that_is_edited(self, open_page: OpenPage) -> None:
        page = open_page(region("<div id='e' contenteditable lx-ignore>text</div><!--[0-->x<!--]-->"))
        page.find("#e").click()
        page.page.keyboard.press("End")
        page.page.keyboard.type(" more")

        page.patch({"0": "<h1>n</h1><div id='e' contenteditable lx-ignore>text</div><!--[0-->y<!--]-->"})
        page.page.keyboard.type("!")

        assert page.find("#e").text_content() == "text more!"


class TestSelects:
    def test_keep_the_choice_when_options_change_around_it(self, open_page: OpenPage) -> None:
        options = "<option>a</option><option>b</option><option>c</option>"
        page = open_page(region(f"<select><!--[0-->{options}<!--]--></select>"))
        page.find("select").select_option("c")

        page.patch({"0": {"0": f"<option>new</option>{options}"}})

        assert page.evaluate("document.querySelectorAll('option').length") == 4

    def test_show_the_choice_that_the_server_makes(self, open_page: OpenPage) -> None:
        page = open_page(region("<select><!--[0--><option>a</option><option>b</option><!--]--></select>"))
        page.find("select").select_option("a")
        page.evaluate("document.activeElement.blur()")

        page.patch({"0": {"0": "<option>a</option><option selected>b</option><option>c</option>"}})

        assert page.find("select").input_value() == "b"


class TestFormsInForms:
    def test_are_dropped_by_the_parser_and_harm_nothing(self, open_page: OpenPage) -> None:
        page = open_page(region("<form id='o'><!--[0--><!--]--><input name='a' value='1'></form>"))

        page.patch({"0": {"0": "<form id='i'><input name='b' value='2'></form>"}})
        page.patch({"0": {"0": "<p>x</p>"}})

        assert page.find("#o p").text_content() == "x"
        assert page.find("input").count() == 1


class TestWhatGoesOn:
    def test_a_transition_of_an_untouched_node(self, open_page: OpenPage) -> None:
        page = open_page(region("<p id='t'>t</p><!--[0-->x<!--]-->"))
        page.evaluate(
            "window.moving = document.querySelector('#t').animate([{opacity: 0}, {opacity: 1}], {duration: 60000}); void 0"
        )

        page.patch({"0": {"0": "<b>y</b>"}})
        page.patch({"0": "<h1>n</h1><p id='t'>t</p><!--[0--><b>z</b><!--]-->"})

        assert page.evaluate("[moving.playState, document.getAnimations().length]") == ["running", 1]

    def test_a_custom_element_is_neither_made_nor_connected_again(self, open_page: OpenPage) -> None:
        page = open_page(region("<x-clock class='a'><!--[0-->1<!--]--></x-clock>"))
        page.evaluate("""
            window.life = [];
            customElements.define("x-clock", class extends HTMLElement {
              connectedCallback() { life.push("connected"); }
              disconnectedCallback() { life.push("disconnected"); }
            });
        """)

        page.patch({"0": {"0": "2"}})
        page.patch({"0": "<h1>n</h1><x-clock class='b'><!--[0-->3<!--]--></x-clock>"})

        assert page.evaluate("life") == ["connected"]
        assert page.find("x-clock.b").text_content() == "3"

    def test_what_other_scripts_put_into_ignored_elements(self, open_page: OpenPage) -> None:
        html = "{}<div id='w' class='a' lx-ignore><p><!--[0-->x<!--]--></p></div>{}"
        page = open_page(region(html.format("", "")))
        page.evaluate("""
            const widget = document.querySelector('#w');
            widget.replaceChildren(Object.assign(document.createElement('canvas'), { id: 'drawn' }));
            widget.classList.add('ready');
            void 0;
        """)

        page.patch({"0": {"0": "y"}})
        page.patch({"0": html.format("<h1>n</h1>", "<hr>")})
        page.patch({"0": html.format("", "<p>p</p>")})

        assert page.find("#w").evaluate("w => w.outerHTML") == (
            '<div id="w" class="a ready" lx-ignore=""><canvas id="drawn"></canvas></div>'
        )
        assert page.sent("resync") == []

    def test_an_ignored_element_that_the_template_takes_away_goes(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0--><div id='w' lx-ignore>x</div><!--]-->"))

        page.patch({"0": {"0": ""}})

        assert page.find("#w").count() == 0
