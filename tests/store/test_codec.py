"""States and entries come back from bytes as they were, and bytes that are neither are refused."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID
from zlib import crc32

import msgspec.msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liveex_django.exceptions import DamagedEntry, InvalidState
from liveex_django.store.codec import decode_entry, decode_state, encode_entry, encode_state
from liveex_django.store.entry import Entry
from liveex_django.store.frozen import FrozenDict, FrozenList, freeze

OFFSETS = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.datetimes(timezones=st.none() | OFFSETS),
    st.dates(),
    st.times(timezones=st.none() | OFFSETS),
    st.timedeltas(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.uuids(),
)
KEYS = st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**70), 2**70)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)
STATES = st.dictionaries(KEYS, VALUES, max_size=4).map(freeze)

# How long an example takes says nothing here: the machine may be busy.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(value):
    """A text that differs for any two values which a page could tell apart."""
    if isinstance(value, dict):
        return [(type(key).__name__, key, written(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [written(item) for item in value]
    return f"{type(value).__name__} {value!r}"


def sealed(value):
    body = msgspec.msgpack.encode(value)
    return b"\x01" + crc32(body).to_bytes(4) + body


def make_entry(**fields):
    return Entry(
        **{
            "version": 3,
            "epoch": "e1",
            "id": "c-1",
            "name": "take",
            "payload": freeze({"item_id": 3, "price": Decimal("1.10")}),
            "patches": (("set", ("items", 2, "count"), 4), ("insert", ("log", 0), freeze({"at": date(2026, 1, 1)}))),
            "inverse": (("delete", ("log", 0), None), ("set", ("items", 2, "count"), 5)),
            "action": "order",
            "actor": "user:7",
            "cause": None,
            "schema": 1,
            "at": datetime(2026, 11, 23, 3, 4, 5, 678901, UTC),
            **fields,
        }
    )


class TestState:
    @unhurried
    @given(STATES)
    def test_every_value_comes_back_equal_and_of_its_type_and_in_its_order(self, state):
        decoded = decode_state(encode_state(state))

        assert written(decoded) == written(state)

    @pytest.mark.parametrize(
        "value",
        [
            *(0, -1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**4000),
            *(-0.0, 0.0, 1.0, True, 5e-324),
            *(Decimal("1.10"), Decimal("-0"), Decimal("1E+400")),
            *(datetime(1, 1, 1), datetime(2026, 10, 25, 2, 30, fold=1), datetime(9999, 12, 31, 23, 59, 59, 999999)),
            datetime(2026, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28))),
            *(time(2, fold=1), timedelta.min, timedelta.max, timedelta(microseconds=-1), UUID(int=0), "\x00ü🎈"),
        ],
    )
    def test_edges_come_back_as_they_were(self, value):
        state = freeze({"value": value})

        assert written(decode_state(encode_state(state))) == written(state)

    def test_keys_of_one_look_but_two_types_stay_apart(self):
        state = freeze({1: "int", "1": "str", 2**70: "big", "b": {-(2**70): [2**80]}})

        assert written(decode_state(encode_state(state))) == written(state)

    def test_it_comes_back_frozen(self):
        decoded = decode_state(encode_state(freeze({"items": [{}]})))

        assert [type(decoded), type(decoded["items"]), type(decoded["items"][0])] == [
            FrozenDict,
            FrozenList,
            FrozenDict,
        ]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("sNaN"), {1, 2}])
    def test_what_state_cannot_hold_is_not_encoded(self, value):
        with pytest.raises(InvalidState):
            encode_state({"value": value})

    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "they are too few"),
            (b"\x01\x00\x00\x00\x00", "they are too few"),
            (b"\x02" + sealed({})[1:], "they say they are of format 2, and this release reads format 1"),
            (b'{"count": 1}', "they say they are of format 123"),
            (sealed({"a": 1})[:-1], "their checksum is wrong"),
            (sealed([1]), "it is a FrozenList"),
            (sealed(None), "it is a NoneType"),
            (sealed({"a": float("nan")}), "state['a'] is nan"),
            (sealed({"a": b"bytes"}), "state['a'] is a bytes"),
            (sealed({None: 1}), "has the key None"),
            (sealed({"a": msgspec.msgpack.Ext(99, b"")}), "there is no extension type 99"),
            (sealed({"a": msgspec.msgpack.Ext(1, b"tomorrow")}), "Invalid isoformat string"),
            (sealed({"a": msgspec.msgpack.Ext(5, b"one")}), "ConversionSyntax"),
            (sealed({"a": msgspec.msgpack.Ext(6, b"short")}), "bytes is not a 16-char string"),
            (sealed({"a": msgspec.msgpack.Ext(8, b"\x91\x01")}), "cannot convert"),
            (b"\x01" + crc32(b"\xc1").to_bytes(4) + b"\xc1", "invalid opcode"),
            (b"\x01" + crc32(b"\x91" * 9999).to_bytes(4) + b"\x91" * 9999, "recursion"),
            (None, "The NoneType in the log"),
        ],
    )
    def test_anything_else_is_refused_with_what_is_wrong_with_it(self, data, why):
        with pytest.raises(DamagedEntry) as caught:
            decode_state(data)

        assert why in str(caught.value)

    @unhurried
    @given(STATES, st.data())
    def test_a_changed_byte_is_noticed(self, state, data):
        encoded = bytearray(encode_state(state))
        encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))

        with pytest.raises(DamagedEntry):
            decode_state(bytes(encoded))

    @unhurried
    @given(st.binary())
    def test_noise_is_refused(self, noise):
        with pytest.raises(DamagedEntry):
            decode_state(noise)

    def test_a_state_with_the_same_content_has_the_same_bytes(self):
        assert encode_state(freeze({"a": [1], "b": 2})) == encode_state(freeze({"a": [1], "b": 2}))


class TestEntry:
    def test_every_field_comes_back(self):
        entry = make_entry()

        assert decode_entry(encode_entry(entry)) == entry

    @unhurried
    @given(STATES, VALUES.map(freeze), st.lists(KEYS, max_size=4).map(tuple))
    def test_payloads_paths_and_values_come_back_of_their_types(self, payload, value, path):
        payload = freeze({str(key): item for key, item in payload.items()})
        entry = make_entry(payload=payload, patches=(("set", path, value),), inverse=(("delete", path, None),))

        decoded = decode_entry(encode_entry(entry))

        assert decoded == entry
        assert written(decoded.payload) == written(payload)
        assert written(decoded.patches[0][2]) == written(value)
        assert [type(step) for step in decoded.patches[0][1]] == [type(step) for step in path]

    def test_patches_come_back_as_tuples_of_frozen_values(self):
        decoded = decode_entry(encode_entry(make_entry()))

        assert type(decoded.patches) is tuple
        assert [type(patch) for patch in decoded.patches] == [tuple, tuple]
        assert type(decoded.patches[1][2]) is FrozenDict
        assert type(decoded.payload) is FrozenDict

    def test_its_time_comes_back_in_utc(self):
        entry = make_entry(at=datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))))

        decoded = decode_entry(encode_entry(entry))

        assert decoded.at == entry.at
        assert decoded.at.tzinfo is UTC

    @pytest.mark.parametrize(
        ("place", "value"),
        [
            (0, "three"),
            (3, None),
            (4, [1]),
            (5, [["move", ["a"], 1]]),
            (5, [["set", "a", 1]]),
            (5, [["set", [True], 1]]),
            (5, [["set", ["a"]]]),
            (6, {"a": 1}),
            (10, "1"),
            (11, "2026-01-01"),
            (11, msgspec.msgpack.Ext(1, b"2026-01-01T00:00:00")),
        ],
    )
    def test_a_field_of_another_type_is_refused(self, place, value):
        fields = msgspec.msgpack.decode(encode_entry(make_entry(payload={}, patches=(), inverse=()))[5:])
        fields[place] = value

        with pytest.raises(DamagedEntry, match="not an entry this release can read"):
            decode_entry(sealed(fields))

    @pytest.mark.parametrize("change", [lambda fields: fields[:-1], lambda fields: [*fields, 1]])
    def test_more_or_fewer_fields_are_refused(self, change):
        fields = msgspec.msgpack.decode(encode_entry(make_entry(payload={}, patches=(), inverse=()))[5:])

        with pytest.raises(DamagedEntry):
            decode_entry(sealed(change(fields)))

    def test_a_state_is_no_entry_and_an_entry_no_state(self):
        with pytest.raises(DamagedEntry):
            decode_entry(encode_state(freeze({"a": 1})))
        with pytest.raises(DamagedEntry):
            decode_state(encode_entry(make_entry()))

    @unhurried
    @given(st.data())
    def test_a_changed_byte_is_noticed(self, data):
        encoded = bytearray(encode_entry(make_entry()))
        encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))

        with pytest.raises(DamagedEntry):
            decode_entry(bytes(encoded))
