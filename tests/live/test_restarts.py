"""The end of real servers: what runs is not cut in half, what was clicked is not lost, and nobody is stormed."""

import asyncio
import signal
from bisect import bisect_left
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from liveex_django.replication import Instance
from liveex_django.replication.redis_log import RedisMutationLog
from tests.replication.redis_server import running

from .restarted import desk
from .served import Balancer, Gate, Tab, start_server

# Long enough for whatever ends at all (s).
PATIENCE = 60
# uvicorn ends in good order, and then of the signal all the same.
EXIT_CODES = {"daphne": 0, "uvicorn": -signal.SIGTERM}
each_server = pytest.mark.parametrize("kind", EXIT_CODES)


@pytest.fixture
def redis(redis_server_program, tmp_path):
    with running(redis_server_program, tmp_path) as server:
        yield server


@pytest.fixture
async def gate():
    async with Gate().built() as gate:
        yield gate


@pytest.fixture
async def serve(redis, gate):
    """Starts servers, and leaves none behind."""
    servers = []

    async def serve(kind, drain=PATIENCE):
        server = await asyncio.to_thread(start_server, kind, redis, gate, drain)
        servers.append(server)
        return server

    yield serve
    for server in servers:
        await asyncio.to_thread(server.kill)


@asynccontextmanager
async def open_tabs(count, server, address=None):
    """So many pages of a server, joined; at ``address``, if that is another."""
    tabs = [Tab(number, address or server.address) for number in range(count)]
    pages = {path: await asyncio.to_thread(server.request, path) for path in {tab.path for tab in tabs}}
    for tab in tabs:
        tab.show(pages[tab.path].text)
    living = [asyncio.create_task(tab.live()) for tab in tabs]
    try:
        await all_of(tab.joined[1] for tab in tabs)
        yield tabs
    finally:
        for task in living:
            task.cancel()
        await asyncio.wait(living)


async def all_of(events):
    """Wait for each of them."""
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in events)), PATIENCE)


def ask(server, path):
    """Whether the server has answered."""
    try:
        return bool(server.request(path))
    except OSError:
        return False


async def written(redis, desks=1):
    """Every line in the log, with how often it is there."""
    log = RedisMutationLog(redis.url)
    entries = [await log.history(Instance(desk, str(number)), 10_000) for number in range(desks)]
    await log.close()
    return Counter(entry.payload["line"] for of_desk in entries for entry in of_desk)


@each_server
class TestSigterm:
    async def test_lets_actions_end_and_their_commits_be_made(self, serve, gate, redis, kind):
        server = await serve(kind)
        async with open_tabs(3, server) as (idle, tab, other):
            await tab.fire("put_later", "of a page")
            await other.fire("put_later_in_thread", "in a thread")
            view = asyncio.create_task(asyncio.to_thread(ask, server, "/put-later/of-a-view/"))
            await asyncio.gather(*map(gate.begun, ["of a page", "in a thread", "of-a-view"]))

            server.terminate()
            await all_of([idle.left[1]])
            with pytest.raises(ConnectionRefusedError):
                await asyncio.to_thread(server.connection)
            gate.open()

            assert await asyncio.to_thread(server.ended) == EXIT_CODES[kind]
            # daphne does not wait for requests, only we do for what they have asked for.
            assert await view or kind == "daphne"
        assert await written(redis) == {"of a page": 1, "in a thread": 1, "of-a-view": 1}
        assert not [line for line in server.log if "ERROR" in line or "Traceback" in line]

    @pytest.mark.parametrize("action", ["put_later", "put_later_in_thread"])
    async def test_cancels_what_takes_longer_than_drain_and_says_so(self, serve, gate, redis, kind, action):
        server = await serve(kind, drain=0.5)
        async with open_tabs(1, server) as [tab]:
            await tab.fire(action, "too late")
            await gate.begun("too late")

            server.terminate()
            says = await asyncio.to_thread(server.says, f"action {action!r} of tests.desk:0")
            gate.open()

            assert says
            assert await asyncio.to_thread(server.ended) == EXIT_CODES[kind]
        assert await written(redis) == {}


class TestRollingRestart:
    async def test_brings_200_pages_back_without_a_storm_and_loses_nothing(self, serve, gate, redis):
        first, second = await asyncio.gather(serve("daphne"), serve("uvicorn"))
        balancer = Balancer(port_of(first), port_of(second))
        await balancer.start()
        async with open_tabs(200, first, f"127.0.0.1:{balancer.port}") as tabs:
            await click(tabs, gate, "in the first round")
            first.terminate()
            await all_of(tab.left[1] for tab in tabs[20:])
            gate.open()
            await all_of(tab.joined[2] for tab in tabs)
            await all_answered(tabs)
            assert await asyncio.to_thread(first.ended) == EXIT_CODES["daphne"]

            again = await serve("daphne")
            balancer.targets = [port_of(again), port_of(second)]
            gate.close()
            await click(tabs, gate, "in the second round")
            second.terminate()
            await all_of(tab.left[2] for tab in tabs)
            gate.open()
            await all_of(tab.joined[3] for tab in tabs)
            await all_answered(tabs)
            assert await asyncio.to_thread(second.ended) == EXIT_CODES["uvicorn"]
        await balancer.close()

        assert {tuple(tab.codes[:2]) for tab in tabs} == {(4012, 1012)}
        assert all(most_in_a_second([tab.returns[restart] for tab in tabs]) <= 40 for restart in (0, 1))
        clicked = [line for tab in tabs for line in tab.outcomes]
        assert len(clicked) == 2 * (200 + 20)
        assert {outcome for tab in tabs for outcome in tab.outcomes.values()} == {"applied"}
        assert await written(redis, desks=20) == dict.fromkeys(clicked, 1)


def port_of(server):
    return int(server.address.partition(":")[2])


async def click(tabs, gate, when):
    """
    Every tab clicks, and the first twenty twice: what they ask for first has begun, and lasts. Half of the others have
    their answers when this returns.
    """
    for tab in tabs[:20]:
        await tab.fire("put_later", f"{tab.number} {when}, later")
    await asyncio.gather(*(gate.begun(f"{tab.number} {when}, later") for tab in tabs[:20]))
    for tab in tabs[110:]:
        await tab.fire("put", f"{tab.number} {when}")
    await all_answered(tabs[110:])
    for tab in tabs[:110]:
        await tab.fire("put", f"{tab.number} {when}")


async def all_answered(tabs):
    await all_of(tab.answered[line] for tab in tabs for line in tab.fired)


def most_in_a_second(moments):
    """How many there are at most in any second, whenever it begins."""
    moments = sorted(moments)
    return max(bisect_left(moments, begin + 1) - number for number, begin in enumerate(moments))
