"""One readable record per commit, and nothing in it that is a secret."""

import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from liveex_django.exceptions import Reject
from liveex_django.replication import Instance, Origin, Position, commit_log
from liveex_django.replication.commit_log import log_commit
from liveex_django.replication.commits import commit
from liveex_django.store import Store, freeze

from .build import act, call, make_counter, make_entry

ADA = SimpleNamespace(pk=5, is_authenticated=True)


@pytest.fixture(autouse=True)
def debug(caplog):
    caplog.set_level(logging.DEBUG, logger="liveex")


@pytest.fixture(autouse=True)
def half_a_millisecond(monkeypatch):
    """Every commit takes as long."""
    ticks = iter(range(1, 1000))
    monkeypatch.setattr(commit_log, "perf_counter", lambda: next(ticks) * 0.0005)


def records(caplog):
    return [record for record in caplog.records if record.name == "liveex" and record.levelno == logging.DEBUG]


async def log_of(hub, caplog, store, name, /, **payload):
    """The record of one commit."""
    async with hub.following(Instance(store, "a" if store.scope == "key" else "")) as followed:
        await commit(hub, followed, [call(store, name, **payload)], Origin(user=ADA), 1)
    return records(caplog)[-1]


def make_accounts(**options):
    store = Store(
        "test.accounts",
        scope="key",
        state={"people": [{"name": "Ada", "iban": "DE00"}], "api_tokens": {"k1": "s3cr3t"}, "total": Decimal("1.5")},
        **options,
    )

    @store.mutation
    def join(state, name: str, iban: str, password: str):
        state["people"].insert(0, {"name": name, "iban": iban, "password": password})

    @store.mutation
    def rename(state, place: int, name: str):
        state["people"][place]["name"] = name

    @store.mutation
    def leave(state, place: int):
        del state["people"][place]

    @store.mutation
    def allow(state, key: str, token: str):
        state["api_tokens"][key] = token

    @store.mutation
    def pay(state, amount: Decimal, at: datetime):
        state["total"] += amount

    @store.mutation
    def look(state): ...

    return store


class TestText:
    async def test_says_who_did_what_and_what_changed(self, hub, caplog):
        store = make_counter(name="test.shop")
        async with hub.following(Instance(store)) as followed:
            await act(hub, followed, "bump", 3, origin=Origin(user=ADA))

        assert records(caplog)[0].getMessage() == (
            "test.shop #1 add by user:5 in bump, 0.5 ms\n    amount=3\n    state['count']: 0 -> 3"
        )

    async def test_names_the_instance_and_the_system(self, hub, caplog):
        store = make_accounts()
        async with hub.following(Instance(store, "room-42")) as followed:
            await commit(hub, followed, [call(store, "look")], Origin(), 1)

        assert records(caplog)[0].getMessage() == (
            "test.accounts:room-42 #1 look by the system, 0.5 ms\n    nothing changed"
        )

    async def test_shows_inserts_and_deletes(self, hub, caplog):
        store = make_accounts(sensitive=("iban",))
        joined = await log_of(hub, caplog, store, "join", name="Eve", iban="FR99", password="hunter2")
        left = await log_of(hub, caplog, store, "leave", place=1)

        assert joined.getMessage().splitlines()[2].strip() == (
            "state['people'][0]: + {'iban': '[redacted]', 'name': 'Eve', 'password': '[redacted]'}"
        )
        assert left.getMessage().splitlines()[2].strip() == (
            "state['people'][1]: - {'iban': '[redacted]', 'name': 'Ada'}"
        )

    async def test_shows_a_transaction_with_its_label_and_each_mutation(self, hub, caplog):
        store = make_counter(name="test.shop2")
        async with hub.following(Instance(store)) as followed:
            calls = [call(store, "add", amount=2), call(store, "note", text="two")]
            await commit(hub, followed, calls, Origin(), 1, label="both")

        assert records(caplog)[0].getMessage() == (
            "test.shop2 #1 $transaction 'both' by the system, 0.5 ms\n"
            "    add(amount=2)\n"
            "    note(text='two')\n"
            "    state['count']: 0 -> 2\n"
            "    state['log'][0]: + 'two'"
        )

    def test_shows_of_a_state_that_was_replaced_whole_what_differs(self, caplog):
        before = freeze({"count": 1, "log": ["a"], "gone": 1})
        after = {"count": 1, "log": [], "new": 2}
        entry = make_entry(Position("e", 0, ""), patches=(("set", (), freeze(after)),))

        log_commit(Instance(make_counter()), entry, before, began=0.0001)

        assert records(caplog)[0].getMessage().splitlines()[2:] == [
            "    state['gone']: - 1",
            "    state['log']: ['a'] -> []",
            "    state['new']: + 2",
        ]

    async def test_shortens_what_is_long(self, hub, caplog):
        store = make_counter()

        @store.mutation
        def fill(state):
            for number in range(50):
                state[f"key{number}"] = "x" * 1000

        record = await log_of(hub, caplog, store, "fill")

        assert len(record.getMessage()) < 5000
        assert "… and 30 changes more" in record.getMessage()

    async def test_nobody_begins_a_line_of_his_own(self, hub, caplog):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            await commit(hub, followed, [call(store, "note", text="a\nb")], Origin(by="x\nshop #9 forged"), 1)

        assert "\nshop" not in records(caplog)[0].getMessage()
        assert "a\nb" not in records(caplog)[0].getMessage()


