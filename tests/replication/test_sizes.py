"""The size of a state: warned of, then refused."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveex_django.exceptions import StateTooLarge
from liveex_django.replication import Instance, Origin
from liveex_django.replication.commits import commit
from liveex_django.replication.sizes import size_of, size_of_patches
from liveex_django.store import Store, freeze
from liveex_django.store.codec import encode_state
from liveex_django.store.draft import produce

from .build import act, call, make_counter

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner),
)


@pytest.fixture
def small(settings):
    """Limits that a test reaches quickly."""
    settings.LIVEEX = {"WARN_STATE": 2_000, "MAX_STATE": 10_000}


class TestSizeOf:
    def test_texts_count_as_utf_8(self):
        assert size_of("a" * 1000) == 1002
        assert size_of("ü" * 1000) == 2002

    @given(st.dictionaries(st.text(max_size=5), VALUES))
    def test_is_near_what_the_log_needs(self, state):
        frozen = freeze(state)

        assert len(encode_state(frozen)) / 3 - 10 <= size_of(frozen) <= len(encode_state(frozen)) * 5 + 10

    def test_knows_every_type(self):
        values = freeze([None, True, 1, 2**70, 1.5, "x", datetime.now(UTC), Decimal("1.5"), UUID(int=3)])

        assert size_of(values) < 100

    @given(st.dictionaries(st.text(max_size=3), VALUES), st.dictionaries(st.text(max_size=3), VALUES))
    def test_what_patches_add_and_take_is_the_difference(self, old, new):
        before = freeze({"value": old, "other": 1})

        def recipe(draft):
            draft["value"] = new

        effects = produce(before, recipe)
        growth = size_of_patches(effects.patches) - size_of_patches(effects.inverse)
        # A key that comes to stand before others carries its place along.
        places = sum(op == "insert" for op, _, _ in effects.patches + effects.inverse)

        assert abs(size_of(effects.state) - size_of(before) - growth) <= 20 * places


class TestCommit:
    async def test_warns_once_when_the_state_grows_past_the_first_limit(self, hub, small, caplog):
        store = make_counter(name="test.growing")
        async with hub.following(Instance(store)) as followed:
            for _ in range(3):
                await commit(hub, followed, [call(store, "note", text="x" * 1500)], Origin(), 1)
                await commit(hub, followed, [call(store, "add")], Origin(), 1)

        warnings = [message for message in caplog.messages if "WARN_STATE" in message]
        assert len(warnings) == 1
        assert warnings[0].startswith("The state of test.growing has grown to 3")

    @pytest.mark.parametrize("label", [None, "together"])
    async def test_refuses_what_would_grow_past_the_second(self, hub, small, label):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            await commit(hub, followed, [call(store, "note", text="x" * 9_000)], Origin(), 1)
            before = followed.replica.state

            with pytest.raises(StateTooLarge, match=r"would have 1\d+ bytes, and LIVEEX\['MAX_STATE'\] allows 10000"):
                await commit(hub, followed, [call(store, "note", text="y" * 2_000)], Origin(), 1, label=label)

            assert followed.replica.state is before
            assert len(await hub.log.history(followed.instance, 10)) == 1

    async def test_lets_a_state_that_is_too_large_already_shrink_and_stay(self, hub, settings):
        store = make_counter()

        @store.mutation
        def shorten(state):
            state["log"].pop()

        async with hub.following(Instance(store)) as followed:
            for _ in range(3):
                await commit(hub, followed, [call(store, "note", text="x" * 9_000)], Origin(), 1)
            settings.LIVEEX = {"MAX_STATE": 10_000}
            await act(hub, followed, "bump")
            await commit(hub, followed, [call(store, "shorten")], Origin(), 1)

            assert len(followed.replica.state["log"]) == 2

    async def test_knows_what_others_have_committed(self, hub, log, small):
        from liveex_django.replication import Hub

        store = make_counter()
        other = Hub(log, None)
        async with hub.following(Instance(store)) as here, other.following(Instance(store)) as there:
            await commit(hub, here, [call(store, "add")], Origin(), 1)
            await commit(other, there, [call(store, "note", text="x" * 9_000)], Origin(), 1)

            with pytest.raises(StateTooLarge):
                await commit(hub, here, [call(store, "note", text="y" * 2_000)], Origin(), 1)
        await other.close()

    async def test_refuses_a_text_of_many_mebibytes_with_the_usual_limits(self, hub):
        store = make_counter()
        async with hub.following(Instance(store)) as followed:
            with pytest.raises(StateTooLarge, match="allows 8388608"):
                await commit(hub, followed, [call(store, "note", text="x" * 50_000_000)], Origin(), 1)


class TestInitialState:
    @pytest.mark.parametrize("scope", ["key", "page"])
    async def test_is_refused_when_it_is_too_large(self, hub, small, scope):
        store = Store("test.large", scope=scope, state={"text": "x" * 20_000})

        with pytest.raises(StateTooLarge, match=r"The state of test.large:one would have 20"):
            await hub.acquire(Instance(store, "one"))

    async def test_is_warned_of_when_it_is_large(self, hub, small, caplog):
        async with hub.following(Instance(Store("test.large", scope="global", state=lambda: {"text": "x" * 3_000}))):
            assert "WARN_STATE" in caplog.text
