"""HTML for tests of one element or one page at a time."""

from typing import Any

from liveex_django.testing.document import Node, is_comment, is_element, parse_page, select


def live(content: str) -> Node:
    """The root of a page with one live view that has this content."""
    return parse_page(f'<html><body><div lx-view="0" lx-region="0" lx-token="t">{content}</div></body></html>')


def shape(node: Node) -> Any:
    """A tree as plain data, to compare two: tag, attributes, texts and children, comments included."""
    children: list[Any] = []

    def add_text(text: str | None) -> None:
        if text and children and isinstance(children[-1], str):
            children[-1] += text
        elif text:
            children.append(text)

    add_text(node.text)
    for child in node:
        if is_comment(child):
            children.append(("comment", child.text))
        elif is_element(child):
            children.append(shape(child))
        add_text(child.tail)
    return (node.tag, dict(node.attrib), children)


def select_one(content: str, selector: str) -> Node:
    """The one element that a selector finds in a live view."""
    [found] = select(live(content), selector)
    return found
