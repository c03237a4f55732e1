"""Undo and redo: nothing but what was asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveex_django.exceptions import NotInTransaction, Reject, UndoRefused, VersionGone
from liveex_django.replication import Hub, Instance, MemoryMutationLog, Origin, Snapshot
from liveex_django.replication.commits import commit
from liveex_django.replication.touching import regions
from liveex_django.store import Store, freeze
from liveex_django.store.draft import produce

from .build import act, call, entries_of, position_of


def make_board(**options):
    """A store with dicts in dicts and a list of rows that are found by id."""
    store = Store(
        "test.board",
        scope="global",
        state={"title": "", "cells": {"a": 0, "b": 0}, "by_id": {1: "one", 2: "two"}, "rows": [], "tags": ["x", "y"]},
        **options,
    )

    @store.mutation
    def put(state, key: str, value: int):
        state["cells"][key] = value

    @store.mutation
    def drop(state, key: str):
        state["cells"].pop(key, None)

    @store.mutation
    def drop_id(state, key: int):
        del state["by_id"][key]

    @store.mutation
    def name_id(state, key: int, name: str):
        state["by_id"][key] = name

    @store.mutation
    def entitle(state, title: str):
        state["title"] = title

    @store.mutation
    def insert(state, row_id: int, place: int = 0):
        state["rows"].insert(place % (len(state["rows"]) + 1), {"id": row_id, "value": 0})

    @store.mutation
    def remove(state, row_id: int):
        state["rows"][:] = [row for row in state["rows"] if row["id"] != row_id]

    @store.mutation
    def write(state, row_id: int, value: int):
        for row in state["rows"]:
            if row["id"] == row_id:
                row["value"] = value

    @store.mutation
    def sort(state):
        state["rows"].sort(key=lambda row: row["id"])

    @store.mutation
    def fail(state):
        raise Reject("no")

    @store.action
    async def put_and_entitle(ctx, key: str, value: int):
        async with ctx.transaction("put and entitle"):
            await ctx.acommit(put, key, value)
            await ctx.acommit(entitle, f"{key} = {value}")

    return store


class Board:
    """An instance, to be driven in short words."""

    def __init__(self, hub, followed):
        self.hub = hub
        self.followed = followed

    @property
    def state(self):
        return self.followed.replica.state

    async def do(self, name, /, **payload):
        store = self.followed.instance.store
        return await commit(self.hub, self.followed, [call(store, name, **payload)], Origin(), 1)

    async def undo(self, version):
        return await self.do("$undo", version=version)

    async def redo(self, version):
        return await self.do("$redo", version=version)


@pytest.fixture
async def board(hub):
    async with hub.following(Instance(make_board())) as followed:
        yield Board(hub, followed)


class TestUndo:
    async def test_is_a_new_entry_with_the_inverse_patches(self, board):
        entry = await board.do("put", key="a", value=5)

        undone = await board.undo(1)

        assert (undone.version, undone.name, undone.payload) == (2, "$undo", {"version": 1})
        assert (undone.patches, undone.inverse) == (entry.inverse, entry.patches)
        assert board.state["cells"] == {"a": 0, "b": 0}

    async def test_leaves_alone_what_came_later_elsewhere(self, board):
        await board.do("put", key="a", value=5)
        await board.do("put", key="b", value=6)
        await board.do("entitle", title="later")

        await board.undo(1)

        assert (board.state["cells"], board.state["title"]) == ({"a": 0, "b": 6}, "later")

    async def test_takes_back_a_transaction_as_a_whole(self, board):
        await act(board.hub, board.followed, "put_and_entitle", "a", 5)

        await board.undo(1)

        assert board.state["cells"]["a"] == 0
        assert board.state["title"] == ""

    async def test_takes_back_a_reset(self, board):
        await board.do("put", key="a", value=5)
        await board.do("$reset")

        await board.undo(2)

        assert board.state["cells"]["a"] == 5

    async def test_several_in_reverse_order_lead_back_all_the_way(self, board):
        before = board.state
        await board.do("insert", row_id=1)
        await board.do("insert", row_id=2)
        await board.do("write", row_id=1, value=7)
        await board.do("sort")

        for version in (4, 3, 2, 1):
            await board.undo(version)

        assert board.state == before

    async def test_of_an_undo_is_a_redo(self, board):
        await board.do("put", key="a", value=5)
        await board.undo(1)

        again = await board.undo(2)

        assert (again.name, board.state["cells"]["a"]) == ("$redo", 5)
        with pytest.raises(UndoRefused, match="cannot be redone: it was redone by version 3"):
            await board.redo(1)


class TestRedo:
    async def test_does_again_what_was_undone(self, board):
        await board.do("put", key="a", value=5)
        await board.undo(1)

        entry = await board.redo(1)

        assert (entry.name, entry.payload, board.state["cells"]["a"]) == ("$redo", {"version": 1}, 5)

    async def test_may_be_undone_again(self, board):
        await board.do("put", key="a", value=5)
        await board.undo(1)
        await board.redo(1)

        await board.undo(1)

        assert board.state["cells"]["a"] == 0

    async def test_takes_the_version_of_the_undo_too(self, board):
        await board.do("put", key="a", value=5)
        await board.undo(1)

        await board.redo(2)

        assert board.state["cells"]["a"] == 5

    async def test_is_refused_when_others_changed_the_same_since(self, board):
        await board.do("put", key="a", value=5)
        await board.undo(1)
        await board.do("put", key="a", value=6)

        with pytest.raises(UndoRefused, match=r"Version 1 cannot be redone, because .* same: 3 \(put\)"):
            await board.redo(1)


REFUSED = {
    "a later value in the same place": [("put", {"key": "a", "value": 5}), ("put", {"key": "a", "value": 6})],
    "a later value inside": [("insert", {"row_id": 1}), ("write", {"row_id": 1, "value": 3})],
    "a later deletion of the place": [("put", {"key": "a", "value": 5}), ("drop", {"key": "a"})],
    "a later state as a whole": [("put", {"key": "a", "value": 5}), ("$reset", {})],
    "a later insert in the list": [("insert", {"row_id": 1}), ("insert", {"row_id": 2, "place": 1})],
}

SETUP = [("insert", {"row_id": number, "place": number}) for number in (1, 2, 3)]

REFUSED_IN_A_LIST = {
    "a later insert": [("write", {"row_id": 2, "value": 9}), ("insert", {"row_id": 4, "place": 0})],
    "a later delete": [("write", {"row_id": 2, "value": 9}), ("remove", {"row_id": 1})],
    "a later sort": [("insert", {"row_id": 0, "place": 3}), ("sort", {})],
    "a later insert behind it": [("write", {"row_id": 1, "value": 9}), ("insert", {"row_id": 4, "place": 3})],
}


class TestRefusal:
    @pytest.mark.parametrize("steps", REFUSED.values(), ids=REFUSED)
    async def test_names_the_later_entries_and_changes_nothing(self, board, steps):
        for name, payload in steps:
            last = await board.do(name, **payload)
        before = board.state

        with pytest.raises(
            UndoRefused, match=rf"Version 1 cannot be undone.*: 2 \({last.name.replace('$', '.')}\)"
        ) as caught:
            await board.undo(1)

        assert caught.value.conflicts == (last,)
        assert board.state is before

    @pytest.mark.parametrize("steps", REFUSED_IN_A_LIST.values(), ids=REFUSED_IN_A_LIST)
    async def test_whatever_moves_the_items_of_a_list_touches_all_of_them(self, board, steps):
        for name, payload in SETUP + steps:
            last = await board.do(name, **payload)

        with pytest.raises(UndoRefused) as caught:
            await board.undo(4)

        assert caught.value.conflicts == (last,)

    async def test_a_later_value_beside_it_in_the_list_does_not_matter(self, board):
        for name, payload in [*SETUP, ("write", {"row_id": 1, "value": 8}), ("write", {"row_id": 2, "value": 9})]:
            await board.do(name, **payload)

        await board.undo(4)

        assert [row["value"] for row in board.state["rows"]] == [0, 9, 0]

    async def test_a_dict_with_numbers_for_keys_is_no_list(self, board):
        await board.do("name_id", key=2, name="zwei")
        await board.do("drop_id", key=1)

        await board.undo(1)

        assert board.state["by_id"] == {2: "two"}

    async def test_who_wrote_to_a_list_while_it_was_shifted_meant_another_place(self, board):
        for name, payload in SETUP:
            await board.do(name, **payload)
        await board.do("write", row_id=1, value=5)  # at place 0
        await board.do("insert", row_id=9, place=0)
        await board.do("write", row_id=1, value=6)  # at place 1
        await board.undo(5)

        with pytest.raises(UndoRefused, match=r"6 \(write\)"):
            await board.undo(4)

    async def test_of_what_is_undone_already(self, board):
        await board.do("put", key="a", value=5)
        await board.undo(1)

        with pytest.raises(UndoRefused, match=r"Version 1 \(put\) is undone already, by version 2"):
            await board.undo(1)

    async def test_of_what_was_never_undone(self, board):
        await board.do("put", key="a", value=5)

        with pytest.raises(UndoRefused, match=r"Version 1 \(put\) cannot be redone: it was never undone"):
            await board.redo(1)

    async def test_of_the_initial_state(self, board):
        with pytest.raises(UndoRefused, match="Version 0 is the initial state"):
            await board.undo(0)

    @pytest.mark.parametrize("version", [-1, 2, 3])
    async def test_of_what_never_was(self, board, version):
        await board.do("put", key="a", value=5)

        with pytest.raises(VersionGone, match=f"There is no version {version}"):
            await board.undo(version)

    async def test_of_what_is_no_longer_kept(self, board):
        for number in range(1010):
            last = await board.do("put", key="a", value=number)
        snapshot = Snapshot(position_of(last), board.state, 1)
        await board.hub.log.save_snapshot(board.followed.instance, snapshot)

        with pytest.raises(VersionGone, match=r"Version 5 is no longer kept.*up to version 10"):
            await board.undo(5)

    async def test_within_a_transaction(self, board):
        @board.followed.instance.store.action
        async def undo_within(ctx):
            async with ctx.transaction("undo"):
                await ctx.acommit("$undo", version=1)

        await board.do("put", key="a", value=5)

        with pytest.raises(NotInTransaction, match=r"\$undo cannot be part of a transaction"):
            await act(board.hub, board.followed, "undo_within")

    async def test_reset_and_restore_may_be_part_of_one(self, board):
        @board.followed.instance.store.action
        async def start_over(ctx):
            async with ctx.transaction("start over"):
                await ctx.acommit("$restore", version=1)
                await ctx.acommit("entitle", str(ctx.state["cells"]["a"]))

        await board.do("put", key="a", value=5)
        await board.do("put", key="a", value=6)
        await act(board.hub, board.followed, "start_over")

        assert (board.state["title"], board.state["cells"]["a"]) == ("5", 5)
        assert len(await entries_of(board.hub, board.followed)) == 3


class TestRegions:
    def test_a_list_that_is_moved_about_twice_counts_as_a_whole(self):
        def recipe(draft):
            del draft["tags"][0]
            draft["tags"].append("z")

        before = freeze({"tags": ["x", "y", "w"], "title": ""})
        reached = regions(produce(before, recipe).patches, before)

        assert reached.meet([("set", ("tags", 1), "v")], before)
        assert not reached.meet([("set", ("title",), "v")], before)


KEYS, IDS = st.sampled_from("abc"), st.integers(1, 4)
MUTATIONS = st.one_of(
    st.tuples(st.just("put"), st.fixed_dictionaries({"key": KEYS, "value": st.integers(1, 3)})),
    st.tuples(st.just("drop"), st.fixed_dictionaries({"key": KEYS})),
    st.tuples(st.just("insert"), st.fixed_dictionaries({"row_id": IDS, "place": st.integers(0, 3)})),
    st.tuples(st.just("remove"), st.fixed_dictionaries({"row_id": IDS})),
    st.tuples(st.just("write"), st.fixed_dictionaries({"row_id": IDS, "value": st.integers(1, 3)})),
)


@settings(deadline=None)  # the machine may be busy
@given(st.data())
async def test_what_is_left_is_as_if_what_is_undone_had_never_been(data):
    """Random programs with undos and redos, against running the mutations that are in force on a plain state."""
    hub = Hub(MemoryMutationLog(), None)
    store = make_board()
    async with hub.following(Instance(store)) as followed:
        board, done = Board(hub, followed), {}
        for _ in range(data.draw(st.integers(1, 12))):
            what = data.draw(st.sampled_from(["do", "do", "undo", "redo"]))
            before = board.state
            if what == "do" or not done:
                name, payload = data.draw(MUTATIONS)
                entry = await board.do(name, **payload)
                if entry.patches:  # what changed nothing then stays nothing
                    done[entry.version] = [name, payload, True]
                continue
            version = data.draw(st.sampled_from(sorted(done)))
            try:
                await (board.undo(version) if what == "undo" else board.redo(version))
            except UndoRefused:
                assert board.state is before
            else:
                done[version][2] = what == "redo"
        expected = freeze(store.initial)
        for name, payload, is_in_force in done.values():
            if is_in_force:
                expected = store.find_mutation(name).run(expected, freeze(payload)).state

        assert board.state == expected
    await hub.close()
