"""Whether the processes stand where the log stands, and have the same states."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .. import conf
from ..replication.comparison import Difference, Relation
from ..replication.instance import digest_of
from ..replication.state_comparison import Split, StateComparison
from .findings import Finding, begin, error, listed, numbered, ok, warning
from .process_findings import Names


def look_at_positions(followed: int, lasting: Iterable[Difference], names: Names) -> Iterator[Finding]:
    """
    Args:
        followed: How many instances there are.
        lasting: Where processes still differ from the log after a second look.
    """
    found: defaultdict[tuple[str, Relation], list[Difference]] = defaultdict(list)
    for difference in lasting:
        found[difference.member.hub, difference.relation].append(difference)
    for (hub, relation), those in found.items():
        yield error((_behind if relation is Relation.BEHIND else _elsewhere)(names.get(hub, hub), those))
    if not found:
        yield ok(f"Every process stands where the log stands, in {numbered(followed, 'instance')}.")


def _behind(name: str, those: list[Difference]) -> str:
    most = max(difference.missing for difference in those)
    return (
        f"{begin(name)} is behind the log, by {numbered(most, 'entry')} at most, in {_instances(those)}, and did not "
        "catch up within a moment: its pages show old states. No message of these changes came to it, so it finds them "
        f"when it compares its positions, every {conf.get('CHECK_INTERVAL'):g} s. When it is behind again and again, "
        "look whether its CHANNEL_LAYERS are those of the others, and what its log says in the logger "
        "liveex.replication."
    )


def _elsewhere(name: str, those: list[Difference]) -> str:
    return (
        f"{begin(name)} shows what the log does not have, in {_instances(those)}: Redis was emptied, or a copy took "
        "over that lacked the last entries, or its LIVEEX['LOG'] is another one. It notices the former within "
        f"{1.2 * conf.get('CHECK_INTERVAL'):g} s, and tells its pages; when it still says the same then, compare its "
        "settings with those of the others."
    )


def _instances(those: list[Difference]) -> str:
    names = [name_instance(each.holding.store, each.holding.digest) for each in those]
    return f"{numbered(len(those), 'instance')} ({listed(names)})"


def look_at_states(states: StateComparison, names: Names) -> Iterator[Finding]:
    """What became of comparing states at equal positions."""
    for split in states.splits:
        yield error(_split(split, names))
    if not states.splits and states.compared:
        yield ok(
            f"States are equal in all processes, in {numbered(len(states.compared), 'instance')} that several of them "
            "follow."
        )
    if states.uncompared:
        yield warning(
            f"The states of {numbered(len(states.uncompared), 'instance')} that several processes follow were not "
            "compared: there are too many, they are too large, or they change all the time. Ask again when less is "
            "going on."
        )


def _split(split: Split, names: Names) -> str:
    groups = " against ".join(listed([names.get(hub, hub) for hub in hubs]) for hubs in split.hubs)
    return (
        f"Processes have different states of {name_instance(split.store, split.digest)} at the same position: {groups}. "
        "This must never happen. Restart all of them, one after another: each begins with what the log has. Then "
        "report it, with the entries of the log and the releases of the processes."
    )


def name_instance(store: str, digest: str) -> str:
    """The store, and the beginning of the digest when it has several instances: keys are not sent."""
    return store if digest_of(store, "") == digest else f"{store} {digest[:8]}…"
