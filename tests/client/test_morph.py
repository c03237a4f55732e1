"""Replaced content: nodes that stay the same stay in the page, with all the user did to them."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

FORM = (
    '<form><input name="a" value="1"><input name="b" value="2"><input type="checkbox" name="c">'
    "<textarea>text</textarea><select><option selected>x</option><option>y</option></select></form>"
)


class TestTheFieldBeingTypedIn:
    def test_keeps_value_focus_and_caret_when_its_attribute_changes(self, open_page: OpenPage) -> None:
        page = open_page(region('<input value="1" lx-e="0">'))
        page.find("input").click()
        page.find("input").fill("12345")
        page.evaluate("document.activeElement.setSelectionRange(2, 2)")

        page.patch({"0": {"0": {"value": "9"}}})

        assert page.find("input").input_value() == "12345"
        assert page.find("input").get_attribute("value") == "9"
        assert page.evaluate("document.activeElement.selectionStart") == 2

    def test_keeps_what_it_shows_though_nothing_was_typed_yet(self, open_page: OpenPage) -> None:
        page = open_page(region('<input value="1" lx-e="0"><textarea lx-e="1">t</textarea>'))

        page.find("textarea").focus()
        page.patch({"0": {"1": {"": "new"}}})
        assert page.find("textarea").input_value() == "t"
        page.find("input").focus()
        page.patch({"0": {"0": {"value": "9"}}})

        assert page.find("input").input_value() == "1"
        assert page.find("textarea").input_value() == "new"

    @pytest.mark.parametrize("place", ["region", "slot"])
    def test_survives_a_morph(self, open_page: OpenPage, place: str) -> None:
        page = open_page(region(f"<h1>x</h1><!--[0-->{FORM}<!--]-->"))
        page.find("[name=a]").fill("typing")
        page.evaluate("document.activeElement.setSelectionRange(3, 3); window.field = document.activeElement")
        fresh = "<p>new</p>" + FORM.replace('"1"', '"server"').replace('"2"', '"3"')

        page.patch({"0": f"<h1>x</h1><!--[0-->{fresh}<!--]-->" if place == "region" else {"0": fresh}})

        assert page.evaluate("document.activeElement === field && field.isConnected")
        assert page.find("[name=a]").input_value() == "typing"
        assert page.evaluate("field.selectionStart") == 3
        assert page.find("[name=b]").input_value() == "3"
        assert page.find("p").text_content() == "new"


class TestFieldsThatTheUserHasLeft:
    def test_keep_what_the_user_entered_while_the_server_says_the_same(self, open_page: OpenPage) -> None:
        page = open_page(region(f"<!--[0-->{FORM}<!--]-->"))
        page.find("[name=a]").fill("mine")
        page.find("[name=c]").check()
        page.find("textarea").fill("mine too")
        page.find("select").select_option("y")
        page.evaluate("document.activeElement.blur()")

        page.patch({"0": {"0": f"<p>new</p>{FORM}"}})

        assert page.find("[name=a]").input_value() == "mine"
        assert page.find("[name=c]").is_checked()
        assert page.find("textarea").input_value() == "mine too"
        assert page.find("select").input_value() == "y"

    def test_take_what_the_server_changed(self, open_page: OpenPage) -> None:
        page = open_page(region(f"<!--[0-->{FORM}<!--]-->"))
        page.find("[name=a]").fill("mine")
        page.find("textarea").fill("mine too")
        page.evaluate("document.activeElement.blur()")
        fresh = '<form><input name="a" value="5"><input name="b"><input type="checkbox" name="c" checked>'
        fresh += "<textarea>new</textarea><select><option>x</option><option selected>y</option></select></form>"

        page.patch({"0": {"0": fresh}})

        assert page.find("[name=a]").input_value() == "5"
        assert page.find("[name=b]").input_value() == ""
        assert page.find("[name=c]").is_checked()
        assert page.find("textarea").input_value() == "new"
        assert page.find("select").input_value() == "y"


class TestWhatTheUserOpened:
    def test_stays_open_in_a_morph(self, open_page: OpenPage) -> None:
        html = "<details><summary>s</summary>{}</details><details open><summary>t</summary></details>"
        page = open_page(region(f"<!--[0-->{html.format('a')}<!--]-->"))
        page.find("summary").first.click()
        page.find("summary").last.click()

        page.patch({"0": {"0": html.format("b")}})

        assert page.evaluate("[...document.querySelectorAll('details')].map((d) => d.open)") == [True, False]
        assert page.find("details").first.text_content() == "sb"

    def test_is_opened_and_closed_by_a_slot_of_its_own(self, open_page: OpenPage) -> None:
        page = open_page(region('<details lx-e="0"><summary>s</summary></details>'))

        page.patch({"0": {"0": {"open": ""}}})

        assert page.evaluate("document.querySelector('details').open")

    def test_a_modal_dialog_stays_open(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0--><dialog>a</dialog><!--]-->"))
        page.evaluate("document.querySelector('dialog').showModal()")

        page.patch({"0": {"0": "<dialog>b</dialog>"}})

        assert page.evaluate("document.querySelector('dialog:modal').textContent") == "b"

    def test_scroll_positions_stay(self, open_page: OpenPage) -> None:
        html = '<div id="box" style="height: 50px; overflow: auto"><div style="height: 500px">{}</div></div>'
        page = open_page(region(html.format("a")))
        page.evaluate("document.querySelector('#box').scrollTop = 120")

        page.patch({"0": html.format("b")})

        assert page.evaluate("document.querySelector('#box').scrollTop") == 120


class TestSiblings:
    def test_are_matched_by_id_and_moved(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0--><p id='a'>a</p><p id='b'>b</p><!--]--><hr>"))
        page.evaluate("window.b = document.querySelector('#b')")

        page.patch({"0": {"0": "text<p id='b'>B</p><i>new</i><p id='a'>A</p>"}})

        assert page.html() == '<!--[0-->text<p id="b">B</p><i>new</i><p id="a">A</p><!--]--><hr>'
        assert page.evaluate("b === document.querySelector('#b')")

    def test_outside_the_slot_are_not_touched(self, open_page: OpenPage) -> None:
        page = open_page(region("<b>x</b><!--[0--><b>y</b><!--]--><b>z</b>"))
        page.evaluate("window.outside = [...document.querySelectorAll('b')].filter((b) => b.textContent !== 'y')")

        page.patch({"0": {"0": "<b>1</b><b>2</b>"}})

        assert page.html() == "<b>x</b><!--[0--><b>1</b><b>2</b><!--]--><b>z</b>"
        assert page.evaluate("outside.every((b) => b.isConnected)")


class TestNestedViews:
    def test_are_left_alone_while_they_stay_the_same(self, open_page: OpenPage) -> None:
        child = region("<!--[0-->{}<!--]-->", view="0-0")
        page = open_page(region(f"<h1>a</h1><!--[0-->{child.format('old')}<!--]-->"))
        page.patch({"0": {"0": "newest"}}, view="0-0")

        page.patch({"0": f"<h1>b</h1><!--[0-->{child.format('old')}<!--]-->"})
        page.patch({"0": {"0": "newer still"}}, view="0-0")

        assert page.find("h1").text_content() == "b"
        assert page.find("[lx-view='0-0']").text_content() == "newer still"

    def test_are_read_again_when_another_takes_their_place(self, open_page: OpenPage) -> None:
        page = open_page(region(f"<h1>a</h1><!--[0-->{region('<!--[0-->a<!--]-->', view='0-0')}<!--]-->"))
        page.patch({"0": {"0": "A"}}, view="0-0")

        other = region("<p><!--[0-->b<!--]--></p>", view="0-1")
        page.patch({"0": f"<h1>a</h1><!--[0-->{other}<!--]-->"})
        page.patch({"0": {"0": "B"}}, view="0-1")

        assert page.html("[lx-view='0-1']") == "<p><!--[0-->B<!--]--></p>"


class TestNestedViewsWithKeys:
    def test_are_moved_by_a_morph(self, open_page: OpenPage) -> None:
        def view(key: str) -> str:
            return f'<div id="lx-0-k{key}-0" lx-view="0-k{key}" lx-region="0" lx-digest="d"><input></div>'

        page = open_page(region(f"<section><!--[0--><p>x</p>{view('a')}{view('b')}<!--]--></section>"))
        page.find("input").last.fill("typed")
        page.evaluate("window.field = document.activeElement")

        page.patch({"0": {"0": f"<p>y</p>{view('b')}<i></i>{view('a')}"}})

        assert page.evaluate("[...document.querySelectorAll('input')].map((each) => each.value)") == ["typed", ""]
        assert page.evaluate("document.activeElement === field && field === document.querySelector('input')")
