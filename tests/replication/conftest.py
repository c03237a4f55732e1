"""A log and a hub of its own for every test; servers and clusters of processes for those that ask for them."""

from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from liveex_django.replication import Hub, MemoryMutationLog
from liveex_django.replication.timing import Timing

from .redis_server import running
from .replica_cluster import cluster_of


@pytest.fixture
def log():
    return MemoryMutationLog()


@pytest.fixture
async def hub(log):
    hub = Hub(log, None, Timing(linger=0.0))
    yield hub
    await hub.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clusters(redis_server_program, tmp_path_factory):
    """Three processes over a Redis of their own, per layer; they live through one test after another."""
    made = {}
    async with AsyncExitStack() as stack:

        async def get(layer):
            if layer not in made:
                folder = tmp_path_factory.mktemp(layer)
                server = stack.enter_context(running(redis_server_program, folder, repl_diskless_sync_delay=0))
                made[layer] = await stack.enter_async_context(cluster_of(3, server, folder, layer=layer, answer=1.0))
            return made[layer]

        yield get


@pytest_asyncio.fixture(loop_scope="module", params=["pubsub", "core"])
async def cluster(request, clusters):
    cluster = await clusters(request.param)
    yield cluster
    await cluster.leave()
