"""The log in Redis behind a Sentinel: a master, a copy of it, and a failover between them; with real servers."""

import pytest

from liveex_django.exceptions import LogUnreachable
from liveex_django.replication import Appended, Instance
from liveex_django.replication.redis_attempts import Patience
from liveex_django.replication.redis_log import RedisMutationLog

from .build import EMPTY, make_counter, make_entry, position_of
from .redis_server import running


@pytest.fixture
def folder(tmp_path):
    def make(name):
        (tmp_path / name).mkdir()
        return tmp_path / name

    return make


@pytest.fixture
def master(redis_server_program, folder):
    with running(redis_server_program, folder("master"), repl_diskless_sync_delay=0) as server:
        yield server


@pytest.fixture
def copy(redis_server_program, folder, master):
    with running(redis_server_program, folder("copy")) as server, server.admin() as admin:
        admin.replicaof("127.0.0.1", master.port)
        while admin.info("replication")["master_link_status"] != "up":
            pass
        yield server


@pytest.fixture
def sentinel(redis_server_program, folder, master, copy):
    place = folder("sentinel")
    settings = place / "sentinel.conf"
    settings.write_text(
        f"sentinel monitor main 127.0.0.1 {master.port} 1\n"
        "sentinel down-after-milliseconds main 500\n"
        "sentinel failover-timeout main 2000\n"
    )
    with running(redis_server_program, place, arguments=(str(settings), "--sentinel")) as server:
        with server.admin() as admin:
            while not admin.execute_command("SENTINEL", "REPLICAS", "main"):
                pass
        yield server


class TestSentinel:
    async def test_commits_follow_the_master(self, master, copy, sentinel):
        url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/main/0"
        log = RedisMutationLog(url, patience=Patience(answer=20, outcome=20))
        instance = Instance(make_counter())
        position = (await log.create(instance, EMPTY))[0].position
        first = make_entry(position, id="before")
        assert await log.append(instance, position, first) == Appended()
        with master.admin() as admin:
            admin.set("marker", 1)  # what follows waits for the writes of its own connection
            assert admin.wait(1, 20_000) == 1
        master.kill()

        second = make_entry(position_of(first), id="after")
        assert await log.append(instance, position_of(first), second) == Appended()

        assert [entry.id for entry in await log.history(instance, 5)] == ["before", "after"]
        with copy.admin() as admin:
            assert admin.info("replication")["role"] == "master"
        await log.close()
        assert sentinel.clients() <= 2  # the Sentinel's own

    async def test_a_service_that_no_sentinel_knows_is_named(self, sentinel):
        url = f"redis+sentinel://127.0.0.1:{sentinel.port}/other/0"
        log = RedisMutationLog(url, patience=Patience(answer=0.3))

        with pytest.raises(LogUnreachable, match="No master found for 'other'"):
            await log.load(Instance(make_counter()))
        await log.close()
