"""The machine of cluster_machine.py, over the log in memory and over the real scripts on a real Redis."""

import copy
import logging
import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from liveex_django.replication import Instance, MemoryMutationLog, memory, redis_operations, snapshots
from liveex_django.replication.redis_attempts import Patience
from liveex_django.replication.redis_keys import keys_of
from liveex_django.replication.redis_log import RedisMutationLog

from .cluster_machine import ClusterMachine
from .redis_server import running

SCALE = int(os.environ.get("LIVEEX_SOAK", "1"))
STEPS = 40


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Snapshots and trimming after a few entries, so that they happen all the time; what is logged of it nobody reads."""
    logging.disable(logging.CRITICAL)
    monkeypatch.setattr(snapshots, "SNAPSHOT_ENTRIES", 4)
    monkeypatch.setattr(memory, "KEPT_ENTRIES", 3)
    monkeypatch.setattr(redis_operations, "KEPT_ENTRIES", 3)
    yield
    logging.disable(logging.NOTSET)


def check(machine, examples):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples * SCALE,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class MemoryMachine(ClusterMachine):
    def make_log(self):
        return MemoryMutationLog()

    async def empty(self):
        self.log.clear()

    async def copy(self):
        return copy.deepcopy(self.log._histories)

    async def fail_over(self, saved):
        self.log._histories = copy.deepcopy(saved)


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


def redis_machine(server):
    """The machine over one server, emptied for each program."""

    class RedisMachine(ClusterMachine):
        remembers_all = True

        def make_log(self):
            self.admin = server.admin()
            self.admin.flushall()
            return RedisMutationLog(server.url, patience=Patience(answer=10.0, outcome=10.0))

        async def close_log(self):
            await self.log.close()

        def teardown(self):
            super().teardown()
            if hasattr(self, "admin"):
                self.admin.close()

        async def empty(self):
            self.admin.flushall()

        async def copy(self):
            keys = keys_of("liveex", Instance(self.releases[1]))
            return {key: data for key in keys if (data := self.admin.dump(key)) is not None}

        async def fail_over(self, saved):
            self.admin.delete(*keys_of("liveex", Instance(self.releases[1])))
            for key, data in saved.items():
                self.admin.restore(key, 0, data)

    return RedisMachine


class TestCluster:
    def test_over_the_log_in_memory(self):
        check(MemoryMachine, 200)

    def test_over_the_log_in_redis(self, server):
        check(redis_machine(server), 100)
