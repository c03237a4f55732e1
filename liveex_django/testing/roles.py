"""
Roles and names of elements, as a screen reader would say them: the part of WAI-ARIA and of HTML-AAM that forms and tables
need. An element with a ``role`` attribute has that role, one that is ``hidden`` has none.
"""

from collections.abc import Callable

from .document import Node, collapse, is_element, text_of
from .fields import is_button, kind_of

# https://www.w3.org/TR/html-aam-1.0/#html-element-role-mappings
_BY_TAG = {
    "article": "article",
    "aside": "complementary",
    "button": "button",
    "caption": "caption",
    "dd": "definition",
    "dialog": "dialog",
    "dt": "term",
    "fieldset": "group",
    "details": "group",
    "figure": "figure",
    "footer": "contentinfo",
    "form": "form",
    "header": "banner",
    "hr": "separator",
    "img": "img",
    "li": "listitem",
    "main": "main",
    "menu": "list",
    "meter": "meter",
    "nav": "navigation",
    "ol": "list",
    "optgroup": "group",
    "option": "option",
    "output": "status",
    "p": "paragraph",
    "progress": "progressbar",
    "section": "region",
    "summary": "button",
    "table": "table",
    "tbody": "rowgroup",
    "td": "cell",
    "textarea": "textbox",
    "tfoot": "rowgroup",
    "thead": "rowgroup",
    "tr": "row",
    "ul": "list",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
}
_BY_INPUT_TYPE = {
    "checkbox": "checkbox",
    "radio": "radio",
    "number": "spinbutton",
    "range": "slider",
    "search": "searchbox",
    **dict.fromkeys(("button", "submit", "reset", "image"), "button"),
    **dict.fromkeys(("text", "email", "tel", "url"), "textbox"),
}

# Roles whose name is what stands in the element: https://www.w3.org/TR/wai-aria-1.2/#namefromcontent
_NAMED_BY_CONTENT = frozenset(
    {
        "button",
        "cell",
        "checkbox",
        "columnheader",
        "heading",
        "link",
        "menuitem",
        "option",
        "radio",
        "row",
        "rowheader",
        "switch",
        "tab",
        "tooltip",
        "treeitem",
    }
)


def role_of(element: Node) -> str | None:
    """The role of an element, None when it has none that anybody asks for."""
    if is_hidden(element):
        return None
    given = (element.get("role") or "").split()
    if given:
        return str(given[0])
    if element.tag == "input":
        return _BY_INPUT_TYPE.get(kind_of(element))
    if element.tag in ("a", "area"):
        return "link" if element.get("href") is not None else None
    if element.tag == "select":
        return "listbox" if element.get("multiple") is not None else "combobox"
    if element.tag == "th":
        return "rowheader" if (element.get("scope") or "").startswith("row") else "columnheader"
    return _BY_TAG.get(element.tag)


def is_hidden(element: Node) -> bool:
    """Whether the HTML hides the element: ``hidden``, ``aria-hidden``, a hidden field, or inside of one such."""
    if element.tag == "input" and kind_of(element) == "hidden":
        return True
    return any(
        each.get("hidden") is not None or each.get("aria-hidden") == "true"
        for each in [element, *element.iterancestors()]
    )


def name_of(element: Node) -> str:
    """The name of an element: what its label, its content or its attributes call it; ``""`` when nothing does."""
    sources: tuple[Callable[[Node], str], ...] = (_labelled_by, _own_label, _html_label, _content, _title)
    return next((name for source in sources if (name := collapse(source(element)))), "")


def _labelled_by(element: Node) -> str:
    ids = (element.get("aria-labelledby") or "").split()
    root = element.getroottree().getroot()
    by_id = {each.get("id"): each for each in root.iter() if is_element(each) and each.get("id") in ids} if ids else {}
    return " ".join(text_of(by_id[name]) for name in ids if name in by_id)


def _own_label(element: Node) -> str:
    return element.get("aria-label") or ""


def _html_label(element: Node) -> str:
    if element.tag in ("input", "select", "textarea", "output", "meter", "progress", "button"):
        return " ".join(filter(None, map(text_of, labels_of(element))))
    if element.tag in ("table", "fieldset", "figure"):
        child = element.find({"table": "caption", "fieldset": "legend", "figure": "figcaption"}[element.tag])
        return "" if child is None else text_of(child)
    return ""


def labels_of(control: Node) -> list[Node]:
    """The ``<label>`` elements of a control."""
    named = control.get("id")
    return [
        label
        for label in control.getroottree().getroot().iter("label")
        if control_of(label) is control or (named is not None and label.get("for") == named)
    ]


def control_of(label: Node) -> Node | None:
    """The control that a ``<label>`` is for."""
    wanted = label.get("for")
    if wanted is not None:
        controls = (
            each for each in label.getroottree().getroot().iter() if is_element(each) and each.get("id") == wanted
        )
    else:
        controls = (each for each in label.iter("input", "select", "textarea", "button") if kind_of(each) != "hidden")
    return next(controls, None)


def _content(element: Node) -> str:
    if element.tag == "input" and is_button(element):
        default = {"submit": "Submit", "reset": "Reset", "image": element.get("alt") or "Submit"}.get(
            kind_of(element), ""
        )
        return element.get("value") or default
    if element.tag in ("img", "area"):
        return element.get("alt") or ""
    return _content_text(element) if role_of(element) in _NAMED_BY_CONTENT else ""


def _content_text(element: Node) -> str:
    text = text_of(element)
    pictures = " ".join(image.get("alt") or "" for image in element.iter("img"))
    return text or pictures


def _title(element: Node) -> str:
    return element.get("title") or element.get("placeholder") or ""
