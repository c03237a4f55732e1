"""
HTML as a tree: the only file that knows lxml. Parses pages and fragments, finds by CSS, reads and writes text.

The parser is libxml2's, which builds the tree of a browser for HTML without mistakes. Three things that it does otherwise
are put right here: browsers add the ``<tbody>`` of a table, drop a newline at the start of a ``<textarea>`` or ``<pre>``,
and give ``disabled`` no value when it has none.
"""

import copy
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from cssselect import HTMLTranslator, SelectorError
from lxml import etree, html  # type: ignore[import-untyped]

from .failures import ElementNotFound

# An element, or a comment, of lxml.
Node: TypeAlias = Any

_SPACE = re.compile(r"[ \t\r\n\f]+")

# Elements that stand inside a line; text on both sides of any other one is not one word.
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "button",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "mark",
        "output",
        "q",
        "s",
        "samp",
        "select",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "textarea",
        "time",
        "u",
        "var",
        "wbr",
    }
)
# Attributes that libxml2 gives their own name as value.
_BOOLEAN = ("checked", "disabled", "multiple", "readonly", "selected", "defer", "ismap")

_WITHOUT_TEXT = frozenset({"script", "style", "template", "noscript"})


def parse_page(text: str) -> Node:
    """The root element of a whole page."""
    root = html.document_fromstring(text.encode(), parser=_parser())
    _finish(root)
    return root


def parse_fragment(text: str) -> Node:
    """A ``<div>`` with the fragment as its content; rows, cells and options may stand in it as they come."""
    root = html.document_fromstring(
        f"<!doctype html><html><body><div>{text}</div></body></html>".encode(), parser=_parser()
    )
    _finish(root)
    return root.find("body")[0]


def _parser() -> Any:
    return html.HTMLParser(encoding="utf-8", huge_tree=True)


def _finish(root: Node) -> None:
    for element in root.iter("textarea", "pre", "listing"):
        element.text = (element.text or "").removeprefix("\n") or None
    for name in _BOOLEAN:
        for element in root.xpath(f"//*[@{name}='{name}']"):
            element.set(name, "")
    for table in root.iter("table"):
        rows = [child for child in table if child.tag == "tr"]
        if rows and not any(is_comment(child) for child in table):
            body = html.Element("tbody")
            rows[0].addprevious(body)
            body.extend(rows)


def is_comment(node: Node) -> bool:
    """Whether it is a comment, and so may be a marker."""
    return node.tag is etree.Comment


def is_element(node: Node) -> bool:
    """Whether it is an element, and neither a comment nor a processing instruction."""
    return isinstance(node.tag, str)


def select(root: Node, selector: str) -> list[Node]:
    """
    Elements in or below ``root`` by CSS, in the order of the page.

    Raises:
        ElementNotFound: It is no selector.
    """
    try:
        path = HTMLTranslator().css_to_xpath(selector)
    except SelectorError as error:
        raise ElementNotFound(f"{selector!r} is not a CSS selector that can be used here: {error}.") from error
    return [found for found in root.xpath(path) if is_element(found)]


def text_of(node: Node) -> str:
    """The text that a person reads in an element, with single spaces; blocks are apart, scripts are left out."""
    return collapse("".join(_texts(node)))


def _texts(node: Node) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if is_element(child) and child.tag not in _WITHOUT_TEXT:
            space = "" if child.tag in _INLINE else " "
            yield space
            yield from _texts(child)
            yield space
        yield child.tail or ""


def collapse(text: str) -> str:
    """Without spaces at its ends, and with single ones inside."""
    return _SPACE.sub(" ", text).strip(" ")


def set_text(element: Node, text: str) -> None:
    """Replace the content of an element that holds nothing but text."""
    for child in list(element):
        element.remove(child)
    element.text = text


# Siblings. In lxml the text behind a node is that node's tail, and moves with it.


def between(start: Node, end: Node | None) -> list[Node]:
    """The nodes behind ``start`` and before ``end``."""
    nodes = []
    node = start.getnext()
    while node is not None and node is not end:
        nodes.append(node)
        node = node.getnext()
    return nodes


def take_out(nodes: Iterable[Node]) -> None:
    """Remove nodes from their parents, with the text behind each."""
    for node in nodes:
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)


def put_before(end: Node, nodes: Iterable[Node]) -> None:
    """Put nodes, with the text behind each, before a sibling."""
    for node in nodes:
        end.addprevious(node)


def replace_between(start: Node, end: Node, fragment: Node) -> list[Node]:
    """Put the content of ``fragment`` where what stands between two siblings was; returns the new nodes."""
    take_out(between(start, end))
    nodes = list(fragment)
    start.tail = fragment.text
    put_before(end, nodes)
    return nodes


def replace_content(element: Node, fragment: Node) -> list[Node]:
    """Put the content of ``fragment`` into an element; returns the new nodes."""
    take_out(list(element))
    nodes = list(fragment)
    element.text = fragment.text
    element.extend(nodes)
    return nodes


def swap(old: Node, new: Node) -> None:
    """Put ``new`` where ``old`` stands; the text behind stays where it was."""
    tail, old.tail = old.tail, None
    new.tail = tail
    old.getparent().replace(old, new)


# Output


def source_of(element: Node, *, is_marker_attribute: Any = None) -> str:
    """The HTML of an element without comments, and without the attributes that ``is_marker_attribute`` picks."""
    element = copy.deepcopy(element)
    element.tail = None
    for node in list(element.iter()):
        if is_comment(node):
            _drop(node)
        elif is_element(node) and is_marker_attribute is not None:
            for name in [name for name in node.attrib if is_marker_attribute(name)]:
                del node.attrib[name]
    text: str = html.tostring(element, encoding="unicode")
    return text


def _drop(node: Node) -> None:
    """Remove a node and leave the text behind it."""
    parent, previous = node.getparent(), node.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + (node.tail or "")
    else:
        parent.text = (parent.text or "") + (node.tail or "")
    parent.remove(node)
