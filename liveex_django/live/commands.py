"""
Commands that a browser carries out by itself, without asking the server: show, hide, classes, attributes, focus.

``JS`` is the empty chain; each method gives a longer one. As text a chain is JSON, a list of ``[name, options]``, which is
the value of an event's attribute in a template (``lx-click="{% js toggle '#menu' %}"``) or goes into a frame.
``client/commands.js`` is the other side of it.
"""

import json
from typing import Any, Self

from django.utils.html import escape
from django.utils.safestring import SafeString

from ..exceptions import InvalidDeclaration
from ..store.names import shorten
from .pushes import to_json

# Milliseconds for which a transition's classes stay, as long as those of Phoenix LiveView.
TRANSITION = 200


class Commands:
    """
    A chain of commands; it never changes. ``to`` is a CSS selector, of all such elements in the page; without one the
    element is meant that the chain stands on. ``within`` looks for ``to`` in the nearest element around that one that it
    selects; without ``to`` it means that element itself.

    What a command has shown, hidden, set or classed stays through patches.
    """

    __slots__ = ("_commands",)

    def __init__(self, commands: tuple[tuple[str, dict[str, Any]], ...] = ()) -> None:
        self._commands = commands

    def as_data(self) -> list[list[Any]]:
        """The commands as JSON has them."""
        return [[name, options] for name, options in self._commands]

    def __str__(self) -> str:
        return json.dumps(self.as_data(), separators=(",", ":"), ensure_ascii=False)

    def __html__(self) -> SafeString:
        return escape(str(self))

    def __repr__(self) -> str:
        return f"<Commands {self}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Commands) and self._commands == other._commands

    def __hash__(self) -> int:
        return hash(str(self))

    # Showing

    def show(self, to: str | None = None, *, within: str | None = None, transition: str | None = None) -> Self:
        """Take ``hidden`` away, or open a ``<dialog>`` as a modal one. ``transition`` names classes for its beginning."""
        return self._with("show", to, within, transition=transition)

    def hide(self, to: str | None = None, *, within: str | None = None, transition: str | None = None) -> Self:
        """Set ``hidden``, or close a ``<dialog>``. ``transition`` names classes that it has for 200 ms before that."""
        return self._with("hide", to, within, transition=transition)

    def toggle(self, to: str | None = None, *, within: str | None = None, transition: str | None = None) -> Self:
        """Hide what is shown, show what is hidden."""
        return self._with("toggle", to, within, transition=transition)

    def transition(
        self, names: str, to: str | None = None, *, within: str | None = None, time: int = TRANSITION
    ) -> Self:
        """Add classes for so many milliseconds."""
        return self._with("transition", to, within, names=names, time=time)

    # Classes and attributes

    def add_class(self, names: str, to: str | None = None, *, within: str | None = None) -> Self:
        """Add classes; several are separated by spaces."""
        return self._with("add_class", to, within, names=names)

    def remove_class(self, names: str, to: str | None = None, *, within: str | None = None) -> Self:
        """Take classes away."""
        return self._with("remove_class", to, within, names=names)

    def toggle_class(self, names: str, to: str | None = None, *, within: str | None = None) -> Self:
        """Add each class that is not there, take away each that is."""
        return self._with("toggle_class", to, within, names=names)

    def set_attribute(self, name: str, value: str = "", to: str | None = None, *, within: str | None = None) -> Self:
        """Set an attribute. A browser refuses those that run code, and the markers of the wire format."""
        return self._with("set_attribute", to, within, name=name, value=value)

    def remove_attribute(self, name: str, to: str | None = None, *, within: str | None = None) -> Self:
        """Take an attribute away."""
        return self._with("remove_attribute", to, within, name=name)

    # Focus and events

    def focus(self, to: str | None = None, *, within: str | None = None) -> Self:
        """Give the focus to an element."""
        return self._with("focus", to, within)

    def focus_first(self, to: str | None = None, *, within: str | None = None) -> Self:
        """Give the focus to the first thing in an element that can have it."""
        return self._with("focus_first", to, within)

    def dispatch(self, event: str, to: str | None = None, *, within: str | None = None, detail: Any = None) -> Self:
        """Dispatch a DOM event, which bubbles, for the project's own scripts."""
        detail = to_json(detail, f"The detail of JS.dispatch({shorten(repr(event))})", most=_MOST)
        return self._with("dispatch", to, within, event=event, detail=detail)

    def push(self, event: str, /, **values: Any) -> Self:
        """
        Send an event to the server, as an attribute that names it would, with these values besides: texts and numbers, and
        lists of them.
        """
        given = to_json(values, f"What JS.push({shorten(repr(event))}) sends", most=_MOST)
        return self._with("push", None, None, event=event, values=given or None)

    def _with(self, command: str, to: str | None, within: str | None, /, **options: Any) -> Self:
        given = {"to": to, "within": within, **options}
        for option, value in given.items():
            wanted = _TYPES.get(option, str)
            if not isinstance(value, wanted | None):
                raise InvalidDeclaration(
                    f"JS.{command}() has {option}={shorten(repr(value))}, which is no {wanted.__name__}. Give it one."
                )
        kept = {option: value for option, value in given.items() if value is not None}
        return type(self)((*self._commands, (command, kept)))


# Of the options that are no text.
_TYPES: dict[str, Any] = {"time": int, "values": dict, "detail": object}
# Bytes of JSON that a command may carry.
_MOST = 65_536

#: The empty chain, which all others begin with.
JS = Commands()

NAMES = frozenset(name for name in vars(Commands) if not name.startswith("_") and name != "as_data")
