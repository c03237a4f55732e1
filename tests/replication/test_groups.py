"""The hub's place in a channel layer that forgets, loses, hangs and is away."""

import asyncio
import logging

import pytest
from channels.layers import InMemoryChannelLayer

from liveex_django.replication import Hub, Instance, memberships
from liveex_django.replication.timing import Timing

from .build import make_counter
from .test_commits import add

QUICK = Timing(check=3600, hold=0.01, probe=0.05, linger=0.0)


class Layer(InMemoryChannelLayer):
    """
    Attributes:
        forgets: Group members are added and forgotten at once, as by a layer that has not subscribed yet.
        error: Raised by whatever is asked of it.
        added: The groups that were entered, in order.
    """

    def __init__(self):
        super().__init__(capacity=10_000)
        self.forgets = False
        self.error = None
        self.added = []

    async def group_add(self, group, channel):
        if self.error:
            raise self.error
        self.added.append(group)
        if not self.forgets:
            await super().group_add(group, channel)

    async def group_send(self, group, message):
        if self.error:
            raise self.error
        await super().group_send(group, message)

    def forget(self):
        """What FLUSHALL does to channels_redis.core."""
        self.groups.clear()


@pytest.fixture
def layer():
    return Layer()


@pytest.fixture
async def hubs(log, layer, monkeypatch):
    monkeypatch.setattr(memberships, "_FIRST_PAUSE", 0.01)
    hubs = [Hub(log, layer, QUICK), Hub(log, layer, QUICK)]
    yield hubs
    layer.error = None
    for hub in hubs:
        await hub.close()


def of_instances(layer):
    """The groups that were entered, but for the one that every hub is in."""
    return [group for group in layer.added if not group.endswith(".hubs")]


