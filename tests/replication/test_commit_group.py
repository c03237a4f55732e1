"""Commits that wait for each other go to the log in one step, and are no less alone in what they do."""

import asyncio

import pytest
from django.utils import translation

from liveex_django.exceptions import LogUnreachable, OutcomeUnknown, Reject
from liveex_django.replication import (
    Appended,
    Behind,
    Committed,
    Hub,
    Instance,
    MemoryMutationLog,
    Origin,
    commit_group,
)
from liveex_django.replication.commits import commit
from liveex_django.store import Plugin

from .build import call, entries_of, make_counter
from .test_commits import add


class HeldLog(MemoryMutationLog):
    """Keeps the first append until ``go``, and counts what comes in how many steps."""

    def __init__(self):
        super().__init__()
        self.go, self.reached = asyncio.Event(), asyncio.Event()
        self.steps = []
        self.error = None

    async def append(self, instance, after, *entries):
        self.steps.append(len(entries))
        self.reached.set()
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return await super().append(instance, after, *entries)


@pytest.fixture
def log():
    return HeldLog()


@pytest.fixture
async def followed(hub):
    async with hub.following(Instance(make_counter())) as followed:
        yield followed


async def held(hub, followed, log, works):
    """Start a commit that is kept on its way, then others that gather behind it; returns what became of them."""
    first = asyncio.create_task(add(hub, followed, 100))
    await log.reached.wait()
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.sleep(0)
    log.go.set()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


class TestGathering:
    async def test_one_that_is_alone_waits_for_nobody(self, hub, followed, log):
        log.go.set()

        for _ in range(3):
            await add(hub, followed)

        assert log.steps == [1, 1, 1]

    async def test_those_that_wait_are_appended_in_one_step_each_an_entry_of_its_own(self, hub, followed, log):
        entries = await held(hub, followed, log, [add(hub, followed, amount) for amount in range(1, 11)])

        assert log.steps == [1, 10]
        assert [entry.version for entry in entries] == list(range(2, 12))
        assert [entry.patches[0][2] for entry in entries] == [101, 103, 106, 110, 115, 121, 128, 136, 145, 155]
        assert followed.replica.state["count"] == 155

    async def test_a_group_has_a_bounded_number(self, hub, followed, log, monkeypatch):
        monkeypatch.setattr(commit_group, "_MOST", 4)

        await held(hub, followed, log, [add(hub, followed) for _ in range(10)])

        assert log.steps == [1, 4, 4, 2]

    async def test_subscribers_see_each_of_them_with_the_states_around_it(self, hub, followed, log):
        seen = []
        followed.subscribe(lambda change: isinstance(change, Committed) and seen.append(change))

        await held(hub, followed, log, [add(hub, followed), add(hub, followed)])

        assert [(change.before["count"], change.after["count"]) for change in seen] == [
            (0, 100),
            (100, 101),
            (101, 102),
        ]

    async def test_commits_of_two_instances_do_not_wait_for_each_other(self, hub, followed, log):
        other = await hub.acquire(Instance(make_counter()))
        first = asyncio.create_task(add(hub, followed))
        await log.reached.wait()
        second = asyncio.create_task(add(hub, other))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert log.steps == [1, 1]
        log.go.set()
        await asyncio.gather(first, second)

    async def test_what_looks_into_the_log_goes_by_itself(self, hub, followed, log):
        store = followed.instance.store
        reset = commit(hub, followed, [call(store, "$reset")], Origin(), 1)

        await held(hub, followed, log, [add(hub, followed, 1), reset, add(hub, followed, 2)])

        assert log.steps == [1, 1, 2]
        assert [entry.name for entry in await entries_of(hub, followed)] == ["add", "$reset", "add", "add"]
        assert followed.replica.state["count"] == 3


