"""What a hostile visitor or a careless project could do to pages; each of these was possible once."""

import asyncio
import re
import threading

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.test import AsyncClient

from liveex_django.live.consumer import LiveViewConsumer
from liveex_django.live.page import Page

from . import attacked, stores
from .browser import heard

pytestmark = pytest.mark.django_db(transaction=True)

# What a browser puts into every text that it sends, so that a log would show a line of its own.
FORGED = "x\nFORGED\r\x1b[31m\u2028\x85"


@pytest.fixture(autouse=True)
def attacked_project(settings):
    settings.ROOT_URLCONF = "tests.live.attacked"


async def assert_refused(tab, close_code):
    assert "error" in tab.frames[-1]
    assert await tab.receive() == close_code


class TestRootViews:
    async def test_cannot_take_the_place_of_a_nested_one_and_stay_for_ever(self, browser):
        await stores.board.at().adispatch("bump")
        tab = browser()
        await tab.get("/outer/")
        token = tab.tokens["0"]

        await tab.join(views=[{"view": view, "token": token} for view in ("0-0", "0")])

        await assert_refused(tab, 4401)
        await tab.close()
        assert not heard()

    @pytest.mark.parametrize("view", ["", "1", "00", "0\n", "x", "__proto__", "²", "9" * 5000])
    async def test_have_the_id_that_their_token_was_made_for(self, browser, view):
        tab = browser()
        await tab.get("/outer/")

        await tab.join(views=[{"view": view, "token": tab.tokens["0"]}])

        await assert_refused(tab, 4401)

    async def test_are_joined_once_however_often_their_token_is_shown(self, browser):
        tab = browser()
        await tab.get("/outer/")

        await tab.join(views=[{"view": "0", "token": tab.tokens["0"]}] * 2)

        await assert_refused(tab, 4401)

    @pytest.mark.parametrize("client", ["é" * 20, "²" * 20, "٣" * 16, "0123456789abcdef\n", "\0" * 16])
    async def test_belong_to_a_client_whose_id_is_ascii(self, browser, client):
        tab = browser()
        await tab.get("/outer/")

        await tab.join(client=client)

        await assert_refused(tab, 4400)

    @pytest.mark.parametrize("token", ["", "x", ":", ":::", "a:b:c", "\0", "é:é:é", ".:1:x", "." * 50_000])
    async def test_are_refused_with_whatever_is_no_token(self, browser, token):
        tab = browser()
        await tab.get("/outer/")

        await tab.join(views=[{"view": "0", "token": token}])

        await assert_refused(tab, 4401)


def event(name="note", **changes):
    return {"type": "event", "seq": 1, "view": "0", "event": name, "payload": [], **changes}


class TestValues:
    @pytest.mark.parametrize(
        "amount", ["1e999999999", "-1e309", "1e-999999999", "0e999999999", "9" * 400, "Infinity", "sNaN"]
    )
    async def test_that_grow_when_they_are_used_are_refused(self, browser, amount):
        tab = browser()
        await tab.open("/note/")

        frame = await tab.event("price", amount=amount)

        assert frame["reply"][2]["code"] == "liveex.invalid-payload"

    @pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31 23:59"])
    async def test_that_could_not_be_shown_in_another_time_zone_are_refused(self, browser, when):
        tab = browser()
        await tab.open("/note/")

        frame = await tab.event("date", when=when)

        assert frame["reply"][2]["code"] == "liveex.invalid-payload"

    @pytest.mark.parametrize("amount", ["0", "-0.00", "1e308", "1e-308", " 12.50 "])
    async def test_in_between_are_taken(self, browser, amount):
        tab = browser()
        await tab.open("/note/")

        assert (await tab.event("price", amount=amount))["reply"] == [1, "applied"]

    @pytest.mark.parametrize("seq", [0, -1, 2**53, 10**30, True, "1", 1.5])
    async def test_of_seq_are_those_that_a_browser_counts_with(self, browser, seq):
        tab = browser()
        await tab.open("/note/")

        await tab.send(event(seq=seq))
        await tab.receive()

        await assert_refused(tab, 4400)


