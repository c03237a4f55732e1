"""Stores used from sync and async code of a project whose settings keep the log in Redis."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async

from liveex_django.replication import process, snapshots

from .build import make_counter
from .redis_server import running


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(autouse=True)
def a_worker_on_redis(settings, server, monkeypatch):
    monkeypatch.setattr(process, "_serving", threading.Event())
    settings.LIVEEX = {"LOG": server.url}
    process.get_log.cache_clear()
    yield
    process.get_log.cache_clear()


class TestHandles:
    def test_sync_calls_in_a_row_leave_no_connection_behind(self, server):
        handle = make_counter().at()
        for _ in range(50):
            handle.commit("add")

        assert handle.get_state()["count"] == 50
        assert [entry.version for entry in handle.history(limit=2)] == [50, 49]
        assert server.clients() == 0

    def test_async_calls_of_one_loop_after_another_see_each_other(self, server):
        handle = make_counter().at()
        for _ in range(5):
            asyncio.run(handle.acommit("add"))

        assert asyncio.run(handle.aget_state())["count"] == 5
        assert server.clients() == 0

    def test_calls_that_end_their_loop_save_snapshots(self, monkeypatch):
        monkeypatch.setattr(snapshots, "SNAPSHOT_ENTRIES", 2)
        handle = make_counter().at()
        for _ in range(2):
            asyncio.run(handle.acommit("add"))

        snapshot, entries = asyncio.run(process.get_log().load(handle.instance))

        assert (snapshot.position.version, entries) == (2, ())

    async def test_sync_code_in_a_thread_of_a_loop_writes_to_the_same_log(self, server):
        handle = make_counter().at()

        await sync_to_async(handle.commit)("add")

        assert (await handle.aget_state())["count"] == 1
        await process.close_hub()
        await process.get_log().close()
        assert server.clients() == 0
