"""
Several processes commit to one instance and follow it, and another one only follows it, while their connections to Redis
are cut.

``make soak`` runs this with LIVEEX_SOAK=10: 100 000 commits.
"""

import asyncio
import os
from collections import Counter

import pytest

from .redis_server import running
from .replica_cluster import cluster_of, new_key
from .test_redis_processes import again_and_again

SCALE = int(os.environ.get("LIVEEX_SOAK", "1"))
WRITERS = 4
COMMITS = 2_500 * SCALE
# All of them is what ``make soak`` is for.
FEW = COMMITS if SCALE > 1 else 250
CUT_EVERY = 0.25


@pytest.fixture
def server(redis_server_program, tmp_path):
    with running(redis_server_program, tmp_path) as server:
        yield server


async def commit_and_compare(server, folder, commits, *, layer, cut, in_flight=1):
    """The writers commit while connections of a kind are cut, then all processes and the log are compared."""
    cuts = Counter()

    def cut_all():
        with server.admin() as admin:
            cuts[cut] += admin.client_kill_filter(_type=cut, skipme=True)

    async with cluster_of(WRITERS + 1, server, folder, layer=layer) as cluster:
        key = new_key()
        await cluster.follow(key)
        with again_and_again(cut_all, every=CUT_EVERY):
            # A hang guard, nothing to be measured by (s).
            ledgers = await asyncio.gather(
                *(
                    process.commit(key, commits, in_flight=in_flight, limit=60 + commits)
                    for process in cluster.processes[:WRITERS]
                )
            )
        reports = await cluster.agree(key)

        counted = await cluster.check_ledgers(key, ledgers, reports)
        assert counted == {"made": WRITERS * commits}
        assert [len(ledger.made) for ledger in ledgers] == [commits] * WRITERS
        assert {report.shown[key].position[1] for report in reports} == {WRITERS * commits}
        for report in reports:
            assert sum(report.metrics[name] for name in ("applied", "repeated", "early"))  # some messages arrive
        assert sum(report.metrics["lost"] + report.metrics["damaged"] for report in reports) == 0
        assert cuts[cut] > WRITERS


class TestPubSub:
    async def test_cut_subscriptions_leave_every_process_with_every_commit_once(self, server, tmp_path):
        await commit_and_compare(server, tmp_path, COMMITS, layer="pubsub", cut="pubsub")

    async def test_all_other_cut_connections_leave_every_process_with_every_commit_once(self, server, tmp_path):
        await commit_and_compare(server, tmp_path, FEW, layer="pubsub", cut="normal")

    async def test_commits_that_share_an_append_are_each_there_once_too(self, server, tmp_path):
        await commit_and_compare(server, tmp_path, FEW, layer="pubsub", cut="normal", in_flight=16)


class TestCore:
    async def test_cut_connections_leave_every_process_with_every_commit_once(self, server, tmp_path):
        await commit_and_compare(server, tmp_path, COMMITS // 10, layer="core", cut="normal")
