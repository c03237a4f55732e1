"""Fields between the user and the server: whose word a field shows, and when."""

import pytest
from playwright.sync_api import CDPSession

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

FORM = (
    '<form id="f" lx-change="change" lx-submit="submit"><input name="a" lx-e="0"><input name="b" lx-e="1">'
    "<button></button></form>"
)


@pytest.fixture
def page(open_page: OpenPage) -> LivePage:
    return open_page(region(FORM + '<button id="away">x</button>'))


def values(page: LivePage) -> list[str]:
    return [page.find(f"[name={name}]").input_value() for name in "ab"]


def say(page: LivePage, slot: int, value: str, **more: object) -> None:
    page.patch({"0": {str(slot): {"value": value}}}, **more)


def answer(page: LivePage, outcome: str = "applied", number: int = -1, **details: object) -> None:
    seq = page.sent("event")[number]["seq"]
    page.receive(reply=[seq, outcome, *([details] if details else [])])


class TestAFieldThatWaitsForItsAnswer:
    def test_shows_the_servers_newest_word_when_the_answer_has_come(self, page: LivePage) -> None:
        page.find("[name=a]").fill("mine")
        page.find("[name=b]").focus()

        say(page, 0, "of before")
        assert values(page) == ["mine", ""]
        say(page, 0, "MINE")
        answer(page)

        assert values(page) == ["MINE", ""]

    def test_keeps_what_it_shows_when_the_server_has_said_nothing(self, page: LivePage) -> None:
        page.find("[name=a]").fill("mine")
        page.find("[name=b]").focus()

        answer(page)

        assert values(page) == ["mine", ""]

    def test_keeps_what_the_user_has_changed_since(self, page: LivePage) -> None:
        page.find("[name=a]").fill("mine")
        page.find("[name=a]").fill("mine, later")
        page.find("[name=b]").focus()
        say(page, 0, "MINE")

        answer(page, number=0)
        assert values(page) == ["mine, later", ""]
        answer(page)

        assert values(page) == ["MINE", ""]

    def test_does_not_lock_the_fields_beside_it(self, page: LivePage) -> None:
        page.find("[name=a]").fill("mine")

        say(page, 1, "theirs")

        assert values(page) == ["mine", "theirs"]

    @pytest.mark.parametrize("outcome", ["rejected", "failed", "unknown"])
    def test_is_free_again_whatever_the_answer(self, page: LivePage, outcome: str) -> None:
        page.find("[name=a]").fill("mine")
        page.find("[name=b]").focus()
        say(page, 0, "theirs")

        answer(page, outcome, code="liveex.x", id="1")
        page.messages("warning"), page.messages("error")

        assert values(page) == ["theirs", ""]

    def test_is_free_when_the_user_leaves_it_after_the_answer(self, page: LivePage) -> None:
        page.find("[name=a]").fill("mine")
        say(page, 0, "MINE")
        answer(page)
        assert values(page) == ["mine", ""]

        page.find("[name=b]").focus()

        assert values(page) == ["MINE", ""]


class TestInputThatWasNotSent:
    def test_wins_over_a_patch(self, open_page: OpenPage) -> None:
        page = open_page(region(FORM.replace('lx-change="change" ', "")))
        page.find("[name=a]").fill("mine")
        page.find("[name=b]").focus()

        say(page, 0, "theirs")

        assert values(page) == ["mine", ""]
        page.find("[name=b]").press("Enter")
        answer(page)
        assert values(page) == ["theirs", ""]

    def test_wins_while_it_is_held_back(self, open_page: OpenPage) -> None:
        page = open_page(region('<form lx-change="c"><input name="a" lx-e="0" lx-debounce="blur"></form>'))
        page.find("[name=a]").fill("mine")
        page.evaluate("document.activeElement.removeAttribute('lx-debounce')")

        say(page, 0, "theirs")

        assert page.find("[name=a]").input_value() == "mine"


class TestBoxesAndSelects:
    FORM = (
        '<form lx-change="c"><input type="checkbox" name="c" lx-e="0">'
        '<input type="radio" name="r" value="1" checked lx-e="1">'
        '<input type="radio" name="r" value="2" lx-e="2"><input type="radio" name="r" value="3" lx-e="3">'
        '<select name="s"><option lx-e="4">x</option><option lx-e="5">y</option><option lx-e="6">z</option></select></form>'
    )
    SHOWN = "[...document.querySelectorAll('[name=c],[name=r]')].map(each => each.checked)"

    @pytest.fixture
    def page(self, open_page: OpenPage) -> LivePage:
        return open_page(region(self.FORM))

    def test_a_box_that_was_just_ticked_stays_ticked(self, page: LivePage) -> None:
        page.find("[name=c]").check()

        page.patch({"0": {"0": {"checked": ""}}})
        page.patch({"0": {"0": {"checked": None}}})
        assert page.find("[name=c]").is_checked()
        answer(page)

        assert not page.find("[name=c]").is_checked()

    def test_the_choice_among_radio_buttons_stays(self, page: LivePage) -> None:
        page.find("[value='2']").check()

        page.patch({"0": {"1": {"checked": None}, "3": {"checked": ""}}})
        assert page.evaluate(self.SHOWN) == [False, False, True, False]
        answer(page)

        assert page.evaluate(self.SHOWN) == [False, False, False, True]

    def test_the_choice_in_a_select_stays_when_the_focus_is_elsewhere(self, page: LivePage) -> None:
        page.find("select").select_option("y")
        page.evaluate("document.activeElement.blur()")

        page.patch({"0": {"6": {"selected": ""}}})
        assert page.find("select").input_value() == "y"
        answer(page)

        assert page.find("select").input_value() == "z"

    def test_a_box_with_a_click_of_its_own_waits_for_that(self, open_page: OpenPage) -> None:
        page = open_page(region('<input type="checkbox" lx-click="toggle" lx-e="0">'))
        page.find("input").click()

        page.patch({"0": {"0": {"checked": ""}}})
        page.patch({"0": {"0": {"checked": None}}})
        assert page.find("input").is_checked()
        answer(page)

        assert not page.find("input").is_checked()
        page.patch({"0": {"0": {"checked": ""}}})
        assert page.find("input").is_checked()


