"""``manage.py liveex_dispatch``: an action from a command line."""

import io
import json
import sys
from contextlib import suppress
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.management import CommandError, call_command

from liveex_django.exceptions import OutcomeUnknown
from liveex_django.replication import get_log, redis_log
from liveex_django.replication.redis_attempts import Patience
from liveex_django.store import Store
from tests.replication.build import make_counter
from tests.replication.redis_server import free_port

COUNTER = make_counter(name="test.cli")
ROOMS = make_counter(name="test.rooms", scope="key")


def dispatch(*arguments, **options):
    """What the command printed."""
    stdout = io.StringIO()
    call_command("liveex_dispatch", *arguments, stdout=stdout, **options)
    return stdout.getvalue()


@pytest.fixture
def store():
    """One to declare more in."""
    return make_counter()


class TestTheAction:
    def test_runs_and_what_it_returned_is_printed(self):
        assert dispatch("test.cli", "bump", '{"amount": 3}') == "3\n"
        assert COUNTER.at().get_state()["count"] == 3

    def test_needs_no_parameters_when_it_has_defaults(self):
        assert dispatch("test.cli", "bump") == "1\n"

    def test_may_return_nothing_and_then_nothing_is_printed(self):
        assert dispatch("test.cli", "bump_and_note") == ""

    def test_need_not_be_public_and_may_be_a_plain_def(self):
        assert dispatch("test.cli", "bump_in_thread", '{"amount": 4}') == "8\n"

    def test_may_be_one_of_a_module(self):
        whole = Store("test.whole", scope="global", state={}, modules={"part": make_counter()})

        assert dispatch("test.whole", "part/bump") == "1\n"
        assert whole.at().get_state()["part"]["count"] == 1

    def test_gets_its_parameters_as_annotated(self):
        store = Store("test.typed", scope="global", state={})
        got = []

        @store.action
        async def take(ctx, day: date, price: Decimal, tags: list[str]):
            got.append((day, price, tags))

        dispatch("test.typed", "take", '{"day": "2026-05-01", "price": "2.50", "tags": ["a"]}')

        assert got == [(date(2026, 5, 1), Decimal("2.50"), ["a"])]

    def test_gets_them_from_stdin(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"amount": 5}')))

        assert dispatch("test.cli", "bump", "-") == "5\n"


class TestTheInstance:
    def test_has_its_key_behind_the_first_colon(self):
        dispatch("test.rooms:berlin:2", "bump")

        assert ROOMS.at("berlin:2").get_state()["count"] == 1

    @pytest.mark.parametrize("path", ["tests.live.stores.board", "tests.management.shelf"])
    def test_is_found_by_the_path_of_a_store_or_of_its_module(self, path):
        assert dispatch(path, "bump", "--json") == '{"outcome":"applied","returned":null}\n'

    def test_is_found_by_the_name_of_a_store_that_only_a_live_view_names(self, settings, tmp_path, monkeypatch):
        (tmp_path / "attic_store.py").write_text(
            "from liveex_django.store import Store\n"
            "store = Store('attic', scope='global', state={})\n"
            "@store.action\nasync def look(ctx):\n    return 'dust'\n"
        )
        (tmp_path / "attic_urls.py").write_text(
            "from django.urls import include, path\n"
            "from liveex_django.live import LiveView\n"
            "class Attic(LiveView):\n    store = 'attic_store'\n    template_name = 'x.html'\n"
            "class Broken(LiveView):\n    store = 'nowhere.store'\n"
            "urlpatterns = [path('a/', include([path('', Broken.as_view()), path('attic/', Attic.as_view())]))]\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        settings.ROOT_URLCONF = "attic_urls"

        assert dispatch("attic", "look") == "dust\n"

    def test_that_is_none_is_told_with_those_there_are(self):
        with pytest.raises(
            CommandError, match=r"no store 'test\.cly'(.|\n)*Did you mean 'test\.cli'\?.*Known stores: "
        ):
            dispatch("test.cly", "bump")
        with pytest.raises(CommandError, match=r"no store 'tests\.nowhere\.store'.*\n.*dotted path of its module"):
            dispatch("tests.nowhere.store", "bump")

    def test_of_a_name_that_two_stores_have_is_refused(self, store):
        twin = make_counter(name=store.name)

        with pytest.raises(CommandError, match=f"2 stores have the name '{twin.name}'"):
            dispatch(twin.name, "bump")

    def test_needs_a_key_or_has_none(self):
        with pytest.raises(CommandError, match=r"its key cannot be empty.* On the command line: test\.rooms:KEY$"):
            dispatch("test.rooms", "bump")
        with pytest.raises(CommandError, match=r"its key must be left out.* On the command line: test\.cli$"):
            dispatch("test.cli:5", "bump")
        with pytest.raises(CommandError, match="cannot be the key"):
            dispatch("test.rooms:{}", "bump")


class TestWhoActs:
    @pytest.fixture
    def ada(self, transactional_db):
        return User.objects.create_user("ada")

    def test_is_the_system_without_a_word(self):
        dispatch("test.cli", "bump")

        assert COUNTER.at().history()[0].actor is None

    def test_may_be_a_user(self, ada):
        dispatch("test.cli", "bump", user="ada")

        assert COUNTER.at().history()[0].actor == f"user:{ada.pk}"

    def test_is_asked_for_permissions(self, ada):
        with pytest.raises(
            CommandError, match=rf"user:{ada.pk} lacks 'auth.change_user', which action 'guarded' asks for"
        ):
            dispatch("tests.live.stores.board", "guarded", user="ada")

        ada.user_permissions.add(Permission.objects.get(codename="change_user"))
        dispatch("tests.live.stores.board", "guarded", user="ada")

    def test_that_is_nobody_is_told(self, transactional_db):
        with pytest.raises(CommandError, match="There is no user with the username 'eve', so nothing was dispatched"):
            dispatch("test.cli", "bump", user="eve")

    def test_cannot_be_a_user_of_a_project_without_users(self, settings):
        settings.AUTH_USER_MODEL = "nobody.User"

        with pytest.raises(CommandError, match="This project has no users, so --user eve names nobody"):
            dispatch("test.cli", "bump", user="eve")


class TestParametersThatAreNone:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                '{"amount": 3',
                r"no JSON, so nothing was dispatched: Expecting ',' delimiter in line 1, column 13\. Write",
            ),
            ('{\n "amount" 3}', r"Expecting ':' delimiter in line 2, column 11"),
            ("", r"Expecting value in line 1, column 1"),
            ('{"amount": NaN}', r"no JSON, so nothing was dispatched: NaN is not in it"),
            ("[" * 100_000, r"no JSON, so nothing was dispatched: "),
            ("[3]", r"The parameters are an array, so nothing was dispatched: an action takes them by their names"),
            ("3", r"The parameters are a number"),
            ("true", r"The parameters are true or false"),
            ("null", r"The parameters are null"),
            ('"amount"', r"The parameters are a string"),
            ('{"amuont": 3}', r"has no parameter 'amuont', so it was not run\. Did you mean 'amount'"),
            ('{"amount": "3"}', r"cannot take amount='3' \(str\): Expected `int`, got `str`"),
        ],
    )
    def test_are_told_with_what_is_wrong_and_where(self, text, message):
        with pytest.raises(CommandError, match=message):
            dispatch("test.cli", "bump", text)

        assert COUNTER.at().history() == ()

    def test_are_told_when_stdin_is_no_text(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"\xff": 1}')))

        with pytest.raises(CommandError, match=r"no JSON, so nothing was dispatched: .*can't decode byte 0xff"):
            dispatch("test.cli", "bump", "-")


