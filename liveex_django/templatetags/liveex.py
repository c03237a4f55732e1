"""``{% load liveex %}``: ``{% live %}``, ``{% live_view %}``, ``{% js %}`` and ``{% liveex_script %}``."""

import json

from django import template
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import conf
from ..live.command_tag import parse_commands
from ..live.components import parse_component, parse_slot
from ..live.nested import parse_live_view
from ..live.texts import client_texts
from ..rendering import parse_region

register = template.Library()

register.tag("live", parse_region)
register.tag("live_view", parse_live_view)
register.tag("live_component", parse_component)
register.tag("slot", parse_slot)
register.tag("js", parse_commands)


@register.simple_tag
def liveex_script() -> SafeString:
    """The one script of every page with live parts, and its stylesheet; put it into ``<head>``."""
    link = format_html('<link rel="stylesheet" href="{}">', static("liveex_django/liveex.css"))
    return format_html(
        '{}<script src="{}" data-lx-path="{}" data-lx-max-frame="{}" data-lx-texts="{}" defer></script>',
        link if conf.get("STYLES") else "",
        static("liveex_django/liveex.js"),
        get_script_prefix().rstrip("/") + conf.get("PATH"),
        conf.get("MAX_FRAME"),
        json.dumps(client_texts(), ensure_ascii=False),
    )
