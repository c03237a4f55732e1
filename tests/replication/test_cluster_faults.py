"""
Processes that follow one log, and what is done to their Redis.

After every fault all of them show what the log has, within a few comparisons of their positions; nobody has shown what
could not be; and what Redis has lost, everybody who had shown it was told of.
"""

import asyncio
import os
from contextlib import AsyncExitStack, ExitStack

import pytest

from liveex_django.replication import Instance
from liveex_django.replication.redis_keys import keys_of

from .proxy import proxy_to
from .redis_server import running
from .replica_cluster import STORE, cluster_of, is_beyond, is_sound, is_told, new_key

pytestmark = pytest.mark.asyncio(loop_scope="module")

# How long Redis stands still (s).
STANDSTILL = 15.0 if "LIVEEX_SOAK" in os.environ else 3.0


class TestStandstill:
    async def test_redis_that_stands_still_is_waited_out_and_pages_are_told(self, cluster):
        key = new_key()
        await cluster.follow(key)
        before = await cluster.until(is_sound)
        async with cluster[0].committing(key) as ledger:
            await cluster.until(is_beyond(key, 5))
            with cluster.server.held_up():
                await asyncio.sleep(STANDSTILL)
                await cluster.until(lambda reports: all(report.is_degraded for report in reports))
                standing = (await cluster.reports())[0].shown[key].position[1]
            await cluster.until(is_beyond(key, standing))

        await cluster.agree(key)
        reports = await cluster.until(is_sound)

        assert all(new.told[len(old.told) :][:2] == [True, False] for new, old in zip(reports, before, strict=True))
        assert set(await cluster.check_ledgers(key, [ledger], reports)) <= {"made", "unknown"}
        await cluster.hear(key)


def flush(cluster):
    with cluster.server.admin() as admin:
        admin.flushall()


def restart(cluster):
    cluster.server.kill()
    cluster.server.start()


class TestLoss:
    @pytest.mark.parametrize("lose", [flush, restart])
    async def test_a_redis_that_has_lost_everything_begins_again_and_everybody_is_told(self, cluster, lose):
        busy, quiet, empty = keys = [new_key() for _ in range(3)]
        await cluster.follow(*keys)
        ledgers = [await process.commit(quiet, 3) for process in cluster.processes]
        (old,) = {report.shown[busy].position[0] for report in await cluster.agree(*keys)}
        async with cluster[0].committing(busy) as first, cluster[1].committing(busy) as second:
            await cluster.until(is_beyond(busy, 10))

            await asyncio.to_thread(lose, cluster)

            await cluster.until(is_beyond(busy, 10, since=old))
        reports = await cluster.agree(*keys)
        assert [is_told(key, "HistoryLost")(reports) for key in keys] == [True] * 3
        assert (await cluster.check_ledgers(busy, [first, second], reports))["lost"] >= 10
        assert await cluster.check_ledgers(quiet, ledgers, reports) == {"made": 9, "lost": 9}
        await cluster.hear(busy, quiet, empty)

    async def test_each_key_alone_may_go_with_and_without_traffic(self, cluster):
        names = ("head", "log", "ids")
        busy, quiet = {name: new_key() for name in names}, {name: new_key() for name in names}
        spared = new_key()
        await cluster.follow(*busy.values(), *quiet.values(), spared)
        for key in [*quiet.values(), spared]:
            await cluster[0].commit(key, 3)
        before = await cluster.agree(*quiet.values(), spared)
        ledgers = {}
        async with AsyncExitStack() as stack:
            for process, name in zip(cluster.processes, names, strict=True):
                ledgers[name] = await stack.enter_async_context(process.committing(busy[name]))
            reports = await cluster.until(lambda reports: all(is_beyond(busy[name], 5)(reports) for name in names))
            old = {name: reports[0].shown[busy[name]].position[0] for name in names}

            with cluster.server.admin() as admin:
                for name in names:
                    for key in (busy[name], quiet[name]):
                        assert admin.delete(getattr(keys_of("liveex", Instance(STORE, key)), name))

            await cluster.until(
                lambda reports: all(is_beyond(busy[name], 5, since=old[name])(reports) for name in names)
            )
        reports = await cluster.agree(*busy.values(), *quiet.values(), spared)
        for name in names:
            assert is_told(busy[name], "HistoryLost")(reports)
            assert is_told(quiet[name], "HistoryLost")(reports)
            assert {report.shown[quiet[name]].position[1] for report in reports} == {0}
            assert (await cluster.check_ledgers(busy[name], [ledgers[name]], reports))["lost"] >= 5
        assert [report.shown[spared] for report in reports] == [report.shown[spared] for report in before]

    async def test_with_an_append_only_file_a_killed_redis_has_lost_nothing(self, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path, appendonly="yes", appendfsync="always") as server:
            async with cluster_of(3, server, tmp_path, answer=1.0) as cluster:
                key = new_key()
                await cluster.follow(key)
                async with cluster[0].committing(key) as first, cluster[1].committing(key) as second:
                    await cluster.until(is_beyond(key, 10))

                    await asyncio.to_thread(restart, cluster)

                    standing = (await cluster.heads(key))[key][1]
                    await cluster.until(is_beyond(key, standing + 10))
                reports = await cluster.agree(key)
                assert "HistoryLost" not in {change for report in reports for change in report.shown[key].told}
                assert set(await cluster.check_ledgers(key, [first, second], reports)) <= {"made", "unknown"}
                await cluster.hear(key)


