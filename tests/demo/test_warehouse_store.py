"""The store of the warehouse, as plain functions on plain dicts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User

from demo_project.warehouse import store as warehouse
from demo_project.warehouse.catalogue import make_items
from liveex_django.exceptions import InvalidPayload
from liveex_django.store import Reject

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Context:
    """As much of an action's context as the actions here use; remembers what they commit."""

    def __init__(self, user):
        self.user = user
        self.now = NOON
        self.committed = []

    async def acommit(self, mutation, *arguments):
        self.committed.append((mutation, *arguments))


@pytest.fixture
def state():
    state = warehouse.initial_state()
    state["items"]["HN-01"] |= {"stock": 12, "minimum": 10}
    return state


def record(state, kind="received", quantity=5, sku="HN-01", who="ann", at=NOON):
    warehouse.record(state, sku, kind, quantity, who, at)


def tiles(state):
    getters = {"rows": warehouse.rows(state)}
    getters["rows_to_reorder"] = warehouse.rows_to_reorder(state, getters)
    return {tile["name"]: tile["value"] for tile in warehouse.tiles(state, getters)}


class TestItems:
    def test_are_two_hundred_with_numbers_names_and_places_of_their_own(self):
        items = make_items().values()

        assert len(items) == 200
        for key in ("sku", "name", "place"):
            assert len({item[key] for item in items}) == 200

    def test_are_the_same_in_every_process(self):
        assert make_items() == make_items()
        assert make_items()["CO-03"] == {
            "sku": "CO-03",
            "name": "Coupling 15",
            "place": "B4-3",
            "stock": 115,
            "minimum": 35,
            "price": 670,
        }

    def test_need_something_to_be_done_from_the_beginning(self):
        items = make_items().values()

        assert 20 < sum(item["stock"] < item["minimum"] for item in items) < 60
        assert any(item["stock"] == 0 for item in items)


class TestRecord:
    @pytest.mark.parametrize(("kind", "stock"), [("received", 17), ("shipped", 7)])
    def test_changes_the_stock(self, state, kind: str, stock: int):
        record(state, kind)

        assert state["items"]["HN-01"]["stock"] == stock

    def test_ships_the_last_one_and_no_more(self, state):
        record(state, "shipped", 12)

        with pytest.raises(Reject, match=r"There are only 0 of Hex nut M3\."):
            record(state, "shipped", 1)

        assert state["items"]["HN-01"]["stock"] == 0

    def test_refuses_more_than_there_is_and_leaves_everything_alone(self, state):
        before = warehouse.initial_state() | {"items": {**state["items"]}}

        with pytest.raises(Reject, match="only 12"):
            record(state, "shipped", 13)

        assert state == before

    def test_refuses_more_than_there_is_room_for(self, state):
        state["items"]["HN-01"]["stock"] = 9999

        with pytest.raises(Reject, match="no room"):
            record(state, "received", 1)

    @pytest.mark.parametrize("sku", ["HN-99", "", "__class__"])
    def test_refuses_an_item_that_does_not_exist(self, state, sku: str):
        with pytest.raises(Reject, match="no such item"):
            record(state, sku=sku)

        assert state["movements"] == 0

    def test_says_who_moved_what_and_when_the_newest_first(self, state):
        record(state, "received", 5, who="ann")
        record(state, "shipped", 3, who="feed", at=NOON + timedelta(seconds=1))

        first, second = state["lines"]
        assert second == {
            "number": 1,
            "at": NOON,
            "who": "ann",
            "kind": "received",
            "quantity": 5,
            "item": "Hex nut M3",
        }
        assert (first["number"], first["who"], first["kind"]) == (2, "feed", "shipped")

    def test_keeps_thirty_lines(self, state):
        for _ in range(40):
            record(state)

        assert [line["number"] for line in state["lines"]] == list(range(40, 10, -1))

    def test_puts_ten_movements_into_a_bar(self, state):
        for number in range(11):
            record(state, "received" if number else "shipped", 2, at=NOON + timedelta(seconds=number))

        assert state["bars"] == [
            {"number": 1, "since": NOON, "movements": 10, "received": 18, "shipped": 2},
            {"number": 11, "since": NOON + timedelta(seconds=10), "movements": 1, "received": 2, "shipped": 0},
        ]

    def test_keeps_24_bars(self, state):
        for _ in range(245):
            record(state, quantity=1)

        assert [bar["number"] for bar in state["bars"]] == list(range(11, 242, 10))

    def test_works_with_clocks_that_go_back(self, state):
        record(state)
        record(state, at=NOON - timedelta(hours=1))

        assert state["bars"][0]["movements"] == 2


class TestTiles:
    def test_count_units_value_and_what_is_missing(self, state):
        state["items"] = {
            "a": {"stock": 1200, "minimum": 20, "price": 250},
            "b": {"stock": 5, "minimum": 6, "price": 99},
            "c": {"stock": 0, "minimum": 6, "price": 99},
        }

        assert tiles(state) == {
            "stock": "1,205",
            "value": "€ 3,004",
            "low": "2",
            "out": "1",
            "received": "0",
            "shipped": "0",
        }

    def test_count_what_the_chart_shows(self, state):
        record(state, "received", 700)
        record(state, "received", 700)
        record(state, "shipped", 3)

        assert (tiles(state)["received"], tiles(state)["shipped"]) == ("1,400", "3")


