"""``{% js toggle "#menu" then focus "#search" %}``: commands of the browser, as the value of an attribute."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template import Context, Node, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from ..rendering import pure
from ..store.names import nearest
from .commands import JS, NAMES

_THEN = "then"

Command = tuple[str, Sequence[FilterExpression], Mapping[str, FilterExpression]]


@pure
class CommandsNode(Node):
    """Args: commands: Name, arguments and named arguments of each, as the methods of ``JS`` take them."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = commands

    def render(self, context: Context) -> SafeString:
        chain = JS
        for name, args, kwargs in self.commands:
            given = {option: _plain(value.resolve(context)) for option, value in kwargs.items()}
            try:
                chain = getattr(chain, name)(*(_plain(value.resolve(context)) for value in args), **given)
            except TypeError as error:  # what the method takes, or what a browser cannot be sent
                raise TemplateSyntaxError(f"{{% js {name} … %}}: {error}") from error
        return chain.__html__()


def parse_commands(parser: Parser, token: Token) -> CommandsNode:
    """
    Raises:
        TemplateSyntaxError: There is no command, or one of another name than those of ``JS``.
    """
    commands: list[Command] = []
    words = [*token.split_contents()[1:], _THEN]
    while words:
        end = words.index(_THEN)
        commands.append(_parse_command(parser, words[:end]))
        words = words[end + 1 :]
    return CommandsNode(commands)


def _parse_command(parser: Parser, words: list[str]) -> Command:
    if not words or words[0] not in NAMES:
        said = words[0] if words else ""
        guess = nearest(said, NAMES)
        question = f"Did you mean {guess}? " if guess else ""
        raise TemplateSyntaxError(
            f"{{% js %}} has no command {said!r}. {question}Known commands: {', '.join(sorted(NAMES))}. "
            "Write {% js toggle '#menu' %}, or several: {% js hide '#menu' then focus '#search' %}."
        )
    name, *rest = words
    args: list[FilterExpression] = []
    while rest:
        kwargs = token_kwargs(rest, parser)
        if kwargs:
            if rest:
                raise TemplateSyntaxError(
                    f"{{% js {name} %}} has {rest[0]} behind its named arguments. Put it before them."
                )
            return name, args, kwargs
        args.append(parser.compile_filter(rest.pop(0)))
    return name, args, {}


def _plain(value: Any) -> Any:
    """Lazy translations as texts."""
    return str(value) if isinstance(value, Promise) else value
