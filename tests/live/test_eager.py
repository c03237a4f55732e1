"""Coroutines that run without a task as far as they can."""

import asyncio
from contextvars import Context, ContextVar

import pytest

from liveex_django.live.eager import begin, in_task

name = ContextVar("name", default="nobody")


@pytest.fixture
def at_once():
    """Runs a coroutine function as a callback of the loop does, without a task; returns what ``begin`` does, or raises."""

    async def run(work, context):
        done = asyncio.get_running_loop().create_future()

        def call():
            try:
                done.set_result(begin(work, context))
            except StopIteration as end:
                done.set_result(("ended", end.value))
            except Exception as error:
                done.set_exception(error)

        asyncio.get_running_loop().call_soon(call)
        return await done

    return run


class TestBegin:
    async def test_brings_what_need_not_wait_to_its_end(self, at_once):
        async def work():
            return asyncio.current_task()

        assert await at_once(work(), Context()) == ("ended", None)

    async def test_hands_over_what_waits_where_it_stands(self, at_once):
        steps, gate = [], asyncio.Event()

        async def work():
            steps.append("begun")
            await gate.wait()
            steps.append("went on")
            return "result"

        begun = await at_once(work(), Context())
        task = asyncio.create_task(begun)
        assert steps == ["begun"]
        gate.set()

        assert await task == "result"
        assert steps == ["begun", "went on"]

    async def test_may_be_awaited_too(self, at_once):
        async def work():
            await asyncio.sleep(0)
            return "result"

        assert await (await at_once(work(), Context())) == "result"

    async def test_keeps_its_context(self, at_once):
        async def work():
            token = name.set("somebody")
            await asyncio.sleep(0)
            seen = name.get()
            name.reset(token)
            return seen

        context = Context()
        begun = await at_once(work(), context)

        assert await asyncio.get_running_loop().create_task(begun, context=context) == "somebody"
        assert name.get() == "nobody"

    @pytest.mark.parametrize("turns", [0, 3], ids=["before the task begins", "while it waits"])
    async def test_is_cancelled_where_it_waits(self, at_once, turns):
        ends = []

        async def work():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ends.append("cancelled")
                raise

        task = asyncio.create_task(await at_once(work(), Context()))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

        assert task.cancelled()
        assert ends == ["cancelled"]

    async def test_raises_what_it_raises(self, at_once):
        async def work():
            raise ValueError("at once")

        with pytest.raises(ValueError, match="at once"):
            await at_once(work(), Context())


class TestInTask:
    async def test_goes_on_in_a_task(self, at_once):
        async def work():
            before = asyncio.current_task()
            await in_task()
            return before, asyncio.current_task()

        task = asyncio.create_task(await at_once(work(), Context()))

        assert await task == (None, task)

    async def test_does_nothing_in_one(self):
        turns = []
        asyncio.get_running_loop().call_soon(turns.append, 1)

        await in_task()

        assert turns == []
