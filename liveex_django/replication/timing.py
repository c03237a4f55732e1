"""How long a hub waits for what, so that a test may have it quicker."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """
    In seconds.

    Attributes:
        check: Between two comparisons of all positions with the log, give or take 20 %.
        hold: How long an early entry is held back before the log is asked for those before it. With four processes
            that commit and send at once, 27 to 64 % of the messages overtake one another, most by milliseconds.
        probe: In which a probe has to come back through a group, before nothing is known of the membership.
        renew: Between two renewals of all memberships; channels_redis.core forgets them after a day.
        rest: After a message to a group, in which what is to be said next gathers. One writer that awaits each commit makes
            five in this time, and a message takes half as long as a commit without it: benchmarks/replication.py.
        linger: How long an instance is followed after the last one here let go of it: a page that was rendered joins.
    """

    check: float = 10.0
    hold: float = 0.05
    probe: float = 1.0
    renew: float = 3600.0
    rest: float = 0.002
    linger: float = 5.0
