"""
From an event's name to what it runs: the view's ``@event`` methods first, then the public actions of its stores.

Nothing else can be reached from a browser.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..exceptions import UnknownEvent
from ..replication.dispatch import dispatch
from ..replication.followed import Followed
from ..replication.origin import Origin
from ..replication.repeats import is_excused
from ..store.actions import Action
from ..store.names import nearest, shorten
from . import hooks, messages
from .mounted import Mounted
from .outcomes import answer_of
from .permissions import check_permission
from .view import EventHandler

Pairs = Sequence[tuple[str, str]]


@dataclass(slots=True)
class _Handling:
    """
    An ``@event`` method that runs. What it dispatches, in order, has ids made from the event's.

    ``answer`` is what the browser is told besides that the event was applied.
    """

    origin: Origin
    dispatches: int = 0
    answer: dict[str, Any] = field(default_factory=dict)


_handling: ContextVar[_Handling | None] = ContextVar("liveex_handling", default=None)


def next_origin(user: Any) -> Origin | None:
    """Of the next dispatch of the ``@event`` method whose code runs here; None when there is none."""
    handling = _handling.get()
    if handling is None:
        return None
    handling.dispatches += 1
    return replace(handling.origin.nested(handling.dispatches), user=user)


@contextmanager
def as_part_of(origin: Origin) -> Iterator[_Handling]:
    """A block in which what a view dispatches is part of an event, and has ids made from the event's."""
    handling = _Handling(origin)
    token = _handling.set(handling)
    try:
        yield handling
    finally:
        _handling.reset(token)


def reset_fields() -> None:
    """
    Tell the browser that the form whose event is being handled shall show what the template says of it, in every field that
    the visitor has not changed since. Outside of an event there is no such form, and nothing happens.
    """
    handling = _handling.get()
    if handling is not None:
        handling.answer[messages.RESET] = True


def is_idempotent(mounted: Mounted, name: str) -> bool:
    """Whether what ``name`` stands for may be run again when its outcome is not known."""
    handler = mounted.view.event_handlers.get(name)
    if handler is not None:
        return handler.idempotent
    found = _find_action(mounted, name)
    return found is not None and found[1].idempotent


async def run_event(mounted: Mounted, name: str, pairs: Pairs, origin: Origin) -> dict[str, Any]:
    """
    Run what ``name`` stands for, after asking again whether this visitor may; returns what else to answer.

    Raises:
        UnknownEvent: Neither an ``@event`` method nor a public action.
        InvalidPayload: The values do not fit; nothing was called.
        NotAllowed: The view's or the action's permission refuses.
        Exception: Whatever the handler or action raised.
    """
    await check_permission(mounted.view)
    handler = mounted.view.event_handlers.get(name)
    if handler is not None:
        return await _run_handler(mounted, handler, pairs, origin)
    followed, action = _public_action(mounted, name)
    payload = action.parameters.decode_form(pairs)
    if action.permission:
        await mounted.page.read_visitor()
        origin = replace(origin, user=mounted.page.user)
    await dispatch(mounted.page.hub, followed, action, payload, origin)
    return {}


async def _run_handler(mounted: Mounted, handler: EventHandler, pairs: Pairs, origin: Origin) -> dict[str, Any]:
    arguments = handler.parameters.call_arguments(handler.parameters.decode_form(pairs))
    with as_part_of(origin) as handling:
        try:
            returned = await hooks.call(partial(handler.function, mounted.view), **arguments)
        except Exception as error:
            next_ids = [f"{origin.id}/{handling.dispatches + 1}.1"]
            instances = [followed.instance for followed in mounted.followed.values()]
            if not await is_excused(mounted.page.hub.log, origin, instances, next_ids, error):
                raise
            returned = None
    return handling.answer | answer_of(returned, f"Event {handler.name!r} of {type(mounted.view).__name__}")


def _public_action(mounted: Mounted, name: str) -> tuple[Followed, Action]:
    found = _find_action(mounted, name)
    if found is None or not found[1].public:
        known = _offered(mounted)
        raise UnknownEvent(
            shorten(name),
            known,
            owner=f"Live view {type(mounted.view).__name__!r}",
            consequence="nothing was done. A browser reaches @event methods and actions with public=True only",
            nearest=nearest(name, known),
        )
    return found


def _find_action(mounted: Mounted, name: str) -> tuple[Followed, Action] | None:
    """The action of a name, public or not, and the instance that it would run on."""
    bound, action_name = mounted.split_bound(name)
    followed = mounted.followed.get(bound)
    action = followed.instance.store.actions.get(action_name) if followed else None
    return None if followed is None or action is None else (followed, action)


def _offered(mounted: Mounted) -> list[Any]:
    offered = list(mounted.view.event_handlers)
    for bound, followed in mounted.followed.items():
        prefix = f"{bound}/" if bound else ""
        offered += [prefix + action.name for action in followed.instance.store.actions.values() if action.public]
    return offered
