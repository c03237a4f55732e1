"""Which elements of a page are bound to an event; outside of live views none is."""

from collections.abc import Callable

from .document import Node, is_element
from .finding import view_of


def is_bound(element: Node, attribute: str) -> bool:
    return bool(element.get(attribute)) and view_of(element) is not None


def root_of(element: Node) -> Node:
    return next(iter([*element.iterancestors()][-1:]), element)


def all_bound(anywhere: Node, attribute: str) -> list[Node]:
    """Every element of the page that is bound, in its order."""
    return [each for each in root_of(anywhere).iter() if is_element(each) and is_bound(each, attribute)]


def closest(element: Node, attribute: str, is_meant: Callable[[Node], bool] = lambda each: True) -> Node | None:
    for each in (element, *element.iterancestors()):
        if each.get(attribute) is not None and is_meant(each):
            return each if is_bound(each, attribute) else None
    return None
