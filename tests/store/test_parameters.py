from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import InvalidDeclaration, InvalidPayload
from liveex_django.store.frozen import FrozenDict, FrozenList, freeze
from liveex_django.store.parameters import Parameters

if TYPE_CHECKING:
    from somewhere import Nothing


class Item(TypedDict):
    id: int
    name: NotRequired[str]


@dataclass
class Point:
    x: int
    y: int = 0


class Line(msgspec.Struct, rename="camel"):
    start_point: Point
    stop_point: Point


class Car(msgspec.Struct, tag="car"):
    seats: int


class Bike(msgspec.Struct, tag="bike"):
    gears: int


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


def take(state, item_id: int, quantity: int = 1): ...


def parameters_of(annotation: Any, **kwargs: Any) -> Parameters:
    """Parameters of a function with one parameter ``value`` of this annotation."""

    def function(state, value): ...

    function.__annotations__["value"] = annotation
    return Parameters(function, owner="Mutation 'put'", **kwargs)


texts = st.text("ab é😀'\\\n", max_size=8)


class TestDeclaration:
    def test_skips_what_is_given_by_position(self):
        assert str(Parameters(take)) == "item_id: int, quantity: int = 1"

    def test_takes_no_parameters_at_all_as_nothing(self):
        def close(self): ...

        assert str(Parameters(close)) == "nothing"

    def test_takes_keyword_only_parameters(self):
        def put(state, *, place: str): ...

        assert Parameters(put).bind((), {"place": "here"}) == {"place": "here"}

    def test_takes_a_positional_only_state(self):
        def put(state, /, place: str): ...

        assert Parameters(put).bind(("here",), {}) == {"place": "here"}

    def test_refuses_positional_only_parameters(self):
        def put(state, place, /): ...

        with pytest.raises(
            InvalidDeclaration, match=r"Mutation 'put' cannot have the parameter place: it is positional"
        ):
            Parameters(put, owner="Mutation 'put'")

    def test_refuses_star_args(self):
        def put(state, *places: int): ...

        with pytest.raises(
            InvalidDeclaration, match=r"cannot have the parameter \*places: 'int': it takes whatever comes"
        ):
            Parameters(put)

    def test_refuses_star_star_kwargs(self):
        def put(state, **places): ...

        with pytest.raises(InvalidDeclaration, match=r"cannot have the parameter \*\*places: it takes whatever comes"):
            Parameters(put)

    @pytest.mark.parametrize("function", [lambda: None, lambda *, state: None, lambda *args: None])
    def test_refuses_a_function_without_a_first_parameter(self, function):
        with pytest.raises(InvalidDeclaration, match="no parameter to be given by position"):
            Parameters(function)

    def test_refuses_reserved_names(self):
        def put(state, on_commit): ...

        with pytest.raises(InvalidDeclaration, match="cannot have a parameter named 'on_commit'"):
            Parameters(put, reserved=frozenset({"on_commit"}))


class TestAnnotations:
    def test_may_be_absent(self):
        def put(state, value): ...

        assert Parameters(put).types == {"value": Any}

    def test_are_resolved_at_first_use_only(self):
        parameters = parameters_of("Later")
        globals()["Later"] = int
        try:
            assert parameters.types == {"value": int}
        finally:
            del globals()["Later"]

    def test_of_other_parameters_and_results_do_not_matter(self):
        def put(state: Nothing, value: int) -> Nothing: ...

        assert Parameters(put).types == {"value": int}

    def test_that_exist_for_type_checkers_only_are_refused_with_the_fix(self):
        def put(state, value: Nothing): ...

        with pytest.raises(
            InvalidDeclaration, match=r"'value' with 'Nothing'.*not defined.*Import it outside"
        ) as caught:
            Parameters(put, owner="Mutation 'put'").bind((1,), {})

        assert str(caught.value).startswith("Mutation 'put' annotates")

    def test_that_msgspec_cannot_convert_to_are_refused(self):
        with pytest.raises(InvalidDeclaration, match=r"annotates 'value' with date \| datetime|datetime\.date \| "):
            parameters_of(date | datetime).bind((date.today(),), {})


