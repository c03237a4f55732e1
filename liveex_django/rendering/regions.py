"""
Regions: the parts of a page that update themselves, marked by ``{% live %} … {% endlive %}``.

The page around them is rendered by Django, once. A region is rendered by itself, with the blocks and the ``block``
variable it would have in the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from django.template.base import FilterExpression, Node, NodeList, Parser, Template, TextNode, Token, VariableNode
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode
from django.utils.safestring import SafeString

from liveex_django.exceptions import NameSetOutside, NotInLiveView, TemplateNotLive

from .includes import add_blocks, enter_block
from .rendered import Rendered
from .template import LiveTemplate, bound, unwrap

# Where live/ puts the finished HTML of the regions before Django renders the page: by RegionNode.
REGIONS_KEY = "liveex_regions"
# The attribute of a template that has its regions.
_FOUND = "_liveex_regions"
# Where a region leaves the layers in which it found its names, for the check that the page has the same.
_SEEN_KEY = "liveex_region_layers"

_TAG = re.compile(r"[a-z][a-z0-9-]*")
# These hold no elements, or none at all, so they cannot be a wrapper; or a browser would not leave them where they are.
_NOT_A_WRAPPER = frozenset(
    [
        "area",
        "base",
        "body",
        "br",
        "col",
        "embed",
        "head",
        "hr",
        "html",
        "iframe",
        "img",
        "input",
        "link",
        "meta",
        "noscript",
        "option",
        "p",
        "param",
        "plaintext",
        "script",
        "select",
        "source",
        "style",
        "template",
        "textarea",
        "title",
        "track",
        "wbr",
        "xmp",
    ]
)
_DOCUMENT = re.compile(r"<(?:!doctype|html|head|body)\b", re.IGNORECASE)


class RegionNode(Node):
    """What ``{% live as "tbody" id="rows" %}`` compiles to."""

    def __init__(self, nodelist: NodeList, tag: str, html_id: str | None) -> None:
        self.nodelist = nodelist
        self.tag = tag
        self.html_id = html_id

    def __repr__(self) -> str:
        return f"<RegionNode {self.tag} id={self.html_id!r}>"

    def render(self, context: Context) -> SafeString:
        """The wrapper with its content, which the live view made before the page around it."""
        finished = _find_in_render_context(context, REGIONS_KEY)
        if finished is None or self not in finished:
            raise NotInLiveView(has_regions=finished is not None)
        self._check_names(context)
        return SafeString(finished[self])

    def _check_names(self, context: Context) -> None:
        """A name that a tag before the region has set is not there when the region is rendered by itself."""
        seen = _find_in_render_context(context, _SEEN_KEY)
        if seen is None or self not in seen:
            return
        for name, layer in seen[self].items():
            if _layer_of(context, name) is not layer:
                raise NameSetOutside(name)


def parse_region(parser: Parser, token: Token) -> RegionNode:
    """
    Compile ``{% live %}`` up to its ``{% endlive %}``.

    Raises:
        TemplateSyntaxError: The arguments are wrong, or the tag stands where its content depends on what a tag
            around it does.
    """
    tag, html_id = _parse_arguments(token)
    around = [command for command, _ in parser.command_stack[:-1] if command not in ("block", "extends")]
    if around:
        raise TemplateSyntaxError(
            f"{{% live %}} stands inside {{% {around[-1]} %}}, so it could not be rendered without it when it updates "
            f"itself. Put {{% live %}} around the {{% {around[-1]} %}}; only {{% block %}} may be around {{% live %}}."
        )
    nodelist = parser.parse(("endlive",))
    parser.delete_first_token()
    return RegionNode(nodelist, tag, html_id)


def _parse_arguments(token: Token) -> tuple[str, str | None]:
    words = token.split_contents()[1:]
    tag, html_id = "div", None
    while words:
        word = words.pop(0)
        if word == "as" and words:
            tag = _constant(words.pop(0), "the element")
        elif word.startswith("id="):
            html_id = _constant(word[3:], "the id")
        else:
            raise TemplateSyntaxError(
                f'{{% live %}} does not know {word!r}. It is written {{% live %}} or {{% live as "tbody" id="rows" %}}.'
            )
    if not _TAG.fullmatch(tag) or tag in _NOT_A_WRAPPER:
        raise TemplateSyntaxError(
            f"{{% live as {tag!r} %}}: <{tag}> cannot be around a live region, because a browser would not keep its "
            'content inside it. Use "div", "section", "ul", "tbody", "span" or the like.'
        )
    if html_id is not None and (not html_id or re.search(r"\s", html_id)):
        raise TemplateSyntaxError(f"{{% live id={html_id!r} %}}: an id has at least one character and no white space.")
    return tag, html_id


def _constant(word: str, what: str) -> str:
    if len(word) < 2 or word[0] not in "\"'" or word[-1] != word[0]:
        raise TemplateSyntaxError(
            f"{{% live %}}: {what} must be written in quotes, not {word!r}, because it has to be the same at every render."
        )
    return word[1:-1]


class Region:
    """One region of a page, or a whole template when it is a fragment without ``{% live %}``."""

    def __init__(self, template: Template, node: RegionNode | None, path: Sequence[BlockNode], chain: Chain) -> None:
        self.node = node
        self.tag = "div" if node is None else node.tag
        self.html_id = None if node is None else node.html_id
        self._path = tuple(path)
        self.chain = chain
        if node is None:
            self.template = LiveTemplate(template, inside=self.tag)
        else:
            self.template = LiveTemplate(template, node, self.tag, self._enter, chain.blocks())

    def render(self, context: Context, previous: Rendered | None = None, shared: Rendered | None = None) -> Rendered:
        """
        The content of the region, without its wrapper; as :meth:`LiveTemplate.render`.

        ``context`` is the root context of the page: the one Django would render, or rendered, the template with.
        """
        return self.template.render(context, previous, shared)

    def render_shared(self, context: Context, local: frozenset[str], previous: Rendered | None) -> Rendered | None:
        """As :meth:`LiveTemplate.render_shared`."""
        return self.template.render_shared(context, local, previous)

    def note_names(self, context: Context) -> None:
        """
        Leave in the context where the names of the region are bound, for the check that this is the same where it stands
        in the page.
        """
        if self.node is None:
            return
        bottom: Any = context.render_context.dicts[0]
        names = tuple(self.template.reads.heads - {"block", "forloop"})
        bottom.setdefault(_SEEN_KEY, {})[self.node] = {name: _layer_of(context, name) for name in names}

    @contextmanager
    def _enter(self, context: Context) -> Iterator[None]:
        """The state of the render in which the region would stand in the page: blocks, and the variable ``block``."""
        with ExitStack() as stack:
            self.chain.enter(context, stack)
            for block in self._path:
                stack.enter_context(enter_block(block, context))
            yield


class Chain:
    """A template and those it extends, down to the one that extends nothing."""

    def __init__(self, template: Template, context: Context) -> None:
        self.links: list[tuple[ExtendsNode, Template]] = []
        self.root = template
        with bound(template, context):
            while (node := _extends_node(self.root)) is not None:
                parent = node.get_parent(context)
                self.links.append((node, parent))
                self.root = parent

    def blocks(self) -> BlockContext:
        """The blocks of all templates of the chain, by name, the last word last."""
        context = Context()
        for node, parent in self.links:
            add_blocks(node, parent, context)
        found: BlockContext = context.render_context.get(BLOCK_CONTEXT_KEY) or BlockContext()
        return found

    def enter(self, context: Context, stack: ExitStack) -> None:
        """What the {% extends %} tags of the chain do to the render context."""
        for node, parent in self.links:
            add_blocks(node, parent, context)
            stack.enter_context(context.render_context.push_state(parent, isolated_context=False))


def find_regions(template: Any, context: Context) -> list[Region]:
    """
    The regions of a page in their order, whichever template of the chain of {% extends %} they stand in.

    The same objects every time while Django keeps the template, unless a variable says what it extends.

    Raises:
        TemplateSyntaxError: A region stands in a block that the parent puts into an {% if %}, {% for %}, …
        TemplateNotLive: There is none, and the template is a page: it extends another, or has <html>.
    """
    found: Any = unwrap(template)
    known: list[Region] | None = getattr(found, _FOUND, None)
    if known is None:
        known = _find_regions(found, context)
        if all(_is_fixed(node.parent_name) for node, _ in known[0].chain.links):
            # With the template, so that they go when a loader drops it.
            setattr(found, _FOUND, known)
    return known


def _find_regions(found: Template, context: Context) -> list[Region]:
    chain = Chain(found, context)
    walk = _Walk(chain.blocks())
    walk.nodes(chain.root.nodelist, ())
    if walk.found:
        return [Region(found, node, path, chain) for node, path in walk.found.items()]
    if chain.links or _DOCUMENT.search(found.source):
        raise TemplateNotLive(_how_to_mark(found, bool(chain.links)))
    return [Region(found, None, (), chain)]


class _Walk:
    """Through the nodes of a page as they are rendered, from the root template into the blocks that fill it."""

    def __init__(self, blocks: BlockContext) -> None:
        self.found: dict[RegionNode, tuple[BlockNode, ...]] = {}
        self._blocks = blocks

    def nodes(self, nodelist: Sequence[Node], path: tuple[BlockNode, ...]) -> None:
        for node in nodelist:
            if isinstance(node, RegionNode):
                self.found.setdefault(node, path)
            elif isinstance(node, BlockNode):
                self.block(node, path)
            elif _is_super(node) and path:
                self.block(path[-1], path)
            else:
                self._refuse_inside(node, path)

    def block(self, node: BlockNode, path: tuple[BlockNode, ...]) -> None:
        depth = sum(1 for outer in path if outer.name == node.name)
        overriding = self._blocks.blocks.get(node.name, [])
        if depth >= len(overriding):
            if depth == 0:
                self.nodes(node.nodelist, (*path, node))
            return
        self.nodes(overriding[-1 - depth].nodelist, (*path, node))

    def _refuse_inside(self, node: Node, path: tuple[BlockNode, ...]) -> None:
        inside = _Walk(self._blocks)
        for name in node.child_nodelists:
            inside.nodes(getattr(node, name, None) or (), path)
        if inside.found:
            tag = node.token.contents.split()[0] if node.token else type(node).__name__
            raise TemplateSyntaxError(
                f"{{% live %}} stands in a block that is inside {{% {tag} %}} of a parent template, so it could not be "
                f"rendered without it when it updates itself. Move the {{% block %}} out of the {{% {tag} %}}."
            )


def _is_fixed(expression: Any) -> bool:
    """Whether ``{% extends "name" %}`` names the same template every time."""
    return isinstance(expression.var, str) and not expression.filters


def _extends_node(template: Template) -> ExtendsNode | None:
    first = next((node for node in template.nodelist if not isinstance(node, TextNode)), None)
    return first if isinstance(first, ExtendsNode) else None


def _is_super(node: Node) -> bool:
    if not isinstance(node, VariableNode):
        return False
    expression: FilterExpression = node.filter_expression
    return getattr(expression.var, "lookups", None) == ("block", "super")


def _layer_of(context: Context, name: str) -> Any:
    """Where a name is bound, but for what context processors add: they run again for every render."""
    processors = getattr(context, "_processors_index", None)
    for number in range(len(context.dicts) - 1, -1, -1):
        if number != processors and name in context.dicts[number]:
            return context.dicts[number]
    return None


def _find_in_render_context(context: Context, key: str) -> Any:
    """``render_context`` hides what was put there before the template was entered; look below."""
    for layer in reversed(context.render_context.dicts):
        if key in layer:
            return layer[key]
    return None


def _how_to_mark(template: Template, extends: bool) -> str:
    name = template.name or "the template"
    if extends:
        why = "it extends another one"
        fix = "{% block content %}{% live %}\n  ...\n{% endlive %}{% endblock %}"
    else:
        why = "it is a whole document"
        fix = "<body>{% live %}\n  ...\n{% endlive %}</body>"
    return (
        f"{name} has no {{% live %}}, and {why}, so nothing in it can update itself.\n"
        f"Mark what should be live, after {{% load liveex %}}:\n{fix}"
    )
