"""Errors inside a template, told as Django tells them on its debug page."""

from __future__ import annotations

from typing import Any

from django.template.base import Node
from django.template.context import Context


def annotate(error: Exception, node: Node, context: Context) -> None:
    """
    Note on ``error`` which node raised it and where that stands in its source.

    The same attributes as ``Node.render_annotated`` sets, and under the same conditions, since Django's debug page
    reads them: the innermost node is the culprit, and the first template on the way out that it belongs to
    describes the place.
    """
    template: Any = context.template
    if not template.engine.debug:
        return
    noted: Any = error
    if not hasattr(noted, "_culprit_node"):
        noted._culprit_node = node
    if hasattr(noted, "template_debug"):
        return
    current: Any = context.render_context.template
    culprit = noted._culprit_node
    if current.origin == culprit.origin:
        noted.template_debug = current.get_exception_info(noted, culprit.token)
