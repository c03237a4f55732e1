"""The two hundred items of the warehouse, made by arithmetic: every process and every test has the same ones."""

from typing import TypedDict


class Item(TypedDict):
    sku: str
    name: str
    place: str
    stock: int  # units
    minimum: int  # units; with fewer it is time to reorder
    price: int  # cents of a unit


_THREADS = ("M3", "M4", "M5", "M6", "M8", "M10", "M12", "M16")
_DIAMETERS = ("10", "12", "15", "18", "22", "28", "35", "42")
_COLOURS = ("black", "blue", "brown", "green", "grey", "red", "white", "yellow")

# What stands in each aisle: the variants there are of everything, and what there is, with the letters of its number.
_AISLES = {
    "A": (
        _THREADS,
        {
            "HB": "Hex bolt",
            "HN": "Hex nut",
            "WA": "Washer",
            "SW": "Spring washer",
            "SS": "Socket screw",
            "WN": "Wing nut",
            "TR": "Threaded rod",
            "EB": "Eye bolt",
        },
    ),
    "B": (
        _DIAMETERS,
        {
            "PI": "Copper pipe",
            "EL": "Elbow",
            "TE": "Tee",
            "CO": "Coupling",
            "CL": "Pipe clip",
            "BV": "Ball valve",
            "EC": "End cap",
            "RE": "Reducer",
        },
    ),
    "C": (
        _COLOURS,
        {
            "WI": "Wire, 50 m",
            "CT": "Cable ties",
            "TA": "Insulating tape",
            "HS": "Heat shrink",
            "FE": "Ferrules",
            "TL": "Test lead",
            "PL": "Banana plug",
            "LA": "Pilot light",
            "PB": "Push button",
        },
    ),
}


def make_items() -> dict[str, Item]:
    """By their numbers, in the order of their places."""
    items: dict[str, Item] = {}
    for aisle, (variants, products) in _AISLES.items():
        for shelf, (letters, product) in enumerate(products.items(), start=1):
            for bin_number, variant in enumerate(variants, start=1):
                sku = f"{letters}-{bin_number:02}"
                items[sku] = _make_item(sku, f"{product} {variant}", f"{aisle}{shelf}-{bin_number}", len(items))
    return items


def _make_item(sku: str, name: str, place: str, number: int) -> Item:
    # The factors share nothing with the numbers they are reduced by, so the values look mixed. About one item in five
    # begins below its minimum, and a few are sold out.
    minimum = 20 + number * 7 % 41
    return {
        "sku": sku,
        "name": name,
        "place": place,
        "stock": max(0, minimum + number * 37 % 161 - 30),
        "minimum": minimum,
        "price": 25 + number * 83 % 975,
    }
