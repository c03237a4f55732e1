"""Instances and their names."""

import pytest

from liveex_django.exceptions import InvalidPayload
from liveex_django.replication import Instance

from .build import make_counter


class TestInstance:
    def test_a_global_store_has_one_without_a_key(self):
        store = make_counter()

        assert str(Instance(store)) == store.name

    def test_a_global_store_takes_no_key(self):
        with pytest.raises(InvalidPayload, match="must be left out"):
            Instance(make_counter(), "room")

    @pytest.mark.parametrize("scope", ["user", "session", "page", "key"])
    def test_every_other_scope_needs_one(self, scope):
        with pytest.raises(InvalidPayload, match="cannot be empty"):
            Instance(make_counter(scope=scope))

    @pytest.mark.parametrize("key", ["a\nb", "a{b", "}", "\x00", "x" * 201, 7])
    def test_a_key_that_could_leave_its_place_is_refused(self, key):
        with pytest.raises(InvalidPayload, match="cannot be the key"):
            Instance(make_counter(scope="key"), key)

    def test_two_keys_two_digests(self):
        store = make_counter(scope="key")

        assert Instance(store, "a").digest != Instance(store, "b").digest
