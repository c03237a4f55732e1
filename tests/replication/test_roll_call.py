"""The roll call: who answers, what is said, and what is not."""

import asyncio
import hashlib

import msgspec
import pytest
from channels.layers import InMemoryChannelLayer
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import DamagedEntry
from liveex_django.replication import Hub, Instance, MemoryMutationLog, Position, roll_call
from liveex_django.replication.attendance import call_roll
from liveex_django.replication.roll_call_messages import (
    CALL,
    MOST_ASKED,
    MOST_HOLDINGS,
    Answer,
    Call,
    Holding,
    ProcessFacts,
    marked,
    pack,
    unpack_answer,
    unpack_call,
)
from liveex_django.replication.timing import Timing
from liveex_django.store.codec import encode_state

from .build import make_counter
from .test_commits import add
from .test_groups import until

QUICK = Timing(check=3600, probe=10, linger=0.0)
# Seconds; nothing waits for so long unless it has failed.
PATIENCE = 30

FACTS = ProcessFacts("host", 5, "", {"python": "3.11"}, True, False, {"live": 1}, 0, ("a" * 40,), 0, {"sent": 3})
HOLDING = Holding("a" * 40, "shop", "e" * 32, 7, "b" * 16, 1, "c" * 32)
MESSAGES = [
    (Call("a" * 32, ("b" * 40,)), unpack_call),
    (Answer("a" * 32, "b" * 32, 0, is_last=True, process=FACTS), unpack_answer),
    (Answer("a" * 32, "b" * 32, 1, is_last=False, holdings=(HOLDING,)), unpack_answer),
]

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


class Layer(InMemoryChannelLayer):
    """Remembers what was announced, and who would have heard it."""

    def __init__(self):
        super().__init__(capacity=10_000)
        self.announced = []

    async def group_send(self, group, message):
        if message["type"] == "liveex.announcement":
            self.announced.append((message["topic"], message["content"], set(self.groups.get(group, ()))))
        await super().group_send(group, message)

    def answers(self):
        return [content for topic, content, _ in self.announced if topic != CALL]


@pytest.fixture
def layer():
    return Layer()


@pytest.fixture
async def make_hub(log, layer):
    hubs = []

    async def make_hub(**options):
        hubs.append(Hub(log, layer, QUICK, **options))
        if not options.get("is_passing"):
            # It is in the group of all when this returns.
            await hubs[-1].announcements.listen("test", lambda content: None)
        return hubs[-1]

    yield make_hub
    for hub in hubs:
        await hub.close()


async def ask(hub, number, instances=()):
    """What came back, once so many have answered."""
    return await call_roll(hub, PATIENCE, lambda attendance: len(attendance.complete) >= number, instances)


class TestWhoAnswers:
    async def test_every_hub_that_follows_something_and_not_the_one_that_asks(self, make_hub):
        one, two, idle, doctor = [await make_hub() for _ in range(4)]
        await one.acquire(Instance(make_counter()))
        await two.acquire(Instance(make_counter(scope="page"), "tab"))

        attendance = await ask(doctor, 2)

        assert {member.hub for member in attendance} == {one.id, two.id}
        assert idle.id not in attendance.complete

    async def test_a_passing_hub_does_not(self, make_hub):
        one, passing, doctor = await make_hub(), await make_hub(is_passing=True), await make_hub()
        instance = Instance(make_counter())
        await one.acquire(instance)

        async with passing.following(instance):
            attendance = await ask(doctor, 1)

        assert [member.hub for member in attendance] == [one.id]

    async def test_one_that_is_asked_by_too_many_answers_some(self, make_hub, layer, monkeypatch):
        monkeypatch.setattr(roll_call, "_MOST_AT_ONCE", 2)
        hub, doctor = await make_hub(), await make_hub()
        await hub.acquire(Instance(make_counter()))

        for number in range(10):
            hub.announcements.hear(CALL, pack(Call(f"{number:032}")))
        await until(lambda: len(layer.answers()) == 4)
        attendance = await ask(doctor, 1)

        assert {content["call"] for content in layer.answers()[:4]} == {f"{number:032}" for number in range(2)}
        assert len(attendance) == 1

    async def test_what_is_no_call_is_counted_as_damaged(self, make_hub):
        hub, somebody = await make_hub(), await make_hub()
        await hub.acquire(Instance(make_counter()))

        somebody.announcements.announce(CALL, {"id": "../../etc"})

        await until(lambda: hub.metrics.damaged == 1)


