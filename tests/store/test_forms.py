from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import InvalidPayload
from liveex_django.store.forms import decode_pairs, split_union


class TestNames:
    def test_the_first_value_of_a_name_wins(self):
        assert decode_pairs([("a", "1"), ("a", "2")], {"a": str}) == {"a": "1"}

    def test_an_absent_name_stays_absent(self):
        assert decode_pairs([], {"a": str, "b": int | None}) == {}

    def test_what_is_about_the_form_and_markers_of_untouched_fields_are_dropped(self):
        pairs = [("csrfmiddlewaretoken", "x"), ("_unused_a", ""), ("lx-submit", "e"), ("lx-view", "0"), ("a", "1")]

        assert decode_pairs(pairs, {"a": str}) == {"a": "1"}

    def test_the_key_of_a_keyboard_event_is_there_for_whoever_asks(self):
        assert decode_pairs([("key", "Enter"), ("a", "1")], {"a": str}) == {"a": "1"}
        assert decode_pairs([("key", "Enter")], {"key": str}) == {"key": "Enter"}

    def test_an_unknown_name_is_refused_with_the_nearest_one(self):
        with pytest.raises(InvalidPayload) as caught:
            decode_pairs([("itm_id", "1")], {"item_id": int, "count": int}, owner="Action 'take'")

        assert str(caught.value) == (
            "Action 'take' has no parameter 'itm_id', so it was not run. Did you mean 'item_id'? "
            "Known parameters: item_id, count."
        )

    def test_a_huge_unknown_name_makes_no_huge_message(self):
        with pytest.raises(InvalidPayload) as caught:
            decode_pairs([("x" * 60_000, "1")], {"a": int})

        assert len(str(caught.value)) < 300


class TestList:
    @pytest.mark.parametrize("annotation", [list, list[str], tuple[str, ...], set[str], Sequence[str]])
    def test_takes_all_values_of_its_name_in_order(self, annotation):
        assert decode_pairs([("a", "x"), ("b", ""), ("a", "y")], {"a": annotation, "b": str})["a"] == ["x", "y"]

    def test_is_empty_when_its_name_is_absent(self):
        assert decode_pairs([], {"a": list[int]}) == {"a": []}

    def test_stays_absent_when_none_is_allowed(self):
        assert decode_pairs([], {"a": list[int] | None}) == {}

    def test_decodes_each_value_as_its_element(self):
        assert decode_pairs([("a", "on"), ("a", "")], {"a": list[bool]}) == {"a": [True, False]}


class TestBool:
    @pytest.mark.parametrize("text", ["on", "true", "1", "True", "ON", " on "])
    def test_is_true_for(self, text):
        assert decode_pairs([("a", text)], {"a": bool}) == {"a": True}

    @pytest.mark.parametrize("text", ["", "off", "false", "0", "False"])
    def test_is_false_for(self, text):
        assert decode_pairs([("a", text)], {"a": bool}) == {"a": False}

    def test_is_false_when_absent(self):
        assert decode_pairs([], {"a": bool}) == {"a": False}

    def test_that_may_be_none_is_none_when_empty_and_stays_absent(self):
        assert decode_pairs([("a", "")], {"a": bool | None, "b": bool | None}) == {"a": None}

    @pytest.mark.parametrize("text", ["yes", "2", "onn"])
    def test_refuses_other_texts(self, text):
        with pytest.raises(InvalidPayload, match=r"cannot take a='.*': expected 'on'"):
            decode_pairs([("a", text)], {"a": bool})