class TestRedaction:
    async def test_no_secret_is_anywhere_in_the_record(self, hub, caplog):
        store = make_accounts(sensitive=("IBAN",))
        secrets = ["FR99", "hunter2", "t0k3n", "k9"]
        await log_of(hub, caplog, store, "join", name="Eve", iban="FR99", password="hunter2")
        await log_of(hub, caplog, store, "allow", key="k9", token="t0k3n")
        text = caplog.text + json.dumps([record.liveex for record in records(caplog)])

        # The key that was a parameter is shown as one: nothing says that it is sensitive.
        assert [secret for secret in secrets if secret in text] == ["k9"]
        assert "state['api_tokens']: [redacted]" in text

    async def test_what_a_module_declares_holds_in_the_whole_store(self, hub, caplog):
        bank = make_accounts(sensitive=("iban",))
        shop = Store("test.shop3", scope="key", state={}, modules={"bank": bank})

        record = await log_of(hub, caplog, shop, "bank/rename", place=0, name="Eve")

        assert shop.sensitive == {"iban"}
        assert record.liveex["changes"] == [
            {"op": "set", "path": ["bank", "people", 0, "name"], "before": "Ada", "after": "Eve"}
        ]

    @pytest.mark.parametrize("sensitive", ["iban", 5, [""], [None]])
    def test_names_are_given_as_names(self, sensitive):
        from liveex_django.exceptions import InvalidDeclaration

        with pytest.raises(InvalidDeclaration, match=r"Write sensitive=\(\"iban\",\)"):
            Store("test.slip", scope="global", state={}, sensitive=sensitive)


class TestExtra:
    async def test_has_the_same_ready_for_json(self, hub, caplog):
        record = await log_of(
            hub, caplog, make_accounts(), "pay", amount=Decimal("2.5"), at=datetime(2026, 5, 1, tzinfo=UTC)
        )

        facts = json.loads(json.dumps(record.liveex))
        assert facts.pop("id")
        assert facts == {
            "store": "test.accounts",
            "key": "a",
            "version": 1,
            "mutation": "pay",
            "payload": {"amount": "2.5", "at": "2026-05-01 00:00:00+00:00"},
            "action": None,
            "actor": "user:5",
            "cause": None,
            "milliseconds": 0.5,
            "changes": [{"op": "set", "path": ["total"], "before": "1.5", "after": "4.0"}],
            "more_changes": 0,
        }


class TestCost:
    async def test_what_is_not_committed_is_not_logged(self, hub, caplog):
        with pytest.raises(Reject):
            await log_of(hub, caplog, make_counter(), "add", amount=13)

        assert records(caplog) == []

    async def test_nothing_is_done_with_the_level_off(self, hub, caplog, monkeypatch):
        caplog.set_level(logging.INFO, logger="liveex")
        monkeypatch.setattr(commit_log, "perf_counter", None)
        monkeypatch.setattr(commit_log, "facts_of", None)
        async with hub.following(Instance(make_counter())) as followed:
            await act(hub, followed, "bump")

        assert followed.replica.state["count"] == 1

    async def test_a_record_that_cannot_be_written_does_not_break_the_commit(self, hub, caplog, monkeypatch):
        monkeypatch.setattr(commit_log, "facts_of", lambda *args: 1 / 0)
        async with hub.following(Instance(make_counter())) as followed:
            await act(hub, followed, "bump")

        assert followed.replica.state["count"] == 1
        assert "could not be written to this log; it is committed" in caplog.text
