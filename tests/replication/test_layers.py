"""The hub over the channel layers that projects use, with a real Redis behind them that is made to fail."""

import asyncio
import threading

import pytest
import redis.asyncio
from channels.layers import InMemoryChannelLayer
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from liveex_django.replication import HistoryLost, Hub, Instance
from liveex_django.replication.layer_timeouts import is_impatient
from liveex_django.replication.redis_attempts import Patience
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.replication.timing import Timing

from .build import make_counter
from .redis_server import running
from .test_commits import add
from .test_groups import until

# As in production, but for the interval of the comparison.
TIMING = Timing(check=1.0, linger=0.0)
QUICK = Patience(answer=3.0, outcome=30.0)


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


def core(url):
    # redis-py 8 gives up on a connection that is silent for 5 s, and a channel without messages is.
    return RedisChannelLayer(hosts=[{"address": url, "socket_timeout": 30}])


def pubsub(url):
    return RedisPubSubChannelLayer(hosts=[url])


LAYERS = {"core": core, "pubsub": pubsub}


@pytest.fixture(params=LAYERS)
def make_layer(request):
    return LAYERS[request.param]


@pytest.fixture
async def processes(server, make_layer):
    """Three hubs, each with a layer and connections of its own, as in three processes."""
    logs = [RedisMutationLog(server.url, patience=QUICK) for _ in range(3)]
    layers = [make_layer(server.url) for _ in range(3)]
    hubs = [Hub(log, layer, TIMING) for log, layer in zip(logs, layers, strict=True)]
    yield hubs
    for hub in hubs:
        await hub.close()
    for log in logs:
        await log.close()
    for layer in layers:
        await (layer.close_pools() if isinstance(layer, RedisChannelLayer) else layer.flush())


def positions(followed):
    return {one.replica.position for one in followed}


async def agree(followed, version):
    """Wait until every replica stands at a version, at the same entry."""
    await until(
        lambda: {one.replica.position.version for one in followed} == {version} and len(positions(followed)) == 1
    )


class TestFollowing:
    async def test_a_commit_reaches_every_process_by_its_message(self, processes):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in processes]

        for number, hub in enumerate(processes):
            await add(hub, followed[number], 5)
            await agree(followed, number + 1)

        assert sum(hub.metrics.missed + hub.metrics.unanswered_probes for hub in processes) == 0
        assert [hub.metrics.applied for hub in processes] == [2, 2, 2]

    async def test_all_that_commit_at_once_agree(self, processes):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in processes]

        await asyncio.gather(*(add(processes[number % 3], followed[number % 3]) for number in range(150)))

        await agree(followed, 150)
        assert {one.replica.state["count"] for one in followed} == {150}

    async def test_hundreds_of_instances_are_joined(self, processes):
        store = make_counter(scope="key")
        instances = [Instance(store, f"room-{number}") for number in range(200)]
        followed = [[*await asyncio.gather(*map(hub.acquire, instances))] for hub in processes[:2]]

        await asyncio.gather(*(add(processes[0], one) for one in followed[0]))

        await until(lambda: all(one.replica.state["count"] == 1 for one in followed[1]))


