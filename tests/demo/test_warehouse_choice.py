"""What of the table is shown, as the URL says it."""

import pytest
from django.http import QueryDict

from demo_project.warehouse.catalogue import make_items
from demo_project.warehouse.choice import Choice

ITEMS = list(make_items().values())


def of(query):
    return Choice.of(QueryDict(query))


def names(query):
    return [item["name"] for item in of(query).matching(ITEMS)]


class TestAQuery:
    def test_comes_back_as_it_was(self):
        query = "?q=hex+bolt&show=low&sort=-stock&page=2&edit=HB-01&dialog=new"

        assert of(query[1:]).query() == query

    def test_is_empty_for_the_whole_table(self):
        assert of("").query() == "?"

    @pytest.mark.parametrize(
        "query", ["sort=__class__", "sort=--stock", "page=0", "page=-1", "page=x", "page=²", "dialog=x", "show=high"]
    )
    def test_that_makes_no_sense_asks_for_nothing(self, query):
        assert of(query) == Choice()

    def test_of_any_page_is_a_small_number(self):
        assert of("page=99999").page == 99999
        assert of("page=" + "9" * 5000).page == 1

    def test_behind_a_column_sorts_upwards_and_then_downwards(self):
        assert columns("")["stock"] == ("none", "?sort=stock")
        assert columns("sort=stock&page=3")["stock"] == ("ascending", "?sort=-stock")
        assert columns("sort=-stock")["stock"] == ("descending", "?sort=stock")


def columns(query):
    links = of(query).links(None, None)
    return {column["name"]: (column["direction"], column["query"]) for column in links["columns"]}


class TestTheItems:
    def test_are_all_there_in_the_order_of_their_places(self):
        assert of("").matching(ITEMS) == ITEMS

    def test_are_found_by_a_part_of_name_number_or_place(self):
        assert names("q=hex bolt m1") == ["Hex bolt M10", "Hex bolt M12", "Hex bolt M16"]
        assert names("q=hb-01") == ["Hex bolt M3"]
        assert names("q=c9-8") == ["Push button yellow"]

    def test_are_those_to_reorder(self):
        low = of("show=low").matching(ITEMS)

        assert low == [item for item in ITEMS if item["stock"] < item["minimum"]] != []

    def test_are_sorted_as_people_count(self):
        assert names("q=hex bolt&sort=name")[:4] == ["Hex bolt M3", "Hex bolt M4", "Hex bolt M5", "Hex bolt M6"]
        assert names("sort=-name")[0] == "Wire, 50 m yellow"

    def test_are_sorted_by_numbers(self):
        stocks = [item["stock"] for item in of("sort=-stock").matching(ITEMS)]

        assert stocks == sorted(stocks, reverse=True)
