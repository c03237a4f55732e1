"""What the log in Redis says when Redis, its keys or its address are not what they should be; against real servers."""

import logging

import pytest

from liveex_django.exceptions import (
    DamagedEntry,
    LogDenied,
    LogFull,
    LogKeyTaken,
    LogMisconfigured,
    LogReadOnly,
    LogUnreachable,
    LogUnsupported,
)
from liveex_django.replication import Appended, Elsewhere, Instance, Snapshot, redis_server_check
from liveex_django.replication.redis_address import parse_address
from liveex_django.replication.redis_attempts import Patience
from liveex_django.replication.redis_keys import keys_of
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.store import freeze

from .build import EMPTY, make_counter, make_entry, position_of
from .proxy import proxy_to
from .redis_server import RedisServer, running

QUICK = Patience(answer=0.3, outcome=1.0)


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def admin(server):
    with server.admin() as admin:
        admin.flushall()
        yield admin


@pytest.fixture
async def log(server, admin):
    log = RedisMutationLog(server.url, patience=QUICK)
    yield log
    await log.close()


@pytest.fixture
async def instance(log):
    """One with three entries."""
    instance = Instance(make_counter(name="test.damaged"))
    position = (await log.create(instance, EMPTY))[0].position
    for number in range(3):
        entry = make_entry(position, id=f"e{number}")
        await log.append(instance, position, entry)
        position = position_of(entry)
    return instance


@pytest.fixture
async def neighbour(log):
    instance = Instance(make_counter(name="test.neighbour"))
    await log.create(instance, EMPTY)
    return instance


async def commit_one(log, instance, id="new"):
    (head,) = await log.heads([instance])
    return await log.append(instance, head, make_entry(head, id=id))


class TestServer:
    async def test_one_that_is_not_there_yet_is_named_and_found_when_it_comes(self, redis_server_program, tmp_path):
        server = RedisServer(redis_server_program, tmp_path)
        log = RedisMutationLog(server.url, patience=QUICK)
        instance = Instance(make_counter())

        with pytest.raises(LogUnreachable, match=f"redis://127.0.0.1:{server.port}/0.*Nothing was committed"):
            await log.create(instance, EMPTY)
        server.start()

        assert (await log.create(instance, EMPTY))[0].state == EMPTY
        await log.close()
        server.kill()

    async def test_one_that_goes_is_named_and_a_commit_says_that_it_was_not_made(self, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path) as server:
            log = RedisMutationLog(server.url, patience=QUICK)
            instance = Instance(make_counter())
            position = (await log.create(instance, EMPTY))[0].position
            server.kill()

            with pytest.raises(LogUnreachable):
                await log.heads([instance])
            with pytest.raises(LogUnreachable, match="Nothing was committed"):
                await log.append(instance, position, make_entry(position))
            server.start()

            assert await log.append(instance, position, make_entry(position)) == Elsewhere()
            await log.close()

    @pytest.mark.parametrize("login", ["", ":wrong%20secret@", "nobody:secret@"])
    async def test_a_wrong_password_is_said_without_saying_it(self, redis_server_program, tmp_path, login):
        with running(redis_server_program, tmp_path, requirepass="secret") as server:
            log = RedisMutationLog(server.url.replace("//", f"//{login}"), patience=QUICK)

            with pytest.raises(LogDenied, match="LIVEEX") as caught:
                await log.load(Instance(make_counter()))

            assert "secret" not in str(caught.value)
            assert "secret" not in repr(log)
            await log.close()

    async def test_the_right_password_lets_it_in(self, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path, requirepass="a b/c") as server:
            log = RedisMutationLog(server.url.replace("//", "//:a%20b%2Fc@"), patience=QUICK)

            assert await log.load(Instance(make_counter())) is None
            await log.close()

    @pytest.mark.parametrize("rules", [["+@all", "-@scripting"], ["+@all", "-@write"], ["+@all", "-xadd"]])
    async def test_a_user_that_may_not_do_what_the_log_does_is_denied(self, server, admin, log, instance, rules):
        admin.execute_command("ACL", "SETUSER", "guest", "reset", "on", ">pass", "~*", "&*", *rules)
        guest = RedisMutationLog(server.url.replace("//", "//guest:pass@"), patience=QUICK)
        (head,) = await log.heads([instance])

        with pytest.raises(LogDenied, match="let that user run scripts"):
            await guest.append(instance, head, make_entry(head, id="denied"))

        await guest.close()
        admin.execute_command("ACL", "DELUSER", "guest")

    async def test_a_read_only_replica_reads_and_refuses_commits(
        self, server, admin, log, instance, redis_server_program, tmp_path
    ):
        with running(redis_server_program, tmp_path) as copy:
            with copy.admin() as copy_admin:
                admin.config_set("repl-diskless-sync-delay", 0)
                copy_admin.replicaof("127.0.0.1", server.port)
                while copy_admin.info("replication")["master_link_status"] != "up":
                    pass
                admin.set("marker", 1)  # what follows waits for the writes of its own connection
                assert admin.wait(1, 20_000) == 1
            at_copy = RedisMutationLog(copy.url, patience=QUICK)

            assert await at_copy.load(instance) == await log.load(instance)
            with pytest.raises(LogReadOnly, match="redis\\+sentinel"):
                await commit_one(at_copy, instance)
            with pytest.raises(LogReadOnly):
                await at_copy.create(Instance(make_counter()), EMPTY)
            await at_copy.close()

            async with proxy_to(copy.port) as proxy:
                moving = RedisMutationLog(proxy.url, patience=QUICK)
                with pytest.raises(LogReadOnly):
                    await commit_one(moving, instance)
                proxy.target = server.port
                assert await commit_one(moving, instance) == Appended()
                await moving.close()

    async def test_one_that_is_too_old_is_refused(self, server, monkeypatch):
        monkeypatch.setattr(redis_server_check, "OLDEST", (99, 0))
        log = RedisMutationLog(server.url, patience=QUICK)

        with pytest.raises(LogUnsupported, match=r"is of version .*needs 99.0 or newer"):
            await log.load(Instance(make_counter()))
        await log.close()

    async def test_full_memory_refuses_commits_and_goes_on_reading(self, admin, log, instance):
        before = await log.load(instance)
        admin.config_set("maxmemory", 1)
        try:
            with pytest.raises(LogFull, match="maxmemory"):
                await commit_one(log, instance)
            with pytest.raises(LogFull):
                await log.create(Instance(make_counter()), EMPTY)
            with pytest.raises(LogFull):
                await log.save_snapshot(instance, Snapshot(position_of(before[1][-1]), freeze({"count": 3}), 1))
            during = await log.load(instance)
        finally:
            admin.config_set("maxmemory", 0)

        assert during == before
        assert await commit_one(log, instance) == Appended()

    async def test_one_that_may_delete_the_log_is_warned_of(self, server, admin, caplog):
        admin.config_set("maxmemory-policy", "allkeys-lru")
        log = RedisMutationLog(server.url)
        try:
            with caplog.at_level(logging.WARNING, "liveex.replication"):
                await log.load(Instance(make_counter()))
                await log.load(Instance(make_counter()))
        finally:
            admin.config_set("maxmemory-policy", "noeviction")

        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "maxmemory-policy allkeys-lru" in caplog.text
        await log.close()


