"""Events and their outcomes: run once in whatever process, or as often as it takes to get an answer."""

import asyncio

import pytest

from liveex_django.exceptions import LogUnreachable
from liveex_django.live.ledger import ledger_of
from liveex_django.live.outcomes import APPLIED, UNKNOWN, Outcome, decode
from liveex_django.replication import Hub, MemoryMutationLog
from liveex_django.replication.claims import LEASE, EventId
from liveex_django.replication.memory_claims import MemoryClaims

EVENT = EventId("page.client", 1)
REFUSED = Outcome("rejected", {"reason": "sold out"})


class Work:
    """Counts how often it is run; ends with its outcome when ``go`` is set."""

    def __init__(self, outcome=APPLIED):
        self.outcome = outcome
        self.runs = 0
        self.began, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self):
        self.runs += 1
        self.began.set()
        await self.go.wait()
        return self.outcome


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def log(now):
    log = MemoryMutationLog()
    log.claims = MemoryClaims(lambda: now[0])
    return log


@pytest.fixture
async def hubs(log):
    """Two hubs over one log stand for two processes."""
    hubs = [Hub(log, None), Hub(log, None)]
    yield hubs
    for hub in hubs:
        await hub.close()


@pytest.fixture
def work():
    return Work(REFUSED)


def once(hub, work, **options):
    return ledger_of(hub).once(EVENT, work, hub.claimant, **options)


async def start(hub, work, **options):
    task = asyncio.create_task(once(hub, work, **options))
    await work.began.wait()
    return task


async def is_waiting(task):
    return not (await asyncio.wait({task}, timeout=0.2))[0]


class TestOneProcess:
    @pytest.mark.parametrize("is_idempotent", [False, True])
    async def test_an_event_that_runs_is_waited_for(self, hubs, work, is_idempotent):
        first = await start(hubs[0], work, is_idempotent=is_idempotent)
        second = asyncio.create_task(once(hubs[0], work, is_idempotent=is_idempotent))
        assert await is_waiting(second)
        work.go.set()

        assert [await first, await second, await once(hubs[0], work)] == [REFUSED] * 3
        assert work.runs == 1

    async def test_one_that_was_cut_off_is_unknown(self, hubs, work):
        task = await start(hubs[0], work)
        waiting = asyncio.create_task(once(hubs[0], work))
        await asyncio.sleep(0)
        task.cancel()

        assert [await waiting, await once(hubs[0], work), await once(hubs[1], work)] == [UNKNOWN] * 3
        assert work.runs == 1

    async def test_an_idempotent_one_that_was_cut_off_runs_again(self, hubs, work):
        task = await start(hubs[0], work, is_idempotent=True)
        waiting = asyncio.create_task(once(hubs[0], work, is_idempotent=True))
        await asyncio.sleep(0)
        task.cancel()
        work.go.set()

        assert await waiting == REFUSED
        assert work.runs == 2


class TestSeveralProcesses:
    async def test_one_that_has_ended_elsewhere_is_answered_with_its_outcome(self, hubs, work):
        work.go.set()
        await once(hubs[0], work)

        assert await once(hubs[1], work) == REFUSED
        assert work.runs == 1

    async def test_one_that_runs_elsewhere_is_waited_for(self, hubs, work):
        first = await start(hubs[0], work)
        second = asyncio.create_task(once(hubs[1], work))
        assert await is_waiting(second)
        work.go.set()

        assert [await first, await second] == [REFUSED] * 2
        assert work.runs == 1

    async def test_one_whose_process_has_died_is_unknown_and_does_not_run_again(self, hubs, work, now):
        task = await start(hubs[0], work)
        waiting = asyncio.create_task(once(hubs[1], work))
        assert await is_waiting(waiting)
        now[0] += LEASE  # nobody has renewed the claim

        assert await waiting == UNKNOWN
        assert await once(hubs[1], work) == UNKNOWN
        assert work.runs == 1
        task.cancel()

    async def test_whoever_waits_may_go_away(self, hubs, work):
        first = await start(hubs[0], work)
        waiting = asyncio.create_task(once(hubs[1], work))
        assert await is_waiting(waiting)
        waiting.cancel()
        await asyncio.wait({waiting})
        work.go.set()

        assert [await first, await once(hubs[1], work)] == [REFUSED] * 2

    async def test_an_idempotent_one_runs_wherever_it_comes_to(self, hubs, work):
        work.go.set()

        outcomes = [await once(hub, work, is_idempotent=True) for hub in hubs]

        assert (outcomes, work.runs) == ([REFUSED] * 2, 2)

    async def test_the_outcome_of_an_idempotent_one_is_recorded_for_those_who_do_not_know_what_it_is(self, hubs, work):
        work.go.set()
        await once(hubs[0], work, is_idempotent=True)
        await asyncio.sleep(0)  # it is recorded in the background

        assert await once(hubs[1], work) == REFUSED
        assert work.runs == 1


class TestLogThatIsAway:
    async def test_an_event_is_not_run(self, hubs, work, log, monkeypatch):
        async def be_away(claims):
            raise LogUnreachable("redis://x", "away")

        with monkeypatch.context() as patch:
            patch.setattr(log.claims, "claim", be_away)
            with pytest.raises(LogUnreachable):
                await once(hubs[0], work)
        runs_while_away = work.runs
        work.go.set()

        assert (runs_while_away, await once(hubs[0], work), work.runs) == (0, REFUSED, 1)

    async def test_an_idempotent_one_needs_no_claim(self, hubs, work, log, monkeypatch):
        monkeypatch.setattr(log.claims, "claim", lambda claims: 1 / 0)
        work.go.set()

        assert await once(hubs[0], work, is_idempotent=True) == REFUSED


class TestRecordedOutcomes:
    @pytest.mark.parametrize(
        "outcome",
        [
            APPLIED,
            UNKNOWN,
            Outcome("rejected", {"reason": "nur noch 3 Stück, \ud83d"}),
            Outcome("failed", {"code": "liveex.handler-error", "id": "0123456789ab"}),
        ],
    )
    def test_come_back_as_they_were(self, outcome):
        assert decode(outcome.encode()) == outcome

    @pytest.mark.parametrize(
        "recorded", [b"", b"{}", b'["applied"]', b'["done", null]', b"[[[", b"\xff", b'["failed", {"x": 1}]']
    )
    def test_that_cannot_be_read_are_unknown(self, recorded, caplog):
        assert decode(recorded) == UNKNOWN
        assert "is no recorded outcome" in caplog.text

    def test_that_nobody_recorded_are_unknown(self):
        assert decode(None) == UNKNOWN
