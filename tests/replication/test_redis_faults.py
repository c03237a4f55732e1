"""The log in Redis while replies are lost, Redis stands still, forgets, restarts or is emptied; against real servers."""

import asyncio
import threading
from contextlib import suppress

import pytest
import redis

from liveex_django.exceptions import LogUnreachable, OutcomeUnknown
from liveex_django.replication import Appended, Behind, Elsewhere, Instance, Repeated, Snapshot
from liveex_django.replication.redis_attempts import Patience
from liveex_django.replication.redis_keys import keys_of
from liveex_django.replication.redis_log import RedisMutationLog

from .build import EMPTY, make_counter, make_entry, position_of
from .proxy import proxy_to
from .redis_server import running

QUICK = Patience(answer=0.3, outcome=10.0)


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
async def proxy(server):
    async with proxy_to(server.port) as proxy:
        yield proxy


@pytest.fixture
async def far(proxy):
    """A log behind the proxy."""
    log = RedisMutationLog(proxy.url, patience=Patience(answer=0.5, outcome=1.0))
    yield log
    await log.close()


async def begin(log):
    instance = Instance(make_counter())
    return instance, (await log.create(instance, EMPTY))[0].position


async def append(log, instance, position, id):
    entry = make_entry(position, id=id)
    assert await log.append(instance, position, entry) == Appended()
    return position_of(entry)


async def ids_in(log, instance):
    return [entry.id for entry in await log.history(instance, 10_000)]


class TestLostReply:
    async def test_a_commit_whose_reply_is_lost_is_asked_for_again_and_made_once(self, log, far, proxy):
        instance, position = await begin(far)
        proxy.lose_replies = 1

        outcome = await far.append(instance, position, make_entry(position, id="once"))

        assert outcome == Appended()
        assert await ids_in(log, instance) == ["once"]
        assert b"".join(proxy.seen).count(b"once") > 1

    async def test_it_is_known_to_be_made_when_others_came_behind_it_meanwhile(self, log, far, proxy):
        instance, position = await begin(far)
        entry = make_entry(position, id="first")
        proxy.lose_replies = 3
        asked = asyncio.create_task(far.append(instance, position, entry))
        made = position
        while not made.version:
            (made,) = await log.heads([instance])

        await append(log, instance, made, "second")

        assert await asked == Appended()
        assert await ids_in(log, instance) == ["first", "second"]

    async def test_another_process_that_made_it_under_the_same_id_is_not_taken_for_oneself(self, log, far, proxy):
        instance, position = await begin(far)
        theirs = make_entry(position, id="same", amount=1)
        await log.append(instance, position, theirs)
        proxy.lose_replies = 1

        outcome = await far.append(instance, position, make_entry(position, id="same", amount=2))

        assert outcome == Repeated(theirs)

    async def test_a_commit_whose_replies_are_all_lost_is_unknown_and_can_be_asked_for_later(self, far, proxy):
        instance, position = await begin(far)
        entry = make_entry(position, id="e7")
        proxy.lose_replies = 1_000_000

        with pytest.raises(OutcomeUnknown, match=f"{instance}, id 'e7', is unknown") as caught:
            await far.append(instance, position, entry)
        proxy.lose_replies = 0

        assert "Nothing was committed" not in str(caught.value)
        assert await far.append(instance, position, entry) in (Repeated(entry), Appended())
        assert await ids_in(far, instance) == ["e7"]

    async def test_a_lost_reply_to_a_creation_leaves_one_history(self, log, far, proxy):
        instance = Instance(make_counter())
        proxy.lose_replies = 1

        snapshot, entries = await far.create(instance, EMPTY)

        assert (snapshot.state, list(entries)) == (EMPTY, [])
        assert await log.heads([instance]) == [snapshot.position]

    async def test_reads_are_asked_for_again(self, far, proxy):
        instance, position = await begin(far)
        position = await append(far, instance, position, "e")
        proxy.lose_replies = 1

        assert await far.heads([instance]) == [position]
        proxy.lose_replies = 1
        assert [entry.id for entry in (await far.load(instance))[1]] == ["e"]

    async def test_reads_give_up_sooner_and_say_so(self, far, proxy):
        instance, _ = await begin(far)
        proxy.lose_replies = 1_000_000

        with pytest.raises(LogUnreachable, match="did not answer"):
            await far.load(instance)


