"""
From what a person does to the events that a page sends: which element is bound, what the payload says, what a browser
would not let happen. ``client/events.js`` and ``client/form.js`` are the other side of it.

``lx-debounce`` and ``lx-throttle`` are not waited for: an event is sent at once. Who is asked by ``lx-confirm`` says yes.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .bound import all_bound, closest, is_bound, root_of
from .document import Node, is_element, text_of
from .failures import ElementAmbiguous, ElementDisabled, ElementNotBound, ElementNotFound, listed
from .fields import (
    CHECKED_TYPES,
    Fields,
    Pair,
    fields_of,
    form_of,
    is_button,
    is_disabled,
    is_field,
    is_submit_button,
    is_typed_in,
    kind_of,
    option_value,
)
from .finding import addressee_of, describe, view_of
from .history import How, Visit
from .keys import is_wanted, split_key
from .roles import control_of, is_hidden

CLICK, CHANGE, SUBMIT, KEYDOWN, KEYUP = "lx-click", "lx-change", "lx-submit", "lx-keydown", "lx-keyup"
CLICK_AWAY, FOCUS, BLUR, PASTE, VISIBLE = "lx-click-away", "lx-focus", "lx-blur", "lx-paste", "lx-visible"
PATCH, NAVIGATE = "lx-patch", "lx-navigate"
WINDOW = "lx-window-"
_VALUE_PREFIX = "lx-value-"

# What a field can be given: a text, whether it is ticked, the options of a <select multiple>.
Value = str | int | float | bool | Sequence[str]


@dataclass(frozen=True, slots=True)
class Event:
    """
    What the page sends: docs/protocol.md, section 3.

    ``element`` is the one that it is bound to, if any; ``is_submit`` tells that a form was sent.
    """

    view: str
    name: str
    payload: tuple[Pair, ...]
    element: Node | None = dataclasses.field(default=None, compare=False)
    is_submit: bool = False


Done = list[Event | Visit]


class Gestures:
    """What a person does on one page. Every method changes the fields as a browser would and returns the events."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields

    def click(self, element: Node) -> Done:
        """
        Raises:
            ElementDisabled, ElementNotBound: Nothing can happen, or nothing would.
        """
        _check_usable(element)
        events: Done = []
        bound = closest(element, CLICK)
        is_final = False
        if bound is not None:
            _check_usable(bound)
            events += self._events(bound, CLICK, self._element_values(bound))
            is_final = is_button(bound) or (bound.tag == "a" and bound.get("href") is not None)
        self.fields.focused = element
        if not is_final:
            events += self._default_of_click(element)
        has_commands = bound is not None and _has_commands(bound, CLICK)
        if not events and not has_commands and not _is_in_submitted_form(element):
            raise ElementNotBound(f"A click on {describe(element)} sends no event{_why_not(element)}")
        return events + self._away_from(element) + self._in_window(element, "click")

    def click_away(self, element: Node) -> Done:
        """
        Click where nothing is: a click away from this element and from all others that wait for one.

        Raises:
            ElementNotBound: This one does not wait for it.
        """
        _check_usable(element)
        _check_bound(element, CLICK_AWAY, "A click away from")
        page = root_of(element)
        return self._away_from(page) + self._in_window(page, "click")

    def focus(self, element: Node) -> Done:
        """
        Bring the focus into an element.

        Raises:
            ElementNotBound: Neither it nor anything around it listens.
        """
        _check_usable(element)
        bound = _check_bound(element, FOCUS, "The focus in")
        self.fields.focused = element
        return self._events(bound, FOCUS, self._element_values(bound))

    def blur(self, element: Node) -> Done:
        """As :meth:`focus`, for the focus that leaves."""
        _check_usable(element)
        bound = _check_bound(element, BLUR, "Leaving")
        self.fields.focused = None
        return self._events(bound, BLUR, self._element_values(bound))

    def paste(self, element: Node, text: str) -> Done:
        """
        Paste a text in an element. A field keeps what it holds: say with :meth:`change` what it holds then.

        Raises:
            ElementNotBound: Neither it nor anything around it listens.
        """
        _check_usable(element)
        bound = _check_bound(element, PASTE, "A paste in")
        pasted = [("text", text)]
        events = self._events(bound, PASTE, self._element_values(bound, pasted))
        return events + self._in_window(element, "paste", pasted)

    def scroll_to(self, element: Node) -> Done:
        """
        Bring an element into view.

        Raises:
            ElementNotBound: It does not wait for that.
        """
        if not is_bound(element, VISIBLE):
            raise ElementNotBound(f"{describe(element)} coming into view sends no event{_why_not(element, VISIBLE)}")
        return self._events(element, VISIBLE, self._element_values(element))

    def window(self, page: Node, name: str, key: str | None = None, text: str | None = None) -> Done:
        """
        Something happens in the window and in no element of it: ``"focus"``, ``"keydown"`` with a ``key``, ``"paste"``
        with a ``text``.

        Raises:
            ElementNotBound: No element has ``lx-window-NAME``, or only for another key.
        """
        details = [("key", split_key(key)[1])] if key is not None else []
        details += [("text", text)] if text is not None else []

        def is_meant(element: Node) -> bool:
            return key is None or is_wanted(element.get("lx-key"), key)

        if not any(map(is_meant, all_bound(page, WINDOW + name))):
            for_key = f" for {key!r}" if key is not None else ""
            raise ElementNotBound(f"No element of a live view is bound by {WINDOW}{name}{for_key}.")
        return self._in_window(page, name, details, is_meant)

    def _default_of_click(self, element: Node) -> Done:
        link = next((each for each in (element, *element.iterancestors()) if each.tag == "a"), None)
        if link is not None and link.get("href") is not None:
            return _followed(link)
        around = (each for each in (element, *element.iterancestors()) if is_button(each) or each.tag == "label")
        control = element if is_field(element) else next(around, element)
        if control.tag == "label":
            labelled = control_of(control)
            if labelled is None or labelled is element:
                return []
            _check_usable(labelled)
            return self._default_of_click(labelled)
        form = form_of(control)
        if is_submit_button(control) and form is not None:
            return self._send_form(form, control)
        if control.tag == "input" and kind_of(control) in CHECKED_TYPES:
            self.fields.check(control, kind_of(control) == "radio" or not self.fields.is_checked(control))
            return self._changed(control)
        return []

    def change(self, field: Node, value: Value) -> Done:
        """
        Raises:
            ElementDisabled, ElementNotFound: The field cannot be changed, or not to this value.
            ElementNotBound: Neither the field nor its form is bound, so nothing would ever be sent.
        """
        _check_usable(field)
        if not is_field(field):
            raise ElementNotBound(f"{describe(field)} is no field that could be changed.")
        if field.get("readonly") is not None and is_typed_in(field):
            raise ElementDisabled(f"{describe(field)} is readonly, so a person could not change it.")
        form = form_of(field)
        if not (is_bound(field, CHANGE) or (form is not None and (is_bound(form, CHANGE) or _is_sent(form)))):
            raise ElementNotBound(
                f"A change of {describe(field)} sends no event: neither it nor its form has lx-change or lx-submit inside a "
                "live view."
            )
        self._put(field, value)
        return self._changed(field)

    def submit(self, form: Node, values: Mapping[str, Value]) -> Done:
        """
        Fill some fields, by name, and press Enter.

        Raises:
            ElementNotBound, ElementDisabled, ElementNotFound: As of a click and a change; or the browser's own validation
                would keep the form.
        """
        if form.tag != "form":
            raise ElementNotBound(f"{describe(form)} is no form that could be sent.")
        if not _is_sent(form):
            raise ElementNotBound(f"Sending {describe(form)} sends no event{_why_not(form, SUBMIT)}")
        events: Done = [
            event for name, value in values.items() for event in self.change(*self._named(form, name, value))
        ]
        return events + self._send_form(form, _default_button(form))

    def native_values(self, form: Node, values: Mapping[str, Value], button: Node | None = None) -> list[Pair]:
        """
        Fill some fields, by name, and press a button; what a browser without JavaScript would post.

        Raises:
            ElementNotBound, ElementDisabled, ElementNotFound: It is no form that is posted; or as of a change; or the
                browser's own validation would keep the form.
        """
        if form.tag != "form" or (form.get("method") or "get").strip().lower() != "post":
            raise ElementNotBound(f'{describe(form)} is not posted. Give the form method="post".')
        for name, value in values.items():
            field, given = self._named(form, name, value)
            _check_usable(field)
            self._put(field, given)
        pressed = button if button is not None else _default_button(form)
        self._check_valid(form, pressed)
        own = self.fields.own_values(pressed) if pressed is not None else []
        return own + self.fields.form_values(form)

    def key(self, element: Node, key: str) -> Done:
        """
        Press and release a key in an element.

        Raises:
            ElementNotBound: Nothing listens, or only for another key.
        """
        _check_usable(element)
        pressed = [("key", split_key(key)[1])]
        events: Done = []
        has_commands = False
        for attribute in (KEYDOWN, KEYUP):
            bound = closest(element, attribute, lambda each: is_wanted(each.get("lx-key"), key))
            if bound is not None:
                events += self._events(bound, attribute, self._element_values(bound, pressed))
                has_commands = has_commands or _has_commands(bound, attribute)
            name = attribute.removeprefix("lx-")
            events += self._in_window(element, name, pressed, lambda each: is_wanted(each.get("lx-key"), key))
        form = form_of(element) if element.tag == "input" and is_typed_in(element) else None
        if key == "Enter" and form is not None and _is_sent(form):
            events += self.submit(form, {})
        if not events and not has_commands:
            around = (each for each in (element, *element.iterancestors()))
            others = [each.get("lx-key") for each in around if is_bound(each, KEYDOWN) or is_bound(each, KEYUP)]
            why = f" for {key!r}: it is bound to {' and '.join(map(repr, others))} only" if others else ""
            raise ElementNotBound(f"A key in {describe(element)} sends no event{why or _why_not(element, KEYDOWN)}")
        self.fields.focused = element
        return events

    # Parts of them

    def _changed(self, field: Node) -> Done:
        if is_bound(field, CHANGE):
            return self._events(field, CHANGE, self._element_values(field))
        form = form_of(field)
        if form is not None and is_bound(form, CHANGE):
            return self._events(form, CHANGE, self.form_payload(form))
        if form is not None and _is_patched(form) and form.get(PATCH) == "change":
            return [self._address(form, [], how="replace")]
        return []

    def form_payload(self, form: Node) -> list[Pair]:
        """What an ``lx-change`` on a form sends: its fields, and which of them the person has not touched."""
        return _merge(_values_of(form), self.fields.form_values(form), self.fields.untouched_markers(form))

    def _send_form(self, form: Node, button: Node | None) -> Done:
        if not _is_sent(form):
            return []
        self._check_valid(form, button)
        own = self.fields.own_values(button) if button is not None else []
        if not is_bound(form, SUBMIT):
            return [self._address(form, own)]
        return self._events(form, SUBMIT, _merge(_values_of(form), own, self.fields.form_values(form)))

    def _address(self, form: Node, own: list[Pair], *, how: How = "push") -> Visit:
        how = "replace" if form.get("lx-replace") is not None else how
        query = urlencode([*self.fields.form_values(form), *own])
        return Visit(f"{form.get('action') or ''}?{query}", view_of(form) or "", how, is_patch=True)

    def _check_valid(self, form: Node, button: Node | None) -> None:
        """The commonest of a browser's own checks: ``required``, ``pattern``, ``maxlength``."""
        if form.get("novalidate") is not None or (button is not None and button.get("formnovalidate") is not None):
            return
        for field in fields_of(form):
            if not is_field(field) or is_disabled(field) or field.get("readonly") is not None:
                continue
            problem = self._problem_of(field)
            if problem:
                raise ElementDisabled(f"A browser would not send {describe(form)}: {describe(field)} {problem}")

    def _problem_of(self, field: Node) -> str | None:
        value = self.fields.value(field)
        is_empty = not self.fields.is_checked(field) if kind_of(field) == "checkbox" else not value
        if field.get("required") is not None and kind_of(field) != "radio" and is_empty:
            return "is required and empty."
        pattern = field.get("pattern")
        if value and pattern and is_typed_in(field) and field.tag == "input" and not re.fullmatch(pattern, value):
            return f"holds {value!r}, which does not match its pattern."
        return None

    def _named(self, form: Node, name: str, value: Value) -> tuple[Node, Value]:
        found = [field for field in fields_of(form) if is_field(field) and field.get("name") == name]
        if len(found) > 1 and all(kind_of(field) == "radio" for field in found):
            chosen = [field for field in found if self.fields.value(field) == str(value)]
            if chosen:
                return chosen[0], True
            raise ElementNotFound(
                f"The radio buttons {name!r} have no {value!r}. There are:{listed(map(describe, found))}"
            )
        if len(found) == 1:
            return found[0], value
        names = sorted({field.get("name") for field in fields_of(form) if is_field(field) and field.get("name")})
        kind = ElementAmbiguous if found else ElementNotFound
        raise kind(f"{describe(form)} has {len(found)} fields named {name!r}. Its names: {', '.join(names) or 'none'}.")

    def _put(self, field: Node, value: Value) -> None:
        if field.tag == "select":
            self.fields.choose(field, list(_options(field, value)))
        elif kind_of(field) in CHECKED_TYPES:
            if not isinstance(value, bool):
                raise ElementNotFound(f"{describe(field)} is ticked or not: give True or False, and not {value!r}.")
            self.fields.check(field, value)
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ElementNotFound(f"{describe(field)} holds a text: give a str or a number, and not {value!r}.")
        elif kind_of(field) == "file":
            raise ElementNotBound(f"{describe(field)} takes files, and those are not sent with events.")
        else:
            self.fields.type(field, str(value))

    def _element_values(self, element: Node, details: Sequence[Pair] = ()) -> list[Pair]:
        return _merge(_values_of(element), details, self.fields.own_values(element))

    def _away_from(self, clicked: Node) -> Done:
        inside = {clicked, *clicked.iterancestors()}
        return [
            event
            for element in all_bound(clicked, CLICK_AWAY)
            if element not in inside and not is_hidden(element)
            for event in self._events(element, CLICK_AWAY, self._element_values(element))
        ]

    def _in_window(
        self, page: Node, name: str, details: Sequence[Pair] = (), is_meant: Callable[[Node], bool] = lambda each: True
    ) -> Done:
        return [
            event
            for element in all_bound(page, WINDOW + name)
            if is_meant(element)
            for event in self._events(element, WINDOW + name, self._element_values(element, details))
        ]

    def _events(self, element: Node, attribute: str, payload: Iterable[Pair]) -> Done:
        """The event that an attribute names, or those that its commands push; the other commands are the browser's own."""
        is_submit, view, value = attribute == SUBMIT, addressee_of(element), element.get(attribute)
        if _has_commands(element, attribute):
            pushes = [options for name, options in json.loads(value) if name == "push"]
            named = [(one["event"], _merge(pairs_of(one.get("values", {})), payload)) for one in pushes]
        else:
            named = [(value, list(payload))]
        if named:
            self.fields.sent(element, is_submit=is_submit)
        return [Event(view, name, tuple(pairs), element, is_submit) for name, pairs in named]


