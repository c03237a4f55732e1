"""Finding one element, and what is said when there is not one."""

import re

import pytest

from liveex_django.testing import ElementAmbiguous, ElementNotFound
from liveex_django.testing.document import select
from liveex_django.testing.finding import Query, describe
from liveex_django.testing.roles import name_of, role_of

from .html import live, select_one

PAGE = """<h1>Items</h1><button lx-click="filter" class="toggle">House</button><button lx-click="filter">Office</button>
<p>House <b>rules</b></p><form lx-submit="add"><label for="n">Name</label><input id="n" name="name"><input type="submit"
value="Add"></form><a href="/x/">More</a><button>Dead</button>"""


class TestFinding:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (Query("h1"), "<h1>"),
            (Query("button", text="House"), '<button class="toggle" lx-click="filter">'),
            (Query("button", text=re.compile("^Off")), '<button lx-click="filter">'),
            (Query(text="rules"), "<b>"),
            (Query(role="heading"), "<h1>"),
            (Query(role="button", name="Add"), '<input type="submit">'),
            (Query("input", text="Add"), '<input type="submit">'),
            (Query(role="textbox", name="Name"), '<input id="n" name="name">'),
            (Query(name=re.compile("More")), '<a href="/x/">'),
        ],
    )
    def test_by_selector_text_role_and_name(self, query, found):
        assert describe(query.one(live(PAGE), "/p/")).split(' "')[0].startswith(found.split(' "')[0])

    def test_spaces_do_not_count(self):
        assert Query(text="a b").one(live("<p> a\n  b </p>"), "/p/").tag == "p"

    def test_a_text_is_compared_whole(self):
        assert Query("button", text="Hous").all(live(PAGE)) == []


class TestFailing:
    def fail(self, query, error=ElementNotFound):
        with pytest.raises(error) as failure:
            query.one(live(PAGE), "/items/")
        return str(failure.value)

    def test_a_wrong_text_lists_what_the_selector_finds(self):
        message = self.fail(Query("button", text="Car"))

        assert message.startswith("/items/ has no 'button' with text 'Car'. 'button' alone finds:\n")
        assert '<button class="toggle" lx-click="filter"> "House"' in message
        assert '<button> "Dead"' in message

    def test_a_wrong_selector_lists_what_can_be_used(self):
        message = self.fail(Query("#nope"))

        assert message.startswith("/items/ has no '#nope'. Elements bound to an event:\n")
        assert '<form lx-submit="add"> "Name"' in message
        assert "Dead" not in message

    def test_a_wrong_name_lists_what_has_the_role(self):
        message = self.fail(Query(role="heading", name="Things"))

        assert message == (
            "/items/ has no element with role 'heading' and name 'Things'. With role 'heading' there are:\n"
            '    <h1> "Items"'
        )

    def test_several_are_listed(self):
        message = self.fail(Query("button", text=re.compile("House|Office")), ElementAmbiguous)

        assert message.startswith("/items/ has 2 elements that are 'button' with text matching 'House|Office':\n")
        assert message.endswith("Say which, with a narrower selector or its text.")

    def test_long_lists_are_cut(self):
        with pytest.raises(ElementAmbiguous, match=r"\.\.\. and 10 more"):
            Query("p").one(live("<p>x</p>" * 30), "/p/")

    def test_nothing_to_look_for_says_so(self):
        assert self.fail(Query()).startswith("Nothing says which element.")

    def test_a_page_with_nothing_to_use_says_none(self):
        with pytest.raises(ElementNotFound, match=r"Elements bound to an event: none\."):
            Query("p").one(live("plain"), "/p/")

    def test_long_texts_are_cut(self):
        assert describe(select_one("<p>" + "word " * 50 + "</p>", "p")).endswith('..."')


class TestRoles:
    @pytest.mark.parametrize(
        ("html", "role", "name"),
        [
            ("<button>Go</button>", "button", "Go"),
            ('<button aria-label="Close">x</button>', "button", "Close"),
            ('<button><img alt="Up" src="x"></button>', "button", "Up"),
            ('<input type="submit">', "button", "Submit"),
            ('<input type="image" alt="Map">', "button", "Map"),
            ('<a href="/">Home</a>', "link", "Home"),
            ("<a>anchor</a>", None, ""),
            ('<input type="checkbox" title="Done">', "checkbox", "Done"),
            ("<label>Name <input></label>", "textbox", "Name"),
            ('<input type="email" placeholder="Mail">', "textbox", "Mail"),
            ('<input type="number">', "spinbutton", ""),
            ('<input type="hidden" name="x">', None, ""),
            ("<textarea></textarea>", "textbox", ""),
            ("<select></select>", "combobox", ""),
            ("<select multiple></select>", "listbox", ""),
            ("<h3>Part</h3>", "heading", "Part"),
            ('<th scope="row">r</th>', "rowheader", "r"),
            ("<th>c</th>", "columnheader", "c"),
            ("<table><caption>Items</caption></table>", "table", "Items"),
            ("<fieldset><legend>Who</legend></fieldset>", "group", "Who"),
            ('<div role="alert">x</div>', "alert", ""),
            ("<p hidden>x</p>", None, ""),
            ("<output>3</output>", "status", ""),
        ],
    )
    def test_of_html(self, html, role, name):
        element = next(each for each in select(live(html), "[lx-view] *") if each.tag != "label")

        assert (role_of(element), name_of(element)) == (role, name)

    def test_a_label_names_its_control(self):
        page = (
            '<label>Name <input id="a"></label><label for="b">Mail</label><input id="b"><i id="c">X</i><i id="d">Y</i>'
        )
        page += '<input id="e" aria-labelledby="c d"><label id="wrap">On <input id="f" type="checkbox"></label>'

        assert [name_of(select_one(page, selector)) for selector in ("#a", "#b", "#e", "#f")] == [
            "Name",
            "Mail",
            "X Y",
            "On",
        ]
