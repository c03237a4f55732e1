"""Which events are sent, what is in them, and what the browser still does by itself."""

import pytest

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser


class TestClick:
    def test_sends_its_values_and_its_own_name_and_value(self, open_page: OpenPage) -> None:
        page = open_page(
            region('<button lx-click="order" lx-value-item_id="3" lx-value-n="" name="b" value="v">x</button>')
        )

        page.find("button").click()

        assert page.events() == [("order", [["item_id", "3"], ["n", ""], ["b", "v"]])]

    def test_prefers_a_value_to_the_elements_own(self, open_page: OpenPage) -> None:
        page = open_page(region('<button lx-click="go" lx-value-b="1" name="b" value="2">x</button>'))

        page.find("button").click()

        assert page.events() == [("go", [["b", "1"]])]

    def test_inside_a_bound_element_counts(self, open_page: OpenPage) -> None:
        page = open_page(region('<div lx-click="outer"><p lx-click="inner"><b>x</b></p><i>y</i></div>'))

        page.find("b").click()
        page.find("i").click()

        assert page.events() == [("inner", []), ("outer", [])]

    def test_on_a_link_or_button_does_nothing_else(self, open_page: OpenPage) -> None:
        page = open_page(
            region('<a href="/away" lx-click="a">a</a><form action="/away"><button lx-click="b">b</button></form>')
        )

        page.find("a").click()
        page.find("button").click()

        assert page.events() == [("a", []), ("b", [])]
        assert page.page.url == "http://liveex.test/page/"

    def test_on_a_link_with_a_key_for_a_new_tab_is_the_browsers(self, open_page: OpenPage) -> None:
        page = open_page(region('<a href="#x" lx-click="a">a</a>'))

        page.evaluate(
            "document.querySelector('a').dispatchEvent(new MouseEvent('click', {bubbles: true, ctrlKey: true}))"
        )

        assert page.events() == []

    def test_that_another_script_has_stopped_is_not_sent(self, open_page: OpenPage) -> None:
        page = open_page(region('<button lx-click="go">x</button>'))
        page.evaluate("document.querySelector('button').addEventListener('click', (event) => event.preventDefault())")

        page.find("button").click()

        assert page.events() == []

    def test_on_a_checkbox_still_ticks_it(self, open_page: OpenPage) -> None:
        page = open_page(region('<input type="checkbox" name="done" lx-click="toggle">'))

        page.find("input").click()
        page.find("input").click()

        assert page.events() == [("toggle", [["done", "on"]]), ("toggle", [])]

    def test_on_elements_that_a_patch_brought_is_sent(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0--><!--]-->"))
        page.patch({"0": {"0": '<button lx-click="new">x</button>'}})

        page.find("button").click()

        assert page.events() == [("new", [])]

    def test_outside_live_views_is_not_ours(self, open_page: OpenPage) -> None:
        page = open_page(
            region("x") + '<button lx-click="go">x</button><form lx-submit="s" action="#sent"><i>s</i></form>'
        )

        page.find("button").click()
        page.evaluate("document.querySelector('form').requestSubmit()")

        page.page.wait_for_url("**/page/?#sent")
        assert page.events() == []


class TestChange:
    def test_of_a_text_field_is_sent_at_every_input_and_not_again_when_it_is_left(self, open_page: OpenPage) -> None:
        page = open_page(region('<form lx-change="filter"><input name="count" value="0"></form>'))

        page.find("input").press("End")
        page.find("input").press_sequentially("12")
        page.find("input").blur()

        assert page.events() == [("filter", [["count", "01"]]), ("filter", [["count", "012"]])]

    @pytest.mark.parametrize(
        ("html", "pairs"),
        [
            ('<input type="checkbox" name="f" value="1">', [["f", "1"]]),
            ('<input type="radio" name="f" value="2">', [["f", "2"]]),
            ('<input type="checkbox" name="f" checked>', []),
        ],
    )
    def test_of_a_box_is_sent_once(self, open_page: OpenPage, html: str, pairs: list[list[str]]) -> None:
        page = open_page(region(f'<form lx-change="filter">{html}</form>'))

        page.find("input").click()

        assert page.events() == [("filter", pairs)]

    def test_of_a_select_is_sent_once_with_all_that_is_selected(self, open_page: OpenPage) -> None:
        page = open_page(
            region('<select multiple name="f" lx-change="c"><option>1</option><option>2</option></select>')
        )

        page.find("select").select_option(["1", "2"])

        assert page.events() == [("c", [["f", "1"], ["f", "2"]])]

    def test_on_a_field_sends_the_field_and_not_its_form(self, open_page: OpenPage) -> None:
        page = open_page(
            region('<form lx-change="form"><input name="a" lx-change="field" lx-value-k="v"><input name="b"></form>')
        )

        page.find("[name=a]").fill("x")
        page.find("[name=b]").fill("y")

        assert page.events() == [("field", [["k", "v"], ["a", "x"]]), ("form", [["a", "x"], ["b", "y"]])]

    def test_counts_fields_that_name_their_form(self, open_page: OpenPage) -> None:
        page = open_page(region('<form id="f" lx-change="c"></form><input name="a" form="f">'))

        page.find("input").fill("x")

        assert page.events() == [("c", [["a", "x"]])]

    def test_keeps_enter_from_loading_the_page_again(self, open_page: OpenPage) -> None:
        page = open_page(region('<form lx-change="c"><input name="a"></form>'))

        page.find("input").press("Enter")

        page.find("input").fill("x")
        assert page.events() == [("c", [["a", "x"]])]
        assert page.loads == 1


