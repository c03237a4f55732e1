"""What hubs say to each other, and what of the rest of the world they understand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import DamagedEntry
from liveex_django.replication import Position
from liveex_django.replication.layer_messages import Announcement, Entries, Probe, pack, unpack

from .build import make_entry, position_of

FIRST = make_entry(Position("epoch", 4, "before"), id="first")
ENTRIES = Entries("hub", "digest", "before", (FIRST, make_entry(position_of(FIRST), id="second")))
MESSAGES = [ENTRIES, Probe("hub", "group", 3), Announcement("hub", "topic", {"user": 5, "keys": ["a"]})]

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


class TestMessages:
    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
    def test_what_is_packed_is_unpacked_equal(self, message):
        assert unpack(pack(message)) == message

    @pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
    def test_a_message_that_lacks_a_part_is_refused(self, message):
        whole = pack(message)
        for name in whole:
            with pytest.raises(DamagedEntry):
                unpack({key: value for key, value in whole.items() if key != name})

    @given(data=plain, name=st.sampled_from(["type", "hub", "instance", "after", "entries"]))
    def test_a_part_of_another_kind_is_refused_and_nothing_else_happens(self, data, name):
        changed = {**pack(ENTRIES), name: data}

        try:
            unpack(changed)
        except DamagedEntry:
            return

        assert type(data) is type(pack(ENTRIES)[name])

    @given(data=plain)
    def test_what_is_not_ours_is_refused(self, data):
        with pytest.raises(DamagedEntry):
            unpack(data)
