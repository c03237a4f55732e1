import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from liveex_django.exceptions import InvalidDeclaration, Reject, UnknownMutation
from liveex_django.store import Entry, Plugin, Step, Store, freeze

BEFORE, AFTER = freeze({"count": 0}), freeze({"count": 1})

STEP = Step(kind="mutation", store="counter", key="", name="add", payload=freeze({"amount": 1}))


def make_entry(name: str = "add") -> Entry:
    return Entry(
        version=1,
        epoch="e",
        id="i",
        name=name,
        payload=freeze({}),
        patches=(),
        inverse=(),
        action=None,
        actor=None,
        cause=None,
        schema=1,
        at=datetime(2024, 1, 1, tzinfo=UTC),
    )


class Recorder(Plugin):
    """Writes down what it is told, and raises what it was given for ``before``."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.refusal = refusal

    def before(self, step, state):
        self.seen.append(("before", step, state))
        if self.refusal:
            raise self.refusal

    def after(self, step, before, after, entry):
        self.seen.append(("after", step, before, after, entry))

    def error(self, step, error):
        self.seen.append(("error", step, error))


class Broken(Plugin):
    """Fails in every hook."""

    def before(self, step, state):
        raise ValueError("broken before")

    def after(self, step, before, after, entry):
        raise ValueError("broken after")

    def error(self, step, error):
        raise ValueError("broken error")


def make_store(*plugins: Plugin) -> Store:
    store = Store("counter", scope="page", state={"count": 0}, plugins=plugins)

    @store.mutation
    def add(state, amount: int):
        state["count"] += amount

    return store


class TestHooks:
    def test_tell_every_plugin_in_order(self):
        one, two = Recorder(), Recorder()
        hooks = make_store(one, two).hooks
        entry, problem = make_entry(), ValueError()

        hooks.before(STEP, BEFORE)
        hooks.after(STEP, BEFORE, AFTER, entry)
        hooks.error(STEP, problem)

        assert one.seen == [("before", STEP, BEFORE), ("after", STEP, BEFORE, AFTER, entry), ("error", STEP, problem)]
        assert two.seen == one.seen

    def test_are_false_when_there_are_none(self):
        assert not make_store().hooks
        assert make_store(Plugin()).hooks

    def test_do_nothing_unless_overridden(self):
        hooks = make_store(Plugin()).hooks

        hooks.before(STEP, BEFORE)
        hooks.after(STEP, BEFORE, AFTER)
        hooks.error(STEP, ValueError())

    def test_pass_on_the_rejection_of_a_plugin(self):
        asked, last = Recorder(Reject("closed")), Recorder()

        with pytest.raises(Reject, match="closed"):
            make_store(asked, last).hooks.before(STEP, BEFORE)

        assert last.seen == []

    def test_log_the_error_of_a_plugin_and_go_on(self, caplog):
        last = Recorder()
        hooks = make_store(Broken(), last).hooks

        with caplog.at_level(logging.ERROR, logger="liveex"):
            hooks.before(STEP, BEFORE)
            hooks.after(STEP, BEFORE, AFTER)
            hooks.error(STEP, ValueError())

        assert [name for name, *_ in last.seen] == ["before", "after", "error"]
        assert [record.exc_info[1].args for record in caplog.records] == [
            ("broken before",),
            ("broken after",),
            ("broken error",),
        ]
        assert caplog.messages[0] == (
            "Plugin Broken of store 'counter' failed in before() of mutation 'add'. "
            "The store went on as if the plugin were not there."
        )

    @pytest.mark.parametrize("plugin", [Recorder, print, None, object()])
    def test_take_instances_of_plugins_only(self, plugin):
        with pytest.raises(InvalidDeclaration, match=r"Subclass liveex_django.store.Plugin and give an instance"):
            make_store(plugin)

    def test_refuse_async_hooks(self):
        class Slow(Plugin):
            async def before(self, step, state): ...  # type: ignore[override]

        with pytest.raises(InvalidDeclaration, match=r"Slow\.before, of a plugin of store 'counter', is an async def"):
            make_store(Slow())


class TestOn:
    def test_declares_a_callback_for_one_mutation(self):
        store, seen = make_store(), []

        @store.on("add")
        def note(entry, before, after):
            seen.append((entry, before, after))

        entry = make_entry()
        (subscriber,) = store.subscribers("add")
        subscriber(entry, BEFORE, AFTER)

        assert seen == [(entry, BEFORE, AFTER)]
        assert not subscriber.is_async
        assert store.subscribers("other") == []

    async def test_takes_an_async_def(self):
        store, seen = make_store(), []

        @store.on("add")
        async def note(entry, before, after):
            seen.append(after)

        (subscriber,) = store.subscribers("add")
        await subscriber(make_entry(), BEFORE, AFTER)

        assert subscriber.is_async
        assert seen == [AFTER]

    def test_leaves_the_callback_as_it_is(self):
        def note(entry, before, after): ...

        assert make_store().on("add")(note) is note

    def test_refuses_an_unknown_mutation_at_once(self):
        with pytest.raises(UnknownMutation, match="Did you mean 'add'"):
            make_store().on("ad")

    def test_takes_the_built_in_mutations(self):
        store = make_store()
        store.on("$reset")(lambda entry, before, after: None)

        assert len(store.subscribers("$reset")) == 1

    def test_refuses_a_callback_of_other_parameters(self):
        with pytest.raises(InvalidDeclaration, match=r"cannot be called with \(entry, before, after\)"):
            make_store().on("add")(lambda entry: None)

    def test_a_callback_of_a_module_gets_the_states_of_the_module(self):
        counter, seen = make_store(), []
        counter.on("add")(lambda entry, before, after: seen.append(("module", entry.name, before, after)))
        shop = Store("shop", scope="page", state={}, modules={"counter": counter})
        shop.on("counter/add")(lambda entry, before, after: seen.append(("store", entry.name, before, after)))
        before, after = freeze({"counter": BEFORE}), freeze({"counter": AFTER})

        for subscriber in shop.subscribers("counter/add"):
            subscriber(make_entry("counter/add"), before, after)

        assert seen == [("store", "counter/add", before, after), ("module", "counter/add", BEFORE, AFTER)]
