"""Pieces of the warehouse's templates that stand in several places."""

from liveex_django.live import Component


class Panel(Component):
    """A titled part of a page; what stands beside its title goes into the slot ``actions``."""

    template_name = "warehouse/panel.html"
    name: str
    heading: str


class Tile(Component):
    """A number, what it is, and a few words about it."""

    template_name = "warehouse/tile.html"
    name: str
    title: str
    value: str
    note: str
