"""Diffs of docs/protocol.md, section 2, applied to the page: HTML in, HTML out."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

EXAMPLE = region(
    '<p class="" lx-e="0"><!--[1-->2<!--]--></p>\n'
    "<ul><!--[2--><!--:--><li><!--[0-->a<!--]--></li><!--:--><li><!--[0-->b<!--]--></li><!--]--></ul>"
)


class TestTheWorkedExampleOfTheProtocol:
    def test_shows_what_the_server_would_have_rendered(self, open_page: OpenPage) -> None:
        page = open_page(EXAMPLE)

        page.receive(
            parts={"Yf3k": ["<li><!--[0-->", "<!--]--></li>"]},
            patch={"0": {"0": {"0": {"class": "high"}, "1": "3", "2": {"=": [{"f": "Yf3k", "r": [["c"]]}, [0, 1]]}}}},
        )

        assert page.html() == (
            '<p class="high" lx-e="0"><!--[1-->3<!--]--></p>\n'
            "<ul><!--[2--><!--:--><li><!--[0-->c<!--]--></li><!--:--><li><!--[0-->a<!--]--></li>"
            "<!--:--><li><!--[0-->b<!--]--></li><!--]--></ul>"
        )


class TestText:
    def test_changes_one_text_node_and_nothing_else(self, open_page: OpenPage) -> None:
        page = open_page(EXAMPLE)
        page.patch({"0": {"1": "3"}})
        page.watch()

        page.patch({"0": {"1": "4"}})

        assert page.changes() == ["characterData #text"]

    def test_is_html_source(self, open_page: OpenPage) -> None:
        page = open_page(EXAMPLE)

        page.patch({"0": {"1": "&lt;b&gt; &amp; more"}})

        assert page.find("p").text_content() == "<b> & more"

    def test_may_be_empty_and_come_back(self, open_page: OpenPage) -> None:
        page = open_page(EXAMPLE)

        page.patch({"0": {"1": ""}})
        page.patch({"0": {"1": "5"}})

        assert page.html("p") == "<!--[1-->5<!--]-->"

    def test_keeps_the_users_selection_elsewhere(self, open_page: OpenPage) -> None:
        page = open_page(EXAMPLE)
        page.evaluate("getSelection().selectAllChildren(document.querySelector('li'))")

        page.patch({"0": {"1": "9", "2": {"1": {"0": "B"}}}})

        assert page.evaluate("getSelection().toString()") == "a"


class TestAttributes:
    def test_are_set_and_removed(self, open_page: OpenPage) -> None:
        page = open_page(region('<p id="p" title="old" lx-e="0 1">x</p>'))

        page.patch({"0": {"0": {"title": None, "data-n": 'a"b'}, "1": {"@click": "go"}}})

        assert page.find("#p").evaluate("e => [e.hasAttribute('title'), e.dataset.n, e.getAttribute('@click')]") == [
            False,
            'a"b',
            "go",
        ]

    def test_keep_properties_in_step(self, open_page: OpenPage) -> None:
        page = open_page(
            region(
                '<input id="text" value="a" lx-e="0"><input id="box" type="checkbox" lx-e="1">'
                '<select id="select"><option>1</option><option lx-e="2">2</option></select><button lx-e="3">b</button>'
            )
        )
        page.find("#text").fill("typed")
        page.find("#text").blur()

        page.patch({"0": {"0": {"value": "b"}, "1": {"checked": ""}, "2": {"selected": ""}, "3": {"disabled": ""}}})

        assert page.find("#text").input_value() == "b"
        assert page.find("#box").is_checked()
        assert page.find("#select").input_value() == "2"
        assert page.find("button").is_disabled()

        page.patch({"0": {"0": {"value": None}, "1": {"checked": None}, "2": {"selected": None}}})

        assert page.find("#text").input_value() == ""
        assert not page.find("#box").is_checked()
        assert page.find("#select").input_value() == "1"


class TestTextOnlyContent:
    @pytest.mark.parametrize(
        ("html", "selector"),
        [
            ('<textarea lx-e="0">old</textarea>', "textarea"),
            ('<select><option lx-e="0">old</option></select>', "option"),
            ('<style lx-e="0">old</style>', "style"),
            ('<script type="application/json" lx-e="0">old</script>', "[lx-view] script"),
            ('<textarea lx-e="0"></textarea>', "textarea"),
        ],
    )
    def test_is_set_as_it_is(self, open_page: OpenPage, html: str, selector: str) -> None:
        page = open_page(region(html))

        page.patch({"0": {"0": {"": "<b>&amp;"}}})

        assert page.find(selector).evaluate("e => e.textContent") == "<b>&amp;"

    def test_shows_in_a_textarea_that_the_user_has_left(self, open_page: OpenPage) -> None:
        page = open_page(region('<textarea lx-e="0">old</textarea>'))
        page.find("textarea").fill("mine")
        page.find("textarea").blur()

        page.patch({"0": {"0": {"": "new"}}})

        assert page.find("textarea").input_value() == "new"


class TestBranches:
    HTML = region("<div><!--[0--><!--]--></div>")
    PARTS = {"yes": ['<b lx-e="0" ', "><!--[1-->", "<!--]--></b>"], "no": ["<i>no</i>"]}

    def test_appear_change_inside_and_disappear(self, open_page: OpenPage) -> None:
        page = open_page(self.HTML)

        page.patch({"0": {"0": ["yes", 'class="x"', "1"]}}, parts=self.PARTS)
        page.evaluate("window.kept = document.querySelector('b')")
        page.patch({"0": {"0": {"0": {"class": "y"}, "1": "2"}}})

        assert page.html("div div") == '<!--[0--><b lx-e="0" class="y"><!--[1-->2<!--]--></b><!--]-->'
        assert page.evaluate("kept === document.querySelector('b')")

        page.patch({"0": {"0": ["no"]}})

        assert page.html("div div") == "<!--[0--><i>no</i><!--]-->"

        page.patch({"0": {"0": ""}})

        assert page.html("div div") == "<!--[0--><!--]-->"

    def test_inside_branches_have_slot_numbers_of_their_own(self, open_page: OpenPage) -> None:
        page = open_page(
            region(
                "<div><!--[0--><!--[0--><!--[0-->x<!--]--><!--]--><!--[1-->y<!--]--><!--]--></div><!--[1-->z<!--]-->"
            )
        )

        page.patch({"0": {"0": {"0": {"0": "X"}, "1": "Y"}, "1": "Z"}})

        assert page.find("[lx-view]").text_content() == "XYZ"

    def test_of_svg_are_svg(self, open_page: OpenPage) -> None:
        page = open_page(region("<svg><!--[0--><!--]--></svg>"))

        page.patch({"0": {"0": ["c"]}}, parts={"c": ["<circle r='5'></circle>"]})

        assert page.evaluate("document.querySelector('circle') instanceof SVGCircleElement")


class TestViews:
    def test_of_one_page_are_patched_apart(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0-->a<!--]-->") + region("<!--[0-->b<!--]-->", view="1"))

        page.receive(patch={"0": {"0": {"0": "A"}}, "1": {"0": {"0": "B"}}})

        assert page.find("[lx-view]").all_text_contents() == ["A", "B"]

    def test_may_have_several_regions(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0-->a<!--]-->") + "<hr>" + region("<!--[0-->b<!--]-->", number=1))

        page.patch({"1": {"0": "B"}})

        assert page.find("[lx-view]").all_text_contents() == ["a", "B"]

    def test_that_are_nested_keep_their_slots_to_themselves(self, open_page: OpenPage) -> None:
        nested = region("<!--[0-->child<!--]-->", view="0-0")
        page = open_page(region(f"<!--[1-->{nested}<!--]--><p><!--[0-->parent<!--]--></p>"))

        page.receive(patch={"0": {"0": {"0": "PARENT"}}, "0-0": {"0": {"0": "CHILD"}}})

        assert page.find("p").text_content() == "PARENT"
        assert page.find("[lx-view='0-0']").text_content() == "CHILD"

    def test_that_their_parent_brings_later_are_patched(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0--><!--]-->"))

        page.patch({"0": {"0": region("<!--[0-->1<!--]-->", view="0-0")}})
        page.patch({"0": {"0": "2"}}, view="0-0")
        page.patch({"0": {"0": region("<!--[0-->3<!--]-->", view="0-1")}})
        page.patch({"0": {"0": "4"}}, view="0-1")

        assert page.find("[lx-view='0-1']").text_content() == "4"
        assert page.find("[lx-view='0-0']").count() == 0

    def test_that_are_gone_take_no_patch(self, open_page: OpenPage) -> None:
        page = open_page(region("<!--[0-->a<!--]-->"))

        page.patch({"0": {"0": "b"}}, view="0-7")

        assert page.sent("resync") == []


class TestIgnoredElements:
    HTML = region('<div id="widget" class="a" lx-e="0" lx-ignore><!--[1-->x<!--]--></div><p><!--[2-->y<!--]--></p>')

    def test_are_never_touched_inside(self, open_page: OpenPage) -> None:
        page = open_page(self.HTML)
        page.evaluate("document.querySelector('#widget').innerHTML = '<b>mine</b>'")

        page.patch({"0": {"0": {"class": "b"}, "1": "X", "2": "Y"}})

        assert page.html("#widget") == "<b>mine</b>"
        assert page.find("#widget").get_attribute("class") == "b"
        assert page.find("p").text_content() == "Y"
        assert page.sent("resync") == []

    def test_survive_a_morph_of_the_region(self, open_page: OpenPage) -> None:
        page = open_page(self.HTML)
        page.evaluate("document.querySelector('#widget').innerHTML = '<b>mine</b>'")

        page.patch({"0": '<h1>new</h1><div id="widget" lx-ignore><!--[1-->z<!--]--></div>'})

        assert page.html("#widget") == "<b>mine</b>"
        assert page.find("h1").count() == 1


class TestTemplates:
    def test_have_their_slots_in_their_content(self, open_page: OpenPage) -> None:
        page = open_page(region("<template><p><!--[0-->a<!--]--></p></template>"))

        page.patch({"0": {"0": "b"}})

        assert page.evaluate("document.querySelector('template').content.textContent") == "b"


class TestTrustedTypes:
    def test_need_only_the_policy_named_liveex(self, open_page: OpenPage) -> None:
        policy = "script-src 'self'; require-trusted-types-for 'script'; trusted-types liveex"
        page = open_page(EXAMPLE, headers={"Content-Security-Policy": policy})

        page.patch({"0": {"1": "<b>bold</b>", "2": ""}})
        page.patch({"0": ["F", "3"]}, parts={"F": ["<p><!--[0-->", "<!--]--></p>"]})

        assert page.html() == "<p><!--[0-->3<!--]--></p>"