class TestWhatBecameOfIt:
    def test_unknown_actions_are_told_with_those_there_are(self):
        with pytest.raises(
            CommandError, match=r"no action 'bmp'(.|\n)*Did you mean 'bump'\? Known actions: bump, bump_"
        ):
            dispatch("test.cli", "bmp")

    def test_a_refusal_is_told_with_its_reason(self):
        with pytest.raises(CommandError, match=r"^Action 'bump' of test\.cli was refused: no thirteens$"):
            dispatch("test.cli", "bump", '{"amount": 13}')

    def test_a_failure_is_told_with_what_was_raised(self, store):
        @store.action
        async def divide(ctx):
            return 1 / 0

        with pytest.raises(
            CommandError, match=r"^Action 'divide' of .* failed with ZeroDivisionError: division by zero\. "
        ):
            dispatch(store.name, "divide")

    def test_a_change_that_nobody_would_see_is_refused(self, monkeypatch):
        monkeypatch.delattr(mail, "outbox")

        with pytest.raises(CommandError, match=r"nobody would ever see it\. Run Redis"):
            dispatch("test.cli", "bump")

    def test_a_log_that_does_not_answer_is_named(self, settings, monkeypatch):
        settings.LIVEEX = {"LOG": f"redis://127.0.0.1:{free_port()}/0"}
        monkeypatch.setattr(redis_log, "Patience", lambda: Patience(0.1, 0.1))
        get_log.cache_clear()

        with pytest.raises(CommandError, match=r"The Redis at redis://127\.0\.0\.1.* did not answer"):
            dispatch("test.cli", "bump")


class TestJson:
    def outcome(self, *arguments):
        """What the command prints; an error that it raises besides is of no interest here."""
        stdout = io.StringIO()
        with suppress(CommandError):
            call_command("liveex_dispatch", *arguments, "--json", stdout=stdout)
        return json.loads(stdout.getvalue())

    def test_says_what_was_returned(self):
        assert self.outcome("test.cli", "bump") == {"outcome": "applied", "returned": 1}

    @pytest.mark.parametrize(
        ("returned", "shown"),
        [
            ((Decimal("2.5"), date(2026, 5, 1)), ["2.5", "2026-05-01"]),
            ({3: {"x"}}, {"3": ["x"]}),
            (SimpleNamespace(a=1), "namespace(a=1)"),
            ({(1, 2): 3}, {"(1, 2)": 3}),
            ("\ud800", "\ud800"),
        ],
    )
    def test_has_text_for_what_json_does_not_have(self, store, returned, shown):
        @store.action
        async def give(ctx):
            return returned

        assert self.outcome(store.name, "give") == {"outcome": "applied", "returned": shown}

    def test_says_why_it_was_refused(self):
        assert self.outcome("test.cli", "bump", '{"amount": 13}') == {"outcome": "rejected", "reason": "no thirteens"}

    @pytest.mark.parametrize(
        ("error", "word"), [(OSError("away"), "failed"), (OutcomeUnknown("test.cli", "silence"), "unknown")]
    )
    def test_says_how_it_failed(self, store, error, word):
        @store.action
        async def fail(ctx):
            raise error

        assert self.outcome(store.name, "fail") == {
            "outcome": word,
            "error": type(error).__name__,
            "reason": str(error),
        }

    def test_is_printed_for_refusals_that_the_exit_code_tells_too(self, capsys):
        with pytest.raises(CommandError) as caught:
            call_command("liveex_dispatch", "test.cli", "bump", '{"amount": 13}', "--json")

        assert caught.value.returncode == 1
        assert json.loads(capsys.readouterr().out) == {"outcome": "rejected", "reason": "no thirteens"}