class TestSubmit:
    HTML = region(
        '<form lx-submit="save" lx-value-k="v"><input name="a" value="1"><input name="b" type="checkbox" checked>'
        '<input name="c" type="checkbox"><input name="d" value="x" disabled><input type="file" name="e">'
        '<button name="how" value="now">x</button></form>'
    )

    def test_sends_values_button_and_fields_and_stays_on_the_page(self, open_page: OpenPage) -> None:
        page = open_page(self.HTML)

        page.find("button").click()

        assert page.events() == [("save", [["k", "v"], ["how", "now"], ["a", "1"], ["b", "on"]])]
        assert page.loads == 1

    def test_by_enter_is_by_the_first_button(self, open_page: OpenPage) -> None:
        page = open_page(self.HTML)

        page.find("[name=a]").press("Enter")

        assert page.events() == [("save", [["k", "v"], ["how", "now"], ["a", "1"], ["b", "on"]])]

    def test_of_an_invalid_form_is_the_browsers_to_refuse(self, open_page: OpenPage) -> None:
        page = open_page(region('<form lx-submit="save"><input name="a" required><button>x</button></form>'))

        page.find("button").click()

        assert page.events() == []


class TestKeys:
    def test_are_sent_with_the_field(self, open_page: OpenPage) -> None:
        page = open_page(region('<input name="q" lx-keydown="down" lx-keyup="up">'))

        page.find("input").press("a")

        assert page.events() == [("down", [["key", "a"], ["q", ""]]), ("up", [["key", "a"], ["q", "a"]])]

    def test_may_be_one_key_only(self, open_page: OpenPage) -> None:
        page = open_page(region('<div lx-keyup="up" lx-key="Enter" lx-value-key="mine"><input name="q"></div>'))

        page.find("input").press("a")
        page.find("input").press("Enter")

        assert page.events() == [("up", [["key", "mine"]])]

    @pytest.mark.parametrize(
        "event", ["new KeyboardEvent('keydown', {key: 'a', isComposing: true, %s})", "new Event('keydown', {%s})"]
    )
    def test_of_an_input_method_and_of_autofill_are_not_sent(self, open_page: OpenPage, event: str) -> None:
        page = open_page(region('<input name="q" lx-keydown="down">'))

        page.evaluate(f"document.querySelector('input').dispatchEvent({event % 'bubbles: true'})")

        assert page.events() == []


@pytest.fixture
def slow_page(open_page: OpenPage) -> LivePage:
    fields = '<input name="ms" lx-debounce="200"><input name="blur" lx-debounce="blur">'
    fields += '<input name="seldom" lx-throttle="1000"><button>submit</button>'
    button = '<button id="b" lx-click="b" lx-throttle="1000">b</button>'
    return open_page(region(f'<form lx-change="c" lx-submit="s">{fields}</form>{button}'), clock=True)


