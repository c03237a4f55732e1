"""Who may see and use a live view; asked at the HTTP render, at the join, and again while the page is open."""

from ..exceptions import NotAllowed
from ..replication.origin import actor_of
from ..replication.threads import run_in_thread
from . import hooks
from .view import LiveView


class LoginNeeded(NotAllowed):
    """Nobody is logged in, and this view, or one of its stores, needs somebody."""


async def check_permission(view: LiveView) -> None:
    """
    Raises:
        LoginNeeded: ``login_required``, and nobody is logged in.
        NotAllowed: ``permission_required`` or ``has_permission()`` refuses.
    """
    name = type(view).__name__
    is_known = view.user is not None and view.user.is_authenticated
    if (view.login_required or view.permission_required) and not is_known:
        raise LoginNeeded(f"{name} needs a login.")
    if view.permission_required and not await run_in_thread(view.user.has_perm, view.permission_required):
        raise NotAllowed(f"User {view.user.pk} lacks {view.permission_required!r}, which {name} asks for.")
    if not await hooks.call(view.has_permission):
        raise NotAllowed(f"{name}.has_permission() refused.")


async def check_subscription(view: LiveView) -> None:
    """
    Raises:
        NotAllowed: ``can_subscribe()`` refuses.
    """
    if not await hooks.call(view.can_subscribe):
        raise NotAllowed(f"{type(view).__name__}.can_subscribe() refused {actor_of(view.user) or 'anonymous'}.")