class TestStandstill:
    async def test_a_commit_waits_it_out_and_is_made_once(self, server, log):
        instance, position = await begin(log)
        entry = make_entry(position, id="patient")
        with server.held_up():
            asked = asyncio.create_task(log.append(instance, position, entry))
            # Longer than one try may take, so that several are on their way.
            await asyncio.wait({asked}, timeout=1.0)
            assert not asked.done()

        assert await asked == Appended()
        assert await ids_in(log, instance) == ["patient"]

    async def test_reads_give_up_and_come_back(self, server, log):
        instance, position = await begin(log)
        with server.held_up(), pytest.raises(LogUnreachable):
            await log.heads([instance])

        assert await log.heads([instance]) == [position]

    async def test_a_caller_that_goes_away_does_not_call_its_commit_back(self, server, log):
        instance, position = await begin(log)
        other = RedisMutationLog(server.url)
        asked = asyncio.create_task(other.append(instance, position, make_entry(position, id="orphan")))
        await asyncio.sleep(0)  # it is on its way, and not even connected
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked

        await other.close()

        assert await ids_in(log, instance) == ["orphan"]

    async def test_somebody_elses_endless_script_is_waited_out(self, server, admin):
        log = RedisMutationLog(server.url)
        instance, position = await begin(log)
        admin.config_set("lua-time-limit", 10)

        def run_for_ever():
            with server.admin(socket_timeout=10) as other, suppress(redis.RedisError):
                other.eval("while true do end", 0)

        thread = threading.Thread(target=run_for_ever)
        thread.start()
        with server.admin() as observer:
            with suppress(redis.ResponseError):
                while observer.ping():
                    pass
            asked = asyncio.create_task(log.append(instance, position, make_entry(position)))
            await asyncio.wait({asked}, timeout=0.1)
            is_waiting = not asked.done()
            observer.script_kill()
        thread.join()

        assert is_waiting
        assert await asked == Appended()
        await log.close()


class TestForgetting:
    async def test_forgotten_scripts_are_sent_again(self, admin, log):
        instance, position = await begin(log)
        for name in ("one", "two"):
            admin.script_flush()
            position = await append(log, instance, position, name)
            admin.script_flush()
            assert await log.heads([instance, instance]) == [position, position]

        assert await ids_in(log, instance) == ["one", "two"]

    async def test_an_emptied_redis_is_elsewhere_and_begins_a_new_history(self, admin, log):
        instance, position = await begin(log)
        position = await append(log, instance, position, "lost")
        admin.flushall()

        assert await log.append(instance, position, make_entry(position, id="x")) == Elsewhere()
        assert await log.heads([instance]) == [None]
        assert await log.load(instance) is None
        assert await log.read(instance, position) is None
        snapshot, _ = await log.create(instance, EMPTY)
        assert snapshot.position.epoch != position.epoch
        assert await log.append(instance, position, make_entry(position, id="x")) == Elsewhere()
        await append(log, instance, snapshot.position, "x")

    @pytest.mark.parametrize("version", [0, 3])
    @pytest.mark.parametrize("name", ["head", "log", "ids"])
    async def test_each_key_alone_can_be_deleted_and_nothing_is_corrupted(self, admin, log, name, version):
        instance, position = await begin(log)
        for number in range(version):
            position = await append(log, instance, position, f"e{number}")
        if not admin.delete(getattr(keys_of("liveex", instance), name)):
            assert version == 0  # it has that key from its first entry on
            await append(log, instance, position, "x")
            return

        assert await log.append(instance, position, make_entry(position, id="x")) == Elsewhere()
        assert await log.heads([instance]) == [None]
        assert await log.load(instance) is None
        assert await log.history(instance, 5) == ()
        await log.save_snapshot(instance, Snapshot(position, EMPTY, 1))
        snapshot, entries = await log.create(instance, EMPTY)
        assert (snapshot.position.version, list(entries)) == (0, [])
        await append(log, instance, snapshot.position, "e0")
        assert await ids_in(log, instance) == ["e0"]

    @pytest.mark.parametrize("end", ["stop", "kill"])
    async def test_with_an_append_only_file_a_restart_keeps_everything(self, redis_server_program, tmp_path, end):
        options = {"appendonly": "yes", "appendfsync": "always"}
        with running(redis_server_program, tmp_path, **options) as server:
            log = RedisMutationLog(server.url, patience=QUICK)
            instance, position = await begin(log)
            for number in range(10):
                position = await append(log, instance, position, f"e{number}")
            before = await log.load(instance)
            getattr(server, end)()
            server.start()

            assert await log.load(instance) == before
            await append(log, instance, position, "after")
            late = make_entry(position, id="late")
            assert isinstance(await log.append(instance, position, late), Behind)
            await log.close()

    async def test_without_one_a_restart_begins_again(self, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path) as server:
            log = RedisMutationLog(server.url, patience=QUICK)
            instance, position = await begin(log)
            server.restart()

            assert await log.append(instance, position, make_entry(position)) == Elsewhere()
            await log.close()
