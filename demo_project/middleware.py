"""A strict Content-Security-Policy, to show that live pages work under one."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# 'self' covers the websocket of the same origin too: Content Security Policy Level 3, section 6.7.2.8.
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


class ContentSecurityPolicyMiddleware:
    """
    Sends the policy with every page: files of this site only, nothing inline, no ``eval``.

    Django 6.0 has a middleware of its own for this; the demo also runs on 5.2.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        return response
