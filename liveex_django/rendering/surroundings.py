"""What a render depends on besides its names: settings that the context, the thread or the request carries."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.context import Context
from django.urls import get_script_prefix, get_urlconf
from django.utils import timezone, translation


def surroundings_of(context: Context) -> tuple[object, ...]:
    """Language, time zone, formats, and what ``{% url %}`` goes by; a render under others is another one."""
    return (
        translation.get_language(),
        timezone.get_current_timezone(),
        context.autoescape,
        context.use_l10n,
        context.use_tz,
        get_urlconf() or settings.ROOT_URLCONF,
        get_script_prefix(),
        namespace_of(getattr(context, "request", None)),
    )


def namespace_of(request: Any) -> Any:
    """The application of a request, by which ``{% url %}`` finds its namespace: as Django's ``URLNode`` does."""
    try:
        return request.current_app
    except AttributeError:
        return getattr(getattr(request, "resolver_match", None), "namespace", None)
