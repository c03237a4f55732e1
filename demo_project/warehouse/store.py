"""A warehouse that everybody looks at: what is on its shelves, and what has been moved lately."""

from datetime import datetime
from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from demo_project.warehouse.catalogue import Item, make_items
from liveex_django.store import Reject, Store

Sku = Annotated[str, Meta(max_length=20)]
Kind = Literal["received", "shipped"]
Quantity = Annotated[int, Meta(ge=1, le=1000)]  # units in one movement

ROOM = 9999  # units of one item
SHELVES = 1000  # items
LINES = 30  # of what happened, that are kept
BARS = 24  # of the chart
MOVEMENTS_PER_BAR = 10


class Line(TypedDict):
    number: int  # movements are counted from 1
    at: datetime
    who: str
    kind: Kind
    quantity: int
    item: str


class Bar(TypedDict):
    number: int  # of its first movement
    since: datetime
    movements: int
    received: int  # units
    shipped: int  # units


class State(TypedDict):
    items: dict[str, Item]  # by their numbers
    movements: int  # since the beginning
    lines: list[Line]  # the newest first
    bars: list[Bar]  # the newest last


def initial_state() -> State:
    return {"items": make_items(), "movements": 0, "lines": [], "bars": []}


store = Store("warehouse", scope="global", state=initial_state)


@store.mutation
def record(state, sku: Sku, kind: Kind, quantity: Quantity, who: str, at: datetime):
    item = state["items"].get(sku)
    if item is None:
        raise Reject("There is no such item.")
    stock = item["stock"] + (quantity if kind == "received" else -quantity)
    if stock < 0:
        raise Reject(f"There are only {item['stock']} of {item['name']}.")
    if stock > ROOM:
        raise Reject(f"There is no room for {quantity} more of {item['name']}.")
    item["stock"] = stock
    state["movements"] += 1

    number = state["movements"]
    line = {"number": number, "at": at, "who": who, "kind": kind, "quantity": quantity, "item": item["name"]}
    state["lines"].insert(0, line)
    del state["lines"][LINES:]

    bars = state["bars"]
    if not bars or bars[-1]["movements"] == MOVEMENTS_PER_BAR:
        bars.append({"number": number, "since": at, "movements": 0, "received": 0, "shipped": 0})
        del bars[:-BARS]
    bars[-1]["movements"] += 1
    bars[-1][kind] += quantity


@store.mutation
def add_item(state, item: Item):
    if item["sku"] in state["items"]:
        raise Reject(f"There is a {item['sku']} already.")
    if len(state["items"]) >= SHELVES:
        raise Reject("All shelves are full.")
    state["items"][item["sku"]] = item


@store.mutation
def change_item(state, sku: Sku, name: str, place: str, minimum: int, price: int):
    item = state["items"].get(sku)
    if item is None:
        raise Reject("There is no such item.")
    item.update(name=name, place=place, minimum=minimum, price=price)


@store.mutation
def put_items(state, items: list[Item]):
    """Add those whose number is new, and take over the others as they are given."""
    if len(state["items"].keys() | {item["sku"] for item in items}) > SHELVES:
        raise Reject("There are not enough shelves for all of them.")
    for item in items:
        state["items"][item["sku"]] = item


@store.getter
def rows(state):
    return list(state["items"].values())


@store.getter
def rows_to_reorder(state, getters):
    return [item for item in getters["rows"] if item["stock"] < item["minimum"]]


@store.getter
def tiles(state, getters):
    items, bars = getters["rows"], state["bars"]
    units = sum(item["stock"] for item in items)
    euros = sum(item["stock"] * item["price"] for item in items) // 100
    low, out = len(getters["rows_to_reorder"]), sum(not item["stock"] for item in items)
    received, shipped = sum(bar["received"] for bar in bars), sum(bar["shipped"] for bar in bars)
    lately = f"units, last {sum(bar['movements'] for bar in bars)} moves"
    return [
        {"name": "stock", "title": "In stock", "value": f"{units:,}", "note": f"units of {len(items)} items"},
        {"name": "value", "title": "Value", "value": f"€ {euros:,}", "note": "at purchase prices"},
        {"name": "low", "title": "To reorder", "value": f"{low}", "note": "below the minimum"},
        {"name": "out", "title": "Sold out", "value": f"{out}", "note": "nothing left"},
        {"name": "received", "title": "Received", "value": f"{received:,}", "note": lately},
        {"name": "shipped", "title": "Shipped", "value": f"{shipped:,}", "note": lately},
    ]


@store.getter
def chart(state):
    """
    The bars, with places in a drawing 240 wide and 200 high: what was received goes up from its middle, what was
    shipped goes down. The newest is on the right.
    """
    end = end_of_scale(max((max(bar["received"], bar["shipped"]) for bar in state["bars"]), default=0))
    first = BARS - len(state["bars"])
    bars = []
    for place, bar in enumerate(state["bars"], start=first):
        up, down = 100 * bar["received"] // end, 100 * bar["shipped"] // end
        bars.append({**bar, "x": 10 * place + 1, "y": 100 - up, "up": up, "down": down})
    return {"end": end, "bars": bars}


def end_of_scale(units):
    """One even digit, or 1, and zeros: it stays while the bars grow a little, and half of it is a round number too."""
    power = 100
    while units > 8 * power:
        power *= 10
    return next(digit * power for digit in (1, 2, 4, 6, 8) if units <= digit * power)


@store.action(public=True, idempotent=True)
async def receive(ctx, sku: Sku, quantity: Quantity):
    await ctx.acommit(record, sku, "received", quantity, name_of(ctx.user), ctx.now)


@store.action(public=True, idempotent=True)
async def ship(ctx, sku: Sku, quantity: Quantity):
    await ctx.acommit(record, sku, "shipped", quantity, name_of(ctx.user), ctx.now)


def name_of(user):
    """Who it was, for the list of what happened; a browser has no say in it."""
    return user.get_username() if user is not None and user.is_authenticated else "visitor"


@store.action(idempotent=True)  # not public: feed.py uses it
async def move(ctx, sku: Sku, kind: Kind, quantity: Quantity, who: str):
    await ctx.acommit(record, sku, kind, quantity, who, ctx.now)


# Not public: a browser reaches these through the forms of views.py, which look at what was typed.


@store.action(idempotent=True)
async def add(ctx, item: Item):
    await ctx.acommit(add_item, item)


@store.action(idempotent=True)
async def change(ctx, sku: Sku, name: str, place: str, minimum: int, price: int):
    await ctx.acommit(change_item, sku, name, place, minimum, price)


@store.action(idempotent=True)
async def put(ctx, items: list[Item]):
    await ctx.acommit(put_items, items)
