"""What the system checks say of the settings."""

from collections.abc import Iterator

from django.core.checks import ERROR, CheckMessage, run_checks

from .findings import Finding, Section, error, ok, warning


def look_at_settings() -> Section:
    """All checks of the tag ``liveex``, as ``manage.py check --tag liveex`` runs them."""
    return Section("Settings", list(_findings()))


def _findings() -> Iterator[Finding]:
    messages = [message for message in run_checks(tags=["liveex"]) if not message.is_silenced()]
    if not messages:
        yield ok("The system checks of this package have nothing to say.")
    for message in messages:
        yield error(_text(message)) if message.level >= ERROR else warning(_text(message))


def _text(message: CheckMessage) -> str:
    hint = f" {message.hint}" if message.hint else ""
    return f"({message.id}) {message.msg}{hint}"
