"""From what a person does to the events that a page sends."""

import pytest

from liveex_django.testing import ElementAmbiguous, ElementDisabled, ElementNotBound, ElementNotFound
from liveex_django.testing.document import select
from liveex_django.testing.fields import Fields
from liveex_django.testing.gestures import Event, Gestures

from .html import live


class Screen:
    """A page and a person."""

    def __init__(self, content):
        self.root = live(content)
        self.fields = Fields()
        self.gestures = Gestures(self.fields)

    def one(self, selector):
        [element] = select(self.root, selector)
        return element

    def click(self, selector):
        return simple(self.gestures.click(self.one(selector)))

    def change(self, selector, value):
        return simple(self.gestures.change(self.one(selector), value))

    def submit(self, selector="form", **values):
        return simple(self.gestures.submit(self.one(selector), values))

    def key(self, key, selector):
        return simple(self.gestures.key(self.one(selector), key))

    def value(self, selector):
        return self.fields.value(self.one(selector))


def simple(events):
    return [(event.name, list(event.payload)) for event in events]


class TestClick:
    @pytest.mark.parametrize(
        ("content", "events"),
        [
            ('<button lx-click="go">x</button>', [("go", [])]),
            ('<div lx-click="go"><button>x</button></div>', [("go", [])]),
            ('<button lx-click="go" name="a" value="1" lx-value-b="2">x</button>', [("go", [("b", "2"), ("a", "1")])]),
            ('<button lx-click="go" name="a" value="1" lx-value-a="2">x</button>', [("go", [("a", "2")])]),
            ('<a href="/" lx-click="go"><button>x</button></a>', [("go", [])]),
            ('<form lx-submit="send"><input name="n" value="1"><button name="b" value="2">x</button></form>',
             [("send", [("b", "2"), ("n", "1")])]),
            ('<form lx-submit="send" id="f"></form><button form="f">x</button>', [("send", [])]),
            ('<form lx-submit="send"><button lx-click="go">x</button></form>', [("go", [])]),
            ('<div lx-click="go"><form lx-submit="send"><button>x</button></form></div>', [("go", []), ("send", [])]),
        ],
    )  # fmt: skip
    def test_sends_what_a_browser_would(self, content, events):
        assert Screen(content).click("button") == events

    def test_names_the_nearest_view(self):
        screen = Screen('<p lx-view="0-1" lx-region="0"><button lx-click="go">x</button></p>')

        assert screen.gestures.click(screen.one("button")) == [Event("0-1", "go", ())]

    def test_a_box_is_ticked_and_its_change_sent(self):
        screen = Screen('<input type="checkbox" name="done" lx-change="set">')

        assert screen.click("input") == [("set", [("done", "on")])]
        assert screen.click("input") == [("set", [])]

    def test_a_label_clicks_its_control(self):
        screen = Screen(
            '<form lx-change="set"><label>Done <input type="checkbox" name="done" value="1"></label></form>'
        )

        assert screen.click("label") == [("set", [("done", "1")])]

    def test_a_radio_button_takes_the_tick_from_the_others(self):
        screen = Screen(
            '<form lx-change="set"><input type="radio" name="r" value="1" checked>'
            '<input type="radio" name="r" value="2"></form>'
        )

        assert screen.click('[value="2"]') == [("set", [("r", "2")])]
        assert not screen.fields.is_checked(screen.one('[value="1"]'))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("<button>x</button>", "neither it nor anything around it has lx-click"),
            ('<button lx-click="">x</button>', "its lx-click is empty"),
            ('<a href="/x/"><button>x</button></a>', r"a plain link. Open it: live_client.get\('/x/'\)"),
            ('<button type="button">x</button>', "sends no event"),
        ],
    )
    def test_what_would_do_nothing_says_why(self, content, message):
        with pytest.raises(ElementNotBound, match=message):
            Screen(content).click("button")

    def test_an_element_outside_of_every_view_says_so(self):
        screen = Screen("")
        screen.root.find("body").append(screen.one("div").makeelement("b", {"lx-click": "go"}))

        with pytest.raises(ElementNotBound, match=r"outside of every live view\. Put it inside {% live %}"):
            screen.click("b")

    @pytest.mark.parametrize(
        "content",
        [
            '<button lx-click="go" disabled>x</button>',
            '<fieldset disabled><button lx-click="go">x</button></fieldset>',
            '<div lx-click="go"><button disabled>x</button></div>',
        ],
    )
    def test_what_is_disabled_cannot_be_clicked(self, content):
        with pytest.raises(ElementDisabled, match="is disabled, so a person could not use it"):
            Screen(content).click("button")

    def test_the_legend_of_a_disabled_fieldset_still_works(self):
        screen = Screen('<fieldset disabled><legend><button lx-click="go">x</button></legend></fieldset>')

        assert screen.click("button") == [("go", [])]

    def test_what_is_hidden_cannot_be_clicked(self):
        with pytest.raises(ElementDisabled, match="is hidden"):
            Screen('<p hidden><button lx-click="go">x</button></p>').click("button")


