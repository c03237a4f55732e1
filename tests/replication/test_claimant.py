"""A hub that claims events: what it renews, what it records when, and what it does while the log is away."""

import asyncio

import pytest

from liveex_django.exceptions import LogUnreachable
from liveex_django.replication import Hub, MemoryMutationLog, claimant
from liveex_django.replication.claims import Ended, EventId, Granted, Running
from liveex_django.replication.memory_claims import MemoryClaims


class Observed(MemoryClaims):
    """Tells what it is asked, and may be away."""

    def __init__(self):
        super().__init__()
        self.asked = asyncio.Queue()
        self.is_away = False

    async def claim(self, claims):
        self._note("claim", claims)
        return await super().claim(claims)

    async def record(self, outcomes):
        self._note("record", outcomes)
        await super().record(outcomes)

    def _note(self, what, claims):
        self.asked.put_nowait((what, sorted(claim.event.seq for claim in claims)))
        if self.is_away:
            raise LogUnreachable("redis://x", "away")

    async def next(self, what):
        """What comes next of a kind."""
        while True:
            kind, events = await asyncio.wait_for(self.asked.get(), 10)
            if kind == what:
                return events


@pytest.fixture
def claims():
    return Observed()


@pytest.fixture
def log(claims):
    log = MemoryMutationLog()
    log.claims = claims
    return log


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(claimant, "_RENEWAL", 0.01)
    monkeypatch.setattr(claimant, "_PAUSE", 0.01)


@pytest.fixture
async def other(log):
    hub = Hub(log, None)
    yield hub
    await hub.close()


async def begin(hub, seq=1):
    claim = hub.claimant.make_claim(EventId("sender", seq))
    return claim, await hub.claimant.claim(claim)


class TestClaim:
    async def test_of_two_hubs_one_gets_an_event(self, hub, other):
        assert [(await begin(one))[1] for one in (hub, other, hub)] == [Granted(), Running(), Running()]

    async def test_what_runs_is_renewed_all_at_once_until_it_is_recorded(self, hub, claims):
        (first, _), (second, _) = await begin(hub, 1), await begin(hub, 2)
        assert [await claims.next("claim") for _ in range(4)] == [[1], [2], [1, 2], [1, 2]]

        hub.claimant.record(first, b"done")
        await claims.next("record")
        assert await claims.next("claim") in ([1, 2], [2])
        assert await claims.next("claim") == [2]
        hub.claimant.record(second, b"done")
        await claims.next("record")

        assert hub.claimant._running == set()

    async def test_what_is_not_granted_is_not_renewed(self, hub, other):
        await begin(hub)
        await begin(other)

        assert other.claimant._running == set()
        assert other.claimant._renewing is None

    async def test_a_log_that_is_away_is_told_to_the_caller(self, hub, claims):
        claims.is_away = True

        with pytest.raises(LogUnreachable):
            await begin(hub)

        assert hub.claimant._running == set()

    async def test_a_renewal_that_fails_is_followed_by_the_next(self, hub, claims, caplog):
        await begin(hub)
        claims.is_away = True
        for _ in range(3):
            await claims.next("claim")
        claims.is_away = False
        await claims.next("claim")

        assert "1 events that run could not be renewed" in caplog.text


class TestRecord:
    async def test_the_caller_does_not_wait(self, hub, claims):
        claim, _ = await begin(hub)

        hub.claimant.record(claim, b"done")
        before = claims.asked.qsize()
        await claims.next("record")

        assert before == 1  # the claim
        assert (await begin(hub))[1] == Ended(b"done")

    async def test_what_ends_together_is_recorded_together(self, hub, claims):
        started = [(await begin(hub, seq))[0] for seq in (1, 2, 3)]

        for claim in started:
            hub.claimant.record(claim, b"done")

        assert await claims.next("record") == [1, 2, 3]

    async def test_what_ends_without_a_claim_is_recorded_too(self, hub, other, claims):
        hub.claimant.record(hub.claimant.make_claim(EventId("sender", 1)), b"done")
        await claims.next("record")

        assert (await begin(other))[1] == Ended(b"done")

    async def test_a_log_that_is_away_is_asked_until_it_is_back(self, hub, claims, caplog):
        claim, _ = await begin(hub)
        claims.is_away = True
        hub.claimant.record(claim, b"done")
        for _ in range(3):
            assert await claims.next("record") == [1]
        claims.is_away = False
        await claims.next("record")

        assert (await begin(hub))[1] == Ended(b"done")
        assert "could not be recorded yet" in caplog.text

    async def test_what_waits_for_a_log_that_is_away_is_bounded(self, hub, claims, monkeypatch):
        monkeypatch.setattr(claimant, "_MOST_WAITING", 2)
        claims.is_away = True
        for seq in (1, 2, 3):
            hub.claimant.record(hub.claimant.make_claim(EventId("sender", seq)), b"done")

        assert await claims.next("record") == [2, 3]

    async def test_a_hub_that_closes_does_not_wait_for_a_log_that_is_away(self, claims, log):
        hub = Hub(log, None)
        claims.is_away = True
        hub.claimant.record(hub.claimant.make_claim(EventId("sender", 1)), b"done")
        await claims.next("record")

        await asyncio.wait_for(hub.close(), 10)

        assert hub.claimant._recording is None
