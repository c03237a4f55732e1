"""What the processes that answered the roll call say of themselves."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from ..replication.attendance import Attendance, Member
from ..replication.roll_call_messages import ProcessFacts
from .findings import Finding, begin, error, listed, numbered, ok, warning

_HEADINGS = ("host", "pid", "release", "serves", "instances", "log", "missed", "unanswered", "damaged")
# Of all changes that others made, those of which no message came: more than one in so many is no accident.
_ONE_IN = 100

Names = Mapping[str, str]


def name_all(attendance: Attendance) -> Names:
    """What to call the hubs that answered, by their ids: the process, which nearly always has one hub."""
    names = {member.hub: _name(member) for member in attendance}
    number = Counter(names.values())
    return {hub: name if number[name] == 1 else f"{name} (hub {hub[:8]})" for hub, name in names.items()}


def _name(member: Member) -> str:
    process = member.process
    return (
        f"process {process.pid} on {process.host}"
        if process
        else f"a process of which only hub {member.hub[:8]} is known"
    )


def table_of(attendance: Attendance) -> list[tuple[str, ...]]:
    """One row for each process whose answer came; the first row has the headings."""
    processes = [member.process for member in attendance if member.process is not None]
    return [_HEADINGS, *map(_row, processes)] if processes else []


def _row(process: ProcessFacts) -> tuple[str, ...]:
    counted = (process.metrics.get(name, 0) for name in ("missed", "unanswered_probes", "damaged"))
    return (
        process.host,
        str(process.pid),
        process.release or "-",
        "pages" if process.is_serving else "-",
        str(sum(process.instances.values())),
        "away" if process.is_degraded else "there",
        *map(str, counted),
    )


def look_at_processes(attendance: Attendance, wait: float, expected: int | None) -> Iterator[Finding]:
    """
    Args:
        wait: How long was waited for answers (s).
        expected: How many there should be, when somebody knows.
    """
    names = name_all(attendance)
    yield _number(attendance, wait, expected)
    if attendance.unreadable:
        yield warning(
            f"{numbered(attendance.unreadable, 'answer')} could not be read. They are of another release of this "
            "package, or somebody else sends on this channel layer. Give each project a LIVEEX['LOG_PREFIX'] of its "
            "own."
        )
    if lost := [names[member.hub] for member in attendance if not member.is_complete]:
        yield warning(
            f"Not all parts of the answer of {listed(lost)} have come, so not everything could be compared. The channel "
            "layer has lost them, or the process is slow; ask again with a longer --wait."
        )
    yield from _different(attendance, names, "releases", "LIVEEX['RELEASE']", lambda process: process.release)
    yield from _different(
        attendance,
        names,
        "versions of liveex_django",
        "the package",
        lambda process: process.versions.get("liveex_django", ""),
    )
    for member in attendance:
        if member.process is not None:
            yield from _look_at_process(names[member.hub], member.process)


def _number(attendance: Attendance, wait: float, expected: int | None) -> Finding:
    number = len(attendance)
    if expected is not None and number < expected:
        return error(
            f"{numbered(number, 'process')} answered within {wait:g} s, and {expected} were expected. The others have "
            "ended, hang, cannot be reached through the channel layer, have other settings (CHANNEL_LAYERS, "
            "LIVEEX['LOG'], LIVEEX['LOG_PREFIX']), or have served no live page yet."
        )
    if not number:
        return warning(
            f"No process answered within {wait:g} s, so there is nothing to compare. One answers from its first live "
            "page on. When there are some that have served pages: they have other settings (CHANNEL_LAYERS, "
            "LIVEEX['LOG'], LIVEEX['LOG_PREFIX']), or are cut off from the channel layer."
        )
    return ok(f"{numbered(number, 'process')} answered.")


def _different(
    attendance: Attendance, names: Names, what: str, where: str, value_of: Callable[[ProcessFacts], str]
) -> Iterator[Finding]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for member in attendance:
        if member.process is not None:
            found[value_of(member.process)].append(names[member.hub])
    if len(found) > 1:
        each = "; ".join(f"{value or 'none'}: {listed(those)}" for value, those in sorted(found.items()))
        yield warning(
            f"Processes have different {what} ({each}). While a new release is being rolled out that is as it should "
            f"be; afterwards, restart those of the old one. It is a matter of {where} in each of them."
        )


def _look_at_process(name: str, process: ProcessFacts) -> Iterator[Finding]:
    if process.is_degraded:
        yield error(
            f"The log does not answer {name}: its pages stay as they are and are told so, and nobody can change "
            "anything there. Check that its host reaches the Redis of the log."
        )
    if process.quarantined:
        yield error(
            f"{begin(name)} has {numbered(len(process.quarantined), 'instance')} whose log cannot be used, and whose "
            f"pages stay as they are: {listed(_short(process.quarantined))}. Its own log says why, in the logger "
            "liveex.replication; restore their keys from a backup, or delete them, and they begin again."
        )
    if process.outdated:
        yield warning(
            f"A later release has taken over {numbered(process.outdated, 'instance')} that {name} follows, which it no "
            "longer serves. Bring it up to date."
        )
    yield from _look_at_counters(name, process.metrics)


def _look_at_counters(name: str, metrics: Mapping[str, int]) -> Iterator[Finding]:
    missed, applied = metrics.get("missed", 0), metrics.get("applied", 0)
    if missed * _ONE_IN > missed + applied:
        yield warning(
            f"{begin(name)} found {numbered(missed, 'change')} by comparing with the log of which no message had come, "
            f"and heard of {applied} in time. The channel layer loses messages, or has not the same hosts everywhere."
        )
    if damaged := metrics.get("damaged", 0):
        yield warning(
            f"{begin(name)} met {numbered(damaged, 'message')} or entries that it could not read. Its own log has them, "
            "in the logger liveex.replication; somebody else may use the same prefix or group names."
        )
    if lost := metrics.get("lost", 0):
        yield warning(
            f"{begin(name)} has found {numbered(lost, 'time')} that the log no longer had what its pages showed. Redis "
            "was emptied or restarted, or a copy took over: see to it that Redis keeps what it is given."
        )


def _short(digests: Sequence[str]) -> list[str]:
    return [f"{digest[:8]}…" for digest in digests]
