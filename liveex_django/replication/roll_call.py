"""
The roll call: somebody asks who is there, and every hub that follows something says who it is and where it stands.

``manage.py liveex_doctor`` asks; attendance.py is its end, roll_call_messages.py has what is said.
"""

import asyncio
import hashlib
import logging
import os
import platform
import socket
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import channels
import django

from .. import __version__, conf
from ..store import FrozenDict
from ..store.codec import encode_state
from .followed import Followed
from .roll_call_messages import (
    CALL,
    MOST_HOLDINGS,
    Answer,
    Call,
    Holding,
    ProcessFacts,
    marked,
    pack,
    topic_of_answers,
    unpack_call,
)

if TYPE_CHECKING:
    from .hub import Hub

logger = logging.getLogger("liveex.replication")

# Of one answer, so that it costs a process less than a second: states that are encoded, and what they may have in all
# (1000 rows of 10 fields take 1.2 ms and have 40 KiB; texts take 10 ms per MiB).
_MOST_STATES, _MOST_BYTES = 200, 32 * 1024 * 1024
# Between two parts of an answer: a channel of channels_redis.core drops what is more than 100 messages ahead (s).
_PAUSE = 0.01
# Calls that are answered at once; of more than these somebody asks too often.
_MOST_AT_ONCE = 4
# Digests of instances that cannot be used; the log of the server has all of them.
_MOST_QUARANTINED = 100
# Of a text, as far as it is told.
_LONGEST = 255


class RollCall:
    """The answering end, of one hub."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._is_listening = False
        self._answering = 0

    def start(self) -> None:
        """Answer from now on, unless it does."""
        if not self._is_listening:
            self._is_listening = True
            self._hub.run_apart(self._hub.announcements.listen(CALL, self._take))

    def _take(self, content: Mapping[str, Any]) -> None:
        call = unpack_call(content)
        if self._answering < _MOST_AT_ONCE:
            self._answering += 1
            self._hub.run_apart(self._answer(call))

    async def _answer(self, call: Call) -> None:
        try:
            followed = self._chosen(call)
            pieces = [followed[start : start + MOST_HOLDINGS] for start in range(0, len(followed), MOST_HOLDINGS)]
            self._say(Answer(call.id, self._hub.id, 0, is_last=not pieces, process=self._facts()))
            digests = _StateDigests()
            for part, piece in enumerate(pieces, 1):
                await asyncio.sleep(_PAUSE)
                holdings = await _holdings(piece, digests)
                self._say(Answer(call.id, self._hub.id, part, is_last=part == len(pieces), holdings=holdings))
        except Exception:  # of somebody's question, nothing else depends on it
            logger.exception("A roll call could not be answered.")
        finally:
            self._answering -= 1

    def _say(self, answer: Answer) -> None:
        self._hub.announcements.announce(topic_of_answers(answer.call), pack(answer), is_private=True)

    def _chosen(self, call: Call) -> Sequence[Followed]:
        followed = {each.instance.digest: each for each in self._hub.all_followed() if each.is_loaded}
        # Any order that all processes have: when there are too many states, all tell those of the same instances.
        digests = call.instances or sorted(
            followed, key=lambda digest: hashlib.blake2b(f"{call.id}{digest}".encode()).digest()
        )
        return [followed[digest] for digest in digests if digest in followed]

    def _facts(self) -> ProcessFacts:
        # It makes hubs, so it knows this module and not the other way round.
        from .process import is_serving

        report = self._hub.report()
        return ProcessFacts(
            host=socket.gethostname()[:_LONGEST],
            pid=os.getpid(),
            release=conf.get("RELEASE")[:_LONGEST],
            versions={
                "liveex_django": __version__,
                "python": platform.python_version(),
                "django": django.get_version(),
                "channels": channels.__version__,
            },
            is_serving=is_serving(),
            is_degraded=report["is_degraded"],
            instances=report["instances"],
            outdated=report["outdated"],
            quarantined=tuple(report["quarantined"][:_MOST_QUARANTINED]),
            tasks=report["tasks"],
            metrics=report["metrics"],
        )


class _StateDigests:
    """Digests of states, until they have been too many or too large."""

    def __init__(self) -> None:
        self._states, self._bytes = _MOST_STATES, _MOST_BYTES

    def of(self, state: FrozenDict[str, Any]) -> str | None:
        if self._states <= 0 or self._bytes <= 0:
            return None
        encoded = encode_state(state)
        self._states -= 1
        self._bytes -= len(encoded)
        return hashlib.blake2b(encoded, digest_size=16).hexdigest()


async def _holdings(piece: Sequence[Followed], digests: _StateDigests) -> tuple[Holding, ...]:
    # Taken together, before anything is waited for: a position and the state that it has.
    held = [
        (each.instance, marked(each.replica.position), each.replica.schema, each.replica.state)
        for each in piece
        if each.is_loaded
    ]
    # States are frozen, so a thread may read them; the loop goes on meanwhile.
    states = await asyncio.to_thread(lambda: [digests.of(state) for *_, state in held])
    return tuple(
        Holding(instance.digest, instance.store.name, position.epoch, position.version, position.id, schema, digest)
        for (instance, position, schema, _), digest in zip(held, states, strict=True)
    )
