"""Forms after a reconnect: ``client/recovery.js`` is the other one, and says why."""

from collections.abc import Iterable, Iterator

from .document import Node
from .fields import Fields, Pair
from .finding import view_of
from .gestures import CHANGE, Event, Gestures

_AUTO_RECOVER = "lx-auto-recover"
_IGNORE = "ignore"


def entered_forms(root: Node, fields: Fields) -> list[tuple[str, list[Pair], list[Pair]]]:
    """
    Before the answer to a join is applied: the forms that the person has entered something in, each as its id, what its
    change says, and the values of its fields.
    """
    gestures = Gestures(fields)
    return [
        (form.get("id"), gestures.form_payload(form), fields.form_values(form))
        for form in root.iter("form")
        if form.get("id")
        and form.get(CHANGE)
        and form.get(_AUTO_RECOVER) != _IGNORE
        and view_of(form) is not None
        and fields.is_entered(form)
    ]


def events(root: Node, entered: Iterable[tuple[str, list[Pair], list[Pair]]]) -> Iterator[Event]:
    """Afterwards: the changes to send once more, each to the view that its form is in now."""
    forms = {form.get("id"): form for form in root.iter("form")}
    for form_id, payload, values in entered:
        form = forms.get(form_id)
        view = view_of(form) if form is not None else None
        if form is None or view is None:
            continue
        name = form.get(_AUTO_RECOVER) or form.get(CHANGE)
        # What the page says now is the server's own idea of the form.
        if name and Fields().form_values(form) != values:
            yield Event(view, name, tuple(payload), form)