class TestMemory:
    async def test_full_memory_refuses_commits_and_everything_else_goes_on(self, cluster):
        key, other = new_key(), new_key()
        await cluster[0].follow(other)
        ledgers = [await cluster[0].commit(other, 3)]
        await cluster.follow(key)
        before = await cluster.agree(key)
        with cluster.server.admin() as admin:
            admin.config_set("maxmemory", 1)
            try:
                refused = await cluster.all(lambda process: process.commit(key, 2))
                await cluster[1].follow(other)
                during = await cluster.until(
                    lambda reports: all(
                        new.metrics["checks"] > old.metrics["checks"] + 1
                        for new, old in zip(reports, before, strict=True)
                    )
                )
            finally:
                admin.config_set("maxmemory", 0)
        made = await cluster.all(lambda process: process.commit(key, 2))
        reports = await cluster.agree(key, other)

        assert [(len(ledger.made), [*ledger.failed]) for ledger in refused] == [(0, ["LogFull"])] * 3
        assert [report.shown[key] for report in during] == [report.shown[key] for report in before]
        assert not any(report.is_degraded for report in during)
        assert await cluster.check_ledgers(key, [*refused, *made], reports) == {"made": 6}
        assert await cluster.check_ledgers(other, ledgers, reports[:2]) == {"made": 3}
        await cluster.hear(key)


class TestFailover:
    async def test_what_a_lagging_copy_lacks_is_gone_and_everybody_is_told(
        self, redis_server_program, tmp_path_factory
    ):
        with ExitStack() as stack:
            master, copy = [
                stack.enter_context(
                    running(redis_server_program, tmp_path_factory.mktemp("redis"), repl_diskless_sync_delay=0)
                )
                for _ in range(2)
            ]
            copy.copy(master)
            async with (
                proxy_to(master.port) as proxy,
                cluster_of(
                    3, master, tmp_path_factory.mktemp("cluster"), log=proxy.url, layer_url=proxy.url, answer=1.0
                ) as cluster,
            ):
                await self.fail_over(cluster, copy, proxy)

    async def fail_over(self, cluster, copy, proxy):
        # The first has nothing new afterwards, the second as much, and the third much more; the fourth has lost nothing.
        shorter, equal, longer, whole = keys = [new_key() for _ in range(4)]
        await cluster.follow(*keys)
        ledgers = {key: [await cluster[0].commit(key, 3)] for key in keys}
        kept = await cluster.heads(*keys)
        cluster.server.wait_for_copy()
        with copy.admin() as admin:
            admin.replicaof("NO", "ONE")
        for key in (shorter, equal, longer):
            ledgers[key].append(await cluster[1].commit(key, 5))
        await cluster.agree(*keys)

        with cluster[2].held_up():
            proxy.target = copy.port
            await asyncio.to_thread(cluster.server.kill)
            cluster.server = copy
            assert await cluster.heads(*keys) == kept
            ledgers[equal].append(await cluster[0].commit(equal, 5))
            # More than are between two snapshots.
            ledgers[longer].append(await cluster[0].commit(longer, 600))
        reports = await cluster.agree(*keys)

        for key in (shorter, equal, longer):
            assert is_told(key, "HistoryLost")(reports), [report.shown[key].told for report in reports]
            made = sum(len(ledger.made) for ledger in ledgers[key])
            assert await cluster.check_ledgers(key, ledgers[key], reports) == {"made": made, "lost": 5}
        assert not any(is_told(whole, "HistoryLost")([report]) for report in reports)
        assert [report.metrics["lost"] for report in reports] == [3] * 3
        await cluster.hear(*keys)
