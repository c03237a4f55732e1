"""State outside a mutation can be read like dicts and lists, and changed by nothing."""

import copy
import enum
import json
import operator
import pickle
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.template import Context, Engine
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from liveex_django.exceptions import FrozenState, InvalidState
from liveex_django.store.frozen import MAX_DEPTH, FrozenDict, FrozenList, freeze, is_plain, thaw

PLAIN = {"name": "Spoon", "tags": ["a", "b"], "size": {"x": 1, 2: None}}

DICT_WRITES = {
    "state[...]['a'] = 1": lambda d: d.__setitem__("a", 1),
    "del state[...]['a']": lambda d: d.__delitem__("a"),
    "state[...] |= {'a': 1}": lambda d: d.__ior__({"a": 1}),
    "state[...].clear()": lambda d: d.clear(),
    "state[...].pop('a', None)": lambda d: d.pop("a", None),
    "state[...].popitem()": lambda d: d.popitem(),
    "state[...].setdefault('a', 1)": lambda d: d.setdefault("a", 1),
    "state[...].update({'a': 1}, b=2)": lambda d: d.update({"a": 1}, b=2),
}

LIST_WRITES = {
    "state[...][0] = 1": lambda v: v.__setitem__(0, 1),
    "del state[...][slice(0, 1, None)]": lambda v: v.__delitem__(slice(0, 1)),
    "state[...] += [1]": lambda v: v.__iadd__([1]),
    "state[...] *= 2": lambda v: v.__imul__(2),
    "state[...].append(1)": lambda v: v.append(1),
    "state[...].clear()": lambda v: v.clear(),
    "state[...].extend([1])": lambda v: v.extend([1]),
    "state[...].insert(0, 1)": lambda v: v.insert(0, 1),
    "state[...].pop()": lambda v: v.pop(),
    "state[...].remove('a')": lambda v: v.remove("a"),
    "state[...].reverse()": lambda v: v.reverse(),
    "state[...].sort(reverse=True)": lambda v: v.sort(reverse=True),
}


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@dataclass
class Point:
    x: int


class Moment(datetime):
    """Stands for the subclasses that libraries make, freezegun's for one."""


