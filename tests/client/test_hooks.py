"""Hooks: a project's own scripts at elements with lx-hook."""

import pytest

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

# A script of a project: it may run before or after ours.
REGISTER = """
document.addEventListener("liveex:ready", ({ detail }) => {
  window.calls = [];
  const note = (moment) => function () { calls.push(`${moment} ${this.el.id}`); };
  const moments = ["mounted", "updated", "destroyed", "disconnected", "reconnected"];
  detail.hooks.register("Note", Object.fromEntries(moments.map((moment) => [moment, note(moment)])));
});
"""

TWO = region('<p id="a" lx-hook="Note"><!--[0-->x<!--]--></p><!--[1--><p id="b" lx-hook="Note">y</p><!--]-->')


def with_hooks(open_page: OpenPage, body: str, *, headers: dict[str, str] | None = None) -> LivePage:
    return open_page(body, project=REGISTER, headers=headers)


def calls(page: LivePage) -> list[str]:
    """The callbacks since this was last asked."""
    said: list[str] = page.evaluate("calls.splice(0)")
    return said


class TestRegistering:
    @pytest.mark.parametrize("first", [True, False])
    def test_works_in_any_order_of_the_scripts(self, open_page: OpenPage, first: bool) -> None:
        page = open_page(TWO, project=REGISTER, project_first=first)

        assert calls(page) == ["mounted a", "mounted b"]

    def test_late_mounts_what_is_there(self, open_page: OpenPage) -> None:
        page = open_page(region('<p lx-hook="Late"></p>'))

        page.evaluate("liveex.hooks.register('Late', { mounted() { this.el.textContent = 'mounted'; } })")

        assert page.find("p").text_content() == "mounted"

    def test_names_no_element_outside_of_live_views(self, open_page: OpenPage) -> None:
        page = with_hooks(open_page, '<p id="o" lx-hook="Note"></p>' + TWO)

        assert calls(page) == ["mounted a", "mounted b"]

    def test_of_nobody_is_no_hook(self, open_page: OpenPage) -> None:
        names = ["__proto__", "constructor", "Unknown", ""]
        page = with_hooks(
            open_page, region("<!--[0-->x<!--]-->" + "".join(f'<p lx-hook="{name}"></p>' for name in names))
        )

        page.patch({"0": {"0": "y"}})

        assert calls(page) == []


class TestMoments:
    def test_updated_is_for_elements_that_a_patch_changed(self, open_page: OpenPage) -> None:
        page = with_hooks(open_page, TWO)
        calls(page)

        page.patch({"0": {"0": "X"}})
        assert calls(page) == ["updated a"]

        page.patch({"0": {"1": '<p id="b" lx-hook="Note">y</p>'}})
        assert calls(page) == []

        page.patch({"0": {"1": '<p id="b" lx-hook="Note" class="c">y</p>'}})
        assert calls(page) == ["updated b"]

    def test_updated_is_not_for_what_the_hook_or_the_user_changed(self, open_page: OpenPage) -> None:
        page = with_hooks(open_page, TWO)
        page.evaluate("document.querySelector('#a').append('mine')")
        calls(page)

        page.patch({"0": {"1": "z"}})

        assert calls(page) == ["destroyed b"]

    def test_destroyed_and_mounted_follow_the_page(self, open_page: OpenPage) -> None:
        page = with_hooks(open_page, TWO)
        calls(page)

        page.patch({"0": {"1": '<p id="c" lx-hook="Note">y</p><p id="d" lx-hook="Note"></p>'}})

        assert calls(page) == ["destroyed b", "mounted c", "mounted d"]

    def test_a_row_that_moves_is_neither_destroyed_nor_updated(self, open_page: OpenPage) -> None:
        rows = "".join(f'<!--:--><li id="{name}" lx-hook="Note">{name}</li>' for name in "xyz")
        page = with_hooks(open_page, region(f"<ul><!--[0-->{rows}<!--]--></ul>"))
        calls(page)

        page.patch({"0": {"0": {"=": [2, 0, 1]}}})

        assert calls(page) == []

    def test_the_connection_is_told_of(self, open_page: OpenPage) -> None:
        page = with_hooks(open_page, TWO)
        calls(page)

        page.lose_connection()
        assert calls(page) == ["disconnected a", "disconnected b"]
        page.join({"0": {"0": {"0": "new"}}})

        assert calls(page) == ["updated a", "reconnected a", "reconnected b"]

    def test_a_hook_that_fails_is_logged_and_stops_nothing(self, open_page: OpenPage) -> None:
        page = open_page(TWO)
        page.evaluate(
            "liveex.hooks.register('Note', { mounted() { this.n = 1; if (this.el.id === 'a') throw new Error('no'); },"
            " async updated() { throw new Error('nor this'); } })"
        )

        page.patch({"0": {"0": "X", "1": "gone"}})

        assert page.find("#a").text_content() == "X"
        assert [message.split(":")[0] for message in page.messages("error")] == ["[liveex] liveex.hook-failed"] * 2