class TestChange:
    @pytest.mark.parametrize(
        ("content", "value", "events"),
        [
            ('<input name="n" lx-change="set">', "a", [("set", [("n", "a")])]),
            ('<input name="n" lx-change="set">', 3, [("set", [("n", "3")])]),
            ('<textarea name="n" lx-change="set">old</textarea>', "a", [("set", [("n", "a")])]),
            ('<form lx-change="set"><input name="n"><input type="hidden" name="h" value="1"></form>', "a",
             [("set", [("n", "a"), ("h", "1"), ("_unused_h", "")])]),
            ('<form lx-change="form"><input name="n" lx-change="field"></form>', "a", [("field", [("n", "a")])]),
            ('<select name="n" lx-change="set"><option>x<option value="1">y</select>', "y", [("set", [("n", "1")])]),
            ('<select name="n" lx-change="set"><option>x<option value="1">y</select>', "1", [("set", [("n", "1")])]),
            ('<select name="n" multiple lx-change="set"><option>x<option>y<option>z</select>', ["x", "z"],
             [("set", [("n", "x"), ("n", "z")])]),
            ('<input type="checkbox" name="n" checked lx-change="set">', False, [("set", [])]),
            ('<form lx-submit="send"><input name="n"></form>', "a", []),
        ],
    )  # fmt: skip
    def test_sends_what_a_browser_would(self, content, value, events):
        assert Screen(content).change('[name="n"]', value) == events

    @pytest.mark.parametrize(
        ("content", "value", "error", "message"),
        [
            ('<input name="n">', "a", ElementNotBound, "neither it nor its form has lx-change or lx-submit"),
            ('<p name="n" lx-change="set">', "a", ElementNotBound, "is no field that could be changed"),
            ('<input name="n" readonly lx-change="set">', "a", ElementDisabled, "is readonly"),
            ('<input name="n" disabled lx-change="set">', "a", ElementDisabled, "is disabled"),
            ('<input type="file" name="n" lx-change="set">', "a", ElementNotBound, "takes files"),
            ('<input name="n" lx-change="set">', True, ElementNotFound, "holds a text: give a str or a number"),
            ('<input type="checkbox" name="n" lx-change="set">', "on", ElementNotFound, "give True or False"),
            (
                '<select name="n" lx-change="set"><option>x</select>',
                "y",
                ElementNotFound,
                r"no option 'y'. There are:\s+<opt",
            ),
            (
                '<select name="n" lx-change="set"><option disabled>x</select>',
                "x",
                ElementDisabled,
                "could not choose it",
            ),
            ('<select name="n" lx-change="set"><option>x</select>', ["x"], ElementNotFound, "takes one value"),
            (
                '<select name="n" multiple lx-change="set"><option>x</select>',
                "x",
                ElementNotFound,
                "takes a list of values",
            ),
        ],
    )
    def test_what_cannot_be_says_why(self, content, value, error, message):
        with pytest.raises(error, match=message):
            Screen(content).change('[name="n"]', value)


class TestSubmit:
    FORM = (
        '<form lx-submit="send" lx-value-id="7"><input name="title" required><input type="checkbox" name="done">'
        '<input type="radio" name="r" value="1"><input type="radio" name="r" value="2">'
        '<input name="off" value="x" disabled><button name="how" value="quick">Send</button></form>'
    )

    def test_sends_the_fields_with_the_first_button(self):
        events = Screen(self.FORM).submit(title="Milk", done=True, r="2")

        assert events == [("send", [("id", "7"), ("how", "quick"), ("title", "Milk"), ("done", "on"), ("r", "2")])]

    def test_filling_sends_the_changes_that_a_browser_would(self):
        screen = Screen('<form lx-change="set" lx-submit="send"><input name="a"><input name="b"></form>')

        assert [name for name, _ in screen.submit(a="1", b="2")] == ["set", "set", "send"]

    @pytest.mark.parametrize(
        ("content", "values", "error", "message"),
        [
            (FORM, {}, ElementDisabled, "A browser would not send .* is required and empty"),
            (
                '<form lx-submit="s"><input name="n" pattern="[0-9]+"></form>',
                {"n": "x"},
                ElementDisabled,
                "match its pattern",
            ),
            (
                '<form lx-submit="s"><input type="checkbox" name="n" required></form>',
                {},
                ElementDisabled,
                "is required",
            ),
            ('<form lx-submit="s"><button disabled>x</button></form>', {}, ElementDisabled, "is disabled"),
            (FORM, {"nope": "x"}, ElementNotFound, "0 fields named 'nope'. Its names: done, off, r, title"),
            (FORM, {"r": "9"}, ElementNotFound, "The radio buttons 'r' have no '9'"),
            (
                '<form lx-submit="s"><input name="n"><input name="n"></form>',
                {"n": "x"},
                ElementAmbiguous,
                "2 fields named",
            ),
            ("<form></form>", {}, ElementNotBound, "neither it nor anything around it has lx-submit"),
        ],
    )
    def test_what_cannot_be_sent_says_why(self, content, values, error, message):
        with pytest.raises(error, match=message):
            Screen(content).submit(**values)

    def test_what_is_no_form_says_so(self):
        with pytest.raises(ElementNotBound, match="<p> is no form"):
            Screen("<p></p>").submit("p")

    def test_a_form_may_ask_not_to_be_validated(self):
        assert Screen('<form lx-submit="send" novalidate><input name="n" required></form>').submit() == [
            ("send", [("n", "")])
        ]

    def test_readonly_fields_are_not_validated_and_are_sent(self):
        assert Screen('<form lx-submit="send"><input name="n" required readonly></form>').submit() == [
            ("send", [("n", "")])
        ]


