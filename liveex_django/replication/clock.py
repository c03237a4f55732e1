"""What time it is, for entries and for ``ctx.now``; a test may stop it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def _system_clock() -> datetime:
    return datetime.now(UTC)


_clock: Clock = _system_clock


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _clock()


@contextmanager
def clock_set_to(clock: datetime | Clock) -> Iterator[None]:
    """
    Within the block, every process's own code here takes the time from ``clock``: one moment, or a function.

    Raises:
        ValueError: The moment is naive, so nobody knows when it is.
    """
    global _clock
    previous, _clock = _clock, _stopped_at(clock) if isinstance(clock, datetime) else clock
    try:
        yield
    finally:
        _clock = previous


def _stopped_at(moment: datetime) -> Clock:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} is naive, so nobody knows when it is. Add tzinfo=datetime.UTC.")
    in_utc = moment.astimezone(UTC)
    return lambda: in_utc