class TestFreeze:
    def test_dicts_and_lists_are_frozen_all_the_way_down(self):
        state = freeze(PLAIN)

        assert state == PLAIN
        assert [type(state), type(state["tags"]), type(state["size"])] == [FrozenDict, FrozenList, FrozenDict]

    def test_what_is_frozen_already_is_the_same_object(self):
        tags = freeze(["a"])

        assert freeze(tags) is tags
        assert freeze({"tags": tags})["tags"] is tags

    def test_the_value_given_stays_as_it_is(self):
        plain = copy.deepcopy(PLAIN)

        freeze(plain)

        assert plain == PLAIN
        assert type(plain["tags"]) is list

    def test_a_part_that_stands_twice_is_frozen_once(self):
        tags = ["a"]

        state = freeze({"one": tags, "two": tags})

        assert state["one"] is state["two"]

    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            (mark_safe("<b>"), "<b>"),
            (Colour.RED, "red"),
            (Level.HIGH, 3),
            (Moment(2026, 1, 2, 3, 4, 5, 6, UTC), datetime(2026, 1, 2, 3, 4, 5, 6, UTC)),
            (OrderedDict(a=1), {"a": 1}),
            ({SafeString("a"): 1, Level.HIGH: 2}, {"a": 1, 3: 2}),
        ],
    )
    def test_an_instance_of_a_subclass_becomes_the_plain_value(self, value, stored):
        frozen = freeze(value)

        assert thaw(frozen) == stored
        assert type(thaw(frozen)) is type(stored)
        if isinstance(stored, dict):
            assert [type(key) for key in frozen] == [type(key) for key in stored]

    def test_an_aware_datetime_keeps_its_instant_and_its_offset_but_not_the_name_of_its_zone(self):
        summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))

        stored = freeze(summer)

        assert stored == summer
        assert stored.tzinfo == timezone(timedelta(hours=2))

    @pytest.mark.parametrize(
        ("value", "path", "why"),
        [
            ({"a": [1, {2, 3}]}, ("a", 1), "is a set, which state cannot hold; store sorted(...) of it"),
            ({"a": (1, 2)}, ("a",), "is a tuple, which state cannot hold; store list(...) of it"),
            ({"a": b"x"}, ("a",), "is a bytes, which state cannot hold; store base64 text"),
            ({"a": object()}, ("a",), "is a object, which state cannot hold. State is"),
            ({"a": len}, ("a",), "is a builtin_function_or_method, which state cannot hold; store data only"),
            ({"a": range(3)}, ("a",), "is a range, which state cannot hold; store list(...) of it"),
            ({"a": User(pk=3)}, ("a",), "is a django.contrib.auth.models.User, which state cannot hold; store its pk"),
            ({"a": gettext_lazy("yes")}, ("a",), "__proxy__, which state cannot hold; store str(...) of it"),
            ({"a": Point(1)}, ("a",), "Point, which state cannot hold; store dataclasses.asdict(...) of it"),
            ({"a": {(1, 2): 3}}, ("a",), "has the key (1, 2), a tuple; keys are str or int"),
            ({True: 3}, (), "has the key True, a bool"),
            ({"a": float("nan")}, ("a",), "is nan"),
            ({"a": -float("inf")}, ("a",), "is -inf"),
            ({"a": Decimal("NaN")}, ("a",), "is Decimal('NaN')"),
            ({"a": "\ud800"}, ("a",), "is text with half a character at 0"),
            ({"a": {"\udfff": 1}}, ("a",), "is text with half a character at 0"),
            ({"a": time(1, tzinfo=ZoneInfo("Europe/Berlin"))}, ("a",), "is a time in Europe/Berlin, whose offset"),
        ],
    )
    def test_a_value_that_state_cannot_hold_is_refused_with_its_path(self, value, path, why):
        with pytest.raises(InvalidState) as caught:
            freeze(value)

        assert caught.value.path == path
        assert why in str(caught.value)

    def test_the_path_to_the_value_itself_comes_first(self):
        with pytest.raises(InvalidState) as caught:
            freeze([{"a": set()}], ("items", 3))

        assert caught.value.path == ("items", 3, 0, "a")

    def test_a_value_that_contains_itself_is_refused(self):
        tree = {"children": []}
        tree["children"].append(tree)

        with pytest.raises(InvalidState, match=r"state\['children'\]\[0\] contains itself"):
            freeze(tree)

    def test_a_value_nested_too_deeply_is_refused(self):
        value = []
        for _ in range(MAX_DEPTH):
            value = [value]

        with pytest.raises(InvalidState, match="nested deeper than 100 levels"):
            freeze(value)
        assert freeze(value[0])


