"""Outcomes as values."""

import asyncio

import pytest

from liveex_django.exceptions import InvalidPayload, Reject
from liveex_django.replication import Applied, Failed, Rejected
from liveex_django.replication.outcomes import aoutcome_of, outcome_of


def raising(error):
    def work():
        raise error

    return work


class TestOutcomeOf:
    def test_what_returns_is_applied(self):
        assert outcome_of(lambda: 3) == Applied(3)

    def test_what_refuses_is_rejected_with_its_reason(self):
        error = Reject("closed")

        assert outcome_of(raising(error)) == Rejected("closed", error)

    def test_a_payload_that_does_not_fit_is_rejected(self):
        error = InvalidPayload("needs amount")

        assert outcome_of(raising(error)) == Rejected("needs amount", error)

    def test_whatever_else_is_raised_is_failed(self):
        error = OSError("away")

        assert outcome_of(raising(error)) == Failed(error)

    async def test_the_same_for_what_is_awaited(self):
        error = Reject("closed")

        async def refuse():
            raise error

        assert await aoutcome_of(asyncio.sleep(0, 3)) == Applied(3)
        assert await aoutcome_of(refuse()) == Rejected("closed", error)

    async def test_a_cancellation_is_no_outcome(self):
        future = asyncio.get_running_loop().create_future()
        future.cancel()

        with pytest.raises(asyncio.CancelledError):
            await aoutcome_of(future)
