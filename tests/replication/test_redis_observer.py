"""A look at the log's Redis from outside."""

import pytest

from liveex_django.exceptions import LogDenied, LogUnreachable
from liveex_django.replication import Instance
from liveex_django.replication.redis_keys import keys_of
from liveex_django.replication.redis_log import RedisMutationLog

from .build import EMPTY, make_counter, make_entry
from .redis_server import free_port, running


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
async def log(server):
    with server.admin() as admin:
        admin.flushall()
    log = RedisMutationLog(server.url)
    yield log
    await log.close()


@pytest.fixture
async def observer(log):
    observer = log.observer()
    yield observer
    await observer.close()


async def begin(log, entries=0, **options):
    """An instance with so many entries, and where it stands."""
    instance = Instance(make_counter(**options), "key" if options else "")
    position = (await log.create(instance, EMPTY))[0].position
    for number in range(entries):
        entry = make_entry(position, id=f"entry {number} of {instance}")
        await log.append(instance, position, entry)
        [position] = await log.heads([instance])
    return instance, position


class TestHeads:
    async def test_are_those_of_the_log(self, log, observer):
        made = [await begin(log), await begin(log, 3), await begin(log, 1, scope="session")]

        heads = await observer.heads([*(instance.digest for instance, _ in made), "f" * 40])

        assert heads == {instance.digest: position for instance, position in made}

    async def test_of_more_instances_than_are_asked_for_at_once(self, log, observer, monkeypatch):
        monkeypatch.setattr("liveex_django.replication.redis_observer._PIECE", 2)
        made = [await begin(log) for _ in range(5)]

        assert len(await observer.heads([instance.digest for instance, _ in made])) == 5

    async def test_of_what_is_not_whole_or_not_ours_are_missing(self, log, observer, server):
        made = [(await begin(log, 1))[0] for _ in range(3)]
        with server.admin() as admin:
            admin.delete(keys_of("liveex", made[0]).log)
            admin.hset(keys_of("liveex", made[1]).head, "version", "many")
            admin.delete(keys_of("liveex", made[2]).head)
            admin.set(keys_of("liveex", made[2]).head, "something else")

        assert await observer.heads([instance.digest for instance in made]) == {}

    async def test_that_are_looked_at_are_not_kept_for_longer(self, log, observer, server):
        instance, _ = await begin(log, 1, scope="page")
        key = keys_of("liveex", instance).head
        with server.admin() as admin:
            admin.expire(key, 100)

            await observer.heads([instance.digest])

            assert 0 < admin.ttl(key) <= 100


class TestFacts:
    async def test_are_what_the_server_says(self, observer, server):
        with server.admin() as admin:
            admin.config_set("save", "3600 1")
            facts = await observer.facts()
            admin.config_set("save", "")

        assert facts.save == "3600 1"
        assert facts.info["maxmemory_policy"] == "noeviction"
        assert facts.seconds > 0

    async def test_that_an_access_list_forbids_are_missing(self, server):
        with server.admin() as admin:
            admin.acl_setuser("visitor", enabled=True, nopass=True, keys=["*"], commands=["+ping", "+eval"])
        observer = RedisMutationLog(server.url.replace("//", "//visitor:any@")).observer()

        facts = await observer.facts()
        await observer.close()

        assert (facts.info, facts.save) == ({}, None)

    async def test_of_a_server_that_is_away_or_locked_cannot_be_had(self, redis_server_program, tmp_path):
        away = RedisMutationLog(f"redis://127.0.0.1:{free_port()}").observer()
        with running(redis_server_program, tmp_path, requirepass="secret") as locked:
            denied = RedisMutationLog(locked.url).observer()

            with pytest.raises(LogUnreachable):
                await away.facts()
            with pytest.raises(LogDenied):
                await denied.facts()

            await away.close()
            await denied.close()
