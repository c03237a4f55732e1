"""
Several processes over one log, driven by hypothesis through all that may happen to them, against a list of texts.

Every commit writes a text of its own, so what is lost, doubled or out of order shows in the state. A log's own test
module makes a subclass of ``ClusterMachine``.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from liveex_django.exceptions import NewerSchema
from liveex_django.replication import Change, HistoryLost, Hub, Instance, MutationLog, Origin, Snapshot
from liveex_django.replication.commits import commit
from liveex_django.replication.followed import Followed
from liveex_django.store import Store
from liveex_django.testing import FakeCluster

from .build import call

NAME = "test.machine"
PROCESSES = 3


def make_release(schema: int) -> Store:
    """The store as one release has it; the state of the second one has tags."""
    store = Store(NAME, scope="global", schema=schema, state={"texts": []})

    @store.mutation
    def write(state, text: str):
        state["texts"].append(text)

    if schema == 2:

        @store.migrate(1, 2)
        def add_tags(state):
            state["tags"] = []

    return store


class Written(NamedTuple):
    """What the log is expected to hold: the texts in the order of their versions, the newest version, the schema."""

    texts: tuple[str, ...] = ()
    version: int = 0
    schema: int = 1


processes = st.integers(0, PROCESSES - 1)


class Viewer:
    """
    Somebody who looks at a store in a process.

    Attributes:
        seen: The texts that were ever shown, since it was told that some of them are lost.
    """

    def __init__(self, followed: Followed) -> None:
        self._followed = followed
        self.seen = set(followed.replica.state["texts"])
        followed.subscribe(self._take)

    def _take(self, change: Change) -> None:
        if isinstance(change, HistoryLost):
            self.seen.clear()
        self.seen |= set(self._followed.replica.state["texts"])


class ClusterMachine(RuleBasedStateMachine):
    """Subclasses say what the log is, and how it is emptied and brought back to an earlier copy."""

    # Whether the log knows all that it ever had, trimmed or not.
    remembers_all = False

    def make_log(self) -> MutationLog:
        raise NotImplementedError

    async def close_log(self) -> None:
        """End what the log has open; also waits for commits that a crash left on their way."""

    async def empty(self) -> None:
        raise NotImplementedError

    async def copy(self) -> Any:
        """The log as a copy of it would have it now."""
        raise NotImplementedError

    async def fail_over(self, copy: Any) -> None:
        raise NotImplementedError

    # Running

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    @initialize(
        seed=st.integers(0, 2**32),
        lose=st.sampled_from([0.0, 0.3, 1.0]),
        double=st.sampled_from([0.0, 0.5]),
        delay=st.sampled_from([0.0, 0.5]),
    )
    def begin(self, seed: int, lose: float, double: float, delay: float) -> None:
        self.loop = asyncio.new_event_loop()
        self.releases = {schema: make_release(schema) for schema in (1, 2)}
        # The release that each process runs.
        self.runs = [self.releases[1]] * PROCESSES
        self.written = Written()
        self.copied: tuple[Any, Written] | None = None
        self.texts = 0
        self.viewers: dict[Followed, Viewer] = {}

        async def start() -> None:
            self.log = self.make_log()
            self.cluster = FakeCluster(PROCESSES, seed=seed, lose=lose, double=double, delay=delay, log=self.log)
            await self.cluster.__aenter__()

        self.run(start())

    def teardown(self) -> None:
        if hasattr(self, "loop"):

            async def stop() -> None:
                await self.cluster.__aexit__(None, None, None)
                await self.close_log()

            try:
                self.run(self.settle_and_compare())
            finally:
                self.run(stop())
                left = asyncio.all_tasks(self.loop)
                self.loop.close()
            assert not left

    def instance(self, number: int) -> Instance:
        return Instance(self.runs[number])

    def next_text(self) -> str:
        self.texts += 1
        return f"text {self.texts}"

    def note(self, text: str, version: int, release: Store) -> None:
        """A commit was acknowledged."""
        assert version > self.written.version
        schema = max(self.written.schema, release.schema)
        self.written = Written((*self.written.texts, text), version, schema)

    def is_outdated(self, number: int) -> bool:
        """Whether a later release has taken over what this process follows."""
        followed = self.cluster[number]._followed.get(self.instance(number))
        return followed is not None and followed.newer_schema is not None

    # What may happen

    @rule(number=processes)
    def write(self, number: int) -> None:
        text, release = self.next_text(), self.runs[number]
        try:
            entry = self.run(self.cluster[number].at(release).acommit("write", text))
        except NewerSchema:
            assert release.schema == 1
            return
        self.note(text, entry.version, release)

    @rule()
    def write_at_once(self) -> None:
        texts = [self.next_text() for _ in range(PROCESSES)]

        async def write_all() -> list[Any]:
            commits = [
                self.cluster[number].at(self.runs[number]).acommit("write", text) for number, text in enumerate(texts)
            ]
            return await asyncio.gather(*commits, return_exceptions=True)

        outcomes = self.run(write_all())
        entries = []
        for number, outcome in enumerate(outcomes):
            if isinstance(outcome, NewerSchema):
                assert self.runs[number].schema == 1
            else:
                assert not isinstance(outcome, BaseException), outcome
                entries.append((outcome.version, texts[number], self.runs[number]))
        for version, text, release in sorted(entries, key=lambda one: one[0]):
            self.note(text, version, release)

    @rule(number=processes, turns=st.integers(0, 12))
    def crash_while_writing(self, number: int, turns: int) -> None:
        """The process ends in the middle of a commit; the log says whether it was made."""
        text, release = self.next_text(), self.runs[number]

        async def crash() -> int | None:
            process = self.cluster[number]
            origin = Origin()
            hub: Hub = process._hub

            async def write() -> None:
                followed = await process._follow(Instance(release))
                await commit(hub, followed, [call(release, "write", text=text)], origin, 1)

            task = asyncio.ensure_future(write())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await process._stop()
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
            await self.close_log()
            process._start()
            found = [entry for entry in await self.log.history(Instance(release), 100) if entry.id == f"{origin.id}.1"]
            return found[0].version if found else None

        version = self.run(crash())
        if version is not None:
            self.note(text, version, release)

    @rule(number=processes)
    def restart(self, number: int) -> None:
        try:
            self.run(self.cluster[number].restart())
        except NewerSchema:
            assert self.runs[number].schema == 1

    @rule(number=processes)
    def upgrade(self, number: int) -> None:
        """Another release starts in place of a process; what it follows is brought up to date when it is loaded."""

        async def replace() -> None:
            process = self.cluster[number]
            was_followed = bool(process._followed)
            await process._stop()
            process._start()
            self.runs[number] = self.releases[2]
            if was_followed:
                await process._follow(Instance(self.releases[2]))

        self.run(replace())

    @rule(number=processes)
    def join(self, number: int) -> None:
        try:
            self.run(self.cluster[number].at(self.runs[number]).aget_state())
        except NewerSchema:
            assert self.runs[number].schema == 1

    @rule(number=processes)
    def leave(self, number: int) -> None:
        async def release() -> None:
            process = self.cluster[number]
            followed = process._followed.pop(self.instance(number), None)
            if followed is not None:
                process._hub.release(followed)

        self.run(release())

    @rule(number=processes)
    def cut(self, number: int) -> None:
        self.cluster[number].cut()

    @rule(number=processes)
    def mend(self, number: int) -> None:
        self.cluster[number].mend()

    @rule()
    def deliver(self) -> None:
        self.run(self.cluster.deliver())

    @rule()
    def lose_what_is_on_its_way(self) -> None:
        self.cluster.layer._on_the_way.clear()

    @rule(number=processes)
    def save_snapshot(self, number: int) -> None:
        """Of whatever the process knows, which may be old, or of a history that is gone."""
        followed = self.cluster[number]._followed.get(self.instance(number))
        if followed is not None and followed.is_born:
            replica = followed.replica
            self.run(
                self.log.save_snapshot(followed.instance, Snapshot(replica.position, replica.state, replica.schema))
            )

    @rule(number=processes)
    def compare_positions(self, number: int) -> None:
        self.run(self.cluster[number]._compare())

    @rule()
    def lose_everything(self) -> None:
        self.run(self.empty())
        self.written = Written(schema=1)
        self.copied = None

    @rule()
    def lag_behind(self) -> None:
        """A copy of the log stops following it here."""
        self.copied = self.run(self.copy()), self.written

    @precondition(lambda self: self.copied is not None)
    @rule()
    def take_over(self) -> None:
        """The copy takes over, without what was committed since."""
        assert self.copied is not None
        copy, self.written = self.copied
        self.run(self.fail_over(copy))

    @rule()
    def settle(self) -> None:
        self.run(self.settle_and_compare())

    # What must hold

    async def settle_and_compare(self) -> None:
        """After each process has compared its positions, all know what the log has, and it is what was written."""
        await self.cluster.settle()
        # What was emptied under a follower has begun again now, and migrations have been made.
        await self.cluster.settle()
        instance = Instance(self.releases[2])
        (head,) = await self.log.heads([instance])
        for number, process in enumerate(self.cluster):
            followed = process._followed.get(self.instance(number))
            if followed is None or self.is_outdated(number):
                continue
            assert followed.replica.position == head
            assert followed.replica.state["texts"] == list(self.written.texts)
            if self.remembers_all and followed in self.viewers:
                assert self.viewers[followed].seen <= set(self.written.texts), "something was lost without a word"
        if head is not None:
            assert head.version >= self.written.version
            kept = [entry for entry in await self.log.history(instance, 1000) if entry.name == "write"]
            texts = [entry.payload["text"] for entry in kept]
            assert texts == list(self.written.texts)[len(self.written.texts) - len(texts) :]

    @invariant()
    def nobody_shows_what_was_never_written(self) -> None:
        if hasattr(self, "cluster"):
            for process in self.cluster:
                for followed in process._followed.values():
                    if followed.is_loaded:
                        texts = followed.replica.state["texts"]
                        assert len(set(texts)) == len(texts)
                        if followed not in self.viewers:
                            self.viewers[followed] = Viewer(followed)
