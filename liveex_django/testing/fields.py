"""
What a person has typed, ticked and chosen in a page, beside what its HTML says; and the form data that follows from both.

As in a browser the two part at the first touch: from then on a field shows what the person did, until the server says
something new about it. The field that the person is in keeps what was typed even then.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ..store.forms import UNTOUCHED_PREFIX
from .document import Node, collapse, is_element, text_of

Pair = tuple[str, str]

CHECKED_TYPES = frozenset({"checkbox", "radio"})
_BUTTON_TYPES = frozenset({"submit", "button", "reset", "image"})
_FIELDS = frozenset({"input", "select", "textarea", "button"})


def kind_of(element: Node) -> str:
    """``"text"``, ``"checkbox"``, … for an input, else the tag."""
    return str(element.get("type") or "text").strip().lower() if element.tag == "input" else str(element.tag)


def is_field(element: Node) -> bool:
    """Whether a person can put something into it."""
    return element.tag in ("select", "textarea") or (
        element.tag == "input" and kind_of(element) not in {*_BUTTON_TYPES, "hidden"}
    )


def is_typed_in(element: Node) -> bool:
    """Whether its value is typed or chosen in a way that a patch must not disturb."""
    return is_field(element) and kind_of(element) not in CHECKED_TYPES


def is_button(element: Node) -> bool:
    """Whether it is a button of any kind."""
    return element.tag == "button" or (element.tag == "input" and kind_of(element) in _BUTTON_TYPES)


def is_submit_button(element: Node) -> bool:
    """Whether a click on it sends its form."""
    if element.tag == "button":
        return (element.get("type") or "submit").strip().lower() not in ("button", "reset")
    return element.tag == "input" and kind_of(element) in ("submit", "image")


def form_of(element: Node) -> Node | None:
    """The form that a field or button belongs to."""
    named = element.get("form")
    if named is not None:
        root = element.getroottree().getroot()
        return next((form for form in root.iter("form") if form.get("id") == named), None)
    return next(element.iterancestors("form"), None)


def fields_of(form: Node) -> Iterator[Node]:
    """Fields and buttons of a form, in the order of the page."""
    for element in form.getroottree().getroot().iter(*_FIELDS):
        if form_of(element) is form:
            yield element


def is_disabled(element: Node) -> bool:
    """Whether a control is disabled, itself or by a fieldset around it."""
    if element.tag not in {*_FIELDS, "option", "optgroup", "fieldset"}:
        return False
    if element.get("disabled") is not None:
        return True
    for fieldset in element.iterancestors("fieldset"):
        legend = next(iter(fieldset.findall("legend")), None)
        if fieldset.get("disabled") is not None and (legend is None or legend not in element.iterancestors()):
            return True
    return False


class Fields:
    """The values of a page's fields. ``focused`` is the element that the person is in."""

    def __init__(self) -> None:
        self.focused: Node | None = None
        # Only what differs, or may differ, from the HTML: text, whether it is ticked, chosen options.
        self._touched: dict[Node, Any] = {}
        # Names of fields that the person has touched, and forms in which they have entered something.
        self._names: dict[Node, set[str]] = {}
        self._entered: set[Node] = set()
        # Fields whose value has not been sent, and those of which the server has said something that they do not show.
        self._unsent: set[Node] = set()
        self._held: set[Node] = set()

    # Reading

    def value(self, element: Node) -> str:
        """The value of a field or button as the browser has it; of a ``<select>`` the first chosen one."""
        if element.tag == "select":
            return next(iter(self.chosen_values(element)), "")
        if element.tag == "option":
            return option_value(element)
        if element.tag == "button" or kind_of(element) in {*CHECKED_TYPES, *_BUTTON_TYPES, "hidden"}:
            return str(element.get("value", "on" if kind_of(element) in CHECKED_TYPES else ""))
        touched = self._touched.get(element)
        return _default_text(element) if touched is None else str(touched)

    def is_checked(self, element: Node) -> bool:
        """Whether a box or radio button is ticked."""
        touched = self._touched.get(element)
        return element.get("checked") is not None if touched is None else bool(touched)

    def chosen(self, select: Node) -> list[Node]:
        """The chosen options of a ``<select>``."""
        touched = self._touched.get(select)
        if touched is not None:
            return [option for option in touched if select in option.iterancestors("select")]
        options = list(select.iter("option"))
        selected = [option for option in options if option.get("selected") is not None]
        if select.get("multiple") is not None:
            return selected
        # A browser shows the first one that can be chosen when the HTML says none, the last when it says several.
        return selected[-1:] or [option for option in options if option.get("disabled") is None][:1]

    def chosen_values(self, select: Node) -> list[str]:
        """The values of the chosen options."""
        return [option_value(option) for option in self.chosen(select)]

    # Writing, by the person

    def type(self, element: Node, text: str) -> None:
        """Make a text field show ``text``."""
        self._touched[element] = text
        self._edited(element)

    def check(self, element: Node, checked: bool) -> None:
        """Tick a box or take the tick away; ticking a radio button takes it from the others of its group."""
        if kind_of(element) == "radio" and checked:
            for other in self._group(element):
                self._touched[other] = False
        self._touched[element] = checked
        self._edited(element)

    def choose(self, select: Node, options: list[Node]) -> None:
        """Choose these options and no others."""
        self._touched[select] = options
        self._edited(select)

    def _edited(self, field: Node) -> None:
        self.focused = field
        form = form_of(field)
        if form is not None:
            self._names.setdefault(form, set()).add(str(field.get("name")))
            self._entered.add(form)
            self._unsent.add(field)

    def is_entered(self, form: Node) -> bool:
        """Whether a form holds something that the person has entered."""
        return form in self._entered

    # What was sent, and its answer

    def sent(self, element: Node, *, is_submit: bool) -> None:
        """An event with the values of a form, or of a field, is sent."""
        if element.tag != "form":
            self._unsent.discard(element)
            return
        fields = [field for field in fields_of(element) if not is_button(field)]
        self._unsent.difference_update(fields)
        if is_submit:
            self._names[element] = {str(field.get("name")) for field in fields}

    def answered(self, element: Node, *, is_submit: bool, is_reset: bool) -> None:
        """The event was applied: a form that was sent shows the server's newest word, one that is reset the template's."""
        form = element if element.tag == "form" else form_of(element)
        if form is None or not (is_submit or is_reset):
            return
        for field in fields_of(form):
            if is_reset or field in self._held:
                self._touched.pop(field, None)
                self._held.discard(field)
        if is_reset:
            self._names.pop(form, None)
            self._entered.discard(form)

    @staticmethod
    def _group(radio: Node) -> Iterator[Node]:
        form = form_of(radio)
        for other in radio.getroottree().getroot().iter("input"):
            if kind_of(other) == "radio" and other.get("name") == radio.get("name") and form_of(other) is form:
                yield other

    # What the server says anew

    def set_attribute(self, element: Node, name: str, value: str | None) -> None:
        """Set or, with None, remove an attribute; one that is the first value of a field shows in the field."""
        if element.tag == "input" and name == "value" and is_typed_in(element):
            self._server_says(element)
        if value is None:
            element.attrib.pop(name, None)
        else:
            element.set(name, value)
        if element.tag == "input" and name == "checked" and element not in self._unsent:
            self._touched.pop(element, None)
            if value is not None and kind_of(element) == "radio":
                self.check_by_server(element)
        if element.tag == "option" and name == "selected":
            for select in element.iterancestors("select"):
                self._server_says(select)

    def check_by_server(self, radio: Node) -> None:
        """A radio button that gets ticked takes the tick from the others, whoever ticks it."""
        for other in self._group(radio):
            if other is not radio:
                self._touched[other] = False

    def text_was_set(self, element: Node) -> None:
        """To be called before the text of a ``<textarea>`` changes."""
        if element.tag == "textarea":
            self._server_says(element)

    def _server_says(self, field: Node) -> None:
        if field is not self.focused and field not in self._unsent:
            self._touched.pop(field, None)
            return
        self._held.add(field)
        if field.tag != "select":
            self._touched.setdefault(field, self.value(field))

    # Elements that a patch has made anew

    def counterparts(self, old_nodes: Iterable[Node], new_nodes: Iterable[Node]) -> list[tuple[Node, Node | None]]:
        """Fields in nodes that are about to be replaced, each with the new field in its place."""
        fresh = {key: field for field, key in _keyed(new_nodes)}
        return [(old, fresh.get(key)) for old, key in _keyed(old_nodes)]

    def take_over(self, old: Node, new: Node | None) -> None:
        """Let a new field keep what was done to the old one, where the server says of it what it said of the old."""
        if self.focused is old:
            self.focused = new
        touched = self._touched.pop(old, None)
        is_unsent = old in self._unsent
        self._unsent.discard(old)
        if new is None:
            return
        self._move_form(form_of(old), form_of(new))
        if touched is None:
            return
        if is_unsent:
            self._unsent.add(new)
        is_news = _says(old) != _says(new)
        if not is_news or is_unsent or (self.focused is new and is_typed_in(new)):
            if is_news:
                self._held.add(new)
            if old.tag == "select":
                values = [option_value(option) for option in touched]
                touched = [option for option in new.iter("option") if option_value(option) in values]
            self._touched[new] = touched

    def _move_form(self, old: Node | None, new: Node | None) -> None:
        """The same form, made anew by a patch around it."""
        if old is None or new is None or old is new:
            return
        self._names.setdefault(new, set()).update(self._names.get(old, ()))
        if old in self._entered:
            self._entered.add(new)

    # Form data

    def untouched_markers(self, form: Node) -> list[Pair]:
        """A marker for each field that the person has not touched yet: docs/protocol.md, section 3."""
        names = dict.fromkeys(
            str(field.get("name"))
            for field in fields_of(form)
            if field.get("name") and not is_button(field) and not is_disabled(field)
        )
        touched = self._names.get(form, set())
        return [(UNTOUCHED_PREFIX + name, "") for name in names if name not in touched]

    def form_values(self, form: Node) -> list[Pair]:
        """What a browser would send of a form's fields, without its buttons and files."""
        return [
            pair for field in fields_of(form) if not is_button(field) for pair in self.own_values(field, in_form=True)
        ]

    def own_values(self, element: Node, *, in_form: bool = False) -> list[Pair]:
        """Name and value of one field or button; several for a ``<select multiple>``, none for a box without a tick."""
        name = element.get("name")
        if not name or element.tag not in _FIELDS or (in_form and is_disabled(element)):
            return []
        if element.tag == "select":
            return [
                (name, option_value(option)) for option in self.chosen(element) if not (in_form and is_disabled(option))
            ]
        kind = kind_of(element)
        if kind == "file" or (kind in CHECKED_TYPES and not self.is_checked(element)):
            return []
        return [(name, self.value(element))]


def option_value(option: Node) -> str:
    """The value of an option: its attribute, else its text."""
    value = option.get("value")
    return collapse(text_of(option)) if value is None else value


def _default_text(element: Node) -> str:
    if element.tag == "textarea":
        return "".join(element.itertext()).replace("\r\n", "\n")
    return str(element.get("value", ""))


def _says(field: Node) -> Any:
    """What the HTML says about the state of a field."""
    if field.tag == "select":
        return [(option_value(option), option.get("selected") is not None) for option in field.iter("option")]
    return field.get("checked") if kind_of(field) in CHECKED_TYPES else _default_text(field)


def _keyed(nodes: Iterable[Node]) -> Iterator[tuple[Node, object]]:
    """Fields in some nodes, each with what tells it from the others: its id, or its kind, name and place among such."""
    counts: dict[object, int] = {}
    for node in nodes:
        for field in node.iter(*_FIELDS) if is_element(node) else ():
            group = (kind_of(field), field.get("name"), field.get("value") if kind_of(field) == "radio" else None)
            counts[group] = counts.get(group, 0) + 1
            yield field, ("id", field.get("id")) if field.get("id") else (*group, counts[group])
