"""Which instance of a store a visitor gets. Always computed here; nothing a browser says takes part."""

from secrets import token_urlsafe

from django.conf import settings

from ..exceptions import InvalidDeclaration, InvalidToken
from ..replication import Instance
from ..replication.threads import run_in_thread
from ..store import Store
from . import hooks
from .permissions import LoginNeeded
from .view import LiveView

# Where the session keeps the id of its instances. Django keeps the data of a session at login and drops it at logout,
# so an instance survives the one and not the other.
SESSION_ID = "_liveex_session"


async def instance_key(view: LiveView, store: Store) -> str:
    """
    The key of the instance of ``store`` that ``view`` shows.

    Raises:
        LoginNeeded: Scope ``"user"``, and nobody is logged in.
        InvalidDeclaration: Scope ``"session"`` without Django's sessions; scope ``"key"`` without ``get_store_key``.
    """
    match store.scope:
        case "global":
            return ""
        case "page":
            return view.page_key
        case "user":
            if view.user is None or not view.user.is_authenticated:
                raise LoginNeeded(f"Store {store.name!r} belongs to a user, and nobody is logged in.")
            return str(view.user.pk)
        case "session":
            return await run_in_thread(_session_id, view, store)
    key = await hooks.call(view.get_store_key)
    if not isinstance(key, str) or not key:
        raise InvalidDeclaration(
            f"{type(view).__name__}.get_store_key() returned {key!r:.80}; the key of an instance is a str that is not empty."
        )
    return key


async def check_instance(view: LiveView, instance: Instance) -> None:
    """
    Whether an instance of scope ``"session"`` still belongs to the session that the page's cookie names.

    Login and logout give a session another name or end it. Who kept the old cookie, perhaps because the session was
    theirs to begin with, would follow its instance for ever. The other scopes have nothing that could change here.

    Raises:
        InvalidToken: The session has ended, or has another name now.
    """
    if instance.store.scope != "session" or settings.SESSION_COOKIE_NAME not in view.request.COOKIES:
        return
    if await run_in_thread(view.session.get, SESSION_ID) != instance.key:
        raise InvalidToken(f"The session that this page shows store {instance.store.name!r} of has ended.")


def _session_id(view: LiveView, store: Store) -> str:
    if view.session is None:
        raise InvalidDeclaration(
            f"Store {store.name!r} has scope 'session', but requests have no session. Add "
            "'django.contrib.sessions.middleware.SessionMiddleware' to MIDDLEWARE."
        )
    if SESSION_ID not in view.session:
        view.session[SESSION_ID] = token_urlsafe(24)
        if view.connected:
            view.session.save()
    found: str = view.session[SESSION_ID]
    return found
