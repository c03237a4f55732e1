"""
What every mutation log does. A log's own test module subclasses ``MutationLogConformance`` and provides ``log``.
"""

import asyncio

from liveex_django.replication import Appended, Behind, Elsewhere, Instance, Position, Repeated, Snapshot
from liveex_django.store import freeze

from .build import EMPTY, make_counter, make_entry, position_of


class MutationLogConformance:
    async def start(self, log, **options):
        instance = Instance(make_counter(**options))
        snapshot, entries = await log.create(instance, EMPTY)
        assert not entries
        return instance, snapshot.position

    async def fill(self, log, instance, after, number):
        entries = []
        for index in range(number):
            entry = make_entry(after, id=f"e{index}")
            assert await log.append(instance, after, entry) == Appended()
            entries.append(entry)
            after = position_of(entry)
        return entries

    async def test_it_does_not_know_an_instance_that_nobody_created(self, log):
        instance = Instance(make_counter())

        assert await log.load(instance) is None
        assert await log.read(instance, Position("e", 0, "")) is None
        assert await log.heads([instance]) == [None]
        assert list(await log.history(instance, 10)) == []
        assert await log.contains(instance, Position("e", 0, "")) is False

    async def test_the_initial_state_is_version_zero(self, log):
        instance, position = await self.start(log)

        snapshot, entries = await log.load(instance)

        assert (snapshot.state, snapshot.schema, list(entries)) == (EMPTY, 1, [])
        assert (position.version, position.id) == (0, "")
        assert position.epoch

    async def test_the_first_to_create_wins_and_everyone_gets_what_is_there(self, log):
        instance, position = await self.start(log)

        snapshot, _ = await log.create(instance, freeze({"count": 50}))

        assert snapshot == Snapshot(position, EMPTY, 1)

    async def test_entries_are_read_back_in_order_and_equal(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 5)

        assert list(await log.read(instance, position)) == entries
        assert list(await log.read(instance, position_of(entries[2]))) == entries[3:]
        assert list(await log.read(instance, position_of(entries[4]))) == []
        assert await log.heads([instance]) == [position_of(entries[4])]

    async def test_history_gives_the_newest_oldest_first(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 5)

        assert list(await log.history(instance, 2)) == entries[3:]
        assert list(await log.history(instance, 100)) == entries
        assert list(await log.history(instance, 0)) == []

    async def test_whoever_is_behind_gets_what_it_lacks_and_writes_nothing(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 3)
        late = make_entry(position_of(entries[0]), id="late")

        outcome = await log.append(instance, position_of(entries[0]), late)

        assert outcome == Behind(tuple(entries[1:]))
        assert await log.heads([instance]) == [position_of(entries[2])]

    async def test_an_id_that_is_there_is_answered_with_its_entry_wherever_it_stands(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 3)
        head = position_of(entries[2])

        again = await log.append(instance, head, make_entry(head, id="e0"))
        at_its_old_place = await log.append(instance, position, entries[0])

        assert again == at_its_old_place == Repeated(entries[0])
        assert await log.heads([instance]) == [head]

    async def test_an_id_leads_to_its_version(self, log):
        instance, position = await self.start(log)
        await self.fill(log, instance, position, 3)

        assert await log.find(instance, ["e1"]) == 2
        assert await log.find(instance, ["nobody's", "e2", "e0"]) == 3
        assert await log.find(instance, ["nobody's"]) is None
        assert await log.find(instance, []) is None
        assert await log.find(Instance(make_counter()), ["e1"]) is None

    def chain(self, after, number, prefix="g"):
        entries = []
        for index in range(number):
            entries.append(make_entry(after, id=f"{prefix}{index}"))
            after = position_of(entries[-1])
        return entries

    async def test_several_entries_are_appended_in_one_step(self, log):
        instance, position = await self.start(log)
        entries = self.chain(position, 40)

        outcome = await log.append(instance, position, *entries)

        assert outcome == Appended()
        assert list(await log.read(instance, position)) == entries
        assert await log.heads([instance]) == [position_of(entries[-1])]
        assert await log.append(instance, position, entries[20]) == Repeated(entries[20])

    async def test_of_several_entries_behind_the_head_none_is_appended(self, log):
        instance, position = await self.start(log)
        there = await self.fill(log, instance, position, 2)

        outcome = await log.append(instance, position, *self.chain(position, 3))

        assert outcome == Behind(tuple(there))
        assert await log.heads([instance]) == [position_of(there[1])]

    async def test_when_one_of_several_is_known_none_is_appended(self, log):
        instance, position = await self.start(log)
        there = await self.fill(log, instance, position, 2)
        new = self.chain(position_of(there[1]), 3)
        known = make_entry(position_of(new[2]), id="e1")

        outcome = await log.append(instance, position_of(there[1]), *new, known)

        assert outcome == Repeated(there[1])
        assert list(await log.read(instance, position)) == there

    async def test_a_position_of_another_epoch_is_elsewhere(self, log):
        instance, position = await self.start(log)
        foreign = Position("another", 0, "")

        assert await log.append(instance, foreign, make_entry(foreign)) == Elsewhere()
        assert await log.read(instance, foreign) is None
        assert await log.heads([instance]) == [position]

    async def test_a_fork_at_the_same_version_is_elsewhere(self, log):
        instance, position = await self.start(log)
        await self.fill(log, instance, position, 2)
        fork = Position(position.epoch, 2, "another entry")

        assert await log.append(instance, fork, make_entry(fork)) == Elsewhere()
        assert await log.read(instance, fork) is None

    async def test_a_position_ahead_of_the_log_is_elsewhere(self, log):
        instance, position = await self.start(log)
        ahead = Position(position.epoch, 7, "x")

        assert await log.append(instance, ahead, make_entry(ahead)) == Elsewhere()
        assert await log.read(instance, ahead) is None

    async def test_it_says_which_positions_are_its_own(self, log):
        instance, position = await self.start(log)
        own = [position, *map(position_of, await self.fill(log, instance, position, 3))]
        fork = Position(position.epoch, 2, "another entry")
        ahead = Position(position.epoch, 7, "x")
        moved = Position(position.epoch, 2, "e0")
        foreign = Position("another", 0, "")

        assert [await log.contains(instance, one) for one in own] == [True] * 4
        assert [await log.contains(instance, one) for one in (fork, ahead, moved, foreign)] == [False] * 4

    async def test_instances_do_not_see_each_other(self, log):
        store = make_counter(scope="key")
        one, two = Instance(store, "one"), Instance(store, "two")
        first, _ = await log.create(one, EMPTY)
        second, _ = await log.create(two, EMPTY)
        entry = make_entry(first.position)

        await log.append(one, first.position, entry)

        assert first.position.epoch != second.position.epoch
        assert await log.heads([one, two]) == [position_of(entry), second.position]

    async def test_of_writers_at_the_same_position_one_wins(self, log):
        instance, position = await self.start(log)

        outcomes = await asyncio.gather(
            *(log.append(instance, position, make_entry(position, id=f"w{number}")) for number in range(20))
        )

        winners = [outcome for outcome in outcomes if outcome == Appended()]
        head = (await log.heads([instance]))[0]
        assert len(winners) == 1
        assert head.version == 1
        assert all(isinstance(outcome, Behind) for outcome in outcomes if outcome != Appended())

    async def test_loading_begins_at_the_newest_snapshot(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 4)
        snapshot = Snapshot(position_of(entries[2]), freeze({"count": 3}), 1)

        await log.save_snapshot(instance, snapshot)

        assert await log.load(instance) == (snapshot, (entries[3],))

    async def test_an_older_snapshot_or_one_of_another_epoch_is_not_kept(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 4)
        newest = Snapshot(position_of(entries[2]), freeze({"count": 3}), 1)
        await log.save_snapshot(instance, newest)

        await log.save_snapshot(instance, Snapshot(position_of(entries[0]), freeze({"count": 1}), 1))
        await log.save_snapshot(instance, Snapshot(Position("another", 9, "x"), freeze({"count": 9}), 1))

        assert (await log.load(instance))[0] == newest

    async def test_a_snapshot_of_what_the_log_does_not_have_is_not_kept(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 2)
        before = await log.load(instance)

        for stranger in (Position(position.epoch, 2, "another entry"), Position(position.epoch, 7, "x")):
            await log.save_snapshot(instance, Snapshot(stranger, freeze({"count": 9}), 1))

        assert await log.load(instance) == before == (Snapshot(position, EMPTY, 1), tuple(entries))

    async def test_a_snapshot_lets_old_entries_go_but_keeps_the_newest_thousand(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 1200)
        snapshot = Snapshot(position_of(entries[-1]), freeze({"count": 1200}), 1)

        await log.save_snapshot(instance, snapshot)

        kept = list(await log.history(instance, 5000))
        assert kept == entries[200:]
        assert await log.read(instance, position) is None
        assert list(await log.read(instance, position_of(entries[199]))) == entries[200:]

    async def test_without_a_snapshot_every_entry_is_kept(self, log):
        instance, position = await self.start(log)
        entries = await self.fill(log, instance, position, 1200)

        assert len(await log.read(instance, position)) == 1200
        assert (await log.load(instance))[1] == tuple(entries)
