"""Many actions at once, under every policy, cancelled at any moment: nothing stays locked, lost or half done."""

import asyncio
import random

import pytest

from liveex_django.exceptions import ActionTimeout, DispatchCircle, Reject
from liveex_django.replication import Instance, MemoryMutationLog

from .build import act, entries_of, make_counter

POLICIES = ["parallel", "queue", "first", "latest"]


class Hesitant(MemoryMutationLog):
    """Lets others go first, now and then."""

    async def append(self, instance, after, *entries):
        await hesitate()
        return await super().append(instance, after, *entries)


async def hesitate():
    for _ in range(random.choice([0, 0, 1, 5, 20])):
        await asyncio.sleep(0)


def make_busy():
    """A counter whose actions commit, alone and in transactions, and dispatch each other."""
    store = make_counter()

    def declare(policy):
        async def work(ctx, depth: int = 2):
            await hesitate()
            if random.random() < 0.5:
                async with ctx.transaction("both"):
                    await ctx.acommit("add")
                    await hesitate()
                    await ctx.acommit("note", text=policy)
            else:
                await ctx.acommit("add")
            if depth and random.random() < 0.5:
                await ctx.adispatch(random.choice(POLICIES), depth - 1)

        work.__name__ = policy
        store.action(policy=policy, timeout=10)(work)

    for policy in POLICIES:
        declare(policy)
    return store


@pytest.fixture
def log():
    return Hesitant()


@pytest.mark.parametrize("seed", range(5))
async def test_nothing_is_left_behind(hub, seed):
    random.seed(seed)
    applied = []

    async def ask(followed):
        asking = asyncio.create_task(act(hub, followed, random.choice(POLICIES)))
        if random.random() < 0.3:
            await hesitate()
            asking.cancel()
        try:
            await asking
        except (Reject, ActionTimeout, DispatchCircle, asyncio.CancelledError):
            return

    async with hub.following(Instance(make_busy())) as followed:
        followed.subscribe(lambda change: applied.append(change.entry.version))
        await asyncio.gather(*(ask(followed) for _ in range(100)))
        while left := [task for task in hub._tasks if task is not asyncio.current_task()]:
            await asyncio.wait(left)

        entries = await entries_of(hub, followed)
        adds = sum("add" in str(entry.payload) or entry.name == "add" for entry in entries)
        assert [entry.version for entry in entries] == applied == list(range(1, len(entries) + 1))
        assert followed.replica.state["count"] == adds
        assert (followed.queue.locked(), followed.holders, hub.slots._slots) == (False, 1, {})
