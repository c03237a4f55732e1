"""Processes that follow one log, and what gets there that they cannot read, or a Redis that they cannot use."""

from contextlib import AsyncExitStack

import msgpack
import pytest

from liveex_django.replication import Instance
from liveex_django.replication.redis_keys import keys_of

from .redis_server import RedisServer, running
from .replica_cluster import STORE, Refused, cluster_of, is_beyond, is_sound, new_key, started
from .replica_process import Setup

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def server(redis_server_program, tmp_path):
    with running(redis_server_program, tmp_path) as server:
        yield server


def replace_entries(server, key, change):
    """Write the stream of an instance anew, at once; returns what puts it back."""
    name = keys_of("liveex", Instance(STORE, key)).log
    with server.admin() as admin:
        entries = admin.xrange(name)

        def write(changed):
            with server.admin() as other, other.pipeline(transaction=True) as pipe:
                pipe.delete(name)
                for place, fields in changed:
                    pipe.xadd(name, fields, id=place)
                pipe.execute()

    write([(place, {**fields, b"entry": change(fields[b"entry"])}) for place, fields in entries])
    return lambda: write(entries)


class TestDamage:
    async def test_an_entry_in_the_log_that_cannot_be_read_stops_its_instance_and_no_other(self, clusters):
        cluster = await clusters("pubsub")
        flipped, newer, sound = keys = [new_key() for _ in range(3)]
        # The second process comes later, the third misses what is damaged then.
        for key in keys:
            await cluster[0].follow(key)
            await cluster[2].follow(key)
        await cluster.agree(*keys)
        old = (await cluster[2].report()).metrics
        with cluster[2].held_up():
            with cluster.server.admin() as admin:
                admin.client_kill_filter(_type="pubsub", skipme=True)
            ledgers = {key: [await cluster[0].commit(key, 3)] for key in keys}
            put_back = [
                replace_entries(cluster.server, flipped, lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]),
                replace_entries(cluster.server, newer, lambda data: b"\x02" + data[1:]),
            ]

        reports = await cluster.until(
            lambda reports: len(reports[2].quarantined) == 2 and is_beyond(sound, 2)(reports[2:])
        )

        assert set(reports[2].quarantined) == {flipped, newer}
        assert [reports[2].shown[key].position[1] for key in keys] == [0, 0, 3]
        assert reports[2].metrics["damaged"] - old["damaged"] == 2
        for key in (flipped, newer):
            with pytest.raises(Refused, match=r"DamagedEntry: .*Entry 1 of test.chain"):
                await cluster[1].follow(key)
        await cluster[1].follow(sound)
        await cluster.agree(sound)
        ledgers[sound].append(await cluster[0].commit(sound))
        assert await cluster.check_ledgers(sound, ledgers[sound], await cluster.agree(sound)) == {"made": 4}

        for write in put_back:
            write()

        await cluster.agree(flipped, newer)
        assert (await cluster[2].report()).quarantined == []
        await cluster.leave()

    async def test_bytes_on_the_layer_that_are_not_ours_are_counted_and_change_nothing(self, cluster):
        keys = new_key(), new_key()
        await cluster.follow(*keys)
        await cluster.hear(*keys)
        old = [report.metrics for report in await cluster.reports()]
        instance = Instance(STORE, keys[0])
        with cluster.server.admin() as admin:
            ours = admin.xrevrange(keys_of("liveex", instance).log, count=1)[0][1][b"entry"]
            entry = {"type": "liveex.entry", "hub": "h", "instance": instance.digest, "after": "", "entry": ours}
            messages = [
                {"type": "chat.message", "text": "hello"},
                {"type": "liveex.tomorrow", "hub": "h"},
                {**entry, "entry": b"\x02" + ours[1:]},
                {**entry, "entry": ours[:-9] + bytes([ours[-9] ^ 1]) + ours[-8:]},
                {**entry, "entry": b"\x80\x04\x95pickle"},
                {**entry, "entry": "text"},
                {"type": "liveex.announcement", "hub": "h", "topic": "anything", "content": [1]},
            ]
            junk = [b"", b"\x00", b"\xc1" * 20, b"\x81\x93\x01\x02\x03\x00", b"\xff" * 10_000]
            put = put_on_pubsub if cluster.layer == "pubsub" else put_on_core
            put(admin, instance.digest, messages, junk)

        await cluster.until(
            lambda reports: all(
                report.metrics["damaged"] - before["damaged"] == len(messages) + len(junk)
                for report, before in zip(reports, old, strict=True)
            )
        )

        await cluster.hear(*keys)
        reports = await cluster.agree(*keys)
        assert [report.quarantined for report in reports] == [[]] * 3
        assert [report.shown[key].told for report in reports for key in keys] == [[]] * 6