class TestKeysOfOthers:
    @pytest.mark.parametrize("name", ["head", "log", "ids"])
    async def test_a_key_of_another_type_is_named_and_left_alone(self, admin, log, instance, neighbour, name):
        key = getattr(keys_of("liveex", instance), name)
        before = (await log.heads([instance]))[0]
        admin.delete(key)
        admin.set(key, "mine")

        for work in (
            log.load(instance),
            log.create(instance, EMPTY),
            log.append(instance, before, make_entry(before, id="x")),
            log.read(instance, before),
            log.history(instance, 5),
            log.save_snapshot(instance, Snapshot(before, EMPTY, 1)),
        ):
            with pytest.raises(LogKeyTaken, match=f"{key}.* is a string"):
                await work

        assert admin.get(key) == b"mine"
        assert (await log.heads([instance, neighbour]))[0] is None
        assert await commit_one(log, neighbour) == Appended()

    async def test_a_hash_of_somebody_else_is_named_and_left_alone(self, admin, log, neighbour):
        instance = Instance(make_counter())
        key = keys_of("liveex", instance).head
        admin.hset(key, "name", "Ada")

        with pytest.raises(LogKeyTaken, match="without the fields of a log"):
            await log.create(instance, EMPTY)

        assert admin.hgetall(key) == {b"name": b"Ada"}

    async def test_what_a_newer_release_wrote_is_left_alone(self, admin, log, instance):
        admin.hset(keys_of("liveex", instance).head, "format", "2")

        with pytest.raises(LogUnsupported, match=r"format '2'.*Bring this process up to date"):
            await log.load(instance)