async def until(condition):
    """Let the loop go on until a condition holds; the test's time limit is the only one."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - whatever changes it, there is nothing of its own to wait on
            await asyncio.sleep(0.005)


class TestNames:
    async def test_a_group_is_a_valid_name_whatever_the_key(self, hubs, layer):
        instance = Instance(make_counter(scope="key"), "Ünïcode / room: 42")

        assert layer.require_valid_group_name(hubs[0].groups.group_of(instance))
        assert layer.require_valid_group_name(hubs[0].groups.everybody)

    async def test_projects_with_other_namespaces_have_other_groups(self, log, hubs, layer):
        instance = Instance(make_counter())
        log.namespace = "another/0"
        stranger = Hub(log, layer)

        assert stranger.groups.group_of(instance) != hubs[0].groups.group_of(instance)
        assert stranger.groups.everybody != hubs[0].groups.everybody
        await stranger.close()


class TestEntering:
    async def test_an_instance_is_read_only_when_its_group_reaches_the_hub(self, hubs, layer, log, monkeypatch):
        load, probed = log.load, []

        async def load_and_note(instance):
            probed.append(hubs[0].groups._memberships._memberships[hubs[0].groups.group_of(instance)].probes)
            return await load(instance)

        monkeypatch.setattr(log, "load", load_and_note)
        await hubs[0].acquire(Instance(make_counter()))

        assert probed == [1]
        assert hubs[0].metrics.unanswered_probes == 0

    async def test_one_channel_and_one_membership_serve_all_who_follow(self, hubs, layer):
        instance, other = Instance(make_counter()), Instance(make_counter())
        await asyncio.gather(*(hubs[0].acquire(instance) for _ in range(5)), hubs[0].acquire(other))

        assert len({channel for members in layer.groups.values() for channel in members}) == 1
        assert sorted(of_instances(layer)) == sorted(map(hubs[0].groups.group_of, [instance, other]))

    async def test_a_page_needs_no_group(self, hubs, layer):
        await hubs[0].acquire(Instance(make_counter(scope="page"), "tab"))

        assert of_instances(layer) == []

    async def test_a_group_that_is_slow_to_subscribe_is_read_from_the_log_when_it_has(self, hubs, layer):
        instance = Instance(make_counter())
        writer = await hubs[0].acquire(instance)
        layer.forgets = True
        reader = await hubs[1].acquire(instance)
        await add(hubs[0], writer, 5)

        before = reader.replica.state["count"]
        layer.forgets = False

        await until(lambda: reader.replica.state["count"] == 5)
        assert before == 0
        assert hubs[1].metrics.unanswered_probes > 0

    async def test_a_probe_that_was_faster_than_the_subscription_is_sent_again(self, log, layer, monkeypatch):
        hub = Hub(log, layer, Timing(check=3600, probe=3600, linger=0.0))
        group_send, lost = layer.group_send, []

        async def lose_the_first(group, message):
            if not lost:
                lost.append(message)
                return
            await group_send(group, message)

        monkeypatch.setattr(layer, "group_send", lose_the_first)

        async with asyncio.timeout(10):
            await hub.acquire(Instance(make_counter()))

        assert [message["type"] for message in lost] == ["liveex.probe"]
        assert hub.metrics.unanswered_probes == 0
        await hub.close()

    async def test_a_layer_that_is_away_keeps_nobody_from_reading(self, hubs, layer, caplog):
        layer.error = ConnectionError("nobody there")
        instance = Instance(make_counter())
        reader = await hubs[1].acquire(instance)

        assert reader.replica.state["count"] == 0
        assert "nobody there" in caplog.text
        layer.error = None
        writer = await hubs[0].acquire(instance)
        await add(hubs[0], writer, 5)
        await until(lambda: reader.replica.state["count"] == 5)

    async def test_a_failure_is_told_once_and_not_at_every_try(self, hubs, layer, caplog):
        layer.error = ConnectionError("nobody there")
        followed = await hubs[0].acquire(Instance(make_counter()))
        await until(lambda: hubs[0].metrics.unanswered_probes > 6)

        group = hubs[0].groups.group_of(followed.instance)
        warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert len([record for record in warnings if group in record.getMessage()]) == 1

    async def test_a_passing_hub_speaks_and_does_not_listen(self, log, hubs, layer):
        instance = Instance(make_counter())
        reader = await hubs[0].acquire(instance)
        passing = Hub(log, layer, QUICK, is_passing=True)
        layer.added.clear()

        async with passing.following(instance) as followed:
            await add(passing, followed, 5)
        await passing.close()

        await until(lambda: reader.replica.state["count"] == 5)
        assert layer.added == []


class TestHearing:
    async def test_what_a_hub_has_sent_itself_it_does_not_decode(self, hubs, layer):
        instance = Instance(make_counter())
        for hub in hubs:
            await hub.acquire(instance)
        own = {"type": "liveex.entries", "hub": hubs[0].id, "instance": instance.digest, "after": "", "entries": [b"?"]}

        for message in (own, {"type": "other"}):
            await layer.group_send(hubs[0].groups.group_of(instance), message)

        await until(lambda: [hub.metrics.damaged for hub in hubs] == [1, 2])


class TestLeaving:
    async def test_the_last_to_let_go_leaves_the_group(self, hubs, layer):
        instance = Instance(make_counter())
        one, two = await hubs[0].acquire(instance), await hubs[0].acquire(instance)
        group = hubs[0].groups.group_of(instance)
        hubs[0].release(one)
        was_member = group in layer.groups
        hubs[0].release(two)

        await until(lambda: group not in layer.groups)
        assert was_member

    async def test_whoever_comes_back_meanwhile_is_a_member(self, hubs, layer):
        instance = Instance(make_counter())
        writer = await hubs[0].acquire(instance)
        for _ in range(20):
            hubs[1].release(await hubs[1].acquire(instance))
        reader = await hubs[1].acquire(instance)

        await add(hubs[0], writer, 5)

        await until(lambda: reader.replica.state["count"] == 5)

    async def test_an_instance_is_followed_a_moment_longer_than_it_is_held(self, log, layer):
        hub = Hub(log, layer, Timing(probe=0.05, linger=3600))
        instance = Instance(make_counter())
        followed = await hub.acquire(instance)
        hub.release(followed)

        assert await hub.acquire(instance) is followed
        await hub.close()

    async def test_closing_leaves_every_group_and_no_task(self, log, layer):
        before = asyncio.all_tasks()
        hub = Hub(log, layer, QUICK)
        for _ in range(30):
            await hub.acquire(Instance(make_counter()))

        await hub.close()

        assert not layer.groups
        assert asyncio.all_tasks() == before

    async def test_closing_does_not_wait_for_a_layer_that_is_away(self, log, layer):
        hub = Hub(log, layer, QUICK)
        await hub.acquire(Instance(make_counter()))
        layer.error = ConnectionError("away")

        await asyncio.wait_for(hub.close(), 5)


class TestForgetting:
    async def test_a_layer_that_forgot_its_groups_is_joined_anew(self, hubs, layer):
        instance = Instance(make_counter())
        writer, reader = [await hub.acquire(instance) for hub in hubs]
        await hubs[1].announcements.listen("anything", lambda content: None)
        layer.forget()
        await add(hubs[0], writer, 5)

        await hubs[1].check.run()

        await until(lambda: reader.replica.state["count"] == 5)
        await until(lambda: len(layer.groups.get(hubs[1].groups.group_of(instance), ())) == 1)

    async def test_one_forgotten_group_is_joined_anew_when_a_change_was_missed(self, hubs, layer):
        instance = Instance(make_counter())
        writer, reader = [await hub.acquire(instance) for hub in hubs]
        del layer.groups[hubs[1].groups.group_of(instance)]
        await add(hubs[0], writer, 5)

        await hubs[1].check.run()
        await hubs[1].mending.settled()
        await until(lambda: hubs[1].groups.group_of(instance) in layer.groups)
        await add(hubs[0], writer, 1)

        await until(lambda: reader.replica.state["count"] == 6)
        assert hubs[1].metrics.missed == 1

    async def test_memberships_are_renewed(self, hubs, layer):
        instance = Instance(make_counter())
        await hubs[0].acquire(instance)

        hubs[0].groups.renew()

        await until(lambda: of_instances(layer) == [hubs[0].groups.group_of(instance)] * 2)


class TestAnnouncements:
    async def test_every_hub_that_listens_is_told_the_one_that_says_it_included(self, hubs):
        heard = []
        for number, hub in enumerate(hubs):
            await hub.announcements.listen("visitors", lambda content, number=number: heard.append((number, content)))

        hubs[0].announcements.announce("visitors", {"user": "5"})
        hubs[0].announcements.announce("something else", {})

        await until(lambda: len(heard) == 2)
        assert sorted(heard, key=lambda one: one[0]) == [(0, {"user": "5"}), (1, {"user": "5"})]

    async def test_without_a_layer_the_hubs_of_the_process_are_told(self, log):
        one, two, heard = Hub(log, None), Hub(log, None), []
        await two.announcements.listen("visitors", heard.append)

        one.announcements.announce("visitors", {"user": "5"})

        await until(lambda: heard == [{"user": "5"}])
        await one.close()
        await two.close()
