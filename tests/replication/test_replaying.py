"""Slices of a history: exported, read back, replayed."""

import json
import random

import pytest
from hypothesis import given, settings

from liveex_django.exceptions import DamagedEntry, InvalidDeclaration, ReplayDiffers, VersionGone
from liveex_django.replication import Instance, Origin
from liveex_django.replication.commits import commit
from liveex_django.replication.json_form import entry_from_json, entry_to_json, from_json, to_json
from liveex_django.replication.replaying import replay
from liveex_django.replication.slices import cut_slice, read_slice
from liveex_django.store import Store, freeze

from ..store.test_codec import STATES, make_entry, written
from .build import act, call, make_counter


class TestJsonForm:
    @settings(deadline=None)
    @given(STATES)
    def test_every_state_comes_back_as_it_was(self, state):
        text = json.dumps(to_json(state))

        assert written(freeze(from_json(json.loads(text)))) == written(state)

    def test_plain_data_is_plain_json(self):
        value = {"items": [{"id": 1, "name": "Spoon", "price": 1.5, "gone": None}]}

        assert to_json(freeze(value)) == value

    def test_entries_come_back_equal(self):
        entry = make_entry()

        assert entry_from_json(json.loads(json.dumps(entry_to_json(entry)))) == entry

    @pytest.mark.parametrize("value", [{"$date": "yesterday"}, {"$other": 1}, {"$dict": [1]}, {"$uuid": 3}])
    def test_what_was_not_made_here_is_refused(self, value):
        with pytest.raises(DamagedEntry, match="is none that was exported here"):
            from_json(value)

    def test_what_is_no_entry_is_refused(self):
        with pytest.raises(DamagedEntry, match="is no entry"):
            entry_from_json({"version": 3})


@pytest.fixture
async def exported(hub, tmp_path):
    """Writes a slice of what was done to a store, and gives the path."""

    async def export(store, *steps, after=None, upto=None):
        async with hub.following(Instance(store)) as followed:
            for name, payload in steps:
                await commit(hub, followed, [call(store, name, **payload)], Origin(), 1)
            cut = await cut_slice(hub.log, followed, after, upto)
        path = tmp_path / "slice.json"
        path.write_text(cut.to_json())
        return path

    return export


STEPS = [("add", {"amount": 2}), ("note", {"text": "a"}), ("add", {"amount": 3}), ("$undo", {"version": 3})]


class TestSlices:
    async def test_hold_a_state_and_the_entries_behind_it(self, exported):
        cut = read_slice(await exported(make_counter(name="test.sliced"), *STEPS, after=1, upto=3))

        assert (cut.store, cut.key, cut.schema, cut.after) == ("test.sliced", "", 1, 1)
        assert cut.state == {"count": 2, "log": []}
        assert [entry.name for entry in cut.entries] == ["note", "add"]

    async def test_hold_everything_unless_told_otherwise(self, exported):
        cut = read_slice(await exported(make_counter(), *STEPS))

        assert (cut.after, len(cut.entries)) == (0, 4)

    async def test_are_a_line_per_entry(self, exported):
        text = (await exported(make_counter(), *STEPS)).read_text()

        assert sum('"name": "add"' in line for line in text.splitlines()) == 2

    async def test_without_entries_are_read_back_too(self, exported):
        assert read_slice(await exported(make_counter())).entries == ()

    @pytest.mark.parametrize(("after", "upto"), [(-1, None), (9, None), (None, 9)])
    async def test_of_what_never_was_are_refused(self, exported, after, upto):
        with pytest.raises(VersionGone, match="The versions from 0 to 4 can be had"):
            await exported(make_counter(), *STEPS, after=after, upto=upto)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("not json", "is no slice of a history"),
            ("[]", "is no slice of a history"),
            ('{"liveex_slice": 9}', "it is of format 9, and this release reads format 1"),
            ('{"liveex_slice": 1, "entries": 3}', "is no slice of a history"),
        ],
    )
    def test_files_of_something_else_are_refused(self, tmp_path, text, message):
        path = tmp_path / "other.json"
        path.write_text(text)

        with pytest.raises(DamagedEntry, match=message) as caught:
            read_slice(path)

        assert str(caught.value).startswith("other.json")
        assert r"Write one with store.at(...).export()" in str(caught.value)

    async def test_with_a_hole_are_refused(self, exported):
        path = await exported(make_counter(), *STEPS)
        data = json.loads(path.read_text())
        del data["entries"][1]
        path.write_text(json.dumps(data))

        with pytest.raises(DamagedEntry, match="its entries do not follow version 0 one by one"):
            read_slice(path)

    async def test_come_from_handles(self, tmp_path):
        from liveex_django.replication import get_log, process

        get_log().clear()
        store = make_counter()
        await store.at().acommit("add", 2)
        path = tmp_path / "slice.json"
        path.write_text(await store.at().aexport())
        await process.close_hub()

        assert read_slice(path).entries[0].payload == {"amount": 2}


