"""The helpers for tests of stores."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.core.exceptions import SynchronousOnlyOperation

from liveex_django.store import InvalidPayload, Reject, UnknownAction, UnknownGetter, UnknownMutation
from liveex_django.testing import (
    LiveClient,
    UnexpectedCommits,
    assert_commits,
    fixed_clock,
    run_getter,
    run_mutation,
    stub_action,
)

from . import stores
from .stores import shop

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def handle(live_client):
    return shop.at()


class TestRunMutation:
    def test_gives_the_state_and_the_patches_that_lead_there_and_back(self):
        before = {"filter": ["House"], "renamed": 0}

        result = run_mutation(shop, "toggle", before, category="Car")

        assert result.state == {"filter": ["House", "Car"], "renamed": 0}
        assert result.patches == (("insert", ("filter", 1), "Car"),)
        assert result.inverse == (("delete", ("filter", 1), None),)
        assert before == {"filter": ["House"], "renamed": 0}

    def test_arguments_are_checked(self):
        state = {"items": [{"id": 3, "count": 2}]}

        assert run_mutation(shop, stores.take, state, 3).state == {"items": [{"id": 3, "count": 1}]}
        with pytest.raises(InvalidPayload, match="item_id"):
            run_mutation(shop, stores.take, state, "3")

    def test_what_the_mutation_raises_comes_out(self):
        with pytest.raises(Reject, match="not enough in stock"):
            run_mutation(shop, stores.take, {"items": [{"id": 3, "count": 2}]}, 3, quantity=5)

    def test_an_unknown_one_is_named(self):
        with pytest.raises(UnknownMutation, match="Did you mean 'toggle'"):
            run_mutation(shop, "togle", {})


class TestRunGetter:
    def test_gives_what_it_makes_of_plain_data(self):
        state = {"items": [{"category": "Car"}, {"category": "House"}], "filter": ["Car"]}

        assert run_getter(shop, "visible", state) == run_getter(shop, stores.visible, state) == [{"category": "Car"}]

    def test_an_unknown_one_is_named(self):
        with pytest.raises(UnknownGetter):
            run_getter(shop, "invisible", {})


class TestAssertCommits:
    def test_gives_the_entries_of_the_block(self, handle):
        handle.dispatch("filter_by", "House")

        with assert_commits(handle, ["toggle", stores.take, ("take", {"item_id": 3, "quantity": 2})]) as entries:
            handle.dispatch("filter_by", "Car")
            handle.dispatch("order", 1)
            handle.dispatch("order", 3, quantity=2)

        assert [entry.version for entry in entries] == [2, 3, 4]

    def test_of_a_page(self, live_client, handle):
        page = live_client.get("/shop/")

        with assert_commits(handle, [("toggle", {"category": "House"})]) as entries:
            page.click("button", text="House")

        assert entries[0].action == "filter_by"

    @pytest.mark.django_db
    def test_of_a_transaction(self, handle):
        with assert_commits(handle, [["set_note", "count_renames"]]):
            handle.dispatch("make_group_atomically", "staff")

        with (
            pytest.raises(
                UnexpectedCommits, match=r"\$transaction of count_renames\nIt got:\n.*\$transaction of set_note, "
            ),
            assert_commits(handle, [["count_renames"]]),
        ):
            handle.dispatch("make_group_atomically", "more staff")

    async def test_in_an_async_test(self, handle):
        async with assert_commits(handle, ["toggle"]) as entries:
            await handle.adispatch("filter_by", "Car")

        assert entries[0].payload == {"category": "Car"}

    async def test_a_plain_with_on_a_loop_names_the_other(self, handle):
        with pytest.raises(SynchronousOnlyOperation, match="async with assert_commits"):  # noqa: SIM117
            with assert_commits(handle, []):
                pass

    @pytest.mark.parametrize(
        ("expected", "wanted"),
        [
            ([], " nothing."),
            (["take"], "\n    take"),
            ([("toggle", {"category": "Car"})], "\n    toggle {'category': 'Car'}"),
            (["toggle", "toggle"], "\n    toggle\n    toggle"),
        ],
    )
    def test_others_are_told_with_what_came(self, handle, expected, wanted):
        with pytest.raises(UnexpectedCommits) as failure, assert_commits(handle, expected):
            handle.dispatch("filter_by", "House")

        assert str(failure.value) == (
            f"<Handle testing.shop> should have got the commits:{wanted}\n"
            "It got:\n    toggle {'category': 'House'} (version 1, by action 'filter_by')"
        )

    def test_an_error_in_the_block_is_what_is_seen(self, handle):
        with pytest.raises(ZeroDivisionError), assert_commits(handle, ["toggle"]):
            raise ZeroDivisionError

    def test_a_wrong_name_is_told(self, handle):
        with pytest.raises(UnknownMutation), assert_commits(handle, ["nope"]):
            handle.dispatch("filter_by", "House")


class TestFixedClock:
    def test_entries_have_its_time(self, handle):
        with fixed_clock(NOON) as clock:
            handle.commit("toggle", "Car")
            clock.advance(90)
            handle.commit("toggle", "House")
            clock.advance(timedelta(hours=-1))
            handle.commit("toggle", "Office")

        assert [entry.at for entry in handle.history()[::-1]] == [
            NOON,
            NOON + timedelta(seconds=90),
            NOON + timedelta(seconds=90, hours=-1),
        ]

    def test_it_is_told_in_utc(self):
        with fixed_clock(NOON.astimezone(timezone(timedelta(hours=5)))) as clock:
            assert clock.now == NOON
            assert clock.now.tzinfo is UTC

    def test_a_naive_time_is_refused(self):
        with pytest.raises(ValueError, match=r"Add tzinfo=datetime.UTC"), fixed_clock(datetime(2026, 1, 2)):
            pass

    def test_afterwards_it_runs_again(self, handle):
        with fixed_clock(NOON):
            pass

        assert handle.commit("toggle", "Car").at > NOON


class TestStubAction:
    def test_does_nothing_and_remembers(self, handle):
        with stub_action(shop, "order") as calls:
            handle.dispatch("order", 1, quantity=2)
            handle.dispatch(stores.order, 2)

        assert calls == [{"item_id": 1, "quantity": 2}, {"item_id": 2}]
        assert handle.history() == ()

    def test_does_something_else(self, handle):
        def refuse(ctx, item_id, quantity=1):
            raise Reject("closed today")

        with stub_action(shop, stores.order, refuse), pytest.raises(Reject, match="closed today"):
            handle.dispatch("order", 1)

        handle.dispatch("order", 1)
        assert handle.get_state()["items"][0]["count"] == 4

    def test_may_be_async_in_place_of_a_def_and_the_other_way_round(self, handle):
        async def write(ctx, item_id, quantity=1):
            await ctx.acommit("set_note", f"order of {item_id}")

        def write_in_thread(ctx, category):
            ctx.commit("set_note", category)

        with stub_action(shop, "order", write), stub_action(shop, "filter_by", write_in_thread):
            handle.dispatch("order", 3)
            assert handle.get_state()["note"] == "order of 3"
            handle.dispatch("filter_by", "Car")
            assert handle.get_state()["note"] == "Car"

    def test_reaches_pages(self, live_client):
        page = live_client.get("/shop/")

        with stub_action(shop, "fail") as calls:
            page.click("button", text="Fail")

        assert calls == [{}]

    def test_arguments_are_still_checked(self, handle):
        with stub_action(shop, "order") as calls, pytest.raises(InvalidPayload):
            handle.dispatch("order", "x")

        assert calls == []

    def test_of_a_module(self):
        from liveex_django.store import Store

        cart = Store("testing.cart", scope="global", state={"count": 0})

        @cart.action
        async def empty(ctx):
            raise AssertionError

        whole = Store("testing.whole", scope="global", state={}, modules={"cart": cart})
        with LiveClient(), stub_action(whole, "cart/empty") as calls:
            whole.at().dispatch("cart/empty")

        assert calls == [{}]

    def test_an_unknown_one_is_named(self):
        with pytest.raises(UnknownAction), stub_action(shop, "ordr"):
            pass
