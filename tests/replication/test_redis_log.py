"""The log in Redis: what every log does, and what only it does, against a real server."""

import asyncio
from itertools import count

import pytest

from liveex_django.exceptions import LogMisconfigured, OutcomeUnknown
from liveex_django.replication import Appended, Behind, Elsewhere, Instance, Position, Repeated, Snapshot
from liveex_django.replication import redis_operations as operations
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.store import freeze

from .build import EMPTY, make_counter, make_entry, position_of
from .log_conformance import MutationLogConformance
from .proxy import proxy_to
from .redis_server import running


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
def make_log(server, admin):
    return lambda *arguments, **options: RedisMutationLog(server.url, *arguments, **options)


@pytest.fixture
async def log(make_log):
    log = make_log()
    yield log
    await log.close()


async def begin(log, **options):
    instance = Instance(make_counter(**options), "k" if options.get("scope", "global") != "global" else "")
    snapshot, _ = await log.create(instance, EMPTY)
    return instance, snapshot.position


async def fill(log, instance, after, number, first=0):
    for index in range(first, first + number):
        entry = make_entry(after, id=f"e{index}")
        assert await log.append(instance, after, entry) == Appended()
        after = position_of(entry)
    return after


class TestRedisMutationLog(MutationLogConformance):
    async def test_other_processes_read_it_too(self, log):
        assert RedisMutationLog.shared

    async def test_two_logs_follow_each_other(self, log, make_log):
        instance, position = await begin(log)
        other = make_log()
        entry = make_entry(position)
        await log.append(instance, position, entry)

        outcome = await other.append(instance, position, make_entry(position, id="late"))

        assert outcome == Behind((entry,))
        await other.close()

    async def test_a_writer_that_is_far_behind_gets_a_page_at_a_time(self, log, monkeypatch):
        monkeypatch.setattr(operations, "_PAGE", 3)
        instance, position = await begin(log)
        await fill(log, instance, position, 7)
        versions = []

        while isinstance(outcome := await log.append(instance, position, make_entry(position, id="late")), Behind):
            versions.append([entry.version for entry in outcome.entries])
            position = position_of(outcome.entries[-1])

        assert versions == [[1, 2, 3], [4, 5, 6], [7]]
        assert outcome == Appended()

    async def test_what_takes_several_pages_is_read_whole(self, log, monkeypatch):
        instance, position = await begin(log)
        await fill(log, instance, position, 7)
        monkeypatch.setattr(operations, "_PAGE", 3)

        _, loaded = await log.load(instance)
        read = await log.read(instance, position)

        assert [entry.version for entry in loaded] == [entry.version for entry in read] == [1, 2, 3, 4, 5, 6, 7]

    async def test_a_fork_further_back_is_elsewhere_too(self, log):
        instance, position = await begin(log)
        head = await fill(log, instance, position, 3)
        fork = Position(position.epoch, 2, "another entry")

        assert await log.append(instance, fork, make_entry(fork, id="x")) == Elsewhere()
        assert await log.read(instance, fork) is None
        await log.save_snapshot(instance, Snapshot(fork, freeze({"count": 50}), 1))
        assert (await log.load(instance))[0].state == EMPTY
        assert await log.heads([instance]) == [head]

    async def test_text_and_state_of_every_kind_come_back(self, log):
        instance = Instance(make_counter(scope="key"), "Grüße, мир / 日本 '\"")
        state = freeze({"text": "ünï\0code\r\n", "bytes like": "*3\r\n$3", "none": None, "deep": [{"x": 1.5}]})

        snapshot, _ = await log.create(instance, state)
        entry = make_entry(snapshot.position, id="ÿ\r\n €", payload=freeze({"text": "ü"}))
        await log.append(instance, snapshot.position, entry)

        assert await log.load(instance) == (snapshot, (entry,))
        assert await log.heads([instance]) == [position_of(entry)]


class TestKeys:
    async def test_the_keys_of_an_instance_share_one_hash_tag_behind_the_prefix(self, log, admin):
        instance, position = await begin(log)
        await log.append(instance, position, make_entry(position))

        names = {key.decode() for key in admin.scan_iter()}

        place = f"liveex:{{{instance.digest}}}"
        assert names == {f"{place}:head", f"{place}:log", f"{place}:ids"}

    async def test_two_prefixes_never_meet(self, make_log):
        one, two = make_log("shop"), make_log("shop:extra")
        instance, position = await begin(one)
        await one.append(instance, position, make_entry(position))

        assert await two.load(instance) is None
        other, _ = await two.create(instance, freeze({"count": 50}))
        assert await two.append(instance, position, make_entry(position)) == Elsewhere()
        assert (await one.heads([instance]), await two.heads([instance])) == (
            [Position(position.epoch, 1, "e")],
            [other.position],
        )
        await one.close()
        await two.close()

    @pytest.mark.parametrize("prefix", ["", "a{b}", "a\nb", "ü", "a b", "x" * 101, None])
    async def test_a_prefix_that_could_leave_its_place_is_refused(self, make_log, prefix):
        with pytest.raises(LogMisconfigured, match="prefix"):
            make_log(prefix)