class TestApart:
    async def test_one_that_refuses_is_left_out_and_the_others_go_on(self, hub, followed, log):
        outcomes = await held(hub, followed, log, [add(hub, followed, amount) for amount in (1, 13, 2)])

        assert isinstance(outcomes[1], Reject)
        assert [outcomes[0].version, outcomes[2].version] == [2, 3]
        assert followed.replica.state["count"] == 103

    async def test_plugins_are_told_of_the_one_that_failed(self, hub, log):
        class Watcher(Plugin):
            seen = []

            def after(self, step, before, after, entry):
                self.seen.append(entry.version)

            def error(self, step, error):
                self.seen.append(str(error))

        async with hub.following(Instance(make_counter(plugins=[Watcher()]))) as followed:
            await held(hub, followed, log, [add(hub, followed, 13), add(hub, followed, 1)])

        assert sorted(Watcher.seen, key=str) == [1, 2, "no thirteens"]

    async def test_two_with_one_id_are_one_commit(self, hub, followed, log):
        entries = await held(hub, followed, log, [add(hub, followed, 1, Origin(id="same")) for _ in range(2)])

        assert entries[0] == entries[1]
        assert followed.replica.state["count"] == 101

    async def test_one_that_is_in_the_log_already_gets_its_entry_and_the_others_are_made(self, hub, followed, log):
        other = Hub(log, None)
        async with other.following(followed.instance) as elsewhere:
            log.go.set()
            there = await add(other, elsewhere, 7, Origin(id="known"))
            log.go.clear()
            log.reached.clear()
        await other.close()

        entries = await held(
            hub,
            followed,
            log,
            [add(hub, followed, 1), add(hub, followed, 7, Origin(id="known")), add(hub, followed, 2)],
        )

        assert entries[1] == there
        assert followed.replica.state["count"] == 110

    async def test_each_is_run_in_the_language_of_who_asked(self, hub, log):
        store, spoken = make_counter(), []

        @store.mutation
        def speak(state):
            spoken.append(translation.get_language())

        async def speak_in(language, followed):
            with translation.override(language):
                await commit(hub, followed, [call(store, "speak")], Origin(), 1)

        async with hub.following(Instance(store)) as followed:
            await held(hub, followed, log, [speak_in("de", followed), speak_in("fr", followed)])

        assert spoken == ["de", "fr"]

    async def test_one_that_is_cancelled_before_its_group_begins_commits_nothing(self, hub, followed, log):
        first = asyncio.create_task(add(hub, followed, 100))
        await log.reached.wait()
        second, third = [asyncio.create_task(add(hub, followed, amount)) for amount in (1, 2)]
        await asyncio.sleep(0)

        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        log.go.set()
        await asyncio.gather(first, third)

        assert followed.replica.state["count"] == 102

    async def test_one_that_is_cancelled_later_is_made_and_waited_for(self, hub, followed, log):
        task = asyncio.create_task(add(hub, followed, 1))
        await log.reached.wait()

        task.cancel()
        await asyncio.sleep(0)
        was_done = task.done()
        log.go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert not was_done
        assert followed.replica.state["count"] == 1


class TestTrouble:
    async def test_when_others_are_faster_the_whole_group_runs_again(self, hub, followed, log):
        other = Hub(log, None)
        elsewhere = await other.acquire(followed.instance)
        append, outcomes = log.append, []

        async def be_overtaken(instance, after, *entries):
            if len(entries) == 3 and len(outcomes) == 1:
                await add(other, elsewhere, 1000)
            outcome = await append(instance, after, *entries)
            outcomes.append(type(outcome))
            return outcome

        log.append = be_overtaken
        entries = await held(hub, followed, log, [add(hub, followed, amount) for amount in (1, 2, 3)])

        assert outcomes == [Appended, Appended, Behind, Appended]
        assert [entry.version for entry in entries] == [3, 4, 5]
        assert followed.replica.state["count"] == 1106
        other.release(elsewhere)
        await other.close()

    async def test_a_log_that_is_away_fails_all_of_them_and_the_queue_goes_on(self, hub, followed, log):
        log.error = LogUnreachable("redis://there", "nobody answers")
        tasks = [asyncio.create_task(add(hub, followed)) for _ in range(3)]
        log.go.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        log.error = None

        entry = await add(hub, followed)

        assert [type(outcome) for outcome in outcomes] == [LogUnreachable] * 3
        assert entry.version == 1

    async def test_an_unknown_outcome_names_the_commit_that_it_is_about(self, hub, followed, log):
        log.error = OutcomeUnknown("somebody", "no answer came")
        tasks = [asyncio.create_task(add(hub, followed, 1, Origin(id=f"w{number}"))) for number in range(2)]
        log.go.set()

        outcomes = await asyncio.gather(*tasks, return_exceptions=True)

        assert ["w0.1" in str(outcomes[0]), "w1.1" in str(outcomes[1])] == [True, True]

    async def test_a_hub_that_closes_leaves_nobody_waiting(self, log):
        hub = Hub(log, None)
        followed = await hub.acquire(Instance(make_counter()))
        tasks = [asyncio.create_task(add(hub, followed)) for _ in range(3)]
        await log.reached.wait()

        await hub.close()

        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