class TestDebounce:
    def test_sends_the_last_value_after_a_pause(self, slow_page: LivePage) -> None:
        slow_page.find("[name=ms]").press_sequentially("ab")
        slow_page.pass_time(199)
        slow_page.find("[name=ms]").press_sequentially("c")
        slow_page.pass_time(199)
        assert slow_page.events() == []

        slow_page.pass_time(1)

        assert slow_page.events() == [("c", [["ms", "abc"], ["blur", ""], ["seldom", ""]])]

    def test_ends_when_the_field_is_left(self, slow_page: LivePage) -> None:
        slow_page.find("[name=ms]").press_sequentially("ab")
        slow_page.find("[name=ms]").blur()

        assert [name for name, _ in slow_page.events()] == ["c"]

    def test_until_blur_sends_once_when_the_field_is_left(self, slow_page: LivePage) -> None:
        slow_page.find("[name=blur]").press_sequentially("ab")
        slow_page.pass_time(10_000)
        assert slow_page.events() == []

        slow_page.find("[name=ms]").focus()

        assert slow_page.events() == [("c", [["ms", ""], ["blur", "ab"], ["seldom", ""]])]

    def test_is_flushed_by_submit(self, slow_page: LivePage) -> None:
        slow_page.find("[name=blur]").press_sequentially("a")
        slow_page.find("[name=blur]").press("Enter")
        slow_page.pass_time(1_000)

        assert [name for name, _ in slow_page.events()] == ["c", "s"]

    def test_is_flushed_when_the_page_is_left(self, slow_page: LivePage) -> None:
        slow_page.find("[name=blur]").press_sequentially("a")

        slow_page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")

        assert [name for name, _ in slow_page.events()] == ["c"]

    def test_that_is_no_number_is_told_in_the_console(self, open_page: OpenPage) -> None:
        page = open_page(region('<input name="a" lx-change="c" lx-debounce="soon">'))

        page.find("input").fill("x")
        page.page.wait_for_function("sockets[0].sent.length === 2")

        assert "[liveex] liveex.bad-delay" in page.messages()[0]


class TestThrottle:
    def test_sends_one_click_and_none_of_the_others_in_its_time(self, slow_page: LivePage) -> None:
        for _ in range(3):
            slow_page.find("#b").click()
        slow_page.pass_time(1_000)
        assert len(slow_page.events()) == 1

        slow_page.find("#b").click()

        assert len(slow_page.events()) == 2

    def test_never_loses_the_last_state_of_a_field(self, slow_page: LivePage) -> None:
        slow_page.find("[name=seldom]").press_sequentially("abc")
        slow_page.pass_time(1_000)

        assert [pairs[-1] for _, pairs in slow_page.events()] == [["seldom", "a"], ["seldom", "abc"]]


class TestClickAway:
    MENU = region(
        '<div id="menu" lx-click-away="close" lx-value-k="v"><b>in</b></div>'
        '<div hidden lx-click-away="hidden">x</div><i>out</i>'
    )

    def test_is_a_click_anywhere_else_while_it_is_shown(self, open_page: OpenPage) -> None:
        page = open_page(self.MENU + "<p>not live</p>")

        page.find("b").click()
        assert page.events() == []
        page.find("i").click()
        page.find("p").click()

        assert page.events() == [("close", [["k", "v"]]), ("close", [["k", "v"]])]

    def test_is_not_a_click_on_what_is_gone_from_inside(self, open_page: OpenPage) -> None:
        page = open_page(self.MENU)
        page.evaluate("document.querySelector('b').addEventListener('click', ({ target }) => target.remove())")

        page.find("b").click()

        assert page.events() == []

    def test_is_not_the_end_of_a_selection_that_began_inside(self, open_page: OpenPage) -> None:
        page = open_page(self.MENU)

        page.find("b").hover()
        page.page.mouse.down()
        page.find("i").hover()
        page.page.mouse.up()

        assert page.events() == []

    def test_of_an_element_that_is_gone_is_none(self, open_page: OpenPage) -> None:
        page = open_page(self.MENU)
        page.evaluate("document.querySelector('#menu').remove()")

        page.find("i").click()

        assert page.events() == []


class TestFocus:
    def test_tells_of_the_field_and_of_what_is_around_it(self, open_page: OpenPage) -> None:
        page = open_page(
            region(
                '<div lx-focus="in" lx-blur="out"><input id="a"><input id="b" name="b" value="1" lx-blur="left"></div>'
            )
        )

        page.find("#a").focus()
        page.find("#b").focus()
        page.find("#b").blur()

        assert page.events() == [("in", []), ("left", [["b", "1"]])]

    def test_of_an_element_goes_when_it_leaves_all_its_fields(self, open_page: OpenPage) -> None:
        page = open_page(region('<div lx-blur="out"><input id="a"><input id="b"></div>'))

        page.find("#a").focus()
        page.find("#b").focus()
        page.find("#b").blur()

        assert page.events() == [("out", [])]


class TestPaste:
    def test_sends_the_text_and_still_pastes(self, open_page: OpenPage) -> None:
        page = open_page(region('<textarea lx-paste="pasted" name="n"></textarea>'))

        page.evaluate(
            """{ const data = new DataTransfer();
            data.setData("text/plain", "<b>x</b>");
            window.goesOn = document.querySelector("textarea").dispatchEvent(
              new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }"""
        )

        assert page.events() == [("pasted", [["text", "<b>x</b>"], ["n", ""]])]
        assert page.evaluate("goesOn") is True


