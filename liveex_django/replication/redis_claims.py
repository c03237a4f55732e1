"""Claims in Redis, beside the log: for all processes that share it."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ..exceptions import LogError
from . import redis_claim_scripts as scripts
from .claims import KEPT_EVENTS, LEASE, Answer, Claim, Claims, Ended, Granted, Running
from .redis_client import RedisClient
from .redis_keys import events_key
from .redis_operations import Ask, Steps
from .redis_replies import check_keys
from .redis_scripts import Script

logger = logging.getLogger("liveex.replication")

_A_HASH = "a hash without the fields of one that has events"


class RedisClaims(Claims):
    """
    Every method may raise a ``LogError`` as those of the log do. After ``claim`` has raised one, the event may be claimed;
    such a claim runs out by itself.

    Args:
        prefix: What all keys begin with, as it was checked for the log.
        keep: Seconds for which the events of a sender are known after the last one.
    """

    def __init__(self, client: RedisClient, prefix: str, keep: float) -> None:
        self._client = client
        self._prefix = prefix
        self.keep = keep

    async def claim(self, claims: Sequence[Claim]) -> Sequence[Answer]:
        return await self._client.perform(self._claim(claims))

    async def record(self, outcomes: Mapping[Claim, bytes]) -> None:
        await self._client.perform(self._record(outcomes))

    def _claim(self, claims: Sequence[Claim]) -> Steps[Sequence[Answer]]:
        answers = yield tuple(self._ask(scripts.CLAIM, claim, round(LEASE * 1000)) for claim in claims)
        return [_answer(claim, reply) for claim, reply in zip(claims, answers.replies, strict=True)]

    def _record(self, outcomes: Mapping[Claim, bytes]) -> Steps[None]:
        answers = yield tuple(self._ask(scripts.RECORD, claim, outcome) for claim, outcome in outcomes.items())
        for claim, reply in zip(outcomes, answers.replies, strict=True):
            try:
                _check(claim, reply)
            except LogError as error:  # of one sender's key; the others are recorded
                logger.error("What became of event %s cannot be recorded: %s", claim.event, error)

    def _ask(self, script: Script, claim: Claim, last: bytes | int) -> Ask:
        arguments = (claim.event.seq, claim.claimant, max(1, round(self.keep * 1000)), KEPT_EVENTS, last)
        return Ask(script, (events_key(self._prefix, claim.event),), arguments)


def _answer(claim: Claim, reply: Sequence[Any]) -> Answer:
    _check(claim, reply)
    match reply:
        case [b"granted"]:
            return Granted()
        case [b"running"]:
            return Running()
        case [b"ended", outcome]:
            return Ended(outcome)
    return Ended(None)


def _check(claim: Claim, reply: Sequence[Any]) -> None:
    check_keys(f"the events of {claim.event.sender}", reply, no_fields=_A_HASH)
