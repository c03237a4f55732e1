"""Commands: what the browser does by itself, and what of it stays through patches."""

import json
from html import escape
from typing import Any

import pytest

from liveex_django.live import JS
from liveex_django.live.commands import Commands
from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser


def button(commands: Commands, **attributes: str) -> str:
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<button id="do" lx-click="{commands.__html__()}"{more}>do</button>'


def do(page: LivePage) -> None:
    page.evaluate("document.querySelector('#do').click()")


def classes(page: LivePage, selector: str) -> str:
    return str(page.find(selector).evaluate("element => element.className"))


class TestCommands:
    def test_show_and_hide_set_hidden_and_send_nothing(self, open_page: OpenPage) -> None:
        html = '<p id="a">a</p><p id="b" hidden>b</p><p id="c">c</p>'
        page = open_page(region(button(JS.hide("#a").show("#b").toggle("#c")) + html))

        do(page)

        assert page.evaluate("['a', 'b', 'c'].map((id) => document.getElementById(id).hidden)") == [True, False, True]
        do(page)
        assert page.evaluate("document.querySelector('#c').hidden") is False
        assert page.events() == []

    def test_open_and_close_dialogs(self, open_page: OpenPage) -> None:
        page = open_page(region(button(JS.toggle("dialog")) + "<dialog>d</dialog>"))

        do(page)
        assert page.find("dialog:modal").count() == 1
        do(page)

        assert page.find("dialog[open]").count() == 0
        assert page.find("dialog[hidden]").count() == 0

    def test_classes(self, open_page: OpenPage) -> None:
        commands = JS.add_class("x y", "p").remove_class("old", "p").toggle_class("on", "p")
        page = open_page(region(button(commands) + '<p class="old kept">a</p>'))

        do(page)
        assert classes(page, "p") == "kept x y on"
        do(page)

        assert classes(page, "p") == "kept x y"

    def test_attributes(self, open_page: OpenPage) -> None:
        commands = JS.set_attribute("aria-expanded", "true").remove_attribute("title")
        page = open_page(region(button(commands, title="t", aria_expanded="false")))

        do(page)

        assert page.find("#do").get_attribute("aria-expanded") == "true"
        assert page.find("#do").get_attribute("title") is None

    def test_focus(self, open_page: OpenPage) -> None:
        html = '<div id="menu"><p>x</p><button disabled>1</button><a href="/">2</a></div><input id="i">'
        page = open_page(region(button(JS.focus("#i").focus_first("#menu")) + html))

        do(page)

        assert page.evaluate("document.activeElement.textContent") == "2"

    def test_dispatch_is_a_dom_event_that_bubbles(self, open_page: OpenPage) -> None:
        page = open_page(region(button(JS.dispatch("chart:zoom", "p", detail={"by": 2})) + "<p>a</p>"))
        page.evaluate(
            "document.addEventListener('chart:zoom', ({ target, detail }) => (window.got = [target.id, detail]))"
        )

        do(page)

        assert page.evaluate("got") == ["", {"by": 2}]

    def test_within_is_around_where_the_command_stands(self, open_page: OpenPage) -> None:
        rows = "".join(
            f'<li><b>{n}</b><button lx-click="{JS.hide("b", within="li").add_class("done", within="li").__html__()}">'
            "x</button></li>"
            for n in "12"
        )
        page = open_page(region(f"<ul>{rows}</ul>"))

        page.find("button").last.click()

        assert page.evaluate("[...document.querySelectorAll('li')].map((li) => li.outerHTML.includes('hidden'))") == [
            False,
            True,
        ]
        assert page.evaluate("document.querySelectorAll('li.done').length") == 1

    def test_transition_is_a_class_for_a_while(self, open_page: OpenPage) -> None:
        page = open_page(region(button(JS.transition("flash", "p", time=500)) + "<p>a</p>"), clock=True)

        do(page)
        page.pass_time(499)
        assert classes(page, "p") == "flash"
        page.pass_time(1)

        assert classes(page, "p") == ""

    def test_hide_with_a_transition_hides_at_its_end(self, open_page: OpenPage) -> None:
        page = open_page(region(button(JS.toggle("p", transition="fade")) + "<p>a</p>"), clock=True)

        do(page)
        assert page.evaluate("[document.querySelector('p').hidden, document.querySelector('p').className]") == [
            False,
            "fade",
        ]
        do(page)
        page.pass_time(1000)
        assert page.evaluate("document.querySelector('p').hidden") is False
        do(page)
        page.pass_time(200)

        assert page.evaluate("document.querySelector('p').hidden") is True


class TestPush:
    def test_sends_an_event_with_its_values_before_those_of_the_element(self, open_page: OpenPage) -> None:
        commands = JS.add_class("sent").push("save", id=3, tags=["a", "b"])
        page = open_page(region(button(commands, lx_value_id="9", lx_value_more="m")))

        do(page)

        assert page.events() == [("save", [["id", "3"], ["tags", "a"], ["tags", "b"], ["more", "m"]])]
        assert "sent" in classes(page, "#do")

    def test_of_a_form_sends_its_fields(self, open_page: OpenPage) -> None:
        commands = JS.push("save").hide()
        page = open_page(
            region(f'<form lx-submit="{commands.__html__()}"><input name="a" value="1"><button>b</button></form>')
        )

        page.find("button").click()

        assert page.events() == [("save", [["a", "1"]])]
        assert page.find("form").get_attribute("hidden") == ""


