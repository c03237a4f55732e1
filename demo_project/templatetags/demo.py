"""``{% load demo %}``: the frame that the demo puts around its pages."""

from typing import Any

from django import template
from django.template import Context

from demo_project.pages import PAGES, find_page
from demo_project.sources import read_source

register = template.Library()


def _current_page_name(context: Context) -> str | None:
    match = getattr(context.get("request"), "resolver_match", None)
    return match.url_name if match else None


@register.inclusion_tag("demo_project/navigation.html", takes_context=True)
def demo_navigation(context: Context) -> dict[str, Any]:
    """Links to all pages of the demo, the present one marked."""
    return {"pages": PAGES, "current": _current_page_name(context)}


@register.inclusion_tag("demo_project/source.html", takes_context=True)
def page_source(context: Context) -> dict[str, Any]:
    """The files that make the page it stands in; nothing on a page that ``pages.py`` does not know."""
    page = find_page(_current_page_name(context))
    return {"sources": [read_source(path) for path in page.files] if page else []}
