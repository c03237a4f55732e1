"""What the page shows of its connection, and of events that are on their way."""

import pytest

from tests.client.live_page import OpenPage, region

pytestmark = pytest.mark.browser

BUTTON = region(
    '<button lx-click="go" lx-disable-with="Wait…"><!--[0-->Go<!--]--></button><p lx-e="1"><!--[2-->x<!--]--></p>'
)
IS_DISCONNECTED = (
    "[...document.querySelectorAll('html, [lx-view]')].map((e) => e.classList.contains('lx-disconnected'))"
)


class TestTheConnection:
    def test_shows_on_the_page_and_on_each_region(self, open_page: OpenPage) -> None:
        page = open_page(region("a") + region("b", view="1"), joined=False)
        assert page.evaluate(IS_DISCONNECTED) == [True, True, True]

        page.open()
        assert page.evaluate(IS_DISCONNECTED) == [True, True, True]

        page.receive(joined={"views": {}})
        assert page.evaluate(IS_DISCONNECTED) == [False, False, False]

        page.lose_connection()
        assert page.evaluate(IS_DISCONNECTED) == [True, True, True]

    def test_leaves_no_empty_class_behind(self, open_page: OpenPage) -> None:
        page = open_page(region("a"))

        assert page.evaluate("document.body.querySelectorAll('[class]').length") == 0


class TestTheLog:
    CLASSES = "[...document.querySelectorAll('html, [lx-view]')].map((e) => e.className)"

    def test_that_does_not_answer_shows_until_it_does(self, open_page: OpenPage) -> None:
        page = open_page(region("a"))

        page.receive(degraded=True)
        meanwhile = page.evaluate(self.CLASSES)
        page.receive(degraded=False)

        assert meanwhile == ["lx-degraded", "lx-degraded"]
        assert page.evaluate(self.CLASSES) == ["", ""]

    def test_shows_as_the_answer_to_a_join_says(self, open_page: OpenPage) -> None:
        page = open_page(region("a"))
        page.receive(degraded=True)

        page.lose_connection()
        page.open()
        page.receive(joined={"views": {}})

        assert page.evaluate(self.CLASSES) == ["", ""]

    def test_that_has_lost_something_shows_from_then_on_and_is_said(self, open_page: OpenPage) -> None:
        page = open_page(region("a"))

        page.receive(lost=["0"])

        assert page.evaluate(self.CLASSES) == ["lx-lost", "lx-lost"]
        assert [message.split(":")[0] for message in page.messages()] == ["[liveex] liveex.history-lost"]


