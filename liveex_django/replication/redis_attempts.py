"""How often Redis is asked for the same thing."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from ..exceptions import OutcomeUnknown
from .redis_errors import Failure
from .redis_operations import Ask

# Pauses between two tries, doubled each time and spread, so that many processes do not come back at once (s).
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """
    Attributes:
        answer: How long one try may take, and how long tries are repeated that surely wrote nothing (s).
        outcome: How long a commit that may have been written is asked for (s).
    """

    answer: float = 5.0
    outcome: float = 30.0


class Attempts:
    """
    The tries of one step.

    Asking again is safe for every script: an append is recognised by its id, a claim by its claimant, the others write the
    same or nothing. So the number of tries is bounded by time alone.
    """

    def __init__(self, asks: tuple[Ask, ...], patience: Patience, clock: Callable[[], float] = monotonic) -> None:
        self._asks = asks
        self._patience = patience
        self._clock = clock
        self._start = clock()
        self._tries = 0
        self.may_have_run = False

    def fail(self, failure: Failure) -> float:
        """
        Note a try that failed.

        Returns:
            Seconds to wait before the next one.

        Raises:
            OutcomeUnknown: There is no next one, and an earlier try may have put the entry into the log.
            LogError: There is no next one, and nothing was committed.
        """
        self._tries += 1
        self.may_have_run = self.may_have_run or failure.may_have_run
        commit = next((ask.commits for ask in self._asks if ask.commits is not None), None)
        is_open = self.may_have_run and commit is not None
        patience = self._patience.outcome if is_open else self._patience.answer
        pause = self._pause(failure)
        # An error that says "not this time" tells nothing of the tries before it, which may still be on their way.
        if (failure.may_pass or is_open) and self._clock() + pause < self._start + patience:
            return pause
        if is_open and commit is not None:
            raise OutcomeUnknown(commit, failure.why) from failure
        raise failure.error from failure

    def _pause(self, failure: Failure) -> float:
        if failure.may_have_run and self._tries == 1:
            return 0.0  # most often a connection was cut, and another one works
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**self._tries)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