class TestDamage:
    async def test_an_entry_that_cannot_be_read_names_its_instance_and_stops_no_other(
        self, admin, log, instance, neighbour
    ):
        replace_entry(admin, instance, 2, lambda data: data[:-1] + b"?")

        with pytest.raises(DamagedEntry, match=r"Entry 2 of test.damaged: .*checksum"):
            await log.load(instance)
        with pytest.raises(DamagedEntry, match=r"test.damaged"):
            await log.history(instance, 5)

        assert await commit_one(log, neighbour) == Appended()

    @pytest.mark.parametrize("junk", [b"", b"\x00", b"\xff" * 30, b"\x80\x04\x95pickle"])
    async def test_bytes_that_are_no_entry_are_damage(self, admin, log, instance, junk):
        replace_entry(admin, instance, 3, lambda data: junk)

        with pytest.raises(DamagedEntry, match=r"Entry 3 of test.damaged"):
            await log.load(instance)

    async def test_an_entry_in_the_place_of_another_is_damage(self, admin, log, instance):
        first = admin.xrange(keys_of("liveex", instance).log)[0][1][b"entry"]
        replace_entry(admin, instance, 2, lambda data: first)

        with pytest.raises(DamagedEntry, match="version 2 belongs to another place"):
            await log.load(instance)

    async def test_an_entry_that_is_missing_is_damage(self, admin, log, instance):
        start = (await log.load(instance))[0].position
        admin.xdel(keys_of("liveex", instance).log, "2-0")

        for work in (log.load(instance), log.read(instance, start), log.history(instance, 5)):
            with pytest.raises(DamagedEntry, match="entries between version 1 and 3 are missing"):
                await work

    async def test_an_entry_of_somebody_else_is_damage_and_nothing_follows_it(self, admin, log, instance):
        admin.xadd(keys_of("liveex", instance).log, {"hello": "world"})

        with pytest.raises(DamagedEntry, match=r"test.damaged"):
            await commit_one(log, instance)
        with pytest.raises(DamagedEntry, match="was not written by this package"):
            await log.load(instance)

    async def test_a_snapshot_that_cannot_be_read_names_its_instance(self, admin, log, instance, neighbour):
        admin.hset(keys_of("liveex", instance).head, "state", b"junk of many bytes")

        with pytest.raises(DamagedEntry, match=r"The snapshot of test.damaged at version 0"):
            await log.load(instance)

        assert await log.load(neighbour) is not None


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "localhost",
            "http://localhost",
            "redis://localhost:port",
            "redis://localhost?retry_on_timeout=true",
            "redis://localhost?decode_responses=true",
            "redis://localhost?socket_timeout=soon",
            "redis+sentinel://localhost:26379",
            "redis+sentinel:///service",
            "redis+sentinel://localhost/service/x",
            None,
        ],
    )
    def test_one_that_cannot_be_used_is_refused_with_what_to_write(self, url):
        with pytest.raises(LogMisconfigured, match="redis://localhost:6379/0"):
            RedisMutationLog(url)

    @pytest.mark.parametrize("url", ["redis://host", "unix:///x", "redis+sentinel://host/main"])
    def test_the_client_repeats_nothing_by_itself(self, url):
        pool, sentinel = parse_address(url, {}).make_pool(connections=1, timeout=1)

        assert pool.connection_kwargs["retry"].get_retries() == 0
        for client in sentinel.sentinels if sentinel else ():
            assert client.get_retry().get_retries() == 0

    def test_options_that_would_repeat_commits_are_refused(self):
        with pytest.raises(LogMisconfigured, match="retry_on_timeout cannot be set"):
            RedisMutationLog("redis://localhost", options={"retry_on_timeout": True})

    @pytest.mark.parametrize(
        ("url", "text"),
        [
            ("redis://:secret@host:1234/5", "redis://host:1234/5"),
            ("rediss://user:secret@host", "rediss://host:6379/0"),
            ("unix:///run/redis.sock?db=2&password=secret", "unix:///run/redis.sock/2"),
            ("redis+sentinel://user:secret@a:1,b/main/3", "redis+sentinel://a:1,b/main/3"),
        ],
    )
    def test_it_is_shown_without_secrets(self, url, text):
        assert repr(RedisMutationLog(url)) == f"<RedisMutationLog {text} 'liveex'>"

    async def test_a_unix_socket_will_do(self, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path, unixsocket=tmp_path / "redis.sock"):
            log = RedisMutationLog(f"unix://{tmp_path / 'redis.sock'}?db=3")
            instance = Instance(make_counter())

            await log.create(instance, EMPTY)

            assert (await log.load(instance))[0].state == EMPTY
            await log.close()


def replace_entry(admin, instance, version, change):
    """Write the stream anew, with one entry changed."""
    key = keys_of("liveex", instance).log
    entries = admin.xrange(key)
    admin.delete(key)
    for place, fields in entries:
        if place == f"{version}-0".encode():
            fields[b"entry"] = change(fields[b"entry"])
        admin.xadd(key, fields, id=place)
