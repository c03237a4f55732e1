"""A tag that raises on demand, and a filter that is noticed."""

from django import template

from liveex_django.rendering import pure

register = template.Library()


@register.simple_tag
def fail_when(value):
    """Raise when there is a value."""
    if value:
        raise RuntimeError(f"secret detail {value}")
    return ""


# What the filter below was asked for, in all renders of this process.
noted_values = []


@register.filter
@pure
def noted(value):
    """The value itself; a test sees how often it was shown."""
    noted_values.append(value)
    return value
