"""A replica: in order, each once, whatever the layer does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import DamagedPatch, LogConflict
from liveex_django.replication import Position, Received, Replica, Snapshot

from .build import EMPTY, make_counter, make_entry, position_of

START = Position("epoch", 0, "")


def make_replica(entries=()):
    return Replica(make_counter(), Snapshot(START, EMPTY, 1), entries)


def make_entries(number):
    entries, after = [], START
    for index in range(number):
        entry = make_entry(after, id=f"e{index}")
        entries.append(entry)
        after = position_of(entry)
    return entries


class TestReplica:
    def test_starts_with_snapshot_and_entries(self):
        entries = make_entries(3)

        replica = make_replica(entries)

        assert (replica.state, replica.position) == ({"count": 3}, position_of(entries[2]))

    def test_applies_what_follows(self):
        replica, entries = make_replica(), make_entries(1)

        assert replica.receive(entries[0]) == (Received.APPLIED, entries)
        assert replica.state == {"count": 1}

    def test_drops_what_it_has(self):
        replica, entries = make_replica(), make_entries(2)
        for entry in entries:
            replica.receive(entry)

        assert replica.receive(entries[0]) == (Received.REPEATED, ())
        assert replica.receive(entries[1]) == (Received.REPEATED, ())
        assert replica.state == {"count": 2}

    def test_holds_back_what_is_early_until_the_hole_is_filled(self):
        replica, entries = make_replica(), make_entries(3)

        assert replica.receive(entries[2]) == (Received.EARLY, ())
        assert replica.has_hole
        assert replica.receive(entries[1]) == (Received.EARLY, ())
        assert replica.receive(entries[0]) == (Received.APPLIED, entries)
        assert not replica.has_hole
        assert replica.state == {"count": 3}

    def test_an_entry_of_another_epoch_is_foreign(self):
        replica = make_replica()

        received = replica.receive(make_entry(START, epoch="another"))

        assert received == (Received.FOREIGN, ())
        assert replica.state == EMPTY

    def test_another_entry_at_its_own_version_is_foreign(self):
        replica = make_replica(make_entries(1))

        assert replica.receive(make_entry(START, id="another")) == (Received.FOREIGN, ())

    def test_an_entry_that_does_not_fit_changes_nothing(self):
        replica = make_replica()
        damaged = make_entry(START, patches=(("set", ("nowhere", "deep"), 1),))

        with pytest.raises(DamagedPatch):
            replica.receive(damaged)

        assert (replica.state, replica.position) == (EMPTY, START)

    def test_a_log_whose_entries_do_not_follow_each_other_is_refused(self):
        with pytest.raises(LogConflict, match="do not follow each other"):
            make_replica([make_entry(Position("epoch", 4, "x"))])

    def test_reset_looks_at_held_back_entries_again(self):
        replica, entries = make_replica(), make_entries(4)
        replica.receive(entries[3])

        replica.reset(Snapshot(START, EMPTY, 1), entries[:3])

        assert replica.position == position_of(entries[3])
        assert not replica.has_hole

    def test_getters_are_one_object_while_the_state_is(self):
        replica = make_replica()
        before = replica.getters

        replica.receive(make_entry(START, epoch="another"))
        assert replica.getters is before
        replica.receive(make_entries(1)[0])
        after = replica.getters

        assert after is not before
        assert replica.getters is after
        assert (before["double"], after["double"]) == (0, 2)

    def test_getters_follow_the_state(self):
        replica, entries = make_replica(), make_entries(1)
        before = replica.getters["double"]

        replica.receive(entries[0])

        assert (before, replica.getters["double"]) == (0, 2)

    @given(st.data())
    def test_any_order_with_any_repeats_ends_at_the_same_state(self, data):
        entries = make_entries(8)
        extra = data.draw(st.lists(st.sampled_from(entries), max_size=12))
        order = data.draw(st.permutations(entries + extra))
        replica, applied = make_replica(), []

        for entry in order:
            applied += replica.receive(entry)[1]

        assert applied == entries
        assert replica.position == position_of(entries[-1])
