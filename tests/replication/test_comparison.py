"""Positions and states that hubs tell of, compared with the log and with each other."""

from dataclasses import replace
from itertools import permutations

import pytest

from liveex_django.replication import Position
from liveex_django.replication.attendance import Attendance
from liveex_django.replication.comparison import Relation, find_differences, find_lasting
from liveex_django.replication.roll_call_messages import Answer, Call, Holding, ProcessFacts, marked, pack
from liveex_django.replication.state_comparison import StateComparison

CALL = Call("0" * 32)
FACTS = ProcessFacts("host", 5, "", {}, True, False, {}, 0, (), 0, {})
SHOP, DESK = "a" * 40, "b" * 40
ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32


def holding(position, digest=SHOP, state=None):
    place = marked(position)
    return Holding(digest, "shop", place.epoch, place.version, place.id, 1, state and state * 32)


def at(version, epoch="e", id=None):
    return Position(epoch, version, id or f"entry {version}")


def attendance(**hubs):
    """``one=[holding(...)]``: what each of the hubs has answered."""
    names = {"one": ONE, "two": TWO, "three": THREE}
    made = Attendance(CALL)
    for name, holdings in hubs.items():
        made.take(pack(Answer(CALL.id, names[name], 0, is_last=True, holdings=tuple(holdings))))
    return made


def relations(differences):
    return [(each.member.hub, each.relation, each.missing) for each in differences]


class TestPositions:
    def test_where_the_log_stands_differ_in_nothing(self):
        assert find_differences(attendance(one=[holding(at(5))]), {SHOP: at(5)}) == []

    def test_that_are_older_are_behind(self):
        differences = find_differences(attendance(one=[holding(at(5))], two=[holding(at(8))]), {SHOP: at(8)})

        assert relations(differences) == [(ONE, Relation.BEHIND, 3)]

    @pytest.mark.parametrize(
        ("position", "head"),
        [
            (at(5), None),
            (at(5), at(5, epoch="f")),
            (at(2), at(5, epoch="f")),
            (at(5), at(5, id="another")),
            (at(5), at(4)),
            (Position("", 0, ""), at(4)),
        ],
        ids=["gone", "another epoch", "an older one", "a fork", "ahead", "written by another"],
    )
    def test_that_the_log_does_not_have_are_elsewhere(self, position, head):
        differences = find_differences(attendance(one=[holding(position)]), {SHOP: head} if head else {})

        assert relations(differences) == [(ONE, Relation.ELSEWHERE, 0)]

    def test_of_a_page_that_is_in_no_log_yet_differ_in_nothing(self):
        assert find_differences(attendance(one=[holding(Position("", 0, ""))]), {}) == []


class TestASecondLook:
    def look(self, first, then, head, head_then):
        before = find_differences(attendance(one=[holding(first)]), {SHOP: head})
        after = find_differences(attendance(one=[holding(then)]), {SHOP: head_then})
        return relations(find_lasting(before, {SHOP: head}, after))

    def test_forgives_who_has_come_to_where_the_log_stood(self):
        assert self.look(at(3), at(5), at(5), at(9)) == []
        assert self.look(at(3), at(7), at(5), at(9)) == []

    def test_finds_who_has_not(self):
        assert self.look(at(3), at(4), at(5), at(9)) == [(ONE, Relation.BEHIND, 5)]
        assert self.look(at(3), at(4, epoch="f"), at(5, epoch="f"), at(6, epoch="f")) == [(ONE, Relation.BEHIND, 2)]

    def test_finds_who_is_elsewhere_twice(self):
        assert self.look(at(3), at(3), at(5, epoch="f"), at(6, epoch="f")) == [(ONE, Relation.ELSEWHERE, 0)]

    def test_forgives_who_began_again_in_the_new_history(self):
        assert self.look(at(3), at(5, epoch="f"), at(5, epoch="f"), at(6, epoch="f")) == []

    def test_says_nothing_of_who_was_well_before(self):
        assert self.look(at(5), at(5), at(5), at(6)) == []


class TestStates:
    def test_that_are_equal_are_compared(self):
        states = StateComparison([attendance(one=[holding(at(5), state="c")], two=[holding(at(5), state="c")])])

        assert (states.splits, states.compared, states.uncompared) == ([], [SHOP], [])

    def test_that_differ_at_one_position_are_told_with_who_has_them(self):
        states = StateComparison(
            [
                attendance(
                    one=[holding(at(5), state="c")], two=[holding(at(5), state="d")], three=[holding(at(5), state="c")]
                )
            ]
        )

        [split] = states.splits
        assert (split.digest, split.store) == (SHOP, "shop")
        assert sorted(split.hubs) == [[ONE, THREE], [TWO]]

    def test_at_different_positions_may_differ(self):
        states = StateComparison([attendance(one=[holding(at(5), state="c")], two=[holding(at(6), state="d")])])

        assert (states.splits, states.compared, states.uncompared) == ([], [], [SHOP])

    def test_of_one_follower_have_nothing_to_be_compared_with(self):
        states = StateComparison([attendance(one=[holding(at(5), state="c")], two=[holding(at(5), DESK, state="d")])])

        assert (states.splits, states.compared, states.uncompared) == ([], [], [])

    def test_that_one_of_three_did_not_tell_are_not_compared(self):
        states = StateComparison(
            [
                attendance(
                    one=[holding(at(5), state="c")], two=[holding(at(5), state="c")], three=[holding(at(5), state=None)]
                )
            ]
        )

        assert states.uncompared == [SHOP]

    def test_of_two_calls_count_together(self):
        first = attendance(one=[holding(at(5), state="c")], two=[holding(at(6), state="d")])
        second = attendance(one=[holding(at(7), state="e")], two=[holding(at(7), state="e")])

        assert StateComparison([first, second]).compared == [SHOP]


class TestMembers:
    def take(self, *answers):
        made = Attendance(CALL)
        for answer in answers:
            made.take(pack(answer))
        return made

    def test_are_complete_when_every_part_has_come_in_whatever_order(self):
        first = Answer(CALL.id, ONE, 0, is_last=False, process=FACTS)
        middle, last = [replace(first, part=part, is_last=part == 2, process=None) for part in (1, 2)]

        for parts in permutations([first, middle, last]):
            completed = [bool(self.take(*parts[:number]).complete) for number in range(4)]
            assert completed == [False, False, False, True]

    def test_a_part_that_comes_twice_counts_once(self):
        part = Answer(CALL.id, ONE, 0, is_last=True, holdings=(holding(at(5)),))

        assert len(list(self.take(part, part).holdings())) == 1