class TestKey:
    def test_down_and_up_are_sent_with_the_key(self):
        screen = Screen('<input name="n" value="v" lx-keydown="down" lx-keyup="up">')

        assert screen.key("a", "input") == [("down", [("key", "a"), ("n", "v")]), ("up", [("key", "a"), ("n", "v")])]

    def test_what_is_around_may_listen(self):
        assert Screen('<div lx-keydown="down"><input></div>').key("Enter", "input") == [("down", [("key", "Enter")])]

    def test_another_key_than_the_bound_one_says_so(self):
        screen = Screen('<input lx-keydown="down" lx-key="Escape">')

        assert screen.key("Escape", "input") == [("down", [("key", "Escape")])]
        with pytest.raises(ElementNotBound, match="for 'Enter': it is bound to 'Escape' only"):
            screen.key("Enter", "input")

    def test_a_combination_is_exact(self):
        screen = Screen('<div lx-keydown="save" lx-key="Control+s /"><input lx-keydown="leave" lx-key="Escape"></div>')

        assert screen.key("Control+s", "input") == [("save", [("key", "s")])]
        assert screen.key("Mod+S", "input") == [("save", [("key", "S")])]
        assert screen.key("Shift+/", "input") == [("save", [("key", "/")])]
        with pytest.raises(ElementNotBound):
            screen.key("Control+Shift+s", "input")
        with pytest.raises(ElementNotBound):
            screen.key("s", "input")
        with pytest.raises(ValueError, match="holds Strg, which is no modifier"):
            screen.key("Strg+s", "input")

    def test_the_window_hears_it_too(self):
        screen = Screen('<b lx-window-keydown="find" lx-key="/">x</b><input>')

        assert screen.key("/", "input") == [("find", [("key", "/")])]

    def test_enter_in_a_field_sends_its_form(self):
        assert Screen('<form lx-submit="send"><input name="n"></form>').key("Enter", "input") == [("send", [("n", "")])]

    def test_what_nobody_listens_to_says_so(self):
        with pytest.raises(ElementNotBound, match="has lx-keydown"):
            Screen("<input>").key("a", "input")