class TestIds:
    async def test_an_id_is_known_after_its_entry_was_trimmed(self, log):
        instance, position = await begin(log)
        head = await fill(log, instance, position, 1100)
        await log.save_snapshot(instance, Snapshot(head, freeze({"count": 1100}), 1))
        again = make_entry(head, id="e0")

        outcome = await log.append(instance, head, again)

        assert isinstance(outcome, Repeated)
        assert (outcome.entry.version, outcome.entry.id, outcome.entry.patches) == (1, "e0", ())
        assert await log.heads([instance]) == [head]
        assert await log.find(instance, ["e0"]) == 1

    async def test_a_position_is_known_after_its_entry_was_trimmed(self, log):
        instance, position = await begin(log)
        head = await fill(log, instance, position, 1100)
        await log.save_snapshot(instance, Snapshot(head, freeze({"count": 1100}), 1))

        assert await log.contains(instance, Position(position.epoch, 1, "e0")) is True
        assert await log.contains(instance, Position(position.epoch, 1, "another entry")) is False

    async def test_a_position_whose_id_was_forgotten_may_be_one_of_its_own_or_not(self, make_log):
        log = make_log(keep_ids=0)
        instance, position = await begin(log)
        head = await fill(log, instance, position, 1100)
        await log.save_snapshot(instance, Snapshot(head, freeze({"count": 1100}), 1))

        assert await log.contains(instance, Position(position.epoch, 100, "e99")) is None
        assert await log.contains(instance, Position(position.epoch, 101, "x")) is False
        assert await log.contains(instance, position) is True
        await log.close()

    async def test_ids_are_forgotten_when_their_time_is_over_and_their_entries_are_gone(self, make_log, admin):
        log = make_log(keep_ids=0)
        instance, position = await begin(log)
        head = await fill(log, instance, position, 1100)

        await log.save_snapshot(instance, Snapshot(head, freeze({"count": 1100}), 1))

        assert admin.zcard(f"liveex:{{{instance.digest}}}:ids") == 1000
        assert isinstance(await log.append(instance, head, make_entry(head, id="e100")), Repeated)
        await log.close()

    async def test_an_id_that_may_have_been_forgotten_is_unknown_and_not_applied(self, make_log):
        log = make_log(keep_ids=0)
        instance, position = await begin(log)
        head = await fill(log, instance, position, 1100)
        await log.save_snapshot(instance, Snapshot(head, freeze({"count": 1100}), 1))
        elsewhere = Position("an earlier epoch", 1099, "x")

        for asked_at in (position, elsewhere):
            with pytest.raises(OutcomeUnknown, match="no longer knows ids as old"):
                await log.append(instance, head, make_entry(head, id="e0"), asked_at=asked_at)
        young = Position(position.epoch, 100, "e99")
        assert await log.append(instance, head, make_entry(head, id="new"), asked_at=young) == Appended()
        await log.close()

    async def test_ids_are_forgotten_in_steps(self, make_log, admin, monkeypatch):
        monkeypatch.setattr(operations, "KEPT_ENTRIES", 10)
        log = make_log(keep_ids=0)
        instance, position = await begin(log)
        head = await fill(log, instance, position, 2100)
        ids = f"liveex:{{{instance.digest}}}:ids"

        await log.save_snapshot(instance, Snapshot(head, freeze({"count": 0}), 1))
        after_one = admin.zcard(ids)
        head = await fill(log, instance, head, 1, first=2100)
        await log.save_snapshot(instance, Snapshot(head, freeze({"count": 0}), 1))

        assert (after_one, admin.zcard(ids)) == (100, 10)
        await log.close()

    async def test_marks_of_passed_time_stay_few(self, make_log, admin, monkeypatch):
        monkeypatch.setattr(operations, "KEPT_ENTRIES", 1)
        log = make_log()
        instance, position = await begin(log)
        for index in range(20):
            position = await fill(log, instance, position, 2, first=2 * index)
            await log.save_snapshot(instance, Snapshot(position, EMPTY, 1))

        marks = admin.hget(f"liveex:{{{instance.digest}}}:head", "marks").decode().split()

        assert len(marks) == 1  # one an hour
        assert marks[0].endswith(":2")
        await log.close()