class TestPushedEvents:
    def test_reach_the_hooks_that_asked_and_the_document(self, open_page: OpenPage) -> None:
        page = open_page(TWO)
        page.evaluate("""
            window.got = [];
            liveex.hooks.register("Note", { mounted() {
              if (this.el.id === "a") this.handleEvent("beep", (detail) => got.push(["hook", detail, this.el.textContent]));
            } });
            document.addEventListener("liveex:event:beep", ({ detail }) => got.push(["document", detail]));
        """)

        page.patch({"0": {"0": "X"}}, events=[["beep", {"n": [1]}], ["other", None]])

        assert page.evaluate("got") == [["hook", {"n": [1]}, "X"], ["document", {"n": [1]}]]

    def test_do_not_reach_a_hook_that_has_gone(self, open_page: OpenPage) -> None:
        page = open_page(TWO)
        page.evaluate("window.got = []")
        page.evaluate(
            "liveex.hooks.register('Note', { mounted() { this.handleEvent('beep', () => got.push(this.el.id)); } })"
        )

        page.patch({"0": {"1": ""}}, events=[["beep", None]])

        assert page.evaluate("got") == ["a"]

    def test_a_callback_that_fails_is_logged(self, open_page: OpenPage) -> None:
        page = open_page(TWO)
        page.evaluate(
            "liveex.hooks.register('Note', { mounted() { this.handleEvent('beep', () => { throw new Error('no'); }); } })"
        )

        page.receive(events=[["beep", None]])

        assert len(page.messages("error")) == 2
        assert page.sockets == 1


ASK = """
    liveex.hooks.register("Note", { mounted() { window[this.el.id] = this; } });
    window.said = [];
    window.ask = (name, values) => a.pushEvent(name, values).then(
      (answer) => said.push(answer), ({ message, outcome, code }) => said.push([message, outcome, code]));
    void 0;
"""


@pytest.fixture
def asking(open_page: OpenPage) -> LivePage:
    page = open_page(TWO)
    page.evaluate(ASK)
    return page


