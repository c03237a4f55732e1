"""The store of the pages in views.py."""

import asyncio

from django.contrib.auth.models import Group

from liveex_django.store import Reject, Store

START = {
    "items": [
        {"id": 1, "name": "Spoon", "count": 5, "category": "House"},
        {"id": 2, "name": "Laptop", "count": 1, "category": "Office"},
        {"id": 3, "name": "Wheels", "count": 4, "category": "Car"},
    ],
    "filter": [],
    "note": "",
    "color": "red",
    "sizes": ["M"],
    "done": False,
    "renamed": 0,
}

shop = Store("testing.shop", scope="global", state=START)
tab = Store("testing.tab", scope="page", state={"count": 0})


@shop.mutation
def toggle(state, category: str):
    if category in state["filter"]:
        state["filter"].remove(category)
    else:
        state["filter"].append(category)


@shop.mutation
def take(state, item_id: int, quantity: int = 1):
    item = next(item for item in state["items"] if item["id"] == item_id)
    if item["count"] < quantity:
        raise Reject("not enough in stock")
    item["count"] -= quantity


@shop.mutation
def add_item(state, name: str):
    state["items"].append({"id": len(state["items"]) + 1, "name": name, "count": 1, "category": "House"})


@shop.mutation
def add_in_front(state):
    state["items"].insert(0, {"id": len(state["items"]) + 1, "name": "Fork", "count": 1, "category": "House"})


@shop.mutation
def turn_around(state):
    state["items"].reverse()


@shop.mutation
def drop_all(state):
    state["items"].clear()


@shop.mutation
def set_note(state, note: str):
    state["note"] = note


@shop.mutation
def set_options(state, color: str, sizes: list[str], done: bool):
    state.update(color=color, sizes=sizes, done=done)


@shop.mutation
def count_renames(state):
    state["renamed"] += 1


@shop.getter
def visible(state):
    return [item for item in state["items"] if not state["filter"] or item["category"] in state["filter"]]


@shop.action(public=True)
async def filter_by(ctx, category: str):
    await ctx.acommit(toggle, category)


@shop.action(public=True)
def order(ctx, item_id: int, quantity: int = 1):
    ctx.commit(take, item_id, quantity)


@shop.action(public=True)
async def write(ctx, note: str):
    await ctx.acommit(set_note, note.strip())


@shop.action(public=True)
async def add(ctx, name: str, amount: int = 1):
    for _ in range(amount):
        await ctx.acommit(add_item, name)


@shop.action(public=True)
async def choose(ctx, color: str, sizes: list[str], done: bool):
    await ctx.acommit(set_options, color, sizes, done)


@shop.action(public=True)
async def press(ctx, key: str):
    await ctx.acommit(set_note, f"pressed {key}")


@shop.action(public=True)
async def fail(ctx):
    raise ZeroDivisionError("secret detail")


@shop.action(public=True)
def make_group(ctx, name: str):
    Group.objects.create(name=name)
    ctx.commit(set_note, f"{Group.objects.count()} groups")


@shop.action(public=True, atomic=True)
def make_group_atomically(ctx, name: str):
    Group.objects.create(name=name)
    ctx.commit(set_note, name)
    ctx.commit(count_renames)


@shop.action(public=True)
def make_group_through_another(ctx, name: str):
    ctx.dispatch("make_group", name)


@shop.action(public=True)
async def count_groups(ctx):
    await ctx.acommit(set_note, f"{await Group.objects.acount()} groups")


@shop.action(public=True)
async def wait_for_ever(ctx):
    await asyncio.Event().wait()


@shop.on(add_item)
async def count_what_was_added(entry, before, after):
    await asyncio.sleep(0)
    await shop.at().acommit(count_renames)


@tab.mutation
def bump_tab(state):
    state["count"] += 1


@tab.action(public=True)
async def bump(ctx):
    await ctx.acommit(bump_tab)
