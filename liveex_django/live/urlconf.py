"""The live views that the project's URLconf leads to."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from .view import LiveView


def routed_views() -> list[type[LiveView]]:
    """Each once, in the order of the URLconf, which is imported for this; none when the project has no URLconf."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    return list(dict.fromkeys(_views_in(get_resolver().url_patterns)))


def _views_in(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[type[LiveView]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views_in(pattern.url_patterns)
        elif view := getattr(pattern.callback, "live_view_class", None):
            yield view