class TestLog:
    @pytest.mark.parametrize(
        "message",
        [
            {"type": FORGED},
            {"type": "ping", FORGED: 1},
            {"type": "join", "client": FORGED, "views": []},
            event(FORGED),
            event(f"note/../{FORGED}"),
            event(view=FORGED),
            event(payload=[[FORGED, FORGED]]),
            event("choose", payload=[["note", FORGED]]),
            event("bump", payload=[["amount", FORGED]]),
            {"type": "resync", "view": FORGED},
        ],
    )
    @pytest.mark.parametrize("length", [1, 1400], ids=["short", "long"])
    async def test_has_one_short_line_for_whatever_a_browser_sends(self, browser, caplog, message, length):
        tab = browser()
        await tab.open("/note/")

        await tab.send(repeat(message, length))
        await tab.receive()

        assert_plain(caplog)

    @pytest.mark.parametrize("token", [FORGED, f"a:{FORGED}:c", FORGED * 1400])
    async def test_has_one_short_line_for_a_token_that_is_none(self, browser, caplog, token):
        tab = browser()
        await tab.get("/note/")

        await tab.join(views=[{"view": "0", "token": token}])

        assert_plain(caplog)


def repeat(message, times):
    """The same message with its forged texts so many times as long."""
    if isinstance(message, dict):
        return {repeat(name, times): repeat(value, times) for name, value in message.items()}
    if isinstance(message, list):
        return [repeat(value, 1 if times == 1 else times // 4) for value in message]
    return message.replace(FORGED, FORGED * times) if isinstance(message, str) else message


def assert_plain(caplog):
    assert caplog.records
    for text in [record.getMessage() for record in caplog.records]:
        # What this package writes itself may have lines: "Did you mean …" is one.
        assert not [line for line in text.splitlines() if line.startswith("FORGED")]
        assert all(character.isprintable() or character == "\n" for character in text)
        assert len(text) < 1000


async def log_in(*permissions):
    user = await User.objects.acreate_user("ann", password="secret")
    await user.user_permissions.aset([await Permission.objects.aget(codename=name) for name in permissions])
    client = AsyncClient()
    await client.aforce_login(user)
    return client, user


async def answer_of_check(tab):
    """The close code of the next check; frames before it are read."""
    while isinstance(answer := await tab.receive(), dict):
        pass
    return answer


class TestRevocation:
    """By the page's own check; what makes it quicker is in test_visitors.py."""

    @pytest.fixture(autouse=True)
    def quick_checks(self, settings, lost_announcements):
        settings.LIVEEX = {"THREADS": 0, "RECHECK_INTERVAL": 0.2}

    async def test_a_logout_is_not_forgotten_when_an_event_notices_it_first(self, browser):
        client, _ = await log_in()
        tab = browser(client)
        await tab.open("/mine/")
        await sync_to_async(client.session.flush)()

        replies = [(await tab.event("guarded"))["reply"][1] for _ in range(2)]

        assert replies == ["failed", "failed"]
        assert await answer_of_check(tab) == 4401

    async def test_a_new_password_closes_the_page(self, browser):
        client, user = await log_in()
        tab = browser(client)
        await tab.open("/mine/")

        user.set_password("another")
        await user.asave()

        assert await answer_of_check(tab) == 4401

    async def test_a_deactivated_users_page_is_closed(self, browser):
        client, user = await log_in()
        tab = browser(client)
        await tab.open("/mine/")

        user.is_active = False
        await user.asave()

        assert await answer_of_check(tab) == 4401

    async def test_another_user_in_another_tab_closes_the_page(self, browser):
        client, _ = await log_in()
        tab = browser(client)
        await tab.open("/mine/")

        await client.aforce_login(await User.objects.acreate_user("bob"))

        assert await answer_of_check(tab) == 4401

    async def test_a_permission_of_a_nested_view_that_is_lost_closes_the_page(self, browser):
        client, user = await log_in("change_user")
        tab = browser(client)
        await tab.open("/around-guarded/")

        await user.user_permissions.aclear()

        assert await answer_of_check(tab) == 4403

    async def test_can_subscribe_is_asked_again(self, browser, monkeypatch):
        tab = browser()
        await tab.open("/club/")

        monkeypatch.setattr(attacked.Club, "has_members", False)

        assert await answer_of_check(tab) == 4403

    async def test_a_check_that_cannot_be_made_makes_the_page_join_again(self, browser, monkeypatch, caplog):
        tab = browser()
        await tab.open("/fickle/")

        monkeypatch.setattr(attacked.Fickle, "mood", RuntimeError("the database is away"))

        assert await answer_of_check(tab) == 4013
        assert "the database is away" in caplog.text

    async def test_who_keeps_the_cookie_of_an_ended_session_follows_it_no_longer(self, browser):
        tab = browser()
        await tab.open("/session/")

        await tab.http.session.aflush()

        assert await answer_of_check(tab) == 4401

    async def test_a_session_that_somebody_else_has_logged_in_with_is_theirs_alone(self, browser):
        attacker, victim = browser(), AsyncClient()
        await attacker.open("/session/")
        victim.cookies.load({name: morsel.value for name, morsel in attacker.http.cookies.items()})

        await victim.aforce_login(await User.objects.acreate_user("ann"))

        assert await answer_of_check(attacker) == 4401

    async def test_a_session_that_lasts_keeps_its_page(self, browser, monkeypatch):
        checked, check_again = asyncio.Event(), Page.check_again

        async def check_and_tell(page):
            await check_again(page)
            checked.set()

        monkeypatch.setattr(Page, "check_again", check_and_tell)
        tab = browser()
        await tab.open("/session/")

        await asyncio.wait_for(checked.wait(), 5)

        assert (await tab.event("bump"))["patch"] == {"0": {"0": {"0": "1"}}}


class TestHandlers:
    @pytest.mark.parametrize("threads", [0, 2])
    @pytest.mark.parametrize(
        "name", sorted(attacked.Careless.event_handlers.keys() - attacked.Note.event_handlers.keys())
    )
    async def test_that_end_in_no_exception_end_neither_page_nor_server(self, browser, settings, caplog, name, threads):
        settings.LIVEEX = {"THREADS": threads}
        tab = browser()
        await tab.open("/careless/")

        failed = await tab.event(name)
        followed = await tab.event("note", text="goes on")

        assert failed["reply"][1] == "failed"
        assert failed["reply"][2]["code"] == "liveex.handler-error"
        assert failed["reply"][2]["id"] in caplog.text
        assert followed["patch"] == {"0": {"0": {"1": "goes on"}}}

    async def test_may_refuse_with_a_lazy_translation(self, browser, settings):
        settings.LANGUAGE_CODE = "de"
        tab = browser()
        await tab.open("/note/")

        frame = await tab.event("refuse_in_the_visitors_language")

        assert frame["reply"] == [1, "rejected", {"reason": "Nein"}]


class TestFrames:
    async def test_with_half_a_character_arrive_and_so_do_those_after_them(self, browser):
        tab = browser()
        await tab.open("/note/")

        half = await tab.event("half_a_character")
        whole = await tab.event("note", text="whole")

        assert half == {"patch": {"0": {"0": {"1": "a\ud83d"}}}, "reply": [1, "applied"]}
        assert whole["patch"] == {"0": {"0": {"1": "whole"}}}


class TestNestedViews:
    async def test_that_cannot_be_mounted_leave_the_page_without_them(self, browser, monkeypatch, caplog):
        tab = browser()
        await tab.get("/around/")
        monkeypatch.setattr(attacked.Inner, "template_name", "live_attacks/missing.html")

        frame = await tab.join()
        counted = await tab.event("bump")

        assert frame["error"]["code"] == "liveex.render-error"
        assert frame["joined"]["views"]["0"]["0"][1:] == ["0", ""]
        assert counted["patch"]["0"]["0"]["0"] == "1"

    async def test_that_cannot_be_rendered_leave_the_page_without_them(self, browser, monkeypatch, caplog):
        tab = browser()
        await tab.get("/around/")
        monkeypatch.setattr(attacked.Inner, "broken", "yes")

        frame = await tab.join()
        counted = await tab.event("bump")

        assert frame["joined"]["views"]["0"]["0"][1:] == ["0", ""]
        assert counted["patch"]["0"]["0"]["0"] == "1"
        assert "secret detail" in caplog.text

    async def test_come_back_when_they_can(self, browser, monkeypatch, caplog):
        tab = browser()
        await tab.get("/around/")
        with monkeypatch.context() as patched:
            patched.setattr(attacked.Inner, "broken", "yes")
            await tab.join()

        frame = await tab.event("bump")

        assert 'lx-view="0-0"' in frame["patch"]["0"]["0"]["1"]

    async def test_that_have_ended_send_nothing_more(self, browser, monkeypatch):
        monkeypatch.setattr(attacked.Inner, "gate", asyncio.Event(), raising=False)
        await stores.board.at().adispatch("bump")
        tab = browser()
        await tab.open("/outer/")
        await tab.fire("outlive", view="0-0")
        removed = await tab.patch()

        attacked.Inner.gate.set()
        answer = await tab.receive()

        assert removed == {"0": {"0": {"0": "0", "1": ""}}}
        assert answer == {"reply": [1, "applied"]}

    async def test_show_what_their_arguments_say_when_rows_move(self, browser):
        tab = browser()
        await tab.open("/lines/")

        await attacked.column.at().acommit("put_first", "new")
        rows = (await tab.patch())["0"]["0"]["0"]

        assert ">new<" in rows["0"]["1"]
        assert ">old<" in rows["="][1]["r"][0][1]

    async def test_that_take_the_place_of_others_have_an_id_of_their_own(self, browser):
        tab = browser()
        await tab.open("/lines/")
        ids = re.findall('lx-view="(.*?)"', tab.html)

        await attacked.column.at().acommit("put_first", "new")

        assert ids == ["0", "0-0.0"]
        assert '<div lx-view="0-0.0~2"' in (await tab.patch())["0"]["0"]["0"]["0"]["1"]


class TestJoin:
    async def test_is_not_overtaken_by_what_changes_meanwhile(self, browser, monkeypatch):
        monkeypatch.setattr(attacked.SlowToMount, "gate", asyncio.Event(), raising=False)
        monkeypatch.setattr(attacked.SlowToMount, "started", asyncio.Event(), raising=False)
        tab = browser()
        await tab.get("/around-slow/")
        attacked.SlowToMount.started.clear()
        await tab.connect()
        await tab.send(tab.join_message())
        await asyncio.wait_for(attacked.SlowToMount.started.wait(), 5)

        await stores.board.at().adispatch("bump")
        assert await tab.socket.receive_nothing()
        attacked.SlowToMount.gate.set()
        frame = await tab.receive()
        await tab.close()

        assert frame.keys() == {"parts", "joined", "patch"}
        assert frame["patch"]["0"] == {"0": {"0": "1"}}
        assert not heard()


class TestABrowserThatDoesNotRead:
    async def test_is_forgotten_when_its_answers_pile_up(self, browser, settings, monkeypatch, caplog):
        settings.LIVEEX = {"THREADS": 0, "MAX_EVENTS": 2}
        tab, reads_again, ended = browser(), asyncio.Event(), asyncio.Event()
        send, close = LiveViewConsumer._send_text, Page.close

        async def send_late(consumer, text):
            await reads_again.wait()
            await send(consumer, text)

        def close_and_tell(page):
            close(page)
            ended.set()

        monkeypatch.setattr(LiveViewConsumer, "_send_text", send_late)
        reads_again.set()
        await tab.open("/note/")
        reads_again.clear()
        monkeypatch.setattr(Page, "close", close_and_tell)
        for _ in range(20):
            await tab.fire("note", text="x")
        await asyncio.wait_for(ended.wait(), 5)

        assert not heard()
        reads_again.set()
        assert await answer_of_check(tab) == 4013
        assert tab.frames[-1]["error"]["code"] == "liveex.too-many-events"


class TestThreads:
    async def test_that_all_wait_for_actions_that_need_a_thread_get_one(self, browser, settings, monkeypatch):
        settings.LIVEEX = {"THREADS": 2}
        monkeypatch.setattr(attacked.Threads, "crowd", threading.Barrier(2), raising=False)
        one, two = browser(), browser()
        await one.open("/threads/")
        await two.open("/threads/")

        await one.fire("bump_from_a_thread")
        answers = await asyncio.gather(two.event("bump_from_a_thread"), one.receive())

        assert answers[0]["reply"] == [1, "applied"]


@pytest.mark.parametrize("error", [asyncio.CancelledError, SystemExit, attacked.Odd, StopIteration])
class TestTemplatesThatRaiseWhatIsNoException:
    async def test_are_the_projects_500(self, browser, monkeypatch, error):
        monkeypatch.setattr(attacked.Raising, "error", error("secret detail"))
        tab = browser()
        tab.http.raise_request_exception = False

        response = await tab.get("/raising/")

        assert response.status_code == 500
        assert "secret detail" not in tab.html

    async def test_refuse_the_join(self, browser, monkeypatch, error):
        tab = browser()
        await tab.get("/raising/")
        monkeypatch.setattr(attacked.Raising, "error", error("secret detail"))

        frame = await tab.join()

        assert frame["error"]["code"] == "liveex.handler-error"
        assert await tab.receive() == 4013

    async def test_are_left_out_where_they_are_nested(self, browser, monkeypatch, error):
        tab = browser()
        await tab.get("/raising/")
        monkeypatch.setattr(attacked.RaisingInside, "error", error("secret detail"))

        frame = await tab.join()

        assert frame["error"]["code"] == "liveex.render-error"
        assert frame["joined"]["views"].keys() == {"0"}


class TestCaches:
    async def test_do_not_give_one_visitors_page_to_another(self, browser):
        one, two = browser(), browser()
        await one.open("/cached/")
        await one.event("bump")

        joined = (await two.open("/cached/"))["joined"]

        assert one.tokens != two.tokens
        assert joined["views"] == {"0": {}}
        assert "<p><!--[0-->0<!--]--></p>" in two.html


class TestActionsOfModules:
    @pytest.mark.parametrize(("name", "slot"), [("ledger/book", "0"), ("other/ledger/book", "1")])
    async def test_are_reached_by_their_whole_name(self, browser, name, slot):
        tab = browser()
        await tab.open("/modules/")

        frame = await tab.event(name)

        assert frame == {"patch": {"0": {"0": {slot: "1"}}}, "reply": [1, "applied"]}

    @pytest.mark.parametrize(
        "name",
        [
            "/ledger/book",
            "ledger//book",
            "ledger/../ledger/book",
            "other/book",
            "other/other/ledger/book",
            "ledger/audit",
            "other/ledger/audit",
            "ledger/enter",
            "ledger/$reset",
            "$reset",
            "other/$restore",
            "ledger",
            "ledger/",
            "/",
        ],
    )
    async def test_are_reached_by_no_other(self, browser, name):
        tab = browser()
        await tab.open("/modules/")

        frame = await tab.event(name)

        assert frame["reply"][2]["code"] == "liveex.unknown-event"


class TestGetters:
    async def test_that_cannot_be_computed_yet_are_not_read_before_the_template_does(self, browser):
        tab = browser()

        await tab.open("/words/")
        frame = await tab.event("speak", word="word")

        assert "silence" in tab.html
        assert frame["patch"]["0"]["0"]["0"][1] == "4.0"