class TestTheAnswer:
    async def test_says_what_is_followed_where_it_stands_and_which_state_it_has(self, make_hub):
        hub, doctor = await make_hub(), await make_hub()
        instance = Instance(make_counter())
        followed = await hub.acquire(instance)
        await add(hub, followed, 5)

        [member] = await ask(doctor, 1)

        [holding] = member.holdings
        assert (holding.digest, holding.store, holding.schema) == (instance.digest, instance.store.name, 1)
        assert holding.position == marked(followed.replica.position)
        assert holding.state == hashlib.blake2b(encode_state(followed.replica.state), digest_size=16).hexdigest()

    async def test_says_what_the_hub_reports_and_where_it_is(self, make_hub, settings):
        settings.LIVEEX = {"RELEASE": "2026.11"}
        hub, doctor = await make_hub(), await make_hub()
        await hub.acquire(Instance(make_counter()))

        [member] = await ask(doctor, 1)

        process = member.process
        assert process.release == "2026.11"
        assert set(process.versions) == {"liveex_django", "python", "django", "channels"}
        assert process.instances == {"loading": 0, "live": 1, "suspect": 0, "resync": 0}
        assert set(process.metrics) == set(hub.report()["metrics"])

    async def test_has_no_keys_of_instances(self, make_hub, layer):
        hub, doctor = await make_hub(), await make_hub()
        await hub.acquire(Instance(make_counter(scope="user"), "key-of-somebody"))

        await ask(doctor, 1)

        assert "key-of-somebody" not in str(layer.announced)

    async def test_reaches_nobody_but_the_one_who_asked(self, make_hub, layer):
        hub, _, doctor = [await make_hub() for _ in range(3)]
        await hub.acquire(Instance(make_counter()))

        await ask(doctor, 1)

        hearers = {topic == CALL: len(channels) for topic, _, channels in layer.announced}
        assert hearers == {True: 3, False: 1}

    async def test_comes_in_parts_that_no_layer_is_too_small_for(self, make_hub, layer):
        hub, doctor = await make_hub(), await make_hub()
        store = make_counter(scope="key", name="s" * 100)
        instances = [Instance(store, f"{number}") for number in range(2 * MOST_HOLDINGS + 1)]
        for instance in instances:
            await hub.acquire(instance)

        [member] = await ask(doctor, 1)

        assert {holding.digest for holding in member.holdings} == {instance.digest for instance in instances}
        assert [len(content["holdings"]) for content in layer.answers()] == [0, MOST_HOLDINGS, MOST_HOLDINGS, 1]
        assert max(len(msgspec.msgpack.encode(content)) for content in layer.answers()) < 32 * 1024

    async def test_has_the_states_of_the_same_instances_in_every_process_when_there_are_too_many(
        self, make_hub, monkeypatch
    ):
        monkeypatch.setattr(roll_call, "_MOST_STATES", 5)
        one, two, doctor = [await make_hub() for _ in range(3)]
        instances = [Instance(make_counter()) for _ in range(20)]
        for hub, those in ((one, instances), (two, instances[::-1])):
            for instance in those:
                await hub.acquire(instance)

        attendance = await ask(doctor, 2)

        told = [{holding.digest for holding in member.holdings if holding.state} for member in attendance]
        assert told[0] == told[1]
        assert len(told[0]) == 5

    async def test_has_no_more_states_when_they_are_too_large(self, make_hub, monkeypatch):
        monkeypatch.setattr(roll_call, "_MOST_BYTES", 1)
        hub, doctor = await make_hub(), await make_hub()
        for _ in range(3):
            await hub.acquire(Instance(make_counter()))

        [member] = await ask(doctor, 1)

        assert sum(holding.state is not None for holding in member.holdings) == 1

    async def test_is_about_some_instances_when_those_are_asked_for(self, make_hub):
        hub, doctor = await make_hub(), await make_hub()
        instances = [Instance(make_counter()) for _ in range(5)]
        for instance in instances:
            await hub.acquire(instance)
        asked = [instances[3].digest, "f" * 40, instances[1].digest]

        [member] = await ask(doctor, 1, asked)

        assert [holding.digest for holding in member.holdings] == [instances[3].digest, instances[1].digest]

    async def test_is_not_waited_for_longer_than_that(self, make_hub):
        doctor = await make_hub()

        attendance = await call_roll(doctor, 0.01)

        assert list(attendance) == []

    async def test_without_a_layer_nobody_is_asked(self):
        hub = Hub(MemoryMutationLog(), None)
        await hub.acquire(Instance(make_counter()))

        assert CALL not in hub.announcements._listeners
        await hub.close()


class TestMessages:
    @pytest.mark.parametrize(("message", "unpack"), MESSAGES)
    def test_what_is_packed_is_unpacked_equal(self, message, unpack):
        through_a_layer = msgspec.msgpack.decode(msgspec.msgpack.encode(pack(message)))

        assert unpack(through_a_layer) == message

    @pytest.mark.parametrize(("message", "unpack"), MESSAGES)
    def test_what_a_later_release_adds_is_passed_over(self, message, unpack):
        assert unpack({**pack(message), "more": [1, {}]}) == message

    @pytest.mark.parametrize(
        "changes",
        [
            {"host": "\x1b]0;title\x07"},
            {"host": "h" * 300},
            {"release": "a\nOK  all is well"},
            {"pid": -1},
            {"metrics": {"\x1b[2J": 1}},
            {"quarantined": ["../.."]},
        ],
    )
    def test_what_could_write_over_a_terminal_is_refused(self, changes):
        content = pack(MESSAGES[1][0])

        with pytest.raises(DamagedEntry):
            unpack_answer({**content, "process": {**content["process"], **changes}})

    def test_a_call_for_too_many_or_under_a_name_that_is_none_is_refused(self):
        for content in ({"id": "a" * 32, "instances": ["b" * 40] * (MOST_ASKED + 1)}, {"id": "a" * 31 + "."}):
            with pytest.raises(DamagedEntry):
                unpack_call(content)

    @given(content=plain, name=st.sampled_from(["call", "hub", "part", "is_last", "process", "holdings"]))
    def test_a_part_of_another_kind_is_refused_and_nothing_else_happens(self, content, name):
        for unpack, changed in ((unpack_answer, {**pack(MESSAGES[2][0]), name: content}), (unpack_call, content)):
            try:
                unpack(changed)
            except DamagedEntry:
                continue

    def test_a_mark_tells_positions_apart_and_is_short(self):
        ids = ["", "a", "b", "x" * 10_000]

        marks = {marked(Position("e", 1, id)).id for id in ids}

        assert len(marks) == 4
        assert {len(mark) for mark in marks} == {16}


class TestAtTheSameTime:
    async def test_two_who_ask_get_their_own_answers(self, make_hub):
        hub, one, two = [await make_hub() for _ in range(3)]
        await hub.acquire(Instance(make_counter()))

        attendances = await asyncio.gather(ask(one, 1), ask(two, 1))

        assert [[member.hub for member in attendance] for attendance in attendances] == [[hub.id], [hub.id]]