class TestLoss:
    async def test_an_emptied_redis_is_noticed_by_everybody_and_groups_are_joined_anew(self, processes, server):
        instance = Instance(make_counter())
        followed, told = [await hub.acquire(instance) for hub in processes], []
        for hub in processes:
            await hub.announcements.listen("anything", lambda content: None)
        for one in followed:
            await add(processes[0], followed[0])
            one.subscribe(told.append)
        await agree(followed, 3)
        with server.admin() as admin:
            admin.flushall()

        await until(lambda: len([change for change in told if isinstance(change, HistoryLost)]) == 3)
        await agree(followed, 0)
        await add(processes[0], followed[0], 7)
        await agree(followed, 1)

    async def test_cut_connections_lose_nothing(self, processes, server):
        instance = Instance(make_counter())
        followed = [await hub.acquire(instance) for hub in processes]
        over = threading.Event()

        def cut():
            with server.admin() as admin:
                while not over.wait(0.2):
                    for kind in ("normal", "pubsub"):
                        admin.client_kill_filter(_type=kind, skipme=True)

        thread = threading.Thread(target=cut)
        thread.start()
        try:
            for _ in range(60):
                await asyncio.gather(*(add(hub, one) for hub, one in zip(processes, followed, strict=True)))
        finally:
            over.set()
            thread.join()

        await agree(followed, 180)

    async def test_a_redis_that_stands_still_is_waited_out(self, processes, server):
        instance = Instance(make_counter())
        followed, told = [await hub.acquire(instance) for hub in processes], []
        processes[1].condition.subscribe(told.append)
        await add(processes[0], followed[0])
        with server.held_up():
            asked = asyncio.create_task(add(processes[0], followed[0]))
            await until(lambda: processes[1].condition.is_degraded)

        await asked
        await agree(followed, 2)
        await until(lambda: told == [True, False])
        assert {one.replica.state["count"] for one in followed} == {2}


class TestOneProcess:
    async def test_the_layer_in_memory_and_the_log_in_redis_go_together(self, server):
        log = RedisMutationLog(server.url)
        hub = Hub(log, InMemoryChannelLayer(), TIMING)
        instance = Instance(make_counter())
        followed = await hub.acquire(instance)

        await add(hub, followed)

        assert followed.replica.state["count"] == 1
        assert hub.metrics.unanswered_probes == 0
        await hub.close()
        await log.close()


class TestTheCoreLayer:
    """What system check W012 warns of, in tenths of seconds; redis-py 8 waits 5 s, and so does the layer."""

    async def wait_for_a_message(self, server, **host):
        layer = RedisChannelLayer(hosts=[{"address": server.url, **host}])
        layer.brpop_timeout = 0.4
        channel = await layer.new_channel()
        receiving = asyncio.create_task(layer.receive(channel))
        # Longer than one read.
        await asyncio.wait({receiving}, timeout=1.0)
        try:
            await layer.send(channel, {"type": "late"})
            return await receiving
        finally:
            await layer.close_pools()

    async def test_ends_a_reader_whose_connection_waits_no_longer_than_the_layer(self, server):
        with pytest.raises(redis.TimeoutError):
            await self.wait_for_a_message(server, socket_timeout=0.2)

    async def test_lets_a_reader_wait_whose_connection_waits_longer(self, server):
        assert (await self.wait_for_a_message(server, socket_timeout=30))["type"] == "late"

    def test_is_warned_of_when_the_connections_of_the_installed_redis_py_wait_no_longer(self):
        default = redis.asyncio.Connection().socket_timeout

        warned = is_impatient({"BACKEND": "channels_redis.core.RedisChannelLayer"})

        assert warned == (default is not None and default <= RedisChannelLayer.brpop_timeout)


class TestProjects:
    async def test_two_on_one_redis_with_two_prefixes_never_meet(self, server, make_layer):
        with server.admin() as admin:
            admin.flushall()
        stores = [make_counter(name="test.same"), make_counter(name="test.same")]
        logs = [RedisMutationLog(server.url, prefix) for prefix in ("one", "two")]
        layers = [make_layer(server.url) for _ in logs]
        hubs = [Hub(log, layer, TIMING) for log, layer in zip(logs, layers, strict=True)]
        followed = [await hub.acquire(Instance(store)) for hub, store in zip(hubs, stores, strict=True)]

        for number, hub in enumerate(hubs):
            for _ in range(number + 1):
                await add(hub, followed[number])
            await hub.check.run()

        assert [one.replica.state["count"] for one in followed] == [1, 2]
        assert [hub.metrics.foreign for hub in hubs] == [0, 0]
        for hub, log, layer in zip(hubs, logs, layers, strict=True):
            await hub.close()
            await log.close()
            await (layer.close_pools() if isinstance(layer, RedisChannelLayer) else layer.flush())
