"""What a render depends on besides its names: settings that the context, the thread or the request carries."""

from __future__ import annotations

from typing import Any

from django.template.context import Context
from django.urls import get_script_prefix, get_urlconf
from django.utils import timezone, translation


def surroundings_of(context: Context) -> tuple[object, ...]:
    """Language, time zone, formats, and what ``{% url %}`` goes by; a render under others is another one."""
    request: Any = getattr(context, "request", None)
    match = getattr(request, "resolver_match", None)
    return (
        translation.get_language(),
        timezone.get_current_timezone(),
        context.autoescape,
        context.use_l10n,
        context.use_tz,
        get_urlconf(),
        get_script_prefix(),
        getattr(request, "current_app", None) or getattr(match, "namespace", None),
    )