class TestNone:
    @pytest.mark.parametrize("annotation", [int | None, Optional[str], Annotated[date | None, "x"], None])  # noqa: UP045
    def test_is_an_empty_text_where_it_is_allowed(self, annotation):
        assert decode_pairs([("a", "")], {"a": annotation}) == {"a": None}

    def test_an_empty_text_stays_one_where_it_is_not(self):
        assert decode_pairs([("a", ""), ("b", "")], {"a": str, "b": int}) == {"a": "", "b": ""}

    def test_the_word_null_is_text_for_str_and_refused_for_others(self):
        assert decode_pairs([("a", "null")], {"a": str | None}) == {"a": "null"}
        with pytest.raises(InvalidPayload, match="an empty text for none"):
            decode_pairs([("a", "NULL")], {"a": int | None})


class TestNumber:
    @pytest.mark.parametrize("annotation", [float, Decimal, float | None, Annotated[float, msgspec.Meta(ge=0)]])
    @pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-Infinity", " infinity "])
    def test_refuses_nan_and_infinity(self, annotation, text):
        with pytest.raises(InvalidPayload, match="expected a finite number"):
            decode_pairs([("a", text)], {"a": annotation})

    def test_refuses_a_float_that_is_too_large(self):
        with pytest.raises(InvalidPayload, match="expected a finite number"):
            decode_pairs([("a", "1e999")], {"a": float})

    def test_loses_the_spaces_around_it(self):
        assert decode_pairs([("a", " 3 ")], {"a": int}) == {"a": "3"}


class TestDate:
    @pytest.mark.parametrize(
        ("annotation", "text", "value"),
        [
            (date, "2024-02-29", date(2024, 2, 29)),
            (time, "12:30", time(12, 30)),
            (datetime, "2024-02-29T12:30", datetime(2024, 2, 29, 12, 30)),
            (datetime | None, "2024-02-29T12:30:01", datetime(2024, 2, 29, 12, 30, 1)),
        ],
    )
    def test_is_read_as_browsers_write_it(self, annotation, text, value):
        assert decode_pairs([("a", text)], {"a": annotation}) == {"a": value}

    @pytest.mark.parametrize(("annotation", "text"), [(date, "29.2.2024"), (datetime, "5"), (time, "noon")])
    def test_refuses_other_forms(self, annotation, text):
        with pytest.raises(InvalidPayload, match="in ISO 8601"):
            decode_pairs([("a", text)], {"a": annotation})


class TestText:
    def test_keeps_its_spaces(self):
        assert decode_pairs([("a", " x "), ("b", " ")], {"a": str, "b": Any}) == {"a": " x ", "b": " "}

    @pytest.mark.parametrize("annotation", [str, Any, list[str], int])
    def test_refuses_half_a_character(self, annotation):
        with pytest.raises(InvalidPayload, match="whole characters"):
            decode_pairs([("a", "x\ud800")], {"a": annotation})

    @given(
        st.lists(
            st.tuples(
                st.sampled_from("abcdefg"), st.text("aé 1\ud800") | st.sampled_from(["on", "nan", "1", "null", ""])
            )
        )
    )
    def test_whatever_comes_is_decoded_or_refused(self, pairs):
        wanted = {
            "a": str,
            "b": int | None,
            "c": bool,
            "d": list[Decimal],
            "e": Literal["on", "off"],
            "f": datetime | None,
        }

        try:
            decoded = decode_pairs(pairs, wanted)
        except InvalidPayload:
            return

        assert decoded.keys() <= wanted.keys()
        assert isinstance(decoded["c"], bool)
        assert isinstance(decoded["d"], list)
        assert "nan" not in map(str.lower, decoded["d"])


class TestSplitUnion:
    @pytest.mark.parametrize(
        ("annotation", "types", "allows_none"),
        [
            (int, [int], False),
            (int | None, [int], True),
            (None, [], True),
            (Annotated[Annotated[int, 1] | None, 2], [int], True),
            (Optional[int | str], [int, str], True),  # noqa: UP045
        ],
    )
    def test_takes_an_annotation_apart(self, annotation, types, allows_none):
        found, found_none = split_union(annotation)

        # In no order: typing gives back an equal union that was made before, perhaps the other way round.
        assert (set(found), found_none) == (set(types), allows_none)
