"""The connections of the log in Redis: one set per event loop, closed with it, none left behind."""

import asyncio
import gc
import threading
import weakref

import pytest
from asgiref.sync import async_to_sync

from liveex_django.replication import Appended, Instance
from liveex_django.replication.redis_log import RedisMutationLog

from .build import EMPTY, make_counter, make_entry, position_of
from .redis_server import running


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def log(server):
    return RedisMutationLog(server.url, connections=4)


async def commit(log, instance):
    """Create or go on, and commit one entry."""
    snapshot, entries = await log.create(instance, EMPTY)
    position = position_of(entries[-1]) if entries else snapshot.position
    entry = make_entry(position, id=f"e{position.version}")
    assert await log.append(instance, position, entry) == Appended()


@async_to_sync
async def run_as_django_does(work):
    await work


class TestLoops:
    @pytest.mark.parametrize("run", [asyncio.run, run_as_django_does])
    def test_one_log_serves_one_loop_after_another_and_leaves_nothing_open(self, server, log, run):
        instance = Instance(make_counter())
        for _ in range(20):
            run(commit(log, instance))

        assert server.clients() == 0
        assert asyncio.run(log.heads([instance]))[0].version == 20

    def test_loops_in_several_threads_do_not_share_connections(self, server, log):
        instances = [Instance(make_counter()) for _ in range(4)]

        async def commits(instance):
            for _ in range(25):
                await commit(log, instance)

        threads = [threading.Thread(target=asyncio.run, args=(commits(instance),)) for instance in instances]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [head.version for head in asyncio.run(log.heads(instances))] == [25] * 4
        assert server.clients() == 0

    def test_a_loop_that_ends_in_the_middle_of_a_commit_leaves_nothing_open(self, server, log):
        instance = Instance(make_counter())

        async def begin_and_leave():
            await commit(log, instance)
            asking = asyncio.create_task(commit(log, instance))
            await asyncio.sleep(0)
            return asking

        asyncio.run(begin_and_leave())

        assert server.clients() == 0

    @pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
    def test_a_loop_that_was_closed_without_notice_is_let_go_by_the_next(self, server, log):
        instance = Instance(make_counter())
        loop = asyncio.new_event_loop()
        loop.run_until_complete(commit(log, instance))
        loop.close()
        left = weakref.ref(loop)
        del loop

        asyncio.run(commit(log, instance))
        gc.collect()

        assert left() is None
        assert server.clients() == 0


class TestConnections:
    async def test_as_many_calls_as_one_likes_share_a_few_connections(self, server, log):
        instances = [Instance(make_counter()) for _ in range(200)]

        await asyncio.gather(*(commit(log, instance) for instance in instances))

        assert server.clients() == 4
        await log.close()
        assert server.clients() == 0

    async def test_a_closed_log_opens_again_when_it_is_used(self, server, log):
        await log.close()
        await commit(log, Instance(make_counter()))
        await log.close()

        await commit(log, Instance(make_counter()))

        assert server.clients() == 1
        await log.close()

    async def test_cancelled_calls_give_their_connections_back(self, server, log):
        instance = Instance(make_counter())
        await commit(log, instance)
        for _ in range(20):
            calls = [asyncio.create_task(log.heads([instance])) for _ in range(8)]
            await asyncio.sleep(0)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

        await asyncio.wait_for(commit(log, instance), 10)

        assert server.clients() <= 4
        await log.close()
        assert server.clients() == 0

    async def test_cut_connections_are_replaced(self, server, log):
        instance = Instance(make_counter())
        with server.admin() as admin:
            for _ in range(10):
                await commit(log, instance)
                admin.client_kill_filter(_type="normal", skipme=True)

        assert (await log.heads([instance]))[0].version == 10
        await log.close()
