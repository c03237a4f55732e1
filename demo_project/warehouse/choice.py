"""Which items the table shows, and in which order: all of it is in the query of the page's URL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from demo_project.warehouse.catalogue import Item

PER_PAGE = 50  # items

# What the table can be sorted by, and what is written there.
COLUMNS = {"name": "Item", "sku": "Number", "place": "Place", "stock": "Stock", "minimum": "Minimum"}


@dataclass(frozen=True)
class Choice:
    """
    Attributes:
        search: Text that name, number or place has to contain.
        only_low: Only items that are to be reordered.
        sort: A column; with ``-`` in front the largest comes first. Empty for the order of the shelves.
        page: Counted from 1.
        edit: Number of the item that is being changed.
        dialog: ``new``, ``import`` or nothing.
    """

    search: str = ""
    only_low: bool = False
    sort: str = ""
    page: int = 1
    edit: str = ""
    dialog: str = ""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Choice":
        """What a query asks for; what makes no sense is left out, as anybody can type into a URL."""
        sort, page, dialog = params.get("sort", ""), params.get("page", ""), params.get("dialog", "")
        return cls(
            search=params.get("q", "").strip()[:40],
            only_low=params.get("show") == "low",
            sort=sort if sort.removeprefix("-") in COLUMNS else "",
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
            edit=params.get("edit", "")[:20],
            dialog=dialog if dialog in ("new", "import") else "",
        )

    def asdict(self) -> dict[str, Any]:
        """Plain data for the template."""
        return asdict(self)

    def query(self, **changes: Any) -> str:
        """The query of the page that shows this, with some of it changed."""
        choice = replace(self, **changes)
        names = {
            "q": choice.search,
            "show": "low" if choice.only_low else "",
            "sort": choice.sort,
            "page": choice.page if choice.page > 1 else "",
            "edit": choice.edit,
            "dialog": choice.dialog,
        }
        return "?" + urlencode({name: value for name, value in names.items() if value})

    def links(self, before: int | None, after: int | None) -> dict[str, Any]:
        """The queries behind what can be clicked; ``edit`` is to be followed by the number of an item."""
        done = self.query(edit="", dialog="")
        return {
            "all": self.query(only_low=False, page=1, edit=""),
            "low": self.query(only_low=True, page=1, edit=""),
            "new": self.query(edit="", dialog="new"),
            "import": self.query(edit="", dialog="import"),
            "edit": f"{done}{'' if done == '?' else '&'}edit=",
            "done": done,
            "before": self.query(page=before, edit="") if before else "",
            "after": self.query(page=after, edit="") if after else "",
            "columns": [self._head(column, title) for column, title in COLUMNS.items()],
        }

    def _head(self, column: str, title: str) -> dict[str, str]:
        """A column's name, what it is sorted by at the next click (upwards first, then downwards), and its ``aria-sort``."""
        is_sorted = self.sort.removeprefix("-") == column
        direction = "none" if not is_sorted else "descending" if self.sort.startswith("-") else "ascending"
        query = self.query(sort=f"-{column}" if self.sort == column else column, page=1, edit="")
        return {"name": column, "title": title, "query": query, "direction": direction}

    def matching(self, items: Sequence[Item]) -> list[Item]:
        """The items that are asked for, in order, of all pages."""
        wanted = self.search.lower()
        found = [
            item
            for item in items
            if (not self.only_low or item["stock"] < item["minimum"])
            and (not wanted or any(wanted in text.lower() for text in (item["name"], item["sku"], item["place"])))
        ]
        column = self.sort.removeprefix("-")
        if not column:
            return found
        return sorted(found, key=lambda item: _natural(dict(item)[column]), reverse=self.sort.startswith("-"))


def _natural(value: Any) -> Any:
    """Text in the order that people expect: M4 comes before M10."""
    if not isinstance(value, str):
        return value
    return [(int(part), "") if part.isdigit() else (0, part.lower()) for part in re.split(r"([0-9]+)", value)]
