"""``manage.py liveex_log``: what was committed to an instance, for somebody who reads or for a program."""

import asyncio
import io
import json
import queue
import threading
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from liveex_django.replication import Position, Snapshot, get_log, memory
from liveex_django.replication.clock import clock_set_to
from liveex_django.store import Store
from tests.replication.build import make_counter

COUNTER = make_counter(name="test.diary")
BANK = Store("test.bank", scope="key", state={"iban": "DE00", "cents": 5}, sensitive=("iban",))
PAGE = make_counter(name="test.tab", scope="page")


@BANK.mutation
def move(state, iban: str, cents: int):
    state["iban"] = iban
    state["cents"] += cents


@BANK.action
def pay(ctx, iban: str, cents: int):
    ctx.commit(move, iban, cents)


def log(*arguments, **options):
    """The lines that the command printed."""
    stdout = io.StringIO()
    call_command("liveex_log", *arguments, stdout=stdout, **options)
    return stdout.getvalue().splitlines()


def versions(*arguments, **options):
    return [json.loads(line)["version"] for line in log(*arguments, "--json", **options)]


def add(*amounts):
    for amount in amounts:
        COUNTER.at().commit("add", amount)


class TestText:
    def test_says_when_who_did_what_and_what_changed(self, settings):
        settings.TIME_ZONE = "Europe/Berlin"
        with clock_set_to(datetime(2026, 5, 1, 10, 30, tzinfo=UTC)):
            BANK.at("b-1").dispatch("pay", "FR99", 3)
            BANK.at("b-1").commit("move", "IT11", cents=0)

        assert log("test.bank:b-1") == [
            "2026-05-01 12:30:00.000+02:00 test.bank:b-1 #1 move by the system in pay",
            "    iban='[redacted]' cents=3",
            "    state['iban']: [redacted]",
            "    state['cents']: 5 -> 8",
            "2026-05-01 12:30:00.000+02:00 test.bank:b-1 #2 move by the system",
            "    iban='[redacted]' cents=0",
            "    state['iban']: [redacted]",
        ]

    def test_is_that_of_the_commits_in_the_log_of_the_server(self, caplog):
        caplog.set_level("DEBUG", logger="liveex")
        COUNTER.at().dispatch("bump_and_note")

        shown = "\n".join(line.partition(" test.")[2] or line for line in log("test.diary"))

        records = [record.getMessage() for record in caplog.records if record.name == "liveex"]
        assert [record.partition(", ")[0].removeprefix("test.") for record in records] == [
            line for line in shown.splitlines() if line.startswith("diary")
        ]
        assert [line for record in records for line in record.splitlines()[1:]] == [
            line for line in shown.splitlines() if line.startswith("    ")
        ]

    def test_of_an_instance_that_nobody_has_used_is_empty(self, capsys):
        assert log("test.bank:nobody") == []
        assert "The log does not have test.bank:nobody: nobody has used it yet." in capsys.readouterr().err

    def test_says_what_is_no_longer_kept(self, monkeypatch):
        monkeypatch.setattr(memory, "KEPT_ENTRIES", 0)
        add(1, 2)
        newest = COUNTER.at().history()[0]
        snapshot = Snapshot(Position(newest.epoch, 2, newest.id), COUNTER.at().get_state(), 1)
        asyncio.run(get_log().save_snapshot(COUNTER.at().instance, snapshot))
        add(3)

        assert log("test.diary")[:2] == ["… versions 1 to 2 are no longer kept", log("test.diary", limit=1)[0]]
        assert log("test.diary", since=2)[0] == "… version 2 is no longer kept"
        assert json.loads(log("test.diary", "--json")[0]) == {
            "store": "test.diary",
            "key": "",
            "trimmed": {"first": 1, "last": 2},
        }


