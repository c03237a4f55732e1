"""
A form that a browser without JavaScript has posted: the event that it names is run, and the page answers over HTTP.

Only the names in ``LiveView.post_events`` can be reached this way. Permissions are asked as for every event, and the
request has passed Django's CSRF check, which is made here where the project has no middleware for it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

from ..exceptions import InvalidPayload, Reject, UnknownName
from ..replication import Origin
from ..replication.threads import run_in_thread
from ..store.names import shorten
from .events import run_event
from .mounted import Mounted
from .page import Page

# Of hidden inputs: which event the form is for, and in which view when that is not the page's own.
EVENT_FIELD = "lx-submit"
VIEW_FIELD = "lx-view"

# What a page answers with when an action has refused what was posted: RFC 9110, section 15.5.10.
_REFUSED = 409


async def run_posted(page: Page, root: Mounted) -> int:
    """
    Run the event that was posted to a page; returns the status to show it with.

    Raises:
        SuspiciousOperation: It names no event that may be posted, or values that do not fit it; answered with 400.
        NotAllowed: This visitor may not.
        Redirected: It leads elsewhere.
        Exception: Whatever the project's code raised.
    """
    posted = await run_in_thread(_read, page.request)
    values = dict(posted)
    mounted = page.find(values.get(VIEW_FIELD, root.id))
    status = 200
    try:
        if mounted is None:
            raise SuspiciousOperation(f"The page has no live view {shorten(repr(values[VIEW_FIELD]))}.")
        origin = Origin(user=page.user, visitor=page.page_key)
        with page.navigation.handling():
            await run_event(mounted, _event_of(mounted, values.get(EVENT_FIELD)), posted, origin)
    except (InvalidPayload, UnknownName) as error:
        raise SuspiciousOperation(str(error)) from error
    except Reject:
        status = _REFUSED
    page.navigation.check_start()
    await page.render_again()
    return status


def forged(request: HttpRequest, view: Callable[..., Any]) -> HttpResponseBase | None:
    """The refusal of a request that another site has made the browser send. Call it in a thread."""
    check = CsrfViewMiddleware(lambda request: HttpResponse())
    if not getattr(request, "csrf_processing_done", False):
        check.process_request(request)
    # The check of the project's own middleware counts: this one then does nothing.
    refusal: HttpResponseBase | None = check.process_view(request, view, (), {})
    return refusal


def _read(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.POST.lists() for value in _texts(values)]


def _texts(values: Iterable[object]) -> Iterable[str]:
    return (value for value in values if isinstance(value, str))


def _event_of(mounted: Mounted, named: str | None) -> str:
    """The event that a form names; one that names none is for the only one that the view offers."""
    offered = sorted(mounted.view.post_events)
    if named is None and len(offered) == 1:
        return offered[0]
    if named is None or named not in offered:
        raise SuspiciousOperation(
            f"{type(mounted.view).__name__} takes no posted event {shorten(repr(named))}, so nothing was done. It takes: "
            f"{', '.join(offered) or 'none'}. Name it in post_events, and in the form: "
            f'<input type="hidden" name="{EVENT_FIELD}" value="…">.'
        )
    return named