class TestIdle:
    async def test_instances_go_by_the_rule_of_their_scope(self, make_log, admin):
        log = make_log(idle={"page": 100, "session": 1000.5, "user": None})
        left = {}
        for scope in ("page", "session", "user", "key", "global"):
            instance, position = await begin(log, scope=scope)
            await log.append(instance, position, make_entry(position))
            keys = [f"liveex:{{{instance.digest}}}:{name}" for name in ("head", "log", "ids")]
            left[scope] = {round(admin.pttl(key) / 1000) for key in keys}

        assert left == {"page": {100}, "session": {1000}, "user": {0}, "key": {0}, "global": {0}}
        assert admin.ttl(keys[0]) == -1
        await log.close()

    @pytest.mark.parametrize("use", ["load", "heads", "append", "create"])
    async def test_use_keeps_an_instance(self, make_log, admin, use):
        log = make_log(idle={"page": 100})
        instance, position = await begin(log, scope="page")
        position = await fill(log, instance, position, 1)
        keys = [f"liveex:{{{instance.digest}}}:{name}" for name in ("head", "log", "ids")]
        for key in keys:
            admin.expire(key, 5)

        match use:
            case "load":
                await log.load(instance)
            case "heads":
                await log.heads([instance])
            case "append":
                await fill(log, instance, position, 1, first=1)
            case "create":
                await log.create(instance, EMPTY)

        assert {admin.ttl(key) for key in keys} == {100}
        await log.close()

    async def test_an_instance_that_has_less_time_now_has_less_time(self, make_log, admin):
        before, after = make_log(idle={"page": 1000}), make_log(idle={"page": 100})
        instance, position = await begin(before, scope="page")
        await fill(before, instance, position, 1)

        await after.heads([instance])

        assert {admin.ttl(key) for key in admin.scan_iter()} == {100}
        await before.close()
        await after.close()

    async def test_an_instance_that_may_stay_now_stays(self, make_log, admin):
        before, after = make_log(idle={"page": 100}), make_log(idle={"page": None})
        instance, position = await begin(before, scope="page")
        await fill(before, instance, position, 1)

        await after.heads([instance])

        assert {admin.ttl(key) for key in admin.scan_iter()} == {-1}
        await before.close()
        await after.close()


class TestHeads:
    async def test_many_instances_are_one_round_trip(self, server, log):
        store = make_counter(scope="key")
        instances = [Instance(store, f"k{number}") for number in range(300)]
        positions = [(await log.create(instance, EMPTY))[0].position for instance in instances]
        async with proxy_to(server.port) as proxy:
            far = RedisMutationLog(proxy.url)
            await far.heads(instances[:1])
            proxy.seen.clear()

            heads = await far.heads([*instances, Instance(store, "nobody")])

            sent = b"".join(proxy.seen)
            await far.close()
        assert heads == [*positions, None]
        assert sent.count(b"EVALSHA") == 301
        assert await log.heads([]) == []


class TestTicket:
    async def test_whoever_lost_three_times_goes_next(self, log, make_log, monkeypatch):
        monkeypatch.setattr(operations, "_TICKET", 60_000)
        slow, instance_and_position = make_log(), await begin(log)
        instance, position = instance_and_position
        numbers = count()
        behind = position
        for _ in range(3):
            position = await fill(log, instance, position, 1, first=next(numbers))
            outcome = await slow.append(instance, behind, make_entry(behind, id="slow"))
            behind = position_of(outcome.entries[-1])
        # Too late once more; this time it takes a ticket.
        position = await fill(log, instance, position, 1, first=next(numbers))
        outcome = await slow.append(instance, behind, make_entry(behind, id="slow"))
        behind = position_of(outcome.entries[-1])

        fast = asyncio.create_task(log.append(instance, position, make_entry(position, id="fast")))
        is_held_up = not (await asyncio.wait({fast}, timeout=0.05))[0]
        assert await slow.append(instance, behind, make_entry(behind, id="slow")) == Appended()

        assert is_held_up
        assert [entry.id for entry in (await fast).entries] == ["slow"]
        (head,) = await log.heads([instance])
        assert await asyncio.wait_for(log.append(instance, head, make_entry(head, id="fast")), 20) == Appended()
        await slow.close()

    async def test_a_ticket_that_nobody_uses_holds_up_for_a_moment_only(self, log, monkeypatch):
        monkeypatch.setattr(operations, "_TICKET", 30)
        instance, start = await begin(log)
        position = await fill(log, instance, start, 1)
        for _ in range(4):
            await log.append(instance, start, make_entry(start, id="gives up"))

        assert await log.append(instance, position, make_entry(position, id="patient")) == Appended()
        assert await log.append(instance, start, make_entry(start, id="gives up")) != Appended()
