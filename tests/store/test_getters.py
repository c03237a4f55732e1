import threading
from typing import Any

import pytest
from django.template import Context, Engine
from django.utils.html import format_html
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import (
    FrozenState,
    GetterCycle,
    ImpureGetter,
    InvalidDeclaration,
    InvalidPayload,
    UnknownGetter,
)
from liveex_django.store import FrozenList, Store, freeze, thaw
from liveex_django.store.getters import Getter, GetterCache, Getters


def make_cache(*functions: Any) -> GetterCache:
    """A cache of these functions, declared as getters of a store."""
    store = Store("shop", scope="page", state=lambda: {})
    for function in functions:
        store.getter(function)
    return GetterCache(store.getters, "shop")


def large(state):
    return [item for item in state["items"] if item["count"] >= state["min_count"]]


def total(state, getters):
    return sum(item["count"] for item in getters["large"])


STATE = freeze({"items": [{"count": 3}, {"count": 9}], "min_count": 5, "title": "Shop"})


class TestReading:
    def test_gives_the_value_of_a_getter(self):
        assert make_cache(large).bind(STATE)["large"] == [{"count": 9}]

    def test_getters_build_on_others(self):
        assert make_cache(large, total).bind(STATE)["total"] == 9

    def test_nothing_runs_before_it_is_read(self):
        cache = make_cache(large, total)

        getters = cache.bind(STATE)

        assert "large" in getters
        assert "title" not in getters
        assert list(getters) == ["large", "total"]
        assert len(getters) == 2
        assert repr(getters) == "<getters: large, total>"
        assert cache.recomputations == {}

    def test_an_unknown_name_is_answered_with_the_nearest(self):
        with pytest.raises(UnknownGetter) as caught:
            make_cache(large, total).bind(STATE)["totl"]

        assert str(caught.value) == (
            "Store 'shop' has no getter 'totl', so there is nothing to read.\n"
            "Did you mean 'total'? Known getters: large, total."
        )

    def test_get_gives_a_default_for_unknown_names_only(self):
        def broken(state):
            return state["missing"]

        getters = make_cache(broken).bind(STATE)

        assert getters.get("unknown", 3) == 3
        with pytest.raises(KeyError, match="missing"):
            getters.get("broken", 3)

    def test_a_cycle_is_named(self):
        def a(state, getters):
            return getters["b"]

        def b(state, getters):
            return getters["c"]

        def c(state, getters):
            return getters["b"]

        with pytest.raises(GetterCycle, match=r"^The getters b -> c -> b need each other"):
            make_cache(a, b, c).bind(STATE)["a"]

    def test_tells_what_was_read_without_reading(self):
        cache = make_cache(large, total, by_count)
        getters = cache.bind(STATE)

        assert not getters.was_read("total")
        getters["total"]
        getters["by_count"](5)

        assert [getters.was_read(name) for name in ("total", "large", "by_count", "unknown")] == [
            True,
            True,
            True,
            False,
        ]
        assert not cache.bind(STATE).was_read("total")
        assert cache.recomputations == {"total": 1, "large": 1, "by_count": 1}

    def test_what_raised_or_is_known_from_another_state_was_read_too(self):
        def first(state):
            return state["items"][0]

        cache = make_cache(first, large)
        cache.bind(STATE)["large"]
        empty, same = cache.bind(freeze({"items": []})), cache.bind(STATE)

        with pytest.raises(IndexError):
            empty["first"]
        same["large"]

        assert empty.was_read("first")
        assert same.was_read("large")
        assert cache.recomputations == {"large": 1, "first": 1}

    def test_only_named_is_not_read(self):
        getters = make_cache(by_count).bind(STATE)

        assert callable(getters["by_count"])
        assert not getters.was_read("by_count")

    def test_threads_may_read_at_once(self):
        inside = threading.Barrier(2, timeout=10)

        def slow(state):
            inside.wait()
            return state["title"]

        getters = make_cache(slow).bind(STATE)
        results: list[str] = []
        threads = [threading.Thread(target=lambda: results.append(getters["slow"])) for _ in range(2)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert results == ["Shop", "Shop"]


class TestResult:
    def test_is_frozen_when_it_is_plain_data(self):
        result = make_cache(large).bind(STATE)["large"]

        assert type(result) is FrozenList
        assert result[0] is STATE["items"][1]

    def test_is_kept_as_it_is_otherwise(self):
        def ids(state):
            return {1, 2}

        assert make_cache(ids).bind(STATE)["ids"] == {1, 2}

    def test_keeps_text_that_is_marked_as_safe_html(self):
        class SafeText(str):
            __slots__ = ()

        def badge(state):
            return SafeText("<b>")

        assert type(make_cache(badge).bind(STATE)["badge"]) is SafeText

    @pytest.mark.parametrize(
        "function",
        [lambda state: iter([1]), lambda state: map(str, [1]), lambda state: (letter for letter in "abc")],
    )
    def test_cannot_be_an_iterator(self, function):
        function.__name__ = "once"

        with pytest.raises(InvalidDeclaration, match=r"Getter 'once' of store 'shop' returned a .*only once"):
            make_cache(function).bind(STATE)["once"]

    def test_cannot_be_a_coroutine(self):
        async def later(): ...

        def once(state):
            return later()

        with pytest.raises(InvalidDeclaration, match="returned a coroutine"):
            make_cache(once).bind(STATE)["once"]

    def test_may_be_the_whole_state(self):
        def everything(state):
            return state

        cache = make_cache(everything)

        assert cache.bind(STATE)["everything"] == STATE
        assert cache.bind(freeze({"a": 1}))["everything"] == {"a": 1}


class TestMemo:
    def test_an_unaffected_getter_gives_the_same_object(self):
        cache = make_cache(large, total)
        old = cache.bind(STATE)
        assert old["total"] == 9

        new = cache.bind(freeze({**STATE, "title": "Store"}))

        assert new["large"] is old["large"]
        assert new["total"] is old["total"]
        assert cache.recomputations == {"total": 1, "large": 1}

    def test_an_affected_getter_runs_again_with_what_builds_on_it(self):
        cache = make_cache(large, total)
        assert cache.bind(STATE)["total"] == 9

        assert cache.bind(freeze({**STATE, "min_count": 1}))["total"] == 12
        assert cache.recomputations == {"total": 2, "large": 2}

    def test_what_builds_on_an_unchanged_result_does_not_run(self):
        def is_shop(state):
            return state["title"].startswith("S")

        def greeting(state, getters):
            return "Welcome" if getters["is_shop"] else "Hello"

        cache = make_cache(is_shop, greeting)
        assert cache.bind(STATE)["greeting"] == "Welcome"

        assert cache.bind(freeze({**STATE, "title": "Store"}))["greeting"] == "Welcome"
        assert cache.recomputations == {"greeting": 1, "is_shop": 2}

    def test_a_getter_depends_on_the_branch_it_took(self):
        def name(state, getters):
            return state["nick"] if state["use_nick"] else getters["long_name"]

        def long_name(state):
            return state["first"] + state["last"]

        cache = make_cache(name, long_name)
        state = freeze({"use_nick": True, "nick": "A", "first": "Ada", "last": "L"})
        assert cache.bind(state)["name"] == "A"

        assert cache.bind(freeze({**state, "first": "Eva"}))["name"] == "A"
        assert cache.recomputations == {"name": 1}
        assert cache.bind(freeze({**state, "use_nick": False}))["name"] == "AdaL"

    def test_getters_of_older_states_stay_right(self):
        cache = make_cache(large, total)
        old, new = cache.bind(STATE), cache.bind(freeze({**STATE, "min_count": 1}))

        assert [new["total"], old["total"], new["total"], old["total"]] == [12, 9, 12, 9]
        assert cache.bind(STATE)["total"] == 9

    def test_an_error_is_not_kept(self):
        def first(state):
            return state["items"][0]

        cache = make_cache(first)
        with pytest.raises(IndexError):
            cache.bind(freeze({"items": []}))["first"]

        assert cache.bind(STATE)["first"] == {"count": 3}

    def test_a_getter_that_catches_the_error_of_another_notices_when_it_is_gone(self):
        def first(state):
            return state["items"][0]

        def label(state, getters):
            try:
                return f"first of {getters['first']['count']}"
            except IndexError:
                return "nothing"

        cache = make_cache(first, label)

        labels = [cache.bind(state)["label"] for state in (freeze({"items": []}), STATE, freeze({"items": []}))]

        assert labels == ["nothing", "first of 3", "nothing"]

    def test_getters_that_need_each_other_in_different_states_are_no_cycle(self):
        def left(state, getters):
            return getters["right"] if state["from"] == "right" else "L"

        def right(state, getters):
            return getters["left"] if state["from"] == "left" else "R"

        cache = make_cache(left, right)
        seen = []

        for origin in ("right", "right", "left", "left"):
            getters = cache.bind(freeze({"from": origin}))
            seen.append(getters["left"] + getters["right"])

        assert seen == ["RR", "RR", "LL", "LL"]


def labels(state):
    return [{"label": f"{item['count']} of {state['title']}", "tags": [item["count"]]} for item in state["items"]]


class TestSharing:
    """A getter that has run again gives what is the same as in its last result as the very object of that."""

    def test_a_result_that_is_the_same_is_the_last_one(self):
        cache = make_cache(labels)
        before = cache.bind(STATE)["labels"]

        after = cache.bind(freeze({**STATE, "items": thaw(STATE["items"])}))["labels"]

        assert after is before
        assert cache.recomputations == {"labels": 2}

    def test_and_what_builds_on_it_does_not_run(self):
        def number(state, getters):
            return len(getters["labels"])

        cache = make_cache(labels, number)
        assert cache.bind(STATE)["number"] == 2

        assert cache.bind(freeze({**STATE, "items": thaw(STATE["items"])}))["number"] == 2
        assert cache.recomputations == {"labels": 2, "number": 1}

    def test_parts_that_are_the_same_are_parts_of_the_last_one(self):
        cache = make_cache(labels)
        before = cache.bind(STATE)["labels"]

        renamed = cache.bind(freeze({**STATE, "title": "Store"}))["labels"]
        longer = cache.bind(freeze({"items": [{"count": 1}, *STATE["items"]], "title": "Store"}))["labels"]

        assert renamed[0] == {"label": "3 of Store", "tags": [3]}
        assert renamed[0]["tags"] is before[0]["tags"]
        assert longer[0] == {"label": "1 of Store", "tags": [1]}
        assert longer[1] is renamed[0]
        assert longer[2] is renamed[1]

    def test_the_whole_state_as_a_result_keeps_what_is_the_same(self):
        def everything(state):
            return state

        cache = make_cache(everything)
        before = cache.bind(STATE)["everything"]

        assert cache.bind(freeze(thaw(STATE)))["everything"] is before

    def test_html_is_kept_while_its_text_is_the_same(self):
        def badge(state):
            return format_html("<b>{}</b>", state["title"]) if state["html"] else f"<b>{state['title']}</b>"

        cache = make_cache(badge)
        read = [
            cache.bind(freeze({"title": title, "html": is_html}))["badge"]
            for title, is_html in [("Shop", True), ("Shop", 1), ("Store", True), ("Store", False)]
        ]

        assert read[1] is read[0]
        assert [type(text) for text in read] == [SafeString, SafeString, SafeString, str]

    def test_text_with_attributes_is_not_taken_for_other_text(self):
        class Marked(str):
            pass

        class Slotted(str):
            __slots__ = ("mark",)

        for kind in (Marked, Slotted):

            def marked(state, kind=kind):
                text = kind("text")
                text.mark = state["mark"]
                return text

            cache = GetterCache(
                {"marked": Getter(name="marked", function=marked, store_name="shop", wants_getters=False)}
            )

            assert [cache.bind(freeze({"mark": mark}))["marked"].mark for mark in (1, 2)] == [1, 2]

    def test_each_value_of_a_parameter_has_a_last_result_of_its_own(self):
        cache = make_cache(by_count)
        before = [cache.bind(STATE)["by_count"](least) for least in (0, 5)]

        changed = cache.bind(freeze({**STATE, "items": [*STATE["items"], {"count": 2}]}))
        after = [changed["by_count"](least) for least in (0, 5)]

        assert after == [[{"count": 3}, {"count": 9}, {"count": 2}], [{"count": 9}]]
        assert after[1] is before[1]
        assert cache.recomputations == {"by_count": 4}

    def test_a_result_that_is_no_plain_data_is_the_new_one(self):
        def pair(state):
            return (state["title"], [])

        cache = make_cache(pair)
        before = cache.bind(STATE)["pair"]

        assert cache.bind(freeze({**STATE, "title": "Store"}))["pair"] == ("Store", [])
        assert before == ("Shop", [])


READINGS = {
    "item": lambda state: state["b"],
    "get": lambda state: state.get("b"),
    "get_missing": lambda state: state.get("z", 0),
    "contains": lambda state: "z" in state,
    "len": lambda state: len(state),
    "iteration": lambda state: sorted(state),
    "keys": lambda state: list(state.keys()),
    "values": lambda state: list(state.values()),
    "items": lambda state: [list(item) for item in state.items()],
    "unpacking": lambda state: {**state},
    "dict": lambda state: dict(state),
    "equality": lambda state: state == {"a": 1, "b": 2},
    "match": lambda state: _matches(state),
}


def _matches(state):
    match state:
        case {"b": 2, "z": _}:
            return "both"
        case {"b": 2}:
            return "one"
    return "none"


class TestRecording:
    @pytest.mark.parametrize("reading", READINGS)
    @given(states=st.lists(st.dictionaries(st.sampled_from("abz"), st.integers(1, 3)), min_size=2, max_size=5))
    def test_every_way_of_reading_is_noticed(self, reading, states):
        def getter(state):
            try:
                return READINGS[reading](state)
            except KeyError:
                return "missing"

        cache = make_cache(getter)

        for state in map(freeze, states):
            assert cache.bind(state)["getter"] == getter(dict(state))

    @pytest.mark.parametrize(
        ("reading", "runs"),
        [
            ("item", 1),
            ("get", 1),
            ("contains", 1),
            ("len", 1),
            ("iteration", 1),
            ("keys", 1),
            ("values", 2),
            ("dict", 2),
        ],
    )
    def test_a_change_of_another_value_matters_to_whom_read_it_only(self, reading, runs):
        def getter(state):
            return READINGS[reading](state)

        cache = make_cache(getter)
        for value in (1, 2):
            cache.bind(freeze({"a": value, "b": 2}))["getter"]

        assert cache.recomputations == {"getter": runs}

    @pytest.mark.parametrize("name", ["direct", "built_on_it"])
    def test_of_a_hundred_keys_only_the_one_that_was_read_matters(self, name):
        def direct(state):
            return state["key 7"] * 2

        def built_on_it(state, getters):
            return getters["direct"] + 1

        cache = make_cache(direct, built_on_it)
        state = freeze({f"key {i}": 1000 + i for i in range(100)})
        first = cache.bind(state)[name]

        for i in range(100):
            if i != 7:
                state = freeze({**state, f"key {i}": -i, f"new {i}": i})
                assert cache.bind(state)[name] is first
        assert set(cache.recomputations.values()) == {1}

        cache.bind(freeze({**state, "key 7": 0}))[name]
        assert set(cache.recomputations.values()) == {2}

    def test_shows_frozen_containers_themselves(self):
        seen = []

        def look(state):
            seen.append(state["items"])
            return repr(state)

        assert make_cache(look).bind(STATE)["look"] == repr(STATE)
        assert seen[0] is STATE["items"]

    @pytest.mark.parametrize(
        ("write", "shown"),
        [
            (lambda state: state.__setitem__("min_count", 1), "state['min_count'] = 1"),
            (lambda state: state.__delitem__("items"), "del state['items']"),
            (lambda state: state.update(a=1), "state.update"),
            (lambda state: state.pop("items"), "state.pop"),
            (lambda state: state.popitem(), "state.popitem"),
            (lambda state: state.clear(), "state.clear"),
            (lambda state: state.setdefault("a", 1), "state.setdefault"),
            (lambda state: state.__ior__({}), "state |= "),
            (lambda state: state["items"].append(1), "append(1)"),
            (lambda state: state["items"][0].update(count=1), "update(count=1)"),
        ],
    )
    def test_writing_is_refused(self, write, shown):
        def writing(state):
            write(state)

        with pytest.raises(FrozenState) as caught:
            make_cache(writing).bind(STATE)["writing"]

        assert shown in str(caught.value)

    def test_reading_after_the_end_is_refused(self):
        def by_position(state, getters):
            return lambda position: (state["items"][position], getters["large"])

        find = make_cache(by_position, large).bind(STATE)["by_position"]

        with pytest.raises(
            InvalidDeclaration, match="Getter 'by_position' reads state or getters after it has returned"
        ):
            find(0)


def by_count(state, least: int, title: str = "Shop"):
    return [item for item in state["items"] if item["count"] >= least] if state["title"] == title else []


def number_of(state, getters, least: int):
    return len(getters["by_count"](least))


class TestParameters:
    def test_are_given_by_calling_what_is_read(self):
        getters = make_cache(by_count, number_of).bind(STATE)

        assert getters["by_count"](5) == [{"count": 9}]
        assert getters["by_count"](least=1, title="Other") == []
        assert getters["number_of"](3) == 2
        assert repr(getters["by_count"]) == "<getter by_count(least: int, title: str = 'Shop')>"

    def test_a_result_is_kept_for_each_of_their_values(self):
        cache = make_cache(by_count, number_of)
        getters = cache.bind(STATE)

        results = [getters["by_count"](least) for least in (1, 5, 1, 5)]

        assert results[0] is results[2]
        assert results[1] is results[3]
        assert cache.recomputations == {"by_count": 2}

    def test_results_live_on_while_what_they_read_is_the_same(self):
        cache = make_cache(by_count, number_of)
        before = cache.bind(STATE)["by_count"](5)
        cache.bind(STATE)["number_of"](5)

        after = cache.bind(freeze({**STATE, "min_count": 0}))
        assert after["by_count"](5) is before
        assert after["number_of"](5) == 1
        assert cache.recomputations == {"by_count": 1, "number_of": 1}

        changed = cache.bind(freeze({**STATE, "items": []}))
        assert (changed["by_count"](5), changed["number_of"](5)) == ([], 0)

    def test_the_oldest_result_goes_when_there_are_a_hundred(self):
        cache = make_cache(by_count)
        getters = cache.bind(STATE)
        for least in range(101):
            getters["by_count"](least)

        cache.bind(STATE)["by_count"](1)
        cache.bind(STATE)["by_count"](0)

        assert cache.recomputations == {"by_count": 102}

    def test_a_state_does_not_grow_with_every_question(self):
        getters = make_cache(by_count).bind(STATE)
        for least in range(1000):
            getters["by_count"](least)

        assert len(getters._binding._values) <= 102

    def test_and_keeps_what_is_asked_without_values_meanwhile(self):
        cache = make_cache(by_count, large)
        getters = cache.bind(STATE)
        before = getters["large"]
        cache.bind(freeze({**STATE, "min_count": 0}))["large"]

        for least in range(1000):
            getters["by_count"](least)

        assert getters["large"] is before
        assert cache.recomputations["large"] == 2

    @pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0.0, -0.0), ("1", 1)])
    def test_values_that_equality_takes_for_the_same_are_told_apart(self, one, other):
        def echo(state, value):
            return repr(value)

        getters = make_cache(echo).bind(STATE)

        assert [getters["echo"](one), getters["echo"](other)] == [repr(one), repr(other)]

    def test_values_that_do_not_fit_are_refused(self):
        getters = make_cache(by_count).bind(STATE)

        for call in (
            lambda: getters["by_count"]("many"),
            lambda: getters["by_count"](),
            lambda: getters["by_count"](x=1),
        ):
            with pytest.raises(InvalidPayload, match="Getter 'by_count' of store 'shop'"):
                call()

    def test_a_getter_may_ask_itself_about_something_smaller(self):
        def depth(state, getters, number: int):
            return 0 if not number else 1 + getters["depth"](number - 1)

        assert make_cache(depth).bind(STATE)["depth"](20) == 20

    def test_asking_itself_the_same_is_a_cycle(self):
        def lost(state, getters, number: int):
            return getters["lost"](number)

        with pytest.raises(GetterCycle, match=r"lost\(number=3\) -> lost\(number=3\)"):
            make_cache(lost).bind(STATE)["lost"](3)

    def test_in_a_template_a_value_follows_a_dot(self):
        engine = Engine()
        context = Context({"by_count": make_cache(by_count).bind(STATE)["by_count"]})

        assert engine.from_string("{{ by_count.5.0.count }}").render(context) == "9"
        with pytest.raises(TypeError, match="not iterable"):
            engine.from_string("{% for item in by_count %}{% endfor %}").render(context)

    def test_a_module_has_them_too(self):
        cart = Store("cart", scope="page", state={"items": [], "title": ""})
        cart.getter(by_count)
        cart.getter(number_of)
        shop = Store("shop", scope="page", state={}, modules={"cart": cart})

        getters = GetterCache(shop.getters, shop.name).bind(freeze({"cart": STATE}))

        assert getters["cart/number_of"](5) == 1
        assert getters.within(("cart",))["by_count"](5) == [{"count": 9}]