class TestWhatThePersonDid:
    """Fields and patches."""

    def test_the_field_that_the_person_is_in_keeps_what_was_typed(self):
        screen = Screen('<input name="n" value="0" lx-change="set">')
        screen.change("input", "3abc")

        screen.fields.set_attribute(screen.one("input"), "value", "3")

        assert screen.value("input") == "3abc"

    def test_another_field_shows_what_the_server_says(self):
        screen = Screen('<input name="n" lx-change="set"><button lx-click="go">x</button>')
        screen.change("input", "typed")
        screen.click("button")

        screen.fields.set_attribute(screen.one("input"), "value", "said")

        assert screen.value("input") == "said"

    def test_a_textarea_does_the_same(self):
        screen = Screen('<textarea name="n" lx-change="set">old</textarea><button lx-click="go">x</button>')
        screen.change("textarea", "typed")
        screen.fields.text_was_set(screen.one("textarea"))
        screen.one("textarea").text = "said"
        assert screen.value("textarea") == "typed"

        screen.click("button")
        screen.fields.text_was_set(screen.one("textarea"))

        assert screen.value("textarea") == "said"

    def test_boxes_and_options_follow_the_server(self):
        screen = Screen(
            '<input type="checkbox" lx-change="set"><select lx-change="set"><option>a<option>b</select><button '
            'lx-click="go">x</button>'
        )
        screen.click("input")
        screen.change("select", "b")
        screen.click("button")

        screen.fields.set_attribute(screen.one("input"), "checked", None)
        screen.fields.set_attribute(screen.one("option:first-child"), "selected", "")

        assert not screen.fields.is_checked(screen.one("input"))
        assert screen.value("select") == "a"

    def test_a_radio_button_that_the_server_ticks_takes_the_tick_from_the_others(self):
        screen = Screen('<input type="radio" name="r" id="a" lx-change="s"><input type="radio" name="r" id="b">')
        screen.click("#a")

        screen.fields.set_attribute(screen.one("#b"), "checked", "")

        assert [screen.fields.is_checked(screen.one(each)) for each in ("#a", "#b")] == [False, True]

    @pytest.mark.parametrize(("said", "value"), [("0", "typed"), ("1", "1")])
    def test_a_field_made_anew_keeps_it_unless_the_server_says_something_new(self, said, value):
        screen = Screen('<form lx-change="set"><input name="n" value="0"></form><button lx-click="go">x</button>')
        screen.change("input", "typed")
        screen.click("button")
        [(old, new)] = screen.fields.counterparts(
            [screen.one("form")], [select(live(f'<input name="n" value="{said}">'), "input")[0]]
        )

        screen.fields.take_over(old, new)

        assert screen.fields.value(new) == value

    def test_choices_are_carried_over_by_value(self):
        screen = Screen('<select name="n" lx-change="set"><option>a<option>b</select>')
        screen.change("select", "b")
        fresh = live('<select name="n"><option>a<option>b</select>')
        [(old, new)] = screen.fields.counterparts([screen.one("select")], [select(fresh, "select")[0]])

        screen.fields.take_over(old, new)

        assert screen.fields.value(new) == "b"
        assert screen.fields.focused is new


class TestClickAway:
    MENU = '<ul lx-click-away="close" lx-value-k="v"><li><button lx-click="go">x</button></li></ul><p lx-click="other">y</p>'

    def test_is_a_click_anywhere_else(self):
        screen = Screen(self.MENU)

        assert screen.click("p") == [("other", []), ("close", [("k", "v")])]
        assert screen.click("button") == [("go", [])]
        assert simple(screen.gestures.click_away(screen.one("ul"))) == [("close", [("k", "v")])]

    def test_needs_an_element_that_waits_for_it_and_is_shown(self):
        screen = Screen(self.MENU)
        hidden = Screen('<ul hidden lx-click-away="close"></ul>')

        with pytest.raises(ElementNotBound, match="has lx-click-away"):
            screen.gestures.click_away(screen.one("p"))
        with pytest.raises(ElementDisabled, match="hidden"):
            hidden.gestures.click_away(hidden.one("ul"))


class TestFocusAndPaste:
    FIELD = '<div lx-blur="out"><input name="n" value="1" lx-focus="in" lx-paste="pasted"></div>'

    def test_are_sent_by_what_is_bound(self):
        screen = Screen(self.FIELD)
        field, gestures = screen.one("input"), screen.gestures

        assert simple(gestures.focus(field)) == [("in", [("n", "1")])]
        assert simple(gestures.paste(field, "text")) == [("pasted", [("text", "text"), ("n", "1")])]
        assert simple(gestures.blur(field)) == [("out", [])]

    @pytest.mark.parametrize("gesture", ["focus", "blur", "scroll_to"])
    def test_that_nobody_waits_for_say_so(self, gesture):
        screen = Screen("<input>")

        with pytest.raises(ElementNotBound, match="neither it nor anything around it has lx-"):
            getattr(screen.gestures, gesture)(screen.one("input"))
        with pytest.raises(ElementNotBound, match="has lx-paste"):
            screen.gestures.paste(screen.one("input"), "x")


class TestView:
    def test_coming_into_it_is_sent(self):
        screen = Screen('<p lx-visible="more" lx-value-page="2">x</p>')

        assert simple(screen.gestures.scroll_to(screen.one("p"))) == [("more", [("page", "2")])]


class TestWindow:
    def test_tells_everybody_who_is_bound(self):
        screen = Screen('<b lx-window-focus="a">x</b><i lx-window-focus="b" lx-value-k="v">y</i>')

        assert simple(screen.gestures.window(screen.root, "focus")) == [("a", []), ("b", [("k", "v")])]

    def test_asks_for_the_key(self):
        screen = Screen('<b lx-window-keydown="find" lx-key="Control+k">x</b><i lx-window-paste="pasted">y</i>')

        assert simple(screen.gestures.window(screen.root, "keydown", key="Control+k")) == [("find", [("key", "k")])]
        assert simple(screen.gestures.window(screen.root, "paste", text="t")) == [("pasted", [("text", "t")])]
        with pytest.raises(ElementNotBound, match="bound by lx-window-keydown for 'k'"):
            screen.gestures.window(screen.root, "keydown", key="k")
