"""Claims in memory: what all claims do, by a clock of our own, and how many are remembered."""

import pytest

from liveex_django.replication import memory_claims
from liveex_django.replication.claims import LEASE, Claim, Ended, EventId, Granted, Running
from liveex_django.replication.memory_claims import MemoryClaims

from .claims_conformance import ClaimsConformance, ask, record


class TestMemoryClaims(ClaimsConformance):
    @pytest.fixture
    def now(self):
        return [100.0]

    @pytest.fixture
    def claims(self, now):
        return MemoryClaims(lambda: now[0])

    @pytest.fixture
    def let_run_out(self, now):
        async def pass_time(claims, event):
            now[0] += LEASE

        return pass_time

    async def test_a_claim_holds_for_ten_seconds_from_when_it_was_last_asked_for(self, claims, now):
        await ask(claims)
        now[0] += 9
        await ask(claims)
        now[0] += 9.9
        before = await ask(claims, claimant="two")
        now[0] += 0.1

        assert (before, await ask(claims, claimant="two")) == (Running(), Ended(None))

    async def test_the_senders_that_were_not_heard_of_for_longest_are_forgotten(self, claims, monkeypatch):
        monkeypatch.setattr(memory_claims, "_MOST_EVENTS", 3)
        for name, seq in (("a", 1), ("b", 1), ("c", 1), ("a", 2)):
            await claims.record({Claim(EventId(name, seq), "x"): b"done"})

        answers = [await ask(claims, seq, sender=name) for name, seq in (("a", 1), ("a", 2), ("c", 1), ("b", 1))]

        assert answers == [Ended(b"done")] * 3 + [Granted()]

    async def test_a_cleared_one_knows_nothing(self, claims):
        await record(claims)

        claims.clear()

        assert await ask(claims) == Granted()
