"""
What all claims do. The test module of an implementation subclasses ``ClaimsConformance`` and provides ``claims`` and
``let_run_out``.
"""

import asyncio

import pytest

from liveex_django.replication.claims import KEPT_EVENTS, Claim, Ended, EventId, Granted, Running

SENDER = "0123456789abcdef0123456789abcdef.client0123456789"


def event(seq=1, sender=SENDER):
    return EventId(sender, seq)


async def ask(claims, seq=1, claimant="one", sender=SENDER):
    """Claim one event."""
    (answer,) = await claims.claim([Claim(event(seq, sender), claimant)])
    return answer


async def record(claims, seq=1, claimant="one", outcome=b"done"):
    await claims.record({Claim(event(seq), claimant): outcome})


class ClaimsConformance:
    @pytest.fixture
    async def let_run_out(self):
        """Awaited with the claims and an event: the claim there is has run out now."""
        raise NotImplementedError

    async def test_the_first_gets_the_event_and_others_are_told_that_it_runs(self, claims):
        answers = [await ask(claims, claimant=name) for name in ("one", "two", "three")]

        assert answers == [Granted(), Running(), Running()]

    async def test_of_many_at_once_one_gets_it(self, claims):
        answers = await asyncio.gather(*(ask(claims, claimant=f"c{number}") for number in range(20)))

        assert sorted(map(repr, answers)) == ["Granted()"] + ["Running()"] * 19

    async def test_asking_again_with_the_same_claim_keeps_it(self, claims):
        assert [await ask(claims), await ask(claims)] == [Granted(), Granted()]

    async def test_an_outcome_is_told_to_everybody_byte_for_byte(self, claims):
        outcome = b'["rejected", "\xc3\xbc\r\n\x00 *3"]'
        await ask(claims)
        await record(claims, outcome=outcome)

        assert [await ask(claims), await ask(claims, claimant="two")] == [Ended(outcome)] * 2

    async def test_the_first_outcome_stays(self, claims):
        await ask(claims)
        await record(claims, outcome=b"first")
        await record(claims, outcome=b"second")

        assert await ask(claims) == Ended(b"first")

    async def test_only_the_one_who_has_the_claim_can_say_what_became_of_it(self, claims):
        await ask(claims)
        await record(claims, claimant="two", outcome=b"theirs")

        assert await ask(claims, claimant="two") == Running()
        await record(claims, outcome=b"mine")
        assert await ask(claims) == Ended(b"mine")

    async def test_an_outcome_without_a_claim_is_recorded(self, claims):
        await record(claims, outcome=b"idempotent")

        assert await ask(claims) == Ended(b"idempotent")

    async def test_a_claim_that_has_run_out_is_lost_for_everybody_and_for_ever(self, claims, let_run_out):
        await ask(claims)
        await let_run_out(claims, event())

        assert await ask(claims, claimant="two") == Ended(None)
        assert await ask(claims) == Ended(None)
        await record(claims, outcome=b"too late")
        assert await ask(claims, claimant="three") == Ended(None)

    async def test_a_claim_that_has_run_out_unnoticed_can_be_renewed(self, claims, let_run_out):
        await ask(claims)
        await let_run_out(claims, event())

        assert await ask(claims) == Granted()
        assert await ask(claims, claimant="two") == Running()

    async def test_what_ended_before_its_claim_ran_out_has_ended(self, claims, let_run_out):
        await ask(claims)
        await let_run_out(claims, event())
        await record(claims)

        assert await ask(claims, claimant="two") == Ended(b"done")

    async def test_events_and_senders_do_not_see_each_other(self, claims):
        await ask(claims, 1)
        await record(claims, 1)

        assert await ask(claims, 2) == Granted()
        assert await ask(claims, 1, sender=SENDER + "x") == Granted()

    async def test_many_are_claimed_and_recorded_at_once(self, claims):
        wanted = [Claim(event(seq), "one") for seq in range(1, 251)]
        await ask(claims, 7, "another")

        answers = await claims.claim(wanted)
        await claims.record(dict.fromkeys(wanted, b"done"))

        assert [number for number, answer in enumerate(answers, 1) if answer != Granted()] == [7]
        assert [await ask(claims, 7, "two"), await ask(claims, 8, "two")] == [Running(), Ended(b"done")]
        assert await claims.claim([]) == []
        await claims.record({})

    async def test_the_newest_events_of_a_sender_are_known_and_older_ones_are_not_run(self, claims):
        wanted = [Claim(event(seq), "one") for seq in range(1, 2 * KEPT_EVENTS + 1)]
        await claims.claim(wanted)
        await claims.record(dict.fromkeys(wanted, b"done"))

        again = await claims.claim([Claim(claim.event, "two") for claim in wanted])

        assert again[0] == Ended(None)
        assert all(isinstance(answer, Ended) for answer in again)
        assert again[KEPT_EVENTS:] == [Ended(b"done")] * KEPT_EVENTS

    async def test_the_highest_number_there_is_makes_no_trouble(self, claims):
        highest = 2**53 - 1
        await ask(claims, highest)
        await record(claims, highest)

        assert await ask(claims, highest) == Ended(b"done")
        assert await ask(claims, highest - 1) == Granted()
        assert await ask(claims, 1) == Ended(None)
        await record(claims, 1)
        assert await ask(claims, 1) == Ended(None)
