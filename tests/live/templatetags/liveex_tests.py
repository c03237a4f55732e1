"""A tag that raises on demand."""

from django import template

register = template.Library()


@register.simple_tag
def fail_when(value):
    """Raise when there is a value."""
    if value:
        raise RuntimeError(f"secret detail {value}")
    return ""
