"""An entry is a fixed record: it can be compared and passed on, not changed."""

import dataclasses
from datetime import UTC, datetime

import pytest

from liveex_django.store.entry import Entry
from liveex_django.store.frozen import FrozenDict


def make_entry(**fields):
    return Entry(
        **{
            "version": 1,
            "epoch": "e",
            "id": "i",
            "name": "increment",
            "payload": FrozenDict(by=2),
            "patches": (("set", ("count",), 2),),
            "inverse": (("set", ("count",), 0),),
            "action": None,
            "actor": None,
            "cause": None,
            "schema": 1,
            "at": datetime(2026, 1, 1, tzinfo=UTC),
            **fields,
        }
    )


class TestEntry:
    def test_it_cannot_be_changed(self):
        entry = make_entry()

        with pytest.raises(dataclasses.FrozenInstanceError):
            entry.version = 2

    def test_two_of_the_same_fields_are_equal(self):
        assert make_entry() == make_entry()
        assert make_entry() != make_entry(id="j")

    def test_every_field_has_to_be_given(self):
        with pytest.raises(TypeError, match="inverse"):
            Entry(version=1)
