"""
What a node of a template reads, for every kind of Django's own tags whose habits are known.

Of a tag that is not in the table nothing is known: it may read anything, write names into the context, and wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.template import defaulttags as tags
from django.template.base import Node, TextNode, TokenType, VariableNode
from django.template.library import InclusionNode, SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.templatetags import i18n, l10n, static, tz

from .components import ComponentNode, SlotNode
from .hosted import HostedNode
from .names import ANYTHING, CHANCE, NOTHING, Reads, reads_of_condition, reads_of_expression, union
from .purity import is_declared

# Tells what a tag reads that puts another template, or a block, in its place.
Look = Callable[[Node], Reads]


def look_away(node: Node) -> Reads:
    """What is in another template, or in a block, may be anything."""
    return ANYTHING


def reads_of_node(node: Node, look: Look = look_away) -> Reads:
    """What a node and those inside it read."""
    kind = type(node)
    if kind in ELSEWHERE or _is_super(node):
        return look(node)
    if kind in _AROUND:
        return _AROUND[kind](node, look)
    if kind in _KINDS:
        return _KINDS[kind](node)
    if is_declared(kind):
        return _expressions(_values_in(vars(node).values()))
    return CHANCE if isinstance(node, HostedNode) else ANYTHING


def reads_of_nodes(nodes: Iterable[Any], look: Look = look_away) -> Reads:
    """What several nodes read together."""
    return union(reads_of_node(node, look) for node in nodes)


def _is_super(node: Node) -> bool:
    expression = getattr(node, "filter_expression", None)
    return getattr(getattr(expression, "var", None), "lookups", None) == ("block", "super")


def _expressions(expressions: Iterable[object]) -> Reads:
    return union(map(reads_of_expression, expressions))


def _values_in(values: Iterable[object]) -> Iterable[object]:
    """The filter expressions among the attributes of a node."""
    for value in values:
        if isinstance(value, dict):
            yield from _values_in(value.values())
        elif isinstance(value, list | tuple):
            yield from _values_in(value)
        else:
            yield value


def _written(reads: Reads, name: str | None) -> Reads:
    """``{% tag … as name %}`` writes a name."""
    return reads if name is None else Reads(reads.names, complete=False, steady=False, quick=reads.quick)


def _for(node: tags.ForNode, look: Look) -> Reads:
    body = reads_of_nodes(node.nodelist_loop, look).without({*node.loopvars, "forloop"})
    return union([reads_of_expression(node.sequence), body, reads_of_nodes(node.nodelist_empty, look)])


def _if(node: tags.IfNode, look: Look) -> Reads:
    return union(
        reads
        for condition, nodes in node.conditions_nodelists
        for reads in (reads_of_condition(condition), reads_of_nodes(nodes, look))
    )


def _with(node: tags.WithNode, look: Look) -> Reads:
    inside = reads_of_nodes(node.nodelist, look).without(node.extra_context)
    return union([_expressions(node.extra_context.values()), inside])


def _if_changed(node: Any, look: Look) -> Reads:
    # It remembers what was shown before it.
    branches = [reads_of_nodes(node.nodelist_true, look), reads_of_nodes(node.nodelist_false, look)]
    return union([CHANCE, _expressions(node._varlist), *branches])


def _content(node: Any, look: Look) -> Reads:
    """A tag that changes the text of what is inside it, or the settings under which that is rendered."""
    arguments = [getattr(node, name, None) for name in ("language", "tz")]
    return union([_expressions(arguments), reads_of_nodes(node.nodelist, look)])


def _filter(node: tags.FilterNode, look: Look) -> Reads:
    return union([reads_of_expression(node.filter_expr).without({"var"}), reads_of_nodes(node.nodelist, look)])


def _url(node: tags.URLNode) -> Reads:
    return _written(_expressions([node.view_name, *node.args, *node.kwargs.values()]), node.asvar)


def _width_ratio(node: tags.WidthRatioNode) -> Reads:
    return _written(_expressions([node.val_expr, node.max_expr, node.max_width]), node.asvar)


def _cycle(node: tags.CycleNode) -> Reads:
    # It counts how often it was rendered.
    return _written(union([CHANCE, _expressions(node.cyclevars)]), node.variable_name)


def _block_translate(node: i18n.BlockTranslateNode) -> Reads:
    tokens = [*node.singular, *(node.plural or ())]
    named = frozenset(token.contents for token in tokens if token.token_type == TokenType.VAR)
    inside = Reads(named).without({*node.extra_context, node.countervar or ""})
    given = _expressions([*node.extra_context.values(), node.counter, node.message_context])
    return _written(union([inside, given]), node.asvar)


def _inclusion(node: InclusionNode) -> Reads:
    reads = _simple(node)
    return Reads(reads.names | {"csrf_token"}, reads.complete, reads.steady, reads.quick)


def _simple(node: Any) -> Reads:
    if not is_declared(node.func):
        return ANYTHING
    return _written(_expressions([*node.args, *node.kwargs.values()]), getattr(node, "target_var", None))


# What stands in these is another unit.
ELSEWHERE: frozenset[type] = frozenset(
    {
        IncludeNode,
        ExtendsNode,
        BlockNode,
        ComponentNode,
        SlotNode,
        *([tags.PartialNode] if hasattr(tags, "PartialNode") else []),
    }
)

# Tags around others.
_AROUND: dict[type, Callable[[Any, Look], Reads]] = {
    tags.IfNode: _if,
    tags.ForNode: _for,
    tags.WithNode: _with,
    tags.AutoEscapeControlNode: _content,
    tags.SpacelessNode: _content,
    tags.FilterNode: _filter,
    tags.IfChangedNode: _if_changed,
    i18n.LanguageNode: _content,
    l10n.LocalizeNode: _content,
    tz.LocalTimeNode: _content,
    tz.TimezoneNode: _content,
}

_KINDS: dict[type, Callable[[Any], Reads]] = {
    TextNode: lambda node: NOTHING,
    tags.VerbatimNode: lambda node: NOTHING,
    tags.TemplateTagNode: lambda node: NOTHING,
    tags.CommentNode: lambda node: NOTHING,
    tags.LoadNode: lambda node: NOTHING,
    VariableNode: lambda node: reads_of_expression(node.filter_expression),
    tags.CsrfTokenNode: lambda node: Reads(frozenset({"csrf_token"})),
    tags.URLNode: _url,
    tags.FirstOfNode: lambda node: _written(_expressions(node.vars), node.asvar),
    tags.WidthRatioNode: _width_ratio,
    tags.CycleNode: _cycle,
    tags.ResetCycleNode: lambda node: CHANCE,
    tags.NowNode: lambda node: _written(CHANCE, node.asvar),
    tags.LoremNode: lambda node: union([CHANCE, reads_of_expression(node.count)]),
    tags.RegroupNode: lambda node: _written(_expressions([node.target, node.expression]), node.var_name),
    static.StaticNode: lambda node: _written(reads_of_expression(node.path), node.varname),
    static.PrefixNode: lambda node: _written(NOTHING, node.varname),
    i18n.TranslateNode: lambda node: _written(_expressions([node.filter_expression, node.message_context]), node.asvar),
    i18n.BlockTranslateNode: _block_translate,
    i18n.GetAvailableLanguagesNode: lambda node: _written(NOTHING, node.variable),
    i18n.GetCurrentLanguageNode: lambda node: _written(NOTHING, node.variable),
    i18n.GetCurrentLanguageBidiNode: lambda node: _written(NOTHING, node.variable),
    i18n.GetLanguageInfoNode: lambda node: _written(reads_of_expression(node.lang_code), node.variable),
    i18n.GetLanguageInfoListNode: lambda node: _written(reads_of_expression(node.languages), node.variable),
    tz.GetCurrentTimezoneNode: lambda node: _written(NOTHING, node.variable),
    SimpleNode: _simple,
    InclusionNode: _inclusion,
}

# Django 6.
if hasattr(tags, "PartialDefNode"):
    _AROUND[tags.PartialDefNode] = lambda node, look: reads_of_nodes(node.nodelist, look) if node.inline else NOTHING
