"""Threads for plain def code, and threads that wait for the loop."""

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest
from django.core.exceptions import SynchronousOnlyOperation

from liveex_django.replication import threads
from liveex_django.replication.threads import refuse_on_loop, run_apart, run_in_thread, wait_for_loop


@pytest.fixture(params=[0, 1])
def one_thread(request, settings):
    """Django's sync thread, and a pool of one: in both, a second thread can only be a lent one."""
    settings.LIVEEX = {"THREADS": request.param}


class TestRunInThread:
    async def test_runs_beside_the_loop_and_returns(self, one_thread):
        assert await run_in_thread(threading.get_ident) != threading.get_ident()

    async def test_passes_errors_on(self, one_thread):
        with pytest.raises(ZeroDivisionError):
            await run_in_thread(lambda: 1 / 0)

    async def test_a_stop_iteration_does_not_make_the_caller_wait_for_ever(self, one_thread):
        with pytest.raises(RuntimeError, match="Give next\\(\\) a default"):
            await run_in_thread(lambda: next(iter(())))

    async def test_a_thread_that_waits_for_the_loop_runs_what_the_loop_needs_a_thread_for(self, one_thread):
        loop = asyncio.get_running_loop()

        def nest(depth):
            idents = [threading.get_ident()]
            return idents + wait_for_loop(run_in_thread(nest, depth - 1), loop) if depth else idents

        idents = await asyncio.wait_for(run_in_thread(nest, 3), 5)

        assert len(idents) == 4
        assert len(set(idents)) == 1

    async def test_and_takes_the_next_thing_as_soon_as_it_has_given_the_result_of_the_last(self, one_thread):
        loop = asyncio.get_running_loop()

        async def many():
            return {await run_in_thread(threading.get_ident) for _ in range(500)}

        idents = await asyncio.wait_for(run_in_thread(lambda: wait_for_loop(many(), loop)), 30)

        assert len(idents) == 1


class TestWaitForLoop:
    async def test_gives_the_result_and_the_errors(self):
        loop = asyncio.get_running_loop()

        async def fail():
            raise ValueError("from the loop")

        assert await run_in_thread(lambda: wait_for_loop(asyncio.sleep(0, "done"), loop)) == "done"
        with pytest.raises(ValueError, match="from the loop"):
            await run_in_thread(lambda: wait_for_loop(fail(), loop))

    async def test_work_for_two_threads_does_not_pile_up_on_the_lent_one(self, settings):
        settings.LIVEEX = {"THREADS": 2}
        loop, together = asyncio.get_running_loop(), threading.Barrier(2, timeout=5)

        async def both():
            await asyncio.gather(run_in_thread(together.wait), run_in_thread(together.wait))

        await asyncio.wait_for(run_in_thread(lambda: wait_for_loop(both(), loop)), 5)

    def test_a_closed_loop_is_an_error_and_no_waiting(self):
        loop = asyncio.new_event_loop()
        loop.close()

        with pytest.raises(RuntimeError, match="closed"):
            wait_for_loop(asyncio.sleep(0), loop)

    def test_a_loop_that_is_stopped_and_never_closed_is_an_error_too(self, monkeypatch):
        monkeypatch.setattr(threads, "_LOOK_UP", 0.01)
        loop, runs = asyncio.new_event_loop(), threading.Event()
        loop.call_soon(runs.set)
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        runs.wait()

        async def stop():
            loop.stop()
            await asyncio.Event().wait()

        with pytest.raises(CancelledError):
            wait_for_loop(stop(), loop)

        thread.join()
        for task in asyncio.all_tasks(loop):
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()

    async def test_what_outlives_the_wait_goes_to_the_pool(self, settings):
        settings.LIVEEX = {"THREADS": 1}
        loop, go, tasks = asyncio.get_running_loop(), asyncio.Event(), []

        async def late():
            await go.wait()
            return await run_in_thread(threading.get_ident)

        async def start():
            tasks.append(asyncio.create_task(late()))

        await run_in_thread(lambda: wait_for_loop(start(), loop))
        go.set()

        assert await asyncio.wait_for(tasks[0], 5) != threading.get_ident()


class TestApart:
    async def test_tasks_that_nobody_waits_for_get_threads_of_their_own(self, hub):
        loop, idents = asyncio.get_running_loop(), []

        async def start():
            return [hub.run(run_in_thread(threading.get_ident), is_awaited=awaited) for awaited in (True, False)]

        async def both():
            return await asyncio.gather(*await start())

        def wait():
            idents.append(threading.get_ident())
            return wait_for_loop(both(), loop)

        awaited, apart = await run_in_thread(wait)

        assert awaited == idents[0]
        assert apart != idents[0]

    @pytest.mark.parametrize("is_open", [False, True])
    async def test_a_state_that_everybody_sees_is_not_made_within_somebodys_transaction(
        self, settings, monkeypatch, is_open
    ):
        settings.LIVEEX = {"THREADS": 1}
        monkeypatch.setattr(threads, "open_transaction", lambda: "default" if is_open else None)
        loop = asyncio.get_running_loop()

        def look():
            return threading.get_ident(), wait_for_loop(run_apart(threading.get_ident), loop)

        asking, making = await run_in_thread(look)

        assert (asking != making) is is_open


class TestRefuseOnLoop:
    async def test_names_the_async_form(self):
        with pytest.raises(SynchronousOnlyOperation, match=r"get_state\(\) would block.*await aget_state"):
            refuse_on_loop("get_state", "aget_state")

    def test_says_nothing_elsewhere(self):
        refuse_on_loop("get_state", "aget_state")