class TestChecks:
    """What happens in development."""

    def check(self, function, name):
        store = Store("shop", scope="page", state=lambda: {})
        store.getter(function)
        return GetterCache(store.getters, "shop", checks=True).bind(STATE)[name]

    def test_a_getter_that_gives_something_else_is_named(self):
        numbers = iter(range(10))

        def ticket(state):
            return next(numbers)

        with pytest.raises(ImpureGetter, match="Getter 'ticket' of store 'shop' gave 0 and then 1 for the same state"):
            self.check(ticket, "ticket")

    def test_also_one_with_parameters(self):
        numbers = iter(range(10))

        def ticket(state, line: int):
            return [line, next(numbers)]

        with pytest.raises(ImpureGetter, match=r"Getter 'ticket\(line=3\)'"):
            self.check(ticket, "ticket")(3)

    @pytest.mark.parametrize(
        "result", [object, lambda: lambda: 1, dict, list, lambda: {1, 2}, lambda: "x", lambda: None]
    )
    def test_what_is_the_same_or_cannot_be_compared_passes(self, result):
        def fresh(state):
            return result()

        self.check(fresh, "fresh")

    def test_counts_one_run(self):
        store = Store("shop", scope="page", state=lambda: {})
        store.getter(large)
        cache = GetterCache(store.getters, "shop", checks=True)

        assert cache.bind(STATE)["large"] == [{"count": 9}]
        assert cache.recomputations == {"large": 1}


