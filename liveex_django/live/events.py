"""
From an event's name to what it runs: the view's ``@event`` methods first, then the public actions of its stores.

Nothing else can be reached from a browser.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..exceptions import UnknownEvent
from ..replication.dispatch import dispatch
from ..replication.followed import Followed
from ..replication.origin import Origin
from ..store.actions import Action
from ..store.names import nearest, shorten
from . import hooks
from .mounted import Mounted
from .permissions import check_permission

Pairs = Sequence[tuple[str, str]]


async def run_event(mounted: Mounted, name: str, pairs: Pairs, origin: Origin) -> None:
    """
    Run what ``name`` stands for, after asking again whether this visitor may.

    Raises:
        UnknownEvent: Neither an ``@event`` method nor a public action.
        InvalidPayload: The values do not fit; nothing was called.
        NotAllowed: The view's or the action's permission refuses.
        Exception: Whatever the handler or action raised.
    """
    await check_permission(mounted.view)
    handler = mounted.view.event_handlers.get(name)
    if handler is not None:
        arguments = handler.parameters.call_arguments(handler.parameters.decode_form(pairs))
        await hooks.call(partial(handler.function, mounted.view), **arguments)
        return
    followed, action = _public_action(mounted, name)
    payload = action.parameters.decode_form(pairs)
    if action.permission:
        await mounted.page.read_visitor()
        origin = replace(origin, user=mounted.page.user)
    await dispatch(mounted.page.hub, followed, action, payload, origin)


def _public_action(mounted: Mounted, name: str) -> tuple[Followed, Action]:
    bound, action_name = mounted.split_bound(name)
    followed = mounted.followed.get(bound)
    action = followed.instance.store.actions.get(action_name) if followed else None
    if followed is None or action is None or not action.public:
        known = _offered(mounted)
        raise UnknownEvent(
            shorten(name),
            known,
            owner=f"Live view {type(mounted.view).__name__!r}",
            consequence="nothing was done. A browser reaches @event methods and actions with public=True only",
            nearest=nearest(name, known),
        )
    return followed, action


def _offered(mounted: Mounted) -> list[Any]:
    offered = list(mounted.view.event_handlers)
    for bound, followed in mounted.followed.items():
        prefix = f"{bound}/" if bound else ""
        offered += [prefix + action.name for action in followed.instance.store.actions.values() if action.public]
    return offered
