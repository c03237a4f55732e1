"""Processes that follow one log, and what is done to their connections, their clocks and themselves."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from .proxy import proxy_to
from .redis_server import running
from .replica_cluster import is_beyond, new_key, started
from .replica_process import Setup

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Longer than a process may stand still without noticing (s): a tick of the position check, and another.
FREEZE = 2.5


@pytest.fixture
def server(redis_server_program, tmp_path):
    with running(redis_server_program, tmp_path) as server:
        yield server


class TestLostReply:
    async def test_commits_whose_replies_are_lost_are_made_once_and_everybody_has_them(self, server, tmp_path):
        async with proxy_to(server.port) as proxy:
            setups = [
                Setup(name, log, "pubsub", server.url)
                for name, log in [("unlucky", proxy.url), ("second", server.url), ("third", server.url)]
            ]
            async with started(server, tmp_path, *setups) as cluster:
                key = new_key()
                await cluster.follow(key)
                proxy.marker, proxy.lose_replies = b"unlucky.", 10

                ledgers = await cluster.all(lambda process: process.commit(key, 30, in_flight=3))

                reports = await cluster.agree(key)
                assert await cluster.check_ledgers(key, ledgers, reports) == {"made": 90}
                assert proxy.lose_replies == 0


class TestSubscribing:
    """A SUBSCRIBE that comes late; the comparison of positions, which would make up for it, is an hour away."""

    async def joining(self, stack, server, folder, *, probe):
        """A proxy, and two processes: one that commits, and one whose next SUBSCRIBE is held back by the proxy."""
        proxy = await stack.enter_async_context(proxy_to(server.port))
        cluster = await stack.enter_async_context(
            started(
                server,
                folder,
                Setup("first", server.url, "pubsub", server.url),
                Setup("joins", server.url, "pubsub", proxy.url, check=3600.0, probe=probe),
            )
        )
        await cluster[1].follow(new_key())
        proxy.hold = b"SUBSCRIBE"
        return proxy, cluster

    async def test_a_process_reads_the_log_only_when_it_hears_of_what_comes_after(self, server, tmp_path):
        async with AsyncExitStack() as stack:
            proxy, cluster = await self.joining(stack, server, tmp_path, probe=50.0)
            key = new_key()
            await cluster[0].follow(key)
            joining = asyncio.create_task(cluster[1].follow(key))
            await proxy.is_holding.wait()
            await cluster[0].commit(key, 3)
            assert not joining.done()

            proxy.let_go()
            await joining

            reports = await cluster.reports()
            assert [report.shown[key].position[1] for report in reports] == [3, 3]
            await cluster[0].commit(key, 3)
            await cluster.until(is_beyond(key, 5))
            assert [reports[1].metrics[name] for name in ("checks", "unanswered_probes")] == [0, 0]

    async def test_one_that_could_not_wait_reads_the_log_again_when_it_hears(self, server, tmp_path):
        async with AsyncExitStack() as stack:
            proxy, cluster = await self.joining(stack, server, tmp_path, probe=0.5)
            key = new_key()
            await cluster[0].follow(key)
            await cluster[1].follow(key)
            await cluster[0].commit(key, 3)
            unaware = (await cluster[1].report()).shown[key].position[1]

            proxy.let_go()

            reports = await cluster.until(is_beyond(key, 2))
            assert unaware == 0
            assert reports[1].metrics["unanswered_probes"] > 0
            assert reports[1].metrics["checks"] == 0


class TestStopped:
    async def test_a_process_that_redis_dropped_meanwhile_catches_up_as_soon_as_it_goes_on(self, server, tmp_path):
        url = server.url
        setups = [
            Setup("first", url, "pubsub", url),
            Setup("second", url, "pubsub", url),
            # Its next comparison of positions is an hour away.
            Setup("stopped", url, "pubsub", url, check=3600.0),
        ]
        async with started(server, tmp_path, *setups) as cluster:
            key = new_key()
            await cluster.follow(key)
            with server.admin() as admin:
                admin.config_set("client-output-buffer-limit", f"pubsub {2**20} 0 0")
                connected = {client["id"] for client in admin.client_list(_type="pubsub")}
                ledgers = []
                with cluster[2].held_up():
                    stopped_at = asyncio.get_running_loop().time()
                    while connected <= {client["id"] for client in admin.client_list(_type="pubsub")}:
                        ledgers.append(await cluster[0].commit(key, padding=200_000))
                    await asyncio.sleep(stopped_at + FREEZE - asyncio.get_running_loop().time())
                ledgers.append(await cluster[1].commit(key))

            reports = await cluster.agree(key)

            assert await cluster.check_ledgers(key, ledgers, reports) == {"made": len(ledgers)}
            assert "stood still" in cluster[2].errors.read_text()
            await cluster.hear(key)


class TestClocks:
    async def test_processes_whose_clocks_are_an_hour_apart_agree(self, server, tmp_path):
        # channels_redis.core orders messages by the clock of their sender, and forgets what is older than a minute.
        setups = [
            Setup(name, server.url, "core", server.url, clock=clock)
            for name, clock in [("behind", -3600.0), ("right", 0.0), ("ahead", 3600.0)]
        ]
        async with started(server, tmp_path, *setups) as cluster:
            key = new_key()
            await cluster.follow(key)

            ledgers = await cluster.all(lambda process: process.commit(key, 40))

            reports = await cluster.agree(key)
            assert await cluster.check_ledgers(key, ledgers, reports) == {"made": 120}
            await cluster.hear(key)
