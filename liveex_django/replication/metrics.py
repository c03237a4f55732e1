"""What a hub counts, for people who watch it: ``hub.report()``, ``manage.py liveex_doctor``, a page of a project's own."""

from dataclasses import dataclass


@dataclass(slots=True)
class Metrics:
    """
    Since the hub began.

    Attributes:
        applied, repeated, early, foreign: What became of the entries that others sent: applied to a replica, known to it
            already, ahead of others that were missing, of another history.
        sent, unsent: Messages that the channel layer took, and did not take.
        damaged: Messages on the channel layer, and entries or states in the log, that could not be read.
        missed: Times that a comparison with the log found a change of which no message had come.
        resyncs: Times that an instance was brought up to date from the log.
        lost: Histories, or ends of them, that the log no longer had.
        checks, failed_checks: Comparisons of all positions with the log.
        unanswered_probes: Probes that did not come back through their group.
    """

    applied: int = 0
    repeated: int = 0
    early: int = 0
    foreign: int = 0
    sent: int = 0
    unsent: int = 0
    damaged: int = 0
    missed: int = 0
    resyncs: int = 0
    lost: int = 0
    checks: int = 0
    failed_checks: int = 0
    unanswered_probes: int = 0
