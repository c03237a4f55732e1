"""``manage.py liveex_dispatch STORE[:KEY] ACTION [JSON]``."""

import json
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

import msgspec
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from ...exceptions import InvalidPayload, LiveExError, OutcomeUnknown, UnknownAction
from ...replication import Applied, Failed, Outcome, Rejected
from ..instances import add_instance_argument, find_instance

_EXAMPLE = """Write an object in quotes, such as '{"amount": 2}'."""


class Command(BaseCommand):
    help = "Run an action of a store. Every page that shows the instance follows, whichever process it is connected to."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_instance_argument(parser)
        parser.add_argument("action", metavar="ACTION", help="The name of an action; of a module's, module/name.")
        parser.add_argument(
            "parameters",
            metavar="JSON",
            nargs="?",
            default="{}",
            help="The action's parameters as an object; values are converted by their annotations. '-' reads it from stdin.",
        )
        parser.add_argument(
            "--user",
            metavar="USERNAME",
            help="Who acts, by what users log in with; permissions apply. Without it the system acts, which may do all.",
        )
        parser.add_argument("--json", action="store_true", help="Print what became of it as JSON, also when it failed.")

    def handle(self, *args: Any, **options: Any) -> None:
        instance = find_instance(options["instance"])
        parameters = _parameters(sys.stdin.buffer.read() if options["parameters"] == "-" else options["parameters"])
        user = None if options["user"] is None else _find_user(options["user"])
        handle = instance.store.at(instance.key, user=user)
        try:
            outcome = handle.try_dispatch(options["action"], **parameters)
        except UnknownAction as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(_as_json(_facts(outcome)))
        elif isinstance(outcome, Applied) and outcome.returned is not None:
            self.stdout.write(str(outcome.returned))
        if not isinstance(outcome, Applied):
            _fail(outcome, f"Action {options['action']!r} of {instance}")


def _parameters(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise CommandError(
            f"The parameters are no JSON, so nothing was dispatched: {error.msg} in line {error.lineno}, column "
            f"{error.colno}. {_EXAMPLE}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"The parameters are no JSON, so nothing was dispatched: {error}. {_EXAMPLE}") from error
    if not isinstance(found, dict):
        kind = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}.get(
            type(found), "a number"
        )
        raise CommandError(
            f"The parameters are {kind}, so nothing was dispatched: an action takes them by their names. {_EXAMPLE}"
        )
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not in it")


def _find_user(username: str) -> Any:
    try:
        model = get_user_model()
    except ImproperlyConfigured as error:
        raise CommandError(f"This project has no users, so --user {username} names nobody: {error}.") from error
    users: Any = model._default_manager
    try:
        return users.get_by_natural_key(username)
    except model.DoesNotExist:
        raise CommandError(
            f"There is no user with the {model.USERNAME_FIELD} {username!r}, so nothing was dispatched. Give what the user "
            "logs in with, or leave out --user and let the system act."
        ) from None


def _facts(outcome: Outcome[Any]) -> dict[str, Any]:
    match outcome:
        case Applied(returned):
            return {"outcome": "applied", "returned": returned}
        case Rejected(reason):
            return {"outcome": "rejected", "reason": reason}
        case Failed(error):
            word = "unknown" if isinstance(error, OutcomeUnknown) else "failed"
            return {"outcome": word, "error": type(error).__name__, "reason": str(error)}


def _as_json(facts: dict[str, Any]) -> str:
    """Times, decimals, UUIDs and whatever JSON does not have are text."""
    try:
        return msgspec.json.encode(facts, enc_hook=str).decode()
    except (TypeError, ValueError, RecursionError):
        # A circle, half of a character. The action has run all the same.
        return json.dumps({name: str(value) for name, value in facts.items()})


def _fail(outcome: Rejected | Failed, what: str) -> NoReturn:
    match outcome:
        case Rejected(reason, error):
            words = reason if isinstance(error, InvalidPayload) else f"{what} was refused: {reason}"
        case Failed(LiveExError() as error):
            words = str(error)
        case Failed(error):
            words = (
                f"{what} failed with {type(error).__name__}: {error}. What it had committed before stays. Look at where it "
                "happened with --traceback."
            )
    raise CommandError(words) from error