def _merge(*sources: Iterable[Pair]) -> list[Pair]:
    """A name that an earlier source has is not taken from a later one; one source may have a name several times."""
    pairs: list[Pair] = []
    for source in sources:
        taken = {name for name, _ in pairs}
        pairs += [(name, value) for name, value in source if name not in taken]
    return pairs


def _values_of(element: Node) -> list[Pair]:
    return [
        (name.removeprefix(_VALUE_PREFIX), value)
        for name, value in element.attrib.items()
        if name.startswith(_VALUE_PREFIX)
    ]


def pairs_of(values: Mapping[str, Any]) -> list[Pair]:
    """What a script hands over, as ``client/values.js`` sends it: lists give their name several times."""
    return [
        (name, _text_of(each))
        for name, value in values.items()
        for each in (value if isinstance(value, list | tuple) else [value])
    ]


def _text_of(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _has_commands(element: Node, attribute: str) -> bool:
    return str(element.get(attribute)).startswith("[")


def _is_patched(form: Node) -> bool:
    return form.get(PATCH) is not None and (form.get("method") or "get").lower() == "get"


def _is_sent(form: Node) -> bool:
    return is_bound(form, SUBMIT) or _is_patched(form)


def _followed(link: Node) -> Done:
    is_patch = link.get(PATCH) is not None
    opens_here = link.get("download") is None and link.get("target") in (None, "", "_self")
    if not opens_here or not (is_patch or link.get(NAVIGATE) is not None):
        return []
    how: How = "replace" if link.get("lx-replace") is not None else "push"
    return [Visit(link.get("href"), view_of(link) or "", how, is_patch)]


def _check_bound(element: Node, attribute: str, what: str) -> Node:
    """What is bound: the element, or the innermost one around it."""
    bound = closest(element, attribute)
    if bound is None or (attribute == CLICK_AWAY and bound is not element):
        raise ElementNotBound(f"{what} {describe(element)} sends no event{_why_not(element, attribute)}")
    return bound


def _default_button(form: Node) -> Node | None:
    """The button that Enter presses: the first one that sends the form."""
    button = next((each for each in fields_of(form) if is_submit_button(each)), None)
    if button is not None:
        _check_usable(button)
    return button


def _is_in_submitted_form(element: Node) -> bool:
    form = form_of(element)
    return form is not None and is_field(element) and _is_sent(form)


def _check_usable(element: Node) -> None:
    if is_hidden(element):
        raise ElementDisabled(f"{describe(element)} is hidden, so a person could not use it.")
    for each in (element, *element.iterancestors()):
        if is_element(each) and (is_button(each) or each is element) and is_disabled(each):
            raise ElementDisabled(f"{describe(each)} is disabled, so a person could not use it.")


def _why_not(element: Node, attribute: str = CLICK) -> str:
    """The end of a sentence that said nothing happens."""
    bound = next((each for each in (element, *element.iterancestors()) if each.get(attribute) is not None), None)
    if bound is not None and not bound.get(attribute):
        return f': its {attribute} is empty. Name the event: {attribute}="...".'
    if bound is not None:
        return ": it is outside of every live view. Put it inside {% live %} ... {% endlive %}."
    link = next((each for each in (element, *element.iterancestors("a")) if each.tag == "a"), None)
    if link is not None and link.get("href") is not None and link.get(PATCH) is None and link.get(NAVIGATE) is None:
        return f": it is a plain link. Open it: live_client.get({link.get('href')!r})."
    return f": neither it nor anything around it has {attribute}."


def _options(select: Node, value: Value) -> Iterable[Node]:
    """The options of a select by value, else by text."""
    is_multiple = select.get("multiple") is not None
    if isinstance(value, bool) or (not isinstance(value, str | int | float)) != is_multiple:
        wanted = "a list of values" if is_multiple else "one value"
        raise ElementNotFound(f"{describe(select)} takes {wanted}, and not {value!r}.")
    options = list(select.iter("option"))
    for one in [value] if isinstance(value, str | int | float) else value:
        found = [option for option in options if option_value(option) == str(one)]
        found = found or [option for option in options if text_of(option) == str(one)]
        if not found:
            raise ElementNotFound(
                f"{describe(select)} has no option {one!r}. There are:{listed(map(describe, options))}"
            )
        if is_disabled(found[0]):
            raise ElementDisabled(f"{describe(found[0])} is disabled, so a person could not choose it.")
        yield found[0]