class TestDeclaration:
    def test_a_decorated_getter_stays_a_plain_function(self):
        store = Store("shop", scope="page", state={"items": [], "min_count": 0})
        declared = store.getter(large)

        assert declared is large
        assert declared({"items": [{"count": 1}], "min_count": 1}) == [{"count": 1}]

    @pytest.mark.parametrize(
        "function",
        [
            lambda: 1,
            lambda state, *, getters: 1,
            lambda state, factor, getters: 1,
            lambda *args: 1,
            lambda **kwargs: 1,
        ],
    )
    def test_refuses_other_parameters(self, function):
        function.__name__ = "derived"

        with pytest.raises(InvalidDeclaration, match=r"def derived\(state\) or def derived\(state, getters\)"):
            make_cache(function)

    def test_refuses_async_and_generators(self):
        async def coroutine(state): ...

        def generator(state):
            yield 1

        for function in (coroutine, generator):
            with pytest.raises(InvalidDeclaration, match=r"is async or a generator.*Make it a plain def"):
                make_cache(function)


class TestModules:
    def test_a_getter_of_a_module_reads_its_own_state_and_getters(self):
        def small(state, getters):
            return len(state["items"]) - len(getters["large"])

        cart = Store("cart", scope="page", state={"items": [], "min_count": 0})
        cart.getter(large)
        cart.getter(small)
        shop = Store("shop", scope="page", state={}, modules={"cart": cart})
        cache = GetterCache(shop.getters, shop.name)

        getters = cache.bind(freeze({"cart": STATE}))

        assert getters["cart/small"] == 1
        assert list(getters) == ["cart/large", "cart/small"]
        assert getters.within(("cart",)).was_read("small")
        assert not getters.within(("cart",)).was_read("other")
        assert dict(getters.within(("cart",))) == {"large": [{"count": 9}], "small": 1}
        assert isinstance(getters.within(("cart",)), Getters)
        assert cache.bind(freeze({"cart": STATE, "other": 1}))["cart/small"] == 1
        assert cache.recomputations == {"cart/small": 1, "cart/large": 1}