class TestChoice:
    def test_is_the_newest_twenty_oldest_first(self):
        add(*[1] * 25)

        assert versions("test.diary") == list(range(6, 26))

    def test_may_be_fewer_or_none(self):
        add(1, 1, 1)

        assert versions("test.diary", limit=2) == [2, 3]
        assert versions("test.diary", limit=0) == []

    def test_may_begin_with_a_version_and_then_has_all(self):
        add(*[1] * 25)

        assert versions("test.diary", since=3) == list(range(3, 26))
        assert versions("test.diary", since=3, limit=2) == [24, 25]
        assert versions("test.diary", since=0, limit=1) == [25]

    def test_may_be_one_mutation(self):
        add(1)
        COUNTER.at().commit("note", text="a")
        add(1)

        assert versions("test.diary", mutation="add") == [1, 3]
        with pytest.raises(CommandError, match=r"no mutation 'ad'(.|\n)*Did you mean 'add'"):
            versions("test.diary", mutation="ad")

    @pytest.mark.parametrize("option", ["--limit=-1", "--limit=few", "--since=x"])
    def test_is_in_numbers(self, option):
        with pytest.raises(CommandError, match="is not a whole number from 0 on"):
            log("test.diary", option)


class TestJson:
    def test_has_everything_in_one_line_each(self):
        with clock_set_to(datetime(2026, 5, 1, 10, 30, tzinfo=UTC)):
            BANK.at("b-2").dispatch("pay", "FR99", 3)
        entry = BANK.at("b-2").history()[0]

        (line,) = log("test.bank:b-2", "--json")

        assert json.loads(line) == {
            "store": "test.bank",
            "key": "b-2",
            "epoch": entry.epoch,
            "at": "2026-05-01T10:30:00Z",
            "version": 1,
            "mutation": "move",
            "payload": {"iban": "[redacted]", "cents": 3},
            "action": "pay",
            "actor": None,
            "cause": entry.cause,
            "id": entry.id,
            "changes": [
                {"op": "set", "path": ["iban"], "before": "[redacted]", "after": "[redacted]"},
                {"op": "set", "path": ["cents"], "before": 5, "after": 8},
            ],
            "more_changes": 0,
        }


class Pipe:
    """What a command in another thread prints, line by line, until nobody reads it any more."""

    def __init__(self):
        self._lines = queue.Queue()
        self._is_closed = threading.Event()

    def write(self, text):
        if self._is_closed.is_set():
            raise BrokenPipeError
        self._lines.put(text)

    def flush(self):
        """Every line is here at once."""

    def read(self, number):
        return [self._lines.get(timeout=10) for _ in range(number)]

    def close(self):
        self._is_closed.set()


@pytest.fixture
def follow():
    """Starts the command in a thread; returns what it prints. It ends when nobody reads that, with the next line."""
    started = []

    def follow(*arguments, **options):
        pipe, errors = Pipe(), []

        def run():
            try:
                call_command("liveex_log", *arguments, "--follow", stdout=pipe, **options)
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        started.append((pipe, thread, errors))
        return pipe

    yield follow
    for pipe, thread, errors in started:
        pipe.close()
        while thread.is_alive():
            add(1)
            thread.join(0.05)
        assert errors == []


class TestFollow:
    def test_goes_on_with_what_is_committed_until_nobody_reads_it(self, follow):
        add(1, 2)
        pipe = follow("test.diary", limit=1)
        first = pipe.read(1)
        add(3)

        second = pipe.read(1)

        assert [text.splitlines()[-1].strip() for text in first + second] == [
            "state['count']: 1 -> 3",
            "state['count']: 3 -> 6",
        ]

    def test_tells_of_a_history_that_was_lost(self, follow):
        add(1, 2)
        pipe, json_pipe = follow("test.diary"), follow("test.diary", "--json")
        pipe.read(2)
        json_pipe.read(2)
        get_log().clear()
        add(7)

        lost, entry = pipe.read(2)
        json_lost, json_entry = map(json.loads, json_pipe.read(2))

        assert lost == f"… history lost; epoch {json_entry['epoch']} begins again\n"
        assert "#1 add by the system\n    amount=7" in entry
        assert json_lost == {"store": "test.diary", "key": "", "lost": {"epoch": json_entry["epoch"], "after": 0}}
        assert json_entry["version"] == 1

    def test_is_refused_for_a_store_that_only_its_page_hears_of(self):
        with pytest.raises(CommandError, match="scope 'page': only the process that serves the page hears"):
            log("test.tab:abc", "--follow")


class TestALogThatCannotBeRead:
    @pytest.mark.parametrize("arguments", [(), ("--follow",)])
    def test_is_refused_when_every_process_has_its_own(self, monkeypatch, arguments):
        monkeypatch.delattr(mail, "outbox")

        with pytest.raises(CommandError, match=r"The history of store 'test\.diary'.*is not in it\. Run Redis"):
            log("test.diary", *arguments)