class TestBind:
    def test_names_positional_arguments(self):
        assert Parameters(take).bind((3,), {"quantity": 2}) == {"item_id": 3, "quantity": 2}

    def test_orders_the_payload_as_the_function_does(self):
        assert list(Parameters(take).bind((), {"quantity": 2, "item_id": 3})) == ["item_id", "quantity"]

    def test_leaves_out_what_is_left_to_its_default(self):
        assert Parameters(take).bind((3,), {}) == {"item_id": 3}

    def test_gives_frozen_plain_data(self):
        payload = parameters_of(Line).bind((Line(Point(1), Point(2, 3)),), {})

        assert payload == {"value": {"startPoint": {"x": 1, "y": 0}, "stopPoint": {"x": 2, "y": 3}}}
        assert type(payload) is FrozenDict
        assert type(payload["value"]["stopPoint"]) is FrozenDict

    def test_takes_parts_of_a_state(self):
        state = freeze({"items": [{"id": 1}]})

        assert parameters_of(list[Item]).bind((state["items"],), {}) == {"value": [{"id": 1}]}
        assert parameters_of(Any).bind((state["items"],), {})["value"] is state["items"]

    @pytest.mark.parametrize(
        ("args", "kwargs", "message"),
        [
            ((), {}, "Mutation 'take' needs item_id, which did not come. It takes: item_id: int, quantity: int = 1."),
            ((1, 2, 3), {}, "Mutation 'take' takes 2 values by position, but 3 came."),
            ((1,), {"item_id": 1}, "Mutation 'take' was given 'item_id' by position and by name. Give it once."),
            (
                (1,),
                {"quanity": 1},
                "Mutation 'take' has no parameter 'quanity', so it was not run. Did you mean 'quantity'?",
            ),
            (
                ("x",),
                {},
                "Mutation 'take' cannot take item_id='x' (str): Expected `int`, got `str`. Pass item_id: int.",
            ),
        ],
    )
    def test_says_what_does_not_fit(self, args, kwargs, message):
        with pytest.raises(InvalidPayload) as caught:
            Parameters(take, owner="Mutation 'take'").bind(args, kwargs)

        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize(
        ("annotation", "value"),
        [
            (int, "3"),
            (int, True),
            (int, 3.5),
            (bool, 1),
            (str, 3),
            (Literal["a", "b"], "c"),
            (Literal[1, 2], "1"),
            (date, datetime(2024, 1, 1)),
            (list[int], [1, "2"]),
            (list[int], 3),
            (Annotated[int, msgspec.Meta(ge=0)], -1),
            (int, None),
        ],
    )
    def test_converts_nothing_that_python_code_got_wrong(self, annotation, value):
        with pytest.raises(InvalidPayload, match=r"Mutation 'put' cannot take value="):
            parameters_of(annotation).bind((value,), {})

    @pytest.mark.parametrize(
        "value", [object(), {1, 2}, (1,), b"x", lambda: 1, [{"a": object()}], float("nan"), Point(1)]
    )
    @pytest.mark.parametrize("annotated", [True, False])
    def test_refuses_what_the_log_cannot_hold(self, value, annotated):
        annotation = type(value) if annotated and not isinstance(value, set | tuple | Point) else Any

        with pytest.raises(InvalidPayload, match=r"cannot take value=.*it cannot go into the log"):
            parameters_of(annotation).bind((value,), {})

    @pytest.mark.parametrize("value", [float("inf"), Decimal("NaN"), [float("nan")]])
    def test_refuses_nan_and_infinity(self, value):
        with pytest.raises(InvalidPayload, match="cannot take value="):
            parameters_of(type(value)).bind((value,), {})

    @pytest.mark.parametrize("annotation", [Any, list, list[Any], list[list[Any]]])
    def test_refuses_what_contains_itself(self, annotation):
        value: list[Any] = []
        value.append(value)

        with pytest.raises(InvalidPayload, match="cannot take value="):
            parameters_of(annotation).bind((value,), {})

    @pytest.mark.parametrize(
        ("annotation", "value", "place"),
        [
            (Item, {"id": 1, "nmae": "x"}, "value['nmae']"),
            (list[Item], [{"id": 1}, {"id": 2, "nmae": "x"}], "value[1]['nmae']"),
            (Point, {"x": 1, "z": 2}, "value['z']"),
            (dict[str, Item], {"a": {"id": 1, "b": 2}}, "value['a']['b']"),
            (Line, {"startPoint": {"x": 1, "q": 1}, "stopPoint": {"x": 1}}, "value['startPoint']['q']"),
        ],
    )
    def test_loses_no_key_in_silence(self, annotation, value, place):
        with pytest.raises(InvalidPayload) as caught:
            parameters_of(annotation).bind((value,), {})

        assert f"it has no place for {place}" in str(caught.value)

    @pytest.mark.parametrize(
        ("annotation", "value"),
        [
            (Car | Bike, {"type": "bike", "gears": 21}),
            (dict[Size, Point], {"l": {"x": 1, "y": 0}}),
            (list[Line], [{"startPoint": {"x": 1, "y": 0}, "stopPoint": {"x": 1, "y": 2}}]),
        ],
    )
    def test_takes_typed_data_in_its_plain_form(self, annotation, value):
        assert parameters_of(annotation).bind((value,), {}) == {"value": value}

    def test_shows_only_the_beginning_of_a_huge_value(self):
        with pytest.raises(InvalidPayload) as caught:
            parameters_of(int).bind(("x" * 10_000,), {})

        assert len(str(caught.value)) < 300


