"""Which items of a list are still the ones of another list, when things were inserted, deleted and moved."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, TypeAlias

# Matches are looked for exactly as long as there are not more than this many for each item; a long list of the same
# few values has far more, and there every choice of partners is about as good.
_CANDIDATES_PER_ITEM = 8

Pair: TypeAlias = tuple[int, int]


def align(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[Pair], list[int], list[int]]:
    """
    Pairs of indexes (old, new), ascending in both; indexes of old items that are gone; indexes of new items that came.

    As many pairs as possible are equal. What lies between two of them is paired too, one by one, as long as there is
    something on both sides: an item that became another one.
    """
    matched: list[Pair] = []
    lost: list[int] = []
    gained: list[int] = []
    at_old = at_new = 0
    for i, j in [*_equal_pairs(old, new), (len(old), len(new))]:
        changed = min(i - at_old, j - at_new)
        matched += zip(range(at_old, at_old + changed), range(at_new, at_new + changed), strict=True)
        lost += range(at_old + changed, i)
        gained += range(at_new + changed, j)
        if i < len(old):
            matched.append((i, j))
        at_old, at_new = i + 1, j + 1
    return matched, lost, gained


def _equal_pairs(old: Sequence[Any], new: Sequence[Any]) -> list[Pair]:
    """A longest common subsequence: what both have at the ends, then Hunt and Szymanski's algorithm between."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    tail = next((i for i in range(shorter - head) if old[-1 - i] != new[-1 - i]), shorter - head)
    pairs = [(i, i) for i in range(head)]
    if head + tail < shorter:
        pairs += _longest_chain(old, new, head, len(old) - tail, len(new) - tail)
    pairs += zip(range(len(old) - tail, len(old)), range(len(new) - tail, len(new)), strict=True)
    return pairs


def _longest_chain(old: Sequence[Any], new: Sequence[Any], start: int, old_stop: int, new_stop: int) -> list[Pair]:
    places: dict[Any, list[int]] = {}
    for i in range(old_stop - 1, start - 1, -1):
        places.setdefault(old[i], []).append(i)
    candidates = sum(len(places.get(new[j], ())) for j in range(start, new_stop))
    one_by_one = candidates > _CANDIDATES_PER_ITEM * (new_stop - start)
    # The smallest old index at which a chain of each length can end, and the chain itself, linked backwards.
    ends: list[int] = []
    chains: list[tuple[int, int, Any]] = []
    for j in range(start, new_stop):
        partners = places.get(new[j])
        if not partners:
            continue
        for i in [partners.pop()] if one_by_one else partners:
            length = bisect_left(ends, i)
            link = (i, j, chains[length - 1] if length else None)
            if length == len(ends):
                ends.append(i)
                chains.append(link)
            else:
                ends[length] = i
                chains[length] = link
    pairs = []
    chain: Any = chains[-1] if chains else None
    while chain is not None:
        i, j, chain = chain
        pairs.append((i, j))
    return pairs[::-1]
