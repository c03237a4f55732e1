"""Filters and tags that note that they were evaluated, and with what; built into the templates of ``CountedPage``."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template import Context, Engine, Library, Node, RequestContext
from django.template.base import FilterExpression, Parser, Token

from liveex_django.rendering import Rendered, compile_template, pure

register = Library()

#: What was evaluated since it was last emptied, in order.
evaluated: list[Any] = []


@register.filter
@pure
def seen(value: Any) -> Any:
    evaluated.append(value)
    return value


@register.filter
@pure
def joined(value: Any, other: Any) -> str:
    evaluated.append((value, other))
    return f"{value}{other}"


@register.filter
def unknown(value: Any) -> Any:
    """Not known to be pure."""
    evaluated.append(value)
    return value


@register.simple_tag
@pure
def total(*values: int, **more: int) -> int:
    evaluated.append(sum([*values, *more.values()]))
    return sum([*values, *more.values()])


@register.simple_tag
def unknown_total(*values: int) -> int:
    """Not known to be pure."""
    evaluated.append(sum(values))
    return sum(values)


@register.inclusion_tag("included.html")
@pure
def card(value: Any) -> dict[str, Any]:
    return {"value": value}


@register.inclusion_tag("plain.html")
@pure
def plain_card(value: Any) -> dict[str, Any]:
    return {"value": value}


@pure
class PureNode(Node):
    def __init__(self, expression: FilterExpression) -> None:
        self.expression = expression

    def render(self, context: Context) -> str:
        evaluated.append(self.expression.resolve(context))
        return str(evaluated[-1])


class UnknownNode(PureNode):
    """What is declared of a class says nothing of one that is made from it."""


@register.tag("pure_node")
def parse_pure(parser: Parser, token: Token) -> PureNode:
    return PureNode(parser.compile_filter(token.split_contents()[1]))


@register.tag("unknown_node")
def parse_unknown(parser: Parser, token: Token) -> UnknownNode:
    return UnknownNode(parser.compile_filter(token.split_contents()[1]))


TEMPLATES = {
    "included.html": "[{{ value|seen }}]",
    "plain.html": "[{{ value }}]",
    "row.html": "<td>{{ x.n|seen }}</td>",
    "given.html": "<td>{{ y|seen }}</td>",
}


_LOADER = "django.template.loaders.locmem.Loader"


class CountedPage:
    """A template that is shown again and again, each time from the render before it."""

    def __init__(self, source: str, **templates: str) -> None:
        self._sources = TEMPLATES | templates
        engine = Engine(
            builtins=[__name__, "django.templatetags.i18n", "django.templatetags.static", "django.templatetags.tz"],
            loaders=[("django.template.loaders.cached.Loader", [(_LOADER, self._sources)])],
        )
        self.template = engine.from_string(source)
        self.rendered: Rendered | None = None

    def show(self, *layers: Mapping[str, Any], request: Any = None, **values: Any) -> list[Any]:
        """What was evaluated for these values, in front of these layers. The HTML is what Django gives, always."""
        evaluated.clear()
        self.rendered = self.render(*layers, request=request, **values)
        noted = list(evaluated)
        assert str(self.rendered) == self.template.render(_context(layers, request, values))
        return noted

    def render(self, *layers: Mapping[str, Any], request: Any = None, **values: Any) -> Rendered:
        """What ``show`` would show next."""
        return compile_template(self.template).render(_context(layers, request, values), self.rendered)

    def replace(self, **templates: str) -> None:
        """As when a file has changed and the server noticed."""
        self._sources |= templates
        for loader in self.template.engine.template_loaders:
            loader.reset()

    @property
    def html(self) -> str:
        return str(self.rendered)


def _context(layers: Sequence[Mapping[str, Any]], request: Any, values: dict[str, Any]) -> Context:
    # A tag may write into it.
    own = dict(values)
    context = Context(own) if request is None else RequestContext(request, own)
    context.dicts[1:1] = layers  # type: ignore[assignment]
    return context
