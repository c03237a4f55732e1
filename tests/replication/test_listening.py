"""Hubs that listen from when somebody wants to hear: those of workers, which only commit, never do."""

import asyncio

import pytest

from liveex_django.exceptions import Reject
from liveex_django.replication import Hub, Instance
from liveex_django.store import Store

from .build import act, make_counter
from .test_groups import QUICK, Layer, until


@pytest.fixture
def layer():
    return Layer()


@pytest.fixture
async def quiet(log, layer):
    hub = Hub(log, layer, QUICK, is_passing=True)
    yield hub
    await hub.close()


@pytest.fixture
async def other(log, layer):
    hub = Hub(log, layer, QUICK)
    yield hub
    await hub.close()


@pytest.fixture
def instance():
    return Instance(make_counter())


async def bump(hub, instance, amount=1):
    async with hub.following(instance) as followed:
        return await act(hub, followed, "bump", amount)


class TestAPassingHub:
    async def test_begins_every_block_with_the_newest_state(self, quiet, other, instance):
        async with quiet.following(instance) as held:
            await bump(other, instance)
            async with quiet.following(instance) as followed:
                assert followed is held
                assert followed.replica.state["count"] == 1

    async def test_finds_out_what_others_did_when_it_commits(self, quiet, other, instance):
        async with quiet.following(instance) as followed:
            await bump(other, instance, 2)

            assert await act(quiet, followed, "bump", 3) == 5

    async def test_leaves_a_page_that_is_not_written_yet_alone(self, quiet, log):
        page = Instance(make_counter(scope="page"), "tab")
        async with quiet.following(page), quiet.following(page):
            assert await log.load(page) is None


class TestTheFirstWhoWantsToHear:
    async def test_makes_it_listen_to_what_is_held_already(self, quiet, other, instance):
        seen = []
        async with quiet.following(instance) as held:
            held.subscribe(lambda change: seen.append(change.entry.version))
            await bump(other, instance)

            await quiet.acquire(Instance(make_counter()))
            await bump(other, instance)
            await until(lambda: seen == [1, 2])

    async def test_misses_nothing_that_is_committed_meanwhile(self, quiet, other, instance):
        async with quiet.following(instance):
            bumps = [asyncio.create_task(bump(other, instance)) for _ in range(5)]

            followed = await quiet.acquire(instance)
            await asyncio.gather(*bumps)
            await until(lambda: followed.replica.state["count"] == 5)

    async def test_several_at_once_all_have_the_newest_state(self, quiet, other, instance):
        async with quiet.following(instance):
            await bump(other, instance)

            found = await asyncio.gather(*(quiet.acquire(instance) for _ in range(3)))

            assert [followed.replica.state["count"] for followed in found] == [1, 1, 1]

    async def test_hears_as_soon_as_a_layer_that_was_away_is_back(self, quiet, other, instance, layer):
        async with quiet.following(instance):
            layer.error = OSError("away")
            followed = await quiet.acquire(instance)
            layer.error = None

            await bump(other, instance)
            await until(lambda: followed.replica.state["count"] == 1)

    async def test_does_not_suffer_from_an_instance_that_cannot_be_had(self, quiet, instance):
        def initial():
            raise Reject("not now")

        broken = asyncio.create_task(quiet.hold(Instance(Store("test.broken", scope="global", state=initial))))
        await asyncio.sleep(0)

        followed = await quiet.acquire(instance)

        assert followed.replica.state["count"] == 0
        with pytest.raises(Reject):
            await broken

    async def test_may_want_to_hear_announcements_only(self, quiet, other):
        heard = []
        await quiet.announcements.listen("news", heard.append)

        other.announcements.announce("news", {"number": 1})
        await until(lambda: heard == [{"number": 1}])