class TestReplay:
    async def test_of_what_is_pure_and_unchanged_shows_no_difference(self, exported):
        store = make_counter()
        steps = [*STEPS, ("$redo", {"version": 3}), ("$restore", {"version": 1}), ("$reset", {})]

        shown = replay(await exported(store, *steps), store=store)

        assert (shown.differences, shown.not_run) == ((), ())
        assert shown.state == {"count": 0, "log": []}
        shown.check()

    async def test_finds_its_store_by_name(self, exported):
        store = make_counter(name="test.found")

        assert replay(await exported(store, *STEPS)).state["count"] == 2
        assert store.name == "test.found"

    async def test_without_its_store_says_what_to_do(self, exported):
        path = await exported(make_counter(), *STEPS)
        path.write_text(path.read_text().replace('"store": "test.counter', '"store": "test.lost'))

        with pytest.raises(InvalidDeclaration, match=r"No store has the name 'test.lost.*Import the module"):
            replay(path)

    async def test_names_the_entry_and_the_places_where_a_changed_mutation_differs(self, exported):
        path = await exported(make_counter(name="test.changed"), *STEPS)
        changed = Store("test.changed", scope="global", state={"count": 0, "log": []})

        @changed.mutation
        def add(state, amount: int = 1):
            state["count"] += amount * 10
            state["last"] = amount

        @changed.mutation
        def note(state, text: str):
            state["log"].append(text)

        shown = replay(path, store=changed)

        assert [str(difference) for difference in shown.differences] == [
            "#1 add: running it differs from its patches in state['count'], state['last']",
            "#3 add: running it differs from its patches in state['count'], state['last']",
        ]
        with pytest.raises(ReplayDiffers, match=r"Of 4 entries of store 'test.changed'.*in 2 places"):
            shown.check()

    async def test_finds_what_is_impure(self, exported):
        store = make_counter()

        @store.mutation
        def draw(state):
            state["count"] = random.random()

        (difference,) = replay(await exported(store, ("draw", {})), store=store).differences

        assert (difference.version, difference.name) == (1, "draw")

    async def test_tells_of_mutations_that_are_gone_refuse_or_fail(self, exported):
        path = await exported(make_counter(name="test.gone"), *STEPS[:3])
        changed = Store("test.gone", scope="global", state={"count": 0, "log": []})

        @changed.mutation
        def add(state, amount: int):
            raise ValueError("no more")

        assert [difference.what for difference in replay(path, store=changed).differences] == [
            "the mutation raised ValueError: no more",
            "the store has no mutation 'note' any more",
            "the mutation raised ValueError: no more",
        ]

    async def test_runs_each_mutation_of_a_transaction(self, hub, exported):
        store = make_counter()

        @store.action
        async def both(ctx):
            async with ctx.transaction("both"):
                await ctx.acommit("add", 2)
                await ctx.acommit("note", text="two")

        async with hub.following(Instance(store)) as followed:
            await act(hub, followed, "both")
            shown = replay(await exported(store), store=store)

        assert (shown.state, shown.differences) == ({"count": 2, "log": ["two"]}, ())

    async def test_says_what_it_could_not_run(self, exported):
        store = Store("test.partial", scope="global", state=lambda: {"count": 0})

        @store.mutation
        def add(state, amount: int):
            state["count"] += amount

        steps = [("add", {"amount": 1}), ("add", {"amount": 1}), ("$reset", {}), ("$undo", {"version": 3})]
        path = await exported(store, *steps, ("$restore", {"version": 1}), after=2)

        shown = replay(path, store=store)

        assert (shown.not_run, shown.differences, shown.state["count"]) == ((3, 5), (), 1)

    async def test_runs_migrations(self, hub, exported):
        old = make_counter(name="test.migrated")
        await exported(old, *STEPS)
        new = make_counter(name="test.migrated", schema=2)

        @new.migrate(1, 2)
        def add_title(state):
            state["title"] = "new"

        shown = replay(await exported(new, ("add", {"amount": 1})), store=new)

        assert (shown.state["title"], shown.differences, shown.not_run) == ("new", (), ())

    async def test_notices_inverse_patches_that_do_not_lead_back(self, exported):
        store = make_counter()
        path = await exported(store, ("add", {"amount": 2}))
        data = json.loads(path.read_text())
        data["entries"][0]["inverse"] = [["set", ["count"], 7]]
        path.write_text(json.dumps(data))

        (difference,) = replay(path, store=store).differences

        assert "inverse patches do not lead back" in difference.what