def put_on_pubsub(admin, digest, messages, junk):
    (group,) = admin.pubsub_channels(f"*{digest}")
    for data in [*map(msgpack.packb, messages), *junk]:
        assert admin.publish(group, data) == 3


def put_on_core(admin, digest, messages, junk):
    (group,) = admin.keys(f"asgi:group:*{digest}")
    for channel in admin.zrange(group, 0, -1):
        key = b"asgi" + channel[: channel.index(b"!") + 1]
        packed = [msgpack.packb({**message, "__asgi_channel__": [channel.decode()]}) for message in messages]
        for number, data in enumerate([*packed, *junk]):
            # What is written begins with 12 random bytes.
            admin.zadd(key, {b"%012d" % number + data: 1e10 + number})


class TestReaching:
    async def test_a_process_that_starts_before_its_redis_works_when_it_comes(self, redis_server_program, tmp_path):
        async with AsyncExitStack() as stack:
            server = RedisServer(redis_server_program, tmp_path)
            stack.callback(server.kill)
            cluster = await stack.enter_async_context(cluster_of(2, server, tmp_path, answer=0.5))
            key = new_key()
            for process in cluster.processes:
                with pytest.raises(Refused, match="LogUnreachable"):
                    await process.follow(key)

            server.start()
            await cluster.follow(key)

            await cluster.hear(key)
            await cluster.until(is_sound)

    async def test_a_process_with_a_wrong_password_is_told_and_works_when_it_is_right(self, server, tmp_path):
        url = server.url.replace("//", "//guest:open%20sesame@")
        async with started(
            server,
            tmp_path,
            Setup("guest", url, "pubsub", server.url),
            Setup("other", server.url, "pubsub", server.url),
        ) as cluster:
            key = new_key()
            await cluster[1].follow(key)
            with pytest.raises(Refused, match="LogDenied"):
                await cluster[0].follow(key)

            with server.admin() as admin:
                admin.execute_command("ACL", "SETUSER", "guest", "on", ">open sesame", "~*", "&*", "+@all")

            await cluster[0].follow(key)
            await cluster.hear(key)
            with server.admin() as admin:
                admin.execute_command("ACL", "SETUSER", "guest", "resetpass")
                admin.client_kill_filter(_type="normal", skipme=True)
            await cluster.until(lambda reports: reports[0].is_degraded)
            ledger = await cluster[0].commit(key)
            assert [*ledger.failed] == ["LogDenied"]
            assert "sesame" not in cluster[0].errors.read_text()

    async def test_a_process_whose_redis_takes_no_writes_goes_on_reading(
        self, clusters, redis_server_program, tmp_path
    ):
        server = (await clusters("pubsub")).server
        with running(redis_server_program, tmp_path) as copy:
            copy.copy(server)
            setups = [
                Setup("writer", server.url, "pubsub", server.url),
                # What is published to a master, its copies have too.
                Setup("reader", copy.url, "pubsub", copy.url),
            ]
            async with started(server, tmp_path, *setups) as cluster:
                key = new_key()
                await cluster[0].follow(key)
                ledgers = [await cluster[0].commit(key, 3)]
                server.wait_for_copy()
                await cluster[1].follow(key)
                with pytest.raises(Refused, match="LogReadOnly"):
                    await cluster[1].follow(new_key())

                refused = await cluster[1].commit(key)
                ledgers.append(await cluster[0].commit(key, 3))

                reports = await cluster.agree(key)
                assert [*refused.failed] == ["LogReadOnly"]
                assert not reports[1].is_degraded
                assert await cluster.check_ledgers(key, [*ledgers, refused], reports) == {"made": 6}