class TestAFormThatWasSent:
    def test_shows_what_the_server_says_also_where_the_user_is(self, page: LivePage) -> None:
        page.find("[name=a]").fill("hello")
        say(page, 0, "hello")
        answer(page)
        page.find("[name=a]").press("Enter")

        say(page, 0, "", reply=[page.sent("event")[-1]["seq"], "applied"])

        assert values(page) == ["", ""]
        assert page.evaluate("document.activeElement.name") == "a"

    def test_keeps_what_was_typed_after_it_was_sent(self, page: LivePage) -> None:
        page.find("[name=a]").fill("hello")
        answer(page)
        page.find("[name=a]").press("Enter")
        page.find("[name=a]").press("!")

        say(page, 0, "", reply=[page.sent("event")[-2]["seq"], "applied"])

        assert values(page) == ["hello!", ""]

    def test_keeps_everything_when_it_was_refused(self, page: LivePage) -> None:
        page.find("[name=a]").fill("hello")
        answer(page)
        page.find("[name=a]").press("Enter")

        answer(page, "rejected", reason="no")

        assert values(page) == ["hello", ""]
        assert "no" in page.messages()[0]

    def test_is_reset_when_the_server_says_so(self, page: LivePage) -> None:
        page.find("[name=a]").fill("hello")
        page.find("[name=b]").fill("there")
        page.find("[name=b]").press("Enter")

        answer(page, reset=True)

        assert values(page) == ["", ""]

    def test_is_reset_but_for_what_was_typed_since(self, page: LivePage) -> None:
        page.find("[name=b]").fill("there")
        page.find("[name=a]").fill("hello")
        page.find("[name=a]").press("Enter")
        page.find("[name=a]").press("!")

        answer(page, number=-2, reset=True)

        assert values(page) == ["hello!", ""]


class TestUntouchedFields:
    def test_are_marked_until_the_user_changes_or_leaves_them(self, page: LivePage) -> None:
        def markers() -> list[str]:
            return [name for name, _ in page.sent("event")[-1]["payload"] if name.startswith("_unused_")]

        page.find("[name=a]").press("x")
        assert markers() == ["_unused_b"]
        page.find("[name=b]").focus()
        page.find("[name=a]").press("y")
        assert markers() == []
        page.find("[name=a]").press("Enter")
        answer(page, reset=True)
        page.find("[name=a]").press("z")

        assert markers() == ["_unused_b"]


class TestAnInputMethod:
    @pytest.fixture
    def keyboard(self, page: LivePage) -> CDPSession:
        return page.page.context.new_cdp_session(page.page)

    @pytest.mark.parametrize("is_morph", [False, True])
    def test_goes_on_composing_while_patches_arrive(self, open_page: OpenPage, is_morph: bool) -> None:
        page = open_page(region(f"<!--[0--><p>old</p>{FORM.replace(' lx-e', ' x')}<!--]-->" if is_morph else FORM))
        keyboard = page.page.context.new_cdp_session(page.page)
        page.evaluate(
            "window.ended = 0; window.field = document.querySelector('[name=a]');"
            "document.addEventListener('compositionend', () => window.ended++)"
        )
        page.find("[name=a]").focus()

        for step, text in enumerate(["n", "ni", "nih", "nihao"]):
            keyboard.send(
                "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
            )
            if is_morph:
                fresh = FORM.replace(' lx-e="0"', f' value="{step}"').replace(' lx-e="1"', "")
                page.patch({"0": {"0": f"<p>{step}</p><ul><li>an error</li></ul>{fresh}"}})
            else:
                say(page, 0, f"server {step}")
            assert page.find("[name=a]").input_value() == text
            assert page.evaluate("window.ended") == 0
        keyboard.send("Input.insertText", {"text": "你好"})

        assert page.find("[name=a]").input_value() == "你好"
        assert page.evaluate("window.field.isConnected")
        assert page.evaluate("window.ended") == 1


class TestTriggerAction:
    def test_posts_the_form_when_a_patch_brings_it(self, open_page: OpenPage) -> None:
        posted: list[str | None] = []
        page = open_page(
            region(
                '<form method="post" action="/login/" lx-e="0"><input name="submit" value="1"><input name="p"></form>'
            )
        )
        page.page.on("request", lambda request: posted.append(request.post_data) if request.method == "POST" else None)
        page.find("[name=p]").fill("secret")

        with page.page.expect_navigation(url="**/login/"):
            page.patch({"0": {"0": {"lx-trigger-action": ""}}})

        assert posted == ["submit=1&p=secret"]

    def test_does_nothing_in_a_page_that_came_with_it(self, open_page: OpenPage) -> None:
        page = open_page(region('<form method="post" lx-trigger-action></form><p lx-e="0"></p>'))

        page.patch({"0": {"0": {"class": "new"}}})

        assert page.loads == 1