class TestReading:
    @pytest.mark.parametrize(("shown", "write"), DICT_WRITES.items())
    def test_no_method_changes_a_dict(self, shown, write):
        state = freeze({"a": 0})

        with pytest.raises(FrozenState) as caught:
            write(state)

        assert shown in str(caught.value)
        assert state == {"a": 0}

    @pytest.mark.parametrize(("shown", "write"), LIST_WRITES.items())
    def test_no_method_changes_a_list(self, shown, write):
        state = freeze(["b", "a"])

        with pytest.raises(FrozenState) as caught:
            write(state)

        assert shown in str(caught.value)
        assert state == ["b", "a"]

    def test_every_method_of_dict_and_list_that_a_frozen_one_inherits_only_reads(self):
        reading = {
            *("get", "keys", "values", "items", "copy", "index", "count", "__or__", "__ror__", "__add__", "__mul__"),
            *("__rmul__", "__contains__", "__getitem__", "__iter__", "__len__", "__reversed__", "__repr__", "__eq__"),
            *("__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__getattribute__", "__sizeof__", "__class_getitem__"),
        }

        for frozen, plain in ((FrozenDict, dict), (FrozenList, list)):
            inherited = {name for name in vars(plain) if name not in vars(frozen) and name != "__doc__"}
            assert inherited <= reading

    def test_calling_init_again_changes_nothing(self):
        state, tags = freeze({"a": 1}), freeze([1])

        state.__init__({"b": 2})
        tags.__init__([2, 3])

        assert (state, tags) == ({"a": 1}, [1])

    def test_a_constructor_freezes_what_it_takes(self):
        assert type(FrozenDict({"a": [1]}, b={})["a"]) is FrozenList
        assert type(FrozenList([{"a": 1}])[0]) is FrozenDict
        assert FrozenDict.fromkeys(["a", "b"], 0) == {"a": 0, "b": 0}
        assert (FrozenDict(), FrozenList()) == ({}, [])

    def test_copies_of_the_copy_module_are_the_same_object(self):
        state = freeze(PLAIN)

        assert copy.copy(state) is state
        assert copy.deepcopy(state) is state
        assert copy.copy(state["tags"]) is state["tags"]
        assert copy.deepcopy([state["tags"]])[0] is state["tags"]

    @pytest.mark.parametrize(
        "made",
        [
            freeze({"a": [1]}).copy(),
            freeze({"a": [1]}) | {"b": 2},
            {"b": 2} | freeze({"a": [1]}),
            freeze([1, 2]).copy(),
            freeze([1, 2])[:1],
            operator.add(freeze([1, 2]), [3]),
            operator.add([3], freeze([1, 2])),
            freeze([1, 2]) * 2,
        ],
    )
    def test_what_python_computes_from_state_is_plain_and_can_be_changed(self, made):
        assert type(made) in (dict, list)

    def test_it_survives_pickle_frozen(self):
        state = freeze(PLAIN)

        loaded = pickle.loads(pickle.dumps(state))  # noqa: S301

        assert loaded == state
        assert (type(loaded), type(loaded["tags"])) == (FrozenDict, FrozenList)

    def test_json_takes_it_for_dicts_and_lists(self):
        state = freeze(PLAIN)

        assert json.loads(json.dumps(state, indent=1)) == json.loads(json.dumps(PLAIN))

    def test_templates_take_it_for_dicts_and_lists(self):
        template = Engine().from_string(
            "{{ item.name }} {{ item.tags.1 }} {% for k, v in item.size.items %}{{ k }}={{ v }} {% endfor %}"
        )

        assert template.render(Context({"item": freeze(PLAIN)})) == "Spoon b x=1 2=None "

    def test_its_text_is_that_of_plain_python(self):
        assert str(freeze(PLAIN)) == str(PLAIN)

    def test_equal_values_have_equal_hashes(self):
        one, other = freeze({"a": [1, {"b": 2}], "c": 3}), freeze({"c": 3, "a": [1, {"b": 2}]})

        assert one == other
        assert hash(one) == hash(other)
        assert {one: "found"}[other] == "found"


class TestThaw:
    def test_it_gives_plain_dicts_and_lists_that_can_be_changed(self):
        state = freeze(PLAIN)

        plain = thaw(state)
        plain["tags"].append("c")

        assert plain == {**PLAIN, "tags": ["a", "b", "c"]}
        assert state == PLAIN

    def test_what_contains_itself_is_refused(self):
        tree = {"children": []}
        tree["children"].append(tree)

        with pytest.raises(InvalidState, match="contains itself"):
            thaw(tree)


class TestIsPlain:
    @pytest.mark.parametrize(
        "value",
        [
            *("a", 1, 1.5, True, None, date(2026, 1, 1), datetime(2026, 1, 1), time(1), timedelta(1), Decimal(1)),
            *(UUID(int=1), FrozenDict(), FrozenList()),
        ],
    )
    def test_what_state_consists_of_is_plain(self, value):
        assert is_plain(value)

    @pytest.mark.parametrize("value", [{}, [], (), set(), object(), SafeString("a"), Level.HIGH])
    def test_anything_else_is_not(self, value):
        assert not is_plain(value)