class TestCallArguments:
    @pytest.mark.parametrize(
        ("annotation", "value"),
        [
            (Point, Point(1, 2)),
            (Line, Line(Point(1), Point(2, 3))),
            (Item, {"id": 1}),
            (Size, Size.LARGE),
            (dict[Size, int], {Size.LARGE: 1}),
            (Car | Bike, Bike(21)),
            (set[int], {1, 2}),
            (tuple[int, str], (1, "a")),
            (list[Point], [Point(1)]),
            (Literal["a", 1], 1),
            (dict[int, str], {1: "a"}),
            (Point | None, None),
            (UUID, UUID(int=5)),
            (Decimal, Decimal("1.10")),
            (timedelta, timedelta(seconds=3)),
            (time, time(12, 30)),
            (int, 2**70),
        ],
    )
    def test_restores_the_annotated_type(self, annotation, value):
        parameters = parameters_of(annotation)

        arguments = parameters.call_arguments(parameters.bind((value,), {}))

        assert arguments == {"value": value}
        assert type(arguments["value"]) is type(value)

    @pytest.mark.parametrize("annotation", [Any, list, list[Any], list[dict[str, list[int]]]])
    def test_gives_containers_that_are_the_functions_own(self, annotation):
        payload = FrozenDict({"value": [{"a": [1]}]})

        value = parameters_of(annotation).call_arguments(payload)["value"]
        value[0]["a"].append(2)

        assert value == [{"a": [1, 2]}]
        assert payload == {"value": [{"a": [1]}]}
        assert type(payload["value"]) is FrozenList

    def test_refuses_a_payload_from_a_time_with_other_parameters(self):
        with pytest.raises(InvalidPayload, match="has no parameter 'count'"):
            Parameters(take).call_arguments(freeze({"item_id": 1, "count": 2}))

    scalars = {
        int: st.integers(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        str: texts,
        bool: st.booleans(),
        date: st.dates(),
        datetime: st.datetimes() | st.datetimes(timezones=st.just(UTC)),
        Decimal: st.decimals(allow_nan=False, allow_infinity=False),
        UUID: st.uuids(),
    }

    @given(st.data())
    def test_brings_back_what_was_bound(self, data):
        scalar = data.draw(st.sampled_from(list(self.scalars)))
        values = self.scalars[scalar]
        annotation, strategy = data.draw(
            st.sampled_from(
                [
                    (scalar, values),
                    (scalar | None, st.none() | values),
                    (list[scalar], st.lists(values, max_size=3)),
                    (dict[str, scalar], st.dictionaries(texts, values, max_size=3)),
                    (Any, st.lists(values, max_size=3)),
                ]
            )
        )
        value = data.draw(strategy)
        parameters = parameters_of(annotation)

        assert parameters.call_arguments(parameters.bind((value,), {})) == {"value": value}


class TestDecodeForm:
    def test_converts_texts_by_their_annotations(self):
        assert Parameters(take).decode_form([("item_id", "3"), ("quantity", " 2 ")]) == {"item_id": 3, "quantity": 2}

    @pytest.mark.parametrize(
        ("annotation", "texts", "value"),
        [
            (float, ["1.5"], 1.5),
            (Decimal, ["1.10"], Decimal("1.10")),
            (UUID, ["00000000-0000-0000-0000-000000000005"], UUID(int=5)),
            (list[int], ["1", "2"], [1, 2]),
            (list[int], [], []),
            (set[str], ["a", "a"], ["a"]),
            (bool, [], False),
            (bool | None, [""], None),
            (int | None, ["3"], 3),
            (str | None, ["null"], "null"),
            (Literal[1, 2], ["2"], 2),
            (Literal["a", "b"], ["b"], "b"),
            (Size, ["l"], "l"),
            (date | None, ["2024-01-02"], date(2024, 1, 2)),
            (Annotated[int, msgspec.Meta(ge=0)], ["3"], 3),
            (Any, ["3"], "3"),
        ],
    )
    def test_reads(self, annotation, texts, value):
        assert parameters_of(annotation).decode_form([("value", text) for text in texts]) == {"value": value}

    @pytest.mark.parametrize(
        ("annotation", "text"),
        [
            (int, "x"),
            (int, ""),
            (int, "3.5"),
            (int, "9" * 5000),
            (int, "1_000"),
            (float, "nan"),
            (Literal["a"], "b"),
            (Size, "xl"),
            (UUID, "5"),
            (Point, "1"),
            (Annotated[int, msgspec.Meta(ge=0)], "-1"),
            (None, "x"),
        ],
    )
    def test_refuses(self, annotation, text):
        with pytest.raises(InvalidPayload, match=r"Mutation 'put' cannot take value="):
            parameters_of(annotation).decode_form([("value", text)])

    def test_leaves_defaults_to_the_function(self):
        assert Parameters(take).decode_form([("item_id", "3")]) == {"item_id": 3}

    def test_refuses_what_is_missing(self):
        with pytest.raises(InvalidPayload, match="needs item_id"):
            Parameters(take).decode_form([("quantity", "1")])

    @given(
        st.lists(st.tuples(st.sampled_from(["item_id", "quantity", "x"]), texts | st.integers().map(str)), max_size=5)
    )
    def test_whatever_comes_is_a_payload_or_refused(self, pairs):
        try:
            payload = Parameters(take).decode_form(pairs)
        except InvalidPayload:
            return

        assert all(type(value) is int for value in payload.values())