class TestRowsToReorder:
    def test_are_those_below_their_minimum(self, state):
        state["items"] = {name: {"stock": stock, "minimum": 10} for name, stock in {"a": 9, "b": 10, "c": 11}.items()}

        shown = warehouse.rows_to_reorder(state, {"rows": warehouse.rows(state)})

        assert shown == [{"stock": 9, "minimum": 10}]


class TestChart:
    def test_is_empty_at_first(self, state):
        assert warehouse.chart(state) == {"end": 100, "bars": []}

    def test_draws_what_came_upwards_and_what_went_downwards_from_the_right(self, state):
        state["bars"] = [
            {"number": 1, "since": NOON, "movements": 10, "received": 300, "shipped": 0},
            {"number": 11, "since": NOON, "movements": 1, "received": 40, "shipped": 100},
        ]

        chart = warehouse.chart(state)

        assert chart["end"] == 400
        places = [(bar["x"], bar["y"], bar["up"], bar["down"]) for bar in chart["bars"]]
        assert places == [(221, 25, 75, 0), (231, 90, 10, 25)]

    def test_stays_within_its_240_by_200(self, state):
        for _ in range(250):
            record(state, "received", 1)
            record(state, "shipped", 1)

        bars = warehouse.chart(state)["bars"]

        assert bars[0]["x"] >= 0
        assert bars[-1]["x"] + 8 <= 240
        assert all(bar["y"] >= 0 and 100 + bar["down"] <= 200 for bar in bars)

    @pytest.mark.parametrize(
        ("units", "end"),
        [
            (0, 100),
            (100, 100),
            (101, 200),
            (399, 400),
            (401, 600),
            (800, 800),
            (801, 1000),
            (1001, 2000),
            (10000, 10000),
        ],
    )
    def test_has_a_round_end_of_its_scale(self, units: int, end: int):
        assert warehouse.end_of_scale(units) == end


class TestActions:
    @pytest.mark.parametrize(("action", "kind"), [(warehouse.receive, "received"), (warehouse.ship, "shipped")])
    async def test_of_a_browser_commit_in_the_name_of_the_user(self, action, kind: str):
        ctx = Context(User(username="ann"))

        await action(ctx, "HN-01", 5)

        assert ctx.committed == [(warehouse.record, "HN-01", kind, 5, "ann", NOON)]

    async def test_of_the_feed_commit_in_the_name_it_gives(self):
        ctx = Context(None)

        await warehouse.move(ctx, "HN-01", "shipped", 5, "feed")

        assert ctx.committed == [(warehouse.record, "HN-01", "shipped", 5, "feed", NOON)]

    def test_are_a_visitors_without_a_login(self):
        assert warehouse.name_of(AnonymousUser()) == "visitor"

    def test_offer_a_browser_two_and_no_way_to_say_who_it_is(self):
        public = {name: action for name, action in warehouse.store.actions.items() if action.public}

        assert list(public) == ["receive", "ship"]
        with pytest.raises(InvalidPayload):
            public["ship"].parameters.decode_form([("sku", "HN-01"), ("quantity", "5"), ("who", "ann")])

    @pytest.mark.parametrize("quantity", ["0", "-5", "1001", "1.5", "ten", "", "9" * 400])
    def test_take_quantities_from_1_to_1000(self, quantity: str):
        parameters = warehouse.store.actions["ship"].parameters

        with pytest.raises(InvalidPayload):
            parameters.decode_form([("sku", "HN-01"), ("quantity", quantity)])

        assert parameters.decode_form([("sku", "HN-01"), ("quantity", "1000")]) == {"sku": "HN-01", "quantity": 1000}

    def test_take_no_long_number_of_an_item(self):
        with pytest.raises(InvalidPayload):
            warehouse.store.actions["ship"].parameters.decode_form([("sku", "H" * 21), ("quantity", "5")])

    def test_may_be_run_again(self):
        assert all(action.idempotent for action in warehouse.store.actions.values())


NEW = {"sku": "HB-09", "name": "Hex bolt M20", "place": "A1-9", "stock": 5, "minimum": 10, "price": 120}


class TestTheShelves:
    def test_take_a_new_item(self, state):
        warehouse.add_item(state, dict(NEW))

        assert warehouse.rows(state)[-1] == NEW

    def test_take_no_second_item_with_a_number(self, state):
        with pytest.raises(Reject, match="There is a HN-01 already"):
            warehouse.add_item(state, NEW | {"sku": "HN-01"})

    def test_have_an_end(self, state):
        state["items"] |= {str(number): NEW for number in range(800)}

        with pytest.raises(Reject, match="All shelves are full"):
            warehouse.add_item(state, dict(NEW))
        with pytest.raises(Reject, match="not enough shelves"):
            warehouse.put_items(state, [NEW])

    def test_keep_the_stock_of_an_item_that_is_changed(self, state):
        warehouse.change_item(state, "HN-01", name="Nut", place="A9-9", minimum=1, price=2)

        assert state["items"]["HN-01"] == {
            "sku": "HN-01", "name": "Nut", "place": "A9-9", "stock": 12, "minimum": 1, "price": 2
        }  # fmt: skip

    def test_know_nothing_of_an_item_that_is_not_there(self, state):
        with pytest.raises(Reject, match="no such item"):
            warehouse.change_item(state, "XX-01", name="Nut", place="A9-9", minimum=1, price=2)

    def test_take_over_what_is_imported(self, state):
        warehouse.put_items(state, [dict(NEW), NEW | {"sku": "HN-01"}])

        assert state["items"]["HB-09"] == NEW
        assert state["items"]["HN-01"]["name"] == "Hex bolt M20"
        assert len(state["items"]) == 201
