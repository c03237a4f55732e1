"""Whether a template is made of understood tags only, and can be evaluated where nothing may wait."""

from __future__ import annotations

from typing import Any

from django.template.base import Node, VariableNode
from django.template.engine import Engine
from django.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader_tags import BlockNode, IncludeNode, construct_relative_path

from .outline import Hole, Items, outline


def all_plain(items: Items, engine: Engine, seen: frozenset[Any] = frozenset()) -> bool:
    """
    Whether no hole in ``items`` is opaque.

    A template that is included by a constant name is looked into, once; one whose name is only known at
    render time could hold anything.
    """
    return all(_is_plain(item, engine, seen) for item in items if isinstance(item, Hole))


def _is_plain(hole: Hole, engine: Engine, seen: frozenset[Any]) -> bool:
    node: Node = hole.node
    if hole.branches is not None:
        return all(all_plain(branch, engine, seen) for branch in hole.branches)
    if isinstance(node, VariableNode):
        return True
    if isinstance(node, BlockNode):
        return all_plain(outline(node.nodelist), engine, seen)
    if isinstance(node, IncludeNode):
        template = included_by_name(node, engine)
        if template is None:
            return False
        return template in seen or all_plain(outline(template.nodelist), engine, seen | {template})
    return False


def included_by_name(node: IncludeNode, engine: Engine) -> Any:
    """The template that an ``{% include "name" %}`` shows, or None when that is not known or it cannot be loaded."""
    name = node.template.var
    if not isinstance(name, str) or node.template.filters:
        return None
    own: Any = node.origin.template_name
    try:
        return engine.get_template(construct_relative_path(own, str(name)))
    except (TemplateDoesNotExist, TemplateSyntaxError):
        return None