class TestPushEvent:
    def test_is_an_event_of_the_view_around_the_element(self, asking: LivePage) -> None:
        asking.evaluate(
            "void ask('go', {name: 'Ada', n: 3, yes: true, no: null, skip: undefined, list: ['x', 2],"
            " at: new Date(Date.UTC(2026, 0, 2))})"
        )

        payload = [["name", "Ada"], ["n", "3"], ["yes", "true"], ["no", ""], ["list", "x"], ["list", "2"]]
        payload.append(["at", "2026-01-02T00:00:00.000Z"])
        assert asking.sent("event") == [{"type": "event", "seq": 1, "view": "0", "event": "go", "payload": payload}]

    def test_is_answered_as_the_server_says(self, asking: LivePage) -> None:
        replies: list[tuple[list[object], object]] = [
            (["applied"], None),
            (["applied", {"answer": {"rows": [1]}}], {"rows": [1]}),
            (["applied", {"answer": 0}], 0),
            (["rejected", {"reason": "Too late."}], ["Too late.", "rejected", ""]),
            (
                ["failed", {"code": "liveex.handler-error", "id": "x"}],
                ['The event "go" is failed: liveex.handler-error.', "failed", "liveex.handler-error"],
            ),
            (["unknown"], ['The event "go" is unknown.', "unknown", ""]),
            (
                ["applied", {"code": "liveex.bad-answer", "id": "x"}],
                ['The event "go" is applied: liveex.bad-answer.', "applied", "liveex.bad-answer"],
            ),
        ]
        for seq, (reply, _) in enumerate(replies, 1):
            asking.evaluate("void ask('go')")

            asking.receive(reply=[seq, *reply])

        assert asking.find(".lx-message.warning").count() == 0
        assert asking.evaluate("said") == [said for _, said in replies]
        assert len(asking.messages("error")) == 2
        assert len(asking.messages("warning")) == 2

    def test_from_a_hook_that_the_join_updates_is_sent(self, open_page: OpenPage) -> None:
        page = open_page(TWO)
        page.evaluate("void liveex.hooks.register('Note', { updated() { void this.pushEvent('seen'); } })")
        page.lose_connection()

        page.join(views={"0": {"0": {"0": "changed"}}})

        assert page.events() == [("seen", [])]

    def test_is_sent_again_after_a_reconnect_and_answered_once(self, asking: LivePage) -> None:
        asking.evaluate("void ask('go', {n: 1})")
        asking.lose_connection()

        asking.join()

        assert [(event["seq"], event["payload"]) for event in asking.sent("event")] == [(1, [["n", "1"]])]
        asking.receive(reply=[1, "applied", {"answer": "yes"}])
        asking.receive(reply=[1, "applied", {"answer": "again"}])
        assert asking.evaluate("said") == ["yes"]

    def test_that_is_too_large_is_unsent(self, asking: LivePage) -> None:
        asking.evaluate("void ask('go', {n: 'x'.repeat(70000)})")

        assert asking.evaluate("said.map(([, outcome, code]) => [outcome, code])") == [
            ["unsent", "liveex.event-too-large"]
        ]
        assert len(asking.messages("error")) == 1

    def test_that_waits_behind_too_many_is_unsent(self, asking: LivePage) -> None:
        asking.lose_connection()

        asking.evaluate("ask('go'); for (let n = 0; n < 100; n++) a.pushEvent('later'); void 0")

        assert asking.evaluate("said.map(([, outcome, code]) => [outcome, code])") == [
            ["unsent", "liveex.event-dropped"]
        ]
        assert len(asking.messages()) == 1

    def test_is_given_up_when_the_page_is_refused(self, asking: LivePage) -> None:
        asking.evaluate("void ask('go')")

        asking.lose_connection(4403)

        assert asking.evaluate("said.map(([, outcome, code]) => [outcome, code])") == [["unknown", "liveex.refused"]]
        assert len(asking.messages("error")) == 1

    def test_does_not_take_what_has_no_place_in_a_payload(self, asking: LivePage) -> None:
        found = asking.evaluate(
            "(() => { try { a.pushEvent('go', {at: {x: 1}}); } catch (error) { return error.message; } })()"
        )

        assert found.startswith('"at" is no text, number, boolean or date')
        assert asking.sent("event") == []

    def test_that_nobody_waits_for_makes_no_noise(self, asking: LivePage) -> None:
        asking.evaluate("void a.pushEvent('go')")

        asking.receive(reply=[1, "rejected", {"reason": "No."}])

        assert asking.messages() == ['[liveex] liveex.rejected: "go" was refused: No.']
