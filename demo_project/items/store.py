"""The things in a household and what a visitor wants to see of them."""

import re
from typing import TypedDict

from liveex_django.store import Reject, Store


class Category(TypedDict):
    id: int
    name: str


class Item(TypedDict):
    id: int
    name: str
    count: int
    category_id: int


class State(TypedDict):
    categories: list[Category]
    items: list[Item]
    filter: list[int]  # ids of the selected categories, in the order of their selection
    min_count: int


CATEGORIES: list[Category] = [
    {"id": 1, "name": "House"},
    {"id": 2, "name": "Office"},
    {"id": 3, "name": "Car"},
    {"id": 4, "name": "General"},
]

ITEMS: list[Item] = [
    {"id": 1, "name": "Spoon", "count": 5, "category_id": 1},
    {"id": 2, "name": "Fork", "count": 5, "category_id": 1},
    {"id": 3, "name": "Couch", "count": 1, "category_id": 1},
    {"id": 4, "name": "Laptop", "count": 1, "category_id": 2},
    {"id": 5, "name": "Coffee Machine", "count": 1, "category_id": 2},
    {"id": 6, "name": "Fire Extinguisher", "count": 1, "category_id": 3},
    {"id": 7, "name": "Safety Vest", "count": 2, "category_id": 3},
    {"id": 8, "name": "Friends", "count": 0, "category_id": 3},
    {"id": 9, "name": "Wheels", "count": 5, "category_id": 3},
    {"id": 10, "name": "Suitcase", "count": 1, "category_id": 4},
    {"id": 11, "name": "Kindle", "count": 1, "category_id": 4},
    {"id": 12, "name": "Pair of Shoes", "count": 7, "category_id": 4},
]


def initial_state() -> State:
    return {"categories": CATEGORIES, "items": ITEMS, "filter": [], "min_count": 0}


store = Store("items", scope="key", state=initial_state)


@store.mutation
def add_filter(state, category_id: int):
    if category_id not in [category["id"] for category in state["categories"]]:
        raise Reject("There is no such category.")
    if category_id not in state["filter"]:  # another visitor may have been first
        state["filter"].append(category_id)


@store.mutation
def remove_filter(state, category_id: int):
    if category_id in state["filter"]:
        state["filter"].remove(category_id)


@store.mutation
def set_min_count(state, count: int):
    if count < 0:
        raise Reject("The minimum cannot be negative.")
    state["min_count"] = count


@store.getter
def category_names(state):
    return {category["id"]: category["name"] for category in state["categories"]}


@store.getter
def selected_categories(state, getters):
    return [getters["category_names"][category_id] for category_id in state["filter"]]


@store.getter
def visible_items(state, getters):
    wanted = set(state["filter"]) or getters["category_names"].keys()
    return [
        {**item, "category": getters["category_names"][item["category_id"]]}
        for item in state["items"]
        if item["category_id"] in wanted and item["count"] >= state["min_count"]
    ]


@store.action(public=True, idempotent=True)
async def filter_by_category(ctx, category_id: int):
    if category_id in ctx.state["filter"]:
        await ctx.acommit(remove_filter, category_id)
    else:
        await ctx.acommit(add_filter, category_id)


@store.action(public=True, idempotent=True)
async def filter_by_count(ctx, count: str):
    digits = re.match(r"[0-9]{1,9}", count.strip())  # "5" is 5, "3abc" is 3, anything else is 0
    await ctx.acommit(set_min_count, int(digits[0]) if digits else 0)