class TestCommandsOfTheServer:
    def test_run_after_the_patch(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0--><!--]-->"))

        page.patch({"0": {"0": "<input id='new'>"}}, commands=JS.focus("#new").add_class("x", "#new").as_data())

        assert page.evaluate("document.activeElement.outerHTML") == '<input id="new" class="x">'

    @pytest.mark.parametrize("commands", [JS.hide(), JS.push("x"), JS.hide(within="li")])
    def test_have_to_name_their_elements(self, open_page: OpenPage, commands: Commands) -> None:
        page = open_page(region("<li>a</li>"))

        page.receive(commands=commands.as_data())

        assert len(page.messages("error")) == 1
        assert page.events() == []


class TestEffects:
    HTML = '<p id="p" class="{}" title="{}"{}>{}</p>'

    def show(self, open_page: OpenPage) -> LivePage:
        commands = JS.add_class("open", "#p").remove_class("old", "#p").set_attribute("title", "mine", "#p").hide("#p")
        page = open_page(region(f"<!--[0-->{self.HTML.format('a old', 't', '', 'x')}<!--]-->" + button(commands)))
        do(page)
        return page

    def outer(self, page: LivePage) -> Any:
        return page.find("#p").evaluate("p => [p.className, p.title, p.hidden, p.textContent]")

    def test_stay_through_a_morph(self, open_page: OpenPage) -> None:
        page = self.show(open_page)

        page.patch({"0": {"0": "<h1>n</h1>" + self.HTML.format("b old", "t", "", "y")}})

        assert self.outer(page) == ["b open", "mine", True, "y"]

    def test_give_way_when_the_server_says_something_else_of_an_attribute(self, open_page: OpenPage) -> None:
        page = self.show(open_page)

        page.patch({"0": {"0": self.HTML.format("b", "server", "", "y")}})
        assert self.outer(page) == ["b open", "server", True, "y"]
        page.patch({"0": {"0": self.HTML.format("b", "t", " hidden", "y")}})
        page.patch({"0": {"0": self.HTML.format("b", "t", "", "y")}})

        assert self.outer(page) == ["b open", "t", False, "y"]

    def test_of_slots_follow_the_same_rules(self, open_page: OpenPage) -> None:
        commands = JS.add_class("open", "#p").set_attribute("title", "mine", "#p")
        page = open_page(region('<p id="p" class="a" title="t" lx-e="0 1">x</p>' + button(commands)))
        do(page)

        page.patch({"0": {"0": {"class": "b"}}})
        assert self.outer(page)[:2] == ["b open", "mine"]
        page.patch({"0": {"1": {"title": "server"}}})

        assert self.outer(page)[:2] == ["b open", "server"]

    def test_end_with_the_element(self, open_page: OpenPage) -> None:
        page = self.show(open_page)

        page.patch({"0": {"0": ""}})
        page.patch({"0": {"0": self.HTML.format("a old", "t", "", "x")}})

        assert self.outer(page) == ["a old", "t", False, "x"]


class TestHostileCommands:
    def test_attributes_that_run_code_or_are_ours_are_refused(self, open_page: OpenPage) -> None:
        attributes = [
            ("onclick", "window.ran = 1"),
            ("ONLOAD", "window.ran = 1"),
            ("href", "javascript:window.ran=1"),
            ("href", " java\tscript:window.ran=1"),
            ("xlink:href", "JAVASCRIPT:window.ran=1"),
            ("formaction", "\x01javascript:window.ran=1"),
            ("srcdoc", "<script>parent.ran=1</script>"),
            ("style", "color: red"),
            ("lx-token", "x"),
            ("lx-view", "x"),
            ("lx-click", "x"),
        ]
        page = open_page(region("<a>a</a>"))

        for name, value in attributes:
            page.receive(commands=JS.set_attribute(name, value, "a").as_data())

            assert page.find("a").evaluate("a => a.outerHTML") == "<a>a</a>"
            assert page.messages("error")[0].startswith("[liveex] liveex.bad-command")

    def test_nonsense_is_logged_and_harms_nothing(self, open_page: OpenPage) -> None:
        values = [
            "[",
            "[1]",
            "[null]",
            "[[]]",
            '[["show"]]',
            '[["show", null]]',
            '[["show", {"to": "<"}]]',
            '[["constructor", {}]]',
            '[["__proto__", {"to": "p"}]]',
            '[["add_class", {"to": "p", "names": 5}]]',
            '[["push", {"event": "x", "values": {"__proto__": {"a": 1}}}]]',
            '[["set_attribute", {"to": "p", "name": "<a b", "value": "<"}]]',
        ]
        page = open_page(region(f'<button id="do" lx-click="{escape("[]")}">b</button><p>p</p>'))

        for value in values:
            page.find("#do").evaluate("(button, value) => button.setAttribute('lx-click', value)", value)
            do(page)

            assert len(page.messages("error")) <= 1, value
        assert page.evaluate("({}).a") is None
        assert page.events() == []

    def test_work_under_trusted_types_and_a_strict_policy(self, open_page: OpenPage) -> None:
        policy = "script-src 'self'; style-src 'self'; require-trusted-types-for 'script'; trusted-types liveex"
        commands = JS.toggle("p", transition="x").set_attribute("title", "t").add_class("a").dispatch("x").push("go")
        page = open_page(
            region(button(commands) + "<p>p</p>"),
            project='document.addEventListener("liveex:ready", ({ detail }) =>'
            ' detail.hooks.register("H", { mounted() { this.el.append("mounted"); } }));',
            headers={"Content-Security-Policy": policy},
        )

        do(page)
        page.patch({"0": '<i lx-hook="H"></i>'}, commands=JS.hide("i").as_data(), events=[["e", json.loads("{}")]])

        assert page.html() == '<i lx-hook="H" hidden="">mounted</i>'