class TestKeyCombinations:
    @pytest.mark.parametrize(
        ("wanted", "pressed", "sent"),
        [
            ("Control+s", "Control+s", 1),
            ("Control+s", "Control+Shift+s", 0),
            ("Control+s", "s", 0),
            ("Control+Shift+S", "Control+Shift+S", 1),
            ("Mod+k", "Control+k", 1),
            ("Enter Escape", "Escape", 1),
            ("Enter", "Control+Enter", 0),
            ("Enter", "Shift+Enter", 1),
            ("Shift+Enter", "Enter", 0),
            ("Space", " ", 1),
            ("+", "+", 1),
            ("Control++", "Control++", 1),
            ("a", "b", 0),
        ],
    )
    def test_are_exact(self, open_page: OpenPage, wanted: str, pressed: str, sent: int) -> None:
        page = open_page(region(f'<div tabindex="0" lx-keydown="key" lx-key="{wanted}">x</div>'))

        page.find("[tabindex]").press(pressed)

        assert len(page.events()) == sent

    def test_are_not_the_browsers_any_more(self, open_page: OpenPage) -> None:
        page = open_page(region('<input lx-keydown="save" lx-key="Control+a x">'))
        page.evaluate("document.addEventListener('keydown', (event) => (window.prevented = event.defaultPrevented))")

        page.find("input").press("Control+a")
        assert page.evaluate("prevented") is True
        page.find("input").press("x")
        assert page.evaluate("prevented") is False

        assert [name for name, _ in page.events()] == ["save", "save"]

    def test_of_an_outer_element_pass_an_inner_one_that_waits_for_others(self, open_page: OpenPage) -> None:
        page = open_page(
            region('<div lx-keydown="save" lx-key="Control+s"><input lx-keydown="leave" lx-key="Escape"></div>')
        )

        page.find("input").press("Control+s")
        page.find("input").press("Escape")

        assert page.events() == [("save", [["key", "s"]]), ("leave", [["key", "Escape"]])]


class TestTheWindow:
    def test_tells_every_element_that_is_bound_to_it(self, open_page: OpenPage) -> None:
        page = open_page(
            region(
                '<b lx-window-keydown="search" lx-key="/">a</b><i lx-window-keyup="up" lx-value-k="v">b</i>'
                '<u lx-window-click="any">c</u>'
            )
            + "<input><p>not live</p>"
        )

        page.find("input").press("/")
        page.find("p").click()

        assert page.events() == [("search", [["key", "/"]]), ("up", [["k", "v"], ["key", "/"]]), ("any", [])]

    def test_tells_when_it_gets_and_loses_the_focus(self, open_page: OpenPage) -> None:
        page = open_page(region('<b lx-window-focus="back" lx-window-blur="away">a</b><input>'))

        page.find("input").focus()
        page.evaluate("dispatchEvent(new Event('blur')); dispatchEvent(new Event('focus'))")

        assert [name for name, _ in page.events()][-2:] == ["away", "back"]
        assert len(page.events()) <= 3  # the test's own focus may have brought the window to the front


class TestAnInputMethod:
    def test_makes_one_change_when_it_is_done(self, open_page: OpenPage) -> None:
        page = open_page(region('<input name="a" lx-change="c">'))

        page.evaluate(
            """{ const field = document.querySelector("input");
            const tell = (event) => field.dispatchEvent(event);
            for (const text of ["k", "か"]) {
              field.value = text;
              tell(new InputEvent("input", { bubbles: true, isComposing: true }));
            }
            tell(new CompositionEvent("compositionend", { bubbles: true }));
            tell(new InputEvent("input", { bubbles: true })); }"""
        )

        assert page.events() == [("c", [["a", "か"]])]


class TestWhatAPatchTakesAway:
    # Without the focus, which would be lost with the field, and end the pause.
    TYPE = """{ const field = document.querySelector("input");
    field.value = "typed";
    field.dispatchEvent(new InputEvent("input", { bubbles: true })); }"""
    FIELD = region('<!--[0--><p><input name="a" lx-change="c" lx-debounce="500"></p><!--]-->') + region("x", view="0-1")

    def test_is_sent_all_the_same(self, open_page: OpenPage) -> None:
        page = open_page(self.FIELD, clock=True)
        page.evaluate(self.TYPE)

        page.evaluate("document.querySelector('input').remove()")
        page.pass_time(500)

        assert page.events() == [("c", [["a", "typed"]])]

    def test_is_not_sent_to_a_view_that_is_gone_too(self, open_page: OpenPage) -> None:
        page = open_page(self.FIELD, clock=True)
        page.evaluate(self.TYPE)

        page.evaluate("document.querySelector('[lx-view=\"0\"]').remove()")
        page.pass_time(500)

        assert page.events() == []
