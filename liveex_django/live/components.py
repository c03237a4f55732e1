"""
``{% live_component "app.components.Card" title=item.name %} … {% endlive_component %}``: a piece of template with declared
attributes and slots, without state of its own.
"""

import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from django.template import TemplateSyntaxError
from django.template.base import FilterExpression, NodeList, Parser, TextNode, Token, Variable, token_kwargs
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules, import_string

from ..exceptions import InvalidAttribute, InvalidDeclaration
from ..rendering import DEFAULT_SLOT, PASSED_ON, SLOTS, ComponentNode, Fill, SlotNode
from ..store.names import nearest

_USAGE = 'Write {% live_component "app.components.Card" title=item.name %} … {% endlive_component %}.'

_registered: dict[str, list[type["Component"]]] = {}


class Component:
    """
    Subclass it in the ``components`` module of an app, with a template and annotated attributes::

        class Card(Component):
            template_name = "app/card.html"
            title: str
            badge: int = 0

    Attributes:
        template_name: Of Django's own engine; it sees the attributes, ``slots``, ``request``, ``csrf_token`` and ``perms``.
    """

    template_name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _registered.setdefault(cls.template_name, []).append(cls)

    @classmethod
    @cache
    def _attributes(cls) -> Mapping[str, Any]:
        """
        The types by name.

        Raises:
            InvalidDeclaration: A name that is taken, or no template.
        """
        hints = get_type_hints(cls, include_extras=True)
        found = {
            name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar and not name.startswith("_")
        }
        taken = sorted({SLOTS, "bind", *PASSED_ON}.intersection(found))
        if taken or not cls.template_name:
            what = f"an attribute {taken[0]!r}, a name that every component has" if taken else "no template_name"
            raise InvalidDeclaration(f"Component {cls.__name__} has {what}. Give it another one.")
        return found

    @classmethod
    def bind(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """
        The attributes with their defaults.

        Raises:
            InvalidAttribute: One is missing, unknown, or of another type.
        """
        declared = cls._attributes()
        cls._check_names(values)
        for name, value in values.items():
            cls._check(name, value)
        return {name: values[name] if name in values else getattr(cls, name) for name in declared}

    @classmethod
    def _check_names(cls, given: Mapping[str, object]) -> None:
        declared = cls._attributes()
        for name in given:
            if name not in declared:
                guess = nearest(name, declared)
                hint = f"Did you mean {guess!r}? " if guess else ""
                raise InvalidAttribute(
                    cls.__name__, name, f"is not declared. {hint}It has: {', '.join(declared) or 'none'}"
                )
        for name in declared:
            if name not in given and not hasattr(cls, name):
                raise InvalidAttribute(cls.__name__, name, f"is missing. Give it: {name}=…, or declare a default")

    @classmethod
    def _check(cls, name: str, value: object) -> None:
        wanted = cls._attributes()[name]
        if not _fits(value, wanted):
            raise InvalidAttribute(
                cls.__name__,
                name,
                f"is {value!r:.80}, which is no {_name_of(wanted)}. Give another value, or widen its type",
            )


def _fits(value: object, wanted: Any) -> bool:
    """Whether a value is of an annotated type; of list[str] only that it is a list."""
    if wanted is Any:
        return True
    if wanted is None:
        return value is None
    origin = get_origin(wanted)
    if origin is Annotated:
        return _fits(value, get_args(wanted)[0])
    if origin in (Union, types.UnionType):
        return any(_fits(value, each) for each in get_args(wanted))
    if origin is Literal:
        return value in get_args(wanted)
    kind = origin or wanted
    if not isinstance(kind, type):
        return True
    if isinstance(value, bool) and kind in (int, float):
        return False
    # A lazy translation is a text, and an int a float, as for type checkers.
    return (
        isinstance(value, kind)
        or (kind is str and isinstance(value, Promise))
        or (kind is float and type(value) is int)
    )


def _name_of(wanted: Any) -> str:
    return (
        wanted.__name__
        if isinstance(wanted, type) and get_origin(wanted) is None
        else str(wanted).replace("typing.", "")
    )


def find_component(name: str) -> type[Component]:
    """
    The component at a dotted path, or the one of a template.

    Raises:
        InvalidDeclaration: There is none, or several.
    """
    if "/" in name or name.endswith(".html"):
        autodiscover_modules("components")
        found = _registered.get(name, [])
        if len(found) == 1:
            return found[0]
        what = "several components" if found else "no component in a module components.py of an installed app"
        raise InvalidDeclaration(f"{name!r} is the template of {what}. Name the class by its dotted path. {_USAGE}")
    try:
        component = import_string(name)
    except ImportError as error:
        raise InvalidDeclaration(
            f"{name!r} is the path of no component: {error}. Check the spelling. {_USAGE}"
        ) from error
    if isinstance(component, type) and issubclass(component, Component):
        return component
    raise InvalidDeclaration(f"{name!r:.100} is not a Component. {_USAGE}")


def parse_component(parser: Parser, token: Token) -> ComponentNode:
    """
    Compile ``{% live_component %}`` up to its ``{% endlive_component %}``.

    Raises:
        TemplateSyntaxError: There is no such component, or what it is given does not fit.
    """
    words = token.split_contents()[1:]
    name = _constant(words[0]) if words else None
    if name is None:
        raise TemplateSyntaxError(f"{{% live_component %}} does not say which one, as a text in quotes. {_USAGE}")
    rest = words[1:]
    attributes = token_kwargs(rest, parser)
    if rest:
        raise TemplateSyntaxError(f"{{% live_component %}} cannot read {' '.join(rest)!r}. {_USAGE}")
    try:
        component = find_component(name)
        component._check_names(attributes)
        for attribute, expression in attributes.items():
            is_literal, value = _literal(expression)
            if is_literal:
                component._check(attribute, value)
    except (InvalidAttribute, InvalidDeclaration) as error:
        raise TemplateSyntaxError(str(error)) from error
    nodelist = parser.parse(("endlive_component",))
    parser.delete_first_token()
    return ComponentNode(component, attributes, nodelist, _fills_of(nodelist, name))


def _fills_of(nodelist: NodeList, component: str) -> dict[str, Fill]:
    """What stands in a component, by slot."""
    fills: dict[str, Fill] = {}
    rest = NodeList()
    for node in nodelist:
        if not isinstance(node, SlotNode) or node.name == DEFAULT_SLOT:
            rest.append(node)
        elif node.name in fills:
            raise TemplateSyntaxError(
                f"{component} is given the slot {node.name!r} twice. Put both into one {{% slot %}}."
            )
        else:
            fills[node.name] = Fill(node.nodelist)
    if any(not isinstance(node, TextNode) or node.s.strip() for node in rest):
        fills[DEFAULT_SLOT] = Fill(rest)
    return fills


def parse_slot(parser: Parser, token: Token) -> SlotNode:
    """
    Compile ``{% slot "name" %}`` up to its ``{% endslot %}``.

    Raises:
        TemplateSyntaxError: It has no name that could be read now.
    """
    words = token.split_contents()[1:]
    name = _constant(words[0]) if len(words) == 1 else None if words else DEFAULT_SLOT
    if name is None:
        raise TemplateSyntaxError(
            '{% slot %} takes one name in quotes: {% slot "footer" %}; the default slot has none.'
        )
    nodelist = parser.parse(("endslot",))
    parser.delete_first_token()
    return SlotNode(name, nodelist)


def _constant(word: str) -> str | None:
    return word[1:-1] if len(word) > 2 and word[0] == word[-1] and word[0] in "\"'" else None


def _literal(expression: FilterExpression) -> tuple[bool, Any]:
    """Whether an expression says its value in the template, and which."""
    var = expression.var
    if expression.filters or (isinstance(var, Variable) and (var.lookups is not None or var.translate)):
        return False, None
    return True, var.literal if isinstance(var, Variable) else var
