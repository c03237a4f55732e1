"""Finds elements the way a person or a stylesheet would, and says what there is when it does not find the one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .address import MARKER_ATTRIBUTES, VIEW
from .document import Node, collapse, is_element, select, text_of
from .failures import ElementAmbiguous, ElementNotFound, listed
from .fields import is_button
from .roles import name_of, role_of

# A text that must be equal, with single spaces, or a pattern that must be found in it.
Text = str | re.Pattern[str]

# What binds an element to an event.
BINDINGS = ("lx-click", "lx-change", "lx-submit", "lx-keydown", "lx-keyup")

TARGET = "lx-target"

_SHOWN_ATTRIBUTES = ("name", "type", "href", "role", "aria-label", *BINDINGS, "disabled")
_MOST_TEXT = 60


@dataclass(frozen=True, slots=True)
class Query:
    """
    What to look for; everything that is given must hold.

    ``selector`` is CSS; ``text`` what a person reads in it; ``role`` and ``name`` are those of WAI-ARIA.
    """

    selector: str | None = None
    text: Text | None = None
    role: str | None = None
    name: Text | None = None

    def __str__(self) -> str:
        words = [f"role {self.role!r}"] if self.role else []
        words += [f"name {_shown(self.name)}"] if self.name is not None else []
        words += [f"text {_shown(self.text)}"] if self.text is not None else []
        return " with ".join(filter(None, [repr(self.selector) if self.selector else "element", " and ".join(words)]))

    def all(self, root: Node) -> list[Node]:
        """Every element that fits; of a text without a selector the innermost ones."""
        found = select(root, self.selector or "body *")
        if self.role is not None:
            found = [element for element in found if role_of(element) == self.role]
        if self.name is not None:
            found = [element for element in found if _fits(self.name, name_of(element))]
        if self.text is not None:
            found = [element for element in found if _fits(self.text, _read(element))]
            if self.selector is None and self.role is None:
                found = _innermost(found)
        return found

    def one(self, root: Node, page: str) -> Node:
        """
        Raises:
            ElementNotFound, ElementAmbiguous: There is not exactly one.
        """
        if all(part is None for part in (self.selector, self.text, self.role, self.name)):
            raise ElementNotFound(
                'Nothing says which element. Give a CSS selector, text="...", role="..." or name="...".'
            )
        found = self.all(root)
        if len(found) == 1:
            return found[0]
        if found:
            raise ElementAmbiguous(
                f"{page} has {len(found)} elements that are {self}:{listed(map(describe, found))}\n"
                "Say which, with a narrower selector or its text."
            )
        raise ElementNotFound(f"{page} has no {self}. {self._near(root)}")

    def _near(self, root: Node) -> str:
        """What there is instead: the elements without the last conditions, else what can be used."""
        if self.selector is not None and (near := Query(self.selector).all(root)):
            return f"{self.selector!r} alone finds:{listed(map(describe, near))}"
        if self.role is not None and (near := Query(role=self.role).all(root)):
            return f"With role {self.role!r} there are:{listed(map(describe, near))}"
        return f"Elements bound to an event:{listed(map(describe, bound(root)), ' none.')}"


def bound(root: Node) -> list[Node]:
    """Elements of live views that are bound to an event."""
    return [
        element
        for element in root.iter()
        if is_element(element) and any(element.get(name) for name in BINDINGS) and view_of(element) is not None
    ]


def view_of(element: Node) -> str | None:
    """The id of the live view that an element is in."""
    for each in (element, *element.iterancestors()):
        view = each.get(VIEW)
        if view is not None:
            return str(view)
    return None


def addressee_of(element: Node) -> str:
    """
    The id of the live view that an element's events go to: the one around it, or the one that ``lx-target`` names.

    Raises:
        ElementNotFound: The page has not got that one, or it is no selector, so a browser would send nothing.
    """
    nearest = next(
        each for each in (element, *element.iterancestors()) if each.get(TARGET) or each.get(VIEW) is not None
    )
    wanted = nearest.get(TARGET)
    if not wanted:
        return view_of(element) or ""
    root = element.getroottree().getroot()
    view = next((each for each in root.iter() if is_element(each) and each.get(VIEW) == wanted), None)
    found = [view] if view is not None else select(root, wanted)
    target = view_of(found[0]) if found else None
    if target is None:
        raise ElementNotFound(f"{describe(element)} sends nothing: its {TARGET} finds no live view in the page.")
    return target


def describe(element: Node) -> str:
    """An element in one line: ``<button lx-click="order"> "Order"``."""
    names = [name for name in ("id", "class", *_SHOWN_ATTRIBUTES) if element.get(name) is not None]
    names += [name for name in element.attrib if name.startswith("lx-") and name not in {*MARKER_ATTRIBUTES, *names}]
    attributes = "".join(f' {name}="{element.get(name)}"' if element.get(name) else f" {name}" for name in names)
    text = _read(element)
    shown = text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 3]}..."
    return f"<{element.tag}{attributes}>" + (f' "{shown}"' if shown else "")


def _read(element: Node) -> str:
    return name_of(element) if element.tag == "input" and is_button(element) else text_of(element)


def _fits(wanted: Text, text: str) -> bool:
    return collapse(wanted) == text if isinstance(wanted, str) else wanted.search(text) is not None


def _innermost(elements: Iterable[Node]) -> list[Node]:
    found = list(elements)
    outer = {ancestor for element in found for ancestor in element.iterancestors()}
    return [element for element in found if element not in outer]


def _shown(text: Text | None) -> str:
    return repr(text) if isinstance(text, str) else f"matching {text.pattern!r}" if text else ""
