"""The pages of the demo, each with the files that make it. To add a page, add it here and in ``urls.py``."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page of the demo."""

    name: str
    """The name of its URL."""

    title: str

    summary: str
    """What it shows, in a sentence or two."""

    files: tuple[str, ...]
    """Paths below ``demo_project``, in the order in which they are best read."""


PAGES = (
    Page(
        name="counter",
        title="Counter",
        summary="The smallest live page: one number that everybody shares. Two windows count together.",
        files=("counter/store.py", "counter/views.py", "counter/templates/counter/counter.html"),
    ),
    Page(
        name="items",
        title="Items",
        summary="A table and two nested views on one store: click categories, type a minimum, and all three follow.",
        files=(
            "items/store.py",
            "items/views.py",
            "items/templates/items/items.html",
            "items/templates/items/categories.html",
            "items/templates/items/count.html",
        ),
    ),
    Page(
        name="warehouse",
        title="Warehouse",
        summary=(
            "A dashboard of two hundred items, a chart and a feed, all drawn by the server, while others move things: with "
            "search, forms, a dialog and an import."
        ),
        files=(
            "warehouse/store.py",
            "warehouse/views.py",
            "warehouse/templates/warehouse/warehouse.html",
            "warehouse/templates/warehouse/row.html",
            "warehouse/choice.py",
            "warehouse/forms.py",
            "warehouse/templates/warehouse/edit.html",
            "warehouse/templates/warehouse/new.html",
            "warehouse/imports.py",
            "warehouse/templates/warehouse/import.html",
            "warehouse/templates/warehouse/item.html",
            "static/demo_project/demo.js",
            "warehouse/catalogue.py",
            "warehouse/feed.py",
        ),
    ),
)


def find_page(name: str | None) -> Page | None:
    """The page whose URL has this name; None for pages that are not part of the tour, such as the index."""
    return next((page for page in PAGES if page.name == name), None)