class TestAnEventOnItsWay:
    def test_shows_on_its_element_until_it_is_answered(self, open_page: OpenPage) -> None:
        page = open_page(region('<b lx-click="go" class="x">go</b>'), clock=True)

        page.find("b").click()
        page.find("b").click()
        page.pass_time(120)
        page.receive(reply=[1, "applied"])
        assert page.find("b").get_attribute("class") == "x lx-loading"

        page.receive(reply=[2, "rejected", {"reason": "no"}])
        assert page.find("b").get_attribute("class") == "x"
        page.messages()

    def test_shows_through_patches_of_its_class(self, open_page: OpenPage) -> None:
        page = open_page(region('<b lx-click="go" class="x" lx-e="0">go</b>'), clock=True)
        page.find("b").click()
        page.pass_time(120)

        page.patch({"0": {"0": {"class": "y"}}})
        assert page.find("b").get_attribute("class") == "y lx-loading"

        page.patch({"0": {"0": {"class": "z"}}}, reply=[1, "applied"])
        assert page.find("b").get_attribute("class") == "z"

    def test_shows_on_its_view_and_on_the_page(self, open_page: OpenPage) -> None:
        page = open_page(region('<b lx-click="go">go</b>') + region("other", view="1"), clock=True)
        find = "[...document.querySelectorAll('html, [lx-view]')].map((e) => [e.className, e.ariaBusy])"

        page.find("b").click()
        page.pass_time(120)
        assert page.evaluate(find) == [["lx-page-loading", None], ["lx-view-loading", "true"], ["", None]]
        assert page.find(".lx-progress").count() == 1

        page.receive(reply=[1, "applied"])
        assert page.evaluate(find) == [["", None], ["", None], ["", None]]
        assert page.find(".lx-progress").count() == 0

    def test_does_not_flicker_while_patches_arrive(self, open_page: OpenPage) -> None:
        style = "<style>@keyframes turn { to { rotate: 1turn } } .lx-loading { animation: turn 9s infinite }</style>"
        page = open_page(style + region('<b lx-click="go">go</b><p><!--[0-->x<!--]--></p>'), clock=True)
        page.find("b").click()
        page.pass_time(120)
        page.evaluate("window.turning = document.querySelector('b').getAnimations()[0]; null")

        for number in range(5):
            page.patch({"0": {"0": str(number)}})

        assert page.evaluate("turning && turning === document.querySelector('b').getAnimations()[0]")

    def test_that_is_answered_soon_never_shows(self, open_page: OpenPage) -> None:
        page = open_page(region('<b lx-click="go">go</b><p lx-e="0"><!--[1-->x<!--]--></p>'), clock=True)
        page.watch()

        page.find("b").click()
        page.pass_time(119)
        page.patch({"0": {"1": "y"}}, reply=[1, "applied"])
        page.pass_time(1_000)

        assert page.changes() == ["attributes DIV", "characterData #text"]  # the digest, the text
        assert page.evaluate("document.documentElement.className") == ""

    def test_that_is_slow_is_told_to_scripts_which_may_show_it_themselves(self, open_page: OpenPage) -> None:
        page = open_page(region('<b lx-click="go">go</b>'), clock=True)
        page.evaluate(
            """window.told = [];
            for (const name of ["liveex:progress-start", "liveex:progress-stop"])
              document.addEventListener(name, (event) => { told.push(name); event.preventDefault(); });"""
        )

        page.find("b").click()
        page.pass_time(120)
        bars = page.find(".lx-progress").count()
        page.receive(reply=[1, "applied"])

        assert bars == 0
        assert page.evaluate("told") == ["liveex:progress-start", "liveex:progress-stop"]


class TestDisableWith:
    def test_disables_the_button_and_says_why(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)

        page.find("button").click()

        assert page.find("button").is_disabled()
        assert page.find("button").text_content() == "Wait…"

    def test_gives_everything_back(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)
        page.find("button").click()

        page.receive(reply=[1, "applied"])

        assert page.html("button") == "<!--[0-->Go<!--]-->"
        assert page.find("button").is_enabled()
        assert page.evaluate("document.activeElement.nodeName") == "BUTTON"

    def test_moves_no_focus_while_patches_arrive(self, open_page: OpenPage) -> None:
        page = open_page(region('<button lx-click="go" lx-disable-with="…">Go</button><p><!--[0-->x<!--]--></p>'))
        page.find("button").click()
        page.evaluate(
            "window.focused = 0; document.addEventListener('focusin', () => focused++);"
            " new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
        )

        for number in range(3):
            page.patch({"0": {"0": str(number)}})

        assert page.evaluate("focused") == 0

    def test_does_not_hide_the_button_from_patches(self, open_page: OpenPage) -> None:
        page = open_page(BUTTON)
        page.find("button").click()

        page.patch({"0": {"0": "Again", "2": "y"}})
        assert page.find("button").text_content() == "Wait…"
        page.receive(reply=[1, "applied"])

        assert page.find("button").text_content() == "Again"
        assert page.sent("resync") == []

    def test_of_a_form_is_about_the_button_that_sent_it(self, open_page: OpenPage) -> None:
        page = open_page(
            region(
                '<form lx-submit="s"><input type="submit" id="one" value="One" lx-disable-with="…">'
                "<button>Two</button></form>"
            )
        )

        page.find("#one").click()
        assert page.find("#one").input_value() == "…"
        assert page.find("#one").is_disabled()
        assert page.find("button").is_enabled()

        page.receive(reply=[1, "applied"])
        assert page.find("#one").input_value() == "One"
        assert page.find("#one").is_enabled()
