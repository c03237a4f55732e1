"""Several processes over one log, with a channel layer that cannot be trusted."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveex_django.store import Store
from liveex_django.testing import FakeChannelLayer, FakeCluster, LiveTestFailure

board = Store("testing.board", scope="global", state={"count": 0, "lines": []})


@board.mutation
def write(state, line: str):
    state["count"] += 1
    state["lines"].append(line)


@board.mutation
def drop(state, index: int):
    if state["lines"]:
        del state["lines"][index % len(state["lines"])]


@board.action
async def write_twice(ctx, line: str):
    await ctx.acommit(write, line)
    await ctx.acommit(write, line)


steps = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 2)),
    st.tuples(st.just("drop"), st.integers(0, 2)),
    st.tuples(st.just("dispatch"), st.integers(0, 2)),
    st.tuples(st.just("together"), st.integers(0, 2)),
    st.tuples(st.sampled_from(["cut", "mend", "restart", "catch up"]), st.integers(0, 2)),
)


async def take_step(cluster, number, what, process):
    handle = cluster[process].at(board)
    match what:
        case "write":
            await handle.acommit("write", str(number))
        case "drop":
            await handle.acommit("drop", number)
        case "dispatch":
            await handle.adispatch("write_twice", str(number))
        case "together":
            await asyncio.gather(*(each.at(board).acommit("write", each.name) for each in cluster))
        case "cut":
            cluster[process].cut()
        case "mend":
            cluster[process].mend()
        case "restart":
            await cluster[process].restart()
        case "catch up":
            await cluster.deliver()


class TestConvergence:
    @settings(max_examples=60, deadline=None)
    @given(
        seed=st.integers(0, 2**32),
        chances=st.tuples(*[st.floats(0, 1)] * 3),
        program=st.lists(steps, max_size=25),
    )
    def test_all_replicas_come_to_the_position_and_state_of_the_log(self, seed, chances, program):
        lose, double, delay = chances

        async def run():
            async with FakeCluster(3, seed=seed, lose=lose, double=double, delay=delay) as cluster:
                for process in cluster:
                    await process.at(board).aget_state()
                for number, step in enumerate(program):
                    await take_step(cluster, number, *step)
                await cluster.settle()
                state = cluster.assert_converged(board)
                return state, await cluster[0].at(board).aget_position()

        state, position = asyncio.run(run())

        written = {"write": 1, "dispatch": 2, "together": 3}
        assert state["count"] == sum(written.get(what, 0) for what, _ in program)
        assert position.version == state["count"] + sum(what == "drop" for what, _ in program)

    async def test_without_losses_nobody_has_to_ask_the_log(self):
        async with FakeCluster(3, lose=0, double=0.5, delay=0.5) as cluster:
            await asyncio.gather(*(each.at(board).aget_state() for each in cluster))
            for number in range(20):
                await cluster[number % 3].at(board).acommit("write", str(number))
            await cluster.deliver()

            assert len(cluster.assert_converged(board)["lines"]) == 20

    async def test_what_is_lost_is_missing_until_positions_are_compared(self):
        async with FakeCluster(2, lose=1) as cluster:
            one, two = cluster
            await two.at(board).aget_state()
            await one.at(board).acommit("write", "x")
            await cluster.deliver()

            assert (await two.at(board).aget_state())["lines"] == []
            with pytest.raises(
                LiveTestFailure, match=r"(?s)do not agree about testing.board:.*process 1: .*process 2: "
            ):
                cluster.assert_converged(board)
            await cluster.settle()
            assert cluster.assert_converged(board)["lines"] == ["x"]

    async def test_a_process_that_is_cut_off_neither_hears_nor_is_heard(self):
        async with FakeCluster(2, lose=0, double=0, delay=0) as cluster:
            one, two = cluster
            await asyncio.gather(*(each.at(board).aget_state() for each in cluster))
            two.cut()

            await one.at(board).acommit("write", "of one")
            await cluster.deliver()
            assert (await two.at(board).aget_state())["lines"] == []
            await two.at(board).acommit("write", "of two")
            await cluster.deliver()
            assert (await one.at(board).aget_state())["lines"] == ["of one"]
            two.mend()
            await two.at(board).acommit("write", "again")
            await cluster.deliver()

            assert cluster.assert_converged(board)["lines"] == ["of one", "of two", "again"]

    async def test_a_restarted_process_begins_from_the_log(self):
        async with FakeCluster(2) as cluster:
            one, two = cluster
            await one.at(board).acommit("write", "x")

            await one.restart()

            assert (await one.at(board).aget_state())["lines"] == ["x"]
            assert (await two.at(board).aget_state())["lines"] == ["x"]

    async def test_the_same_seed_gives_the_same_again(self):
        async def run():
            async with FakeCluster(3, seed=5) as cluster:
                seen = []
                for process in cluster:
                    await process.at(board).aget_state()
                for number in range(10):
                    await cluster[number % 3].at(board).acommit("write", str(number))
                    seen.append([(await each.at(board).aget_position()).version for each in cluster])
                return seen

        assert await run() == await run()

    async def test_keys_and_users_are_those_of_store_at(self):
        rooms = Store("testing.rooms", scope="key", state={"count": 0})

        @rooms.mutation
        def bump(state):
            state["count"] += 1

        async with FakeCluster(2) as cluster:
            entry = await cluster[0].at(rooms, "a").acommit("bump")
            await cluster[1].at(rooms, "b").aget_state()
            await cluster.settle()

            assert entry.actor is None
            assert cluster.assert_converged(rooms, "a") == {"count": 1}
            assert cluster.assert_converged(rooms, "b") == {"count": 0}

    async def test_nobody_following_is_told(self):
        async with FakeCluster(2) as cluster:
            with pytest.raises(LiveTestFailure, match=r"do not agree about testing.board: none follows it\."):
                cluster.assert_converged(board)

    async def test_nothing_is_left(self):
        before = asyncio.all_tasks()

        async with FakeCluster(3) as cluster:
            await asyncio.gather(*(each.at(board).acommit("write", "x") for each in cluster))

        assert asyncio.all_tasks() == before


class TestTheFakeLayer:
    async def test_loses_everything_when_told_to(self):
        layer = FakeChannelLayer(lose=1)
        channel = await layer.new_channel()
        await layer.group_add("g", channel)

        await layer.group_send("g", {"type": "x"})

        layer.deliver()
        assert layer._queues[channel].empty()

    async def test_doubles(self):
        layer = FakeChannelLayer(double=1)
        channel = await layer.new_channel()

        await layer.send(channel, {"number": 1})

        assert [await layer.receive(channel) for _ in range(2)] == [{"number": 1}] * 2

    async def test_lets_later_messages_overtake(self):
        layer = FakeChannelLayer(seed=1, delay=0.5)
        channel = await layer.new_channel()
        await layer.group_add("g", channel)

        for number in range(20):
            await layer.group_send("g", {"number": number})
        layer.deliver()

        received = [(await layer.receive(channel))["number"] for _ in range(20)]
        assert received != sorted(received)
        assert sorted(received) == list(range(20))

    async def test_members_that_left_get_nothing(self):
        layer = FakeChannelLayer()
        channel = await layer.new_channel()
        await layer.group_add("g", channel)
        await layer.group_discard("g", channel)

        await layer.group_send("g", {"type": "x"})

        assert layer._queues[channel].empty()
