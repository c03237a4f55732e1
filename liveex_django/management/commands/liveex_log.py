"""``manage.py liveex_log STORE[:KEY] [--follow]``."""

import asyncio
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import aclosing, suppress
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...exceptions import LiveExError
from ...replication import Instance, current_hub
from ...replication.entry_facts import facts_of, lines_of
from ...replication.process import call_hub, close_hub, require_readable_log
from ...replication.tail import Lost, Seen, Told, Trimmed, Wanted, follow, recent
from ..instances import add_instance_argument, find_instance

# As many as handles give, when nothing is said.
_LIMIT = 20


class Command(BaseCommand):
    help = "Show what was committed to an instance of a store, the oldest first: who did what, and what changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_instance_argument(parser)
        parser.add_argument(
            "--follow", action="store_true", help="Go on with what is committed from now on, until Ctrl-C."
        )
        parser.add_argument("--json", action="store_true", help="One JSON object per line.")
        parser.add_argument(
            "--limit",
            metavar="N",
            type=_number,
            help=f"How many of the newest entries; {_LIMIT} unless --since is given, which gives all from there on.",
        )
        parser.add_argument("--mutation", metavar="NAME", help="Only these, and transactions with one of them.")
        parser.add_argument("--since", metavar="VERSION", type=_number, help="The version to begin with.")

    def handle(self, *args: Any, **options: Any) -> None:
        instance = find_instance(options["instance"])
        limit, since = options["limit"], options["since"]
        wanted = Wanted(
            limit=_LIMIT if limit is None and since is None else limit, since=since or 1, mutation=options["mutation"]
        )
        self._is_json: bool = options["json"]
        try:
            require_readable_log(instance.store.name)
            if options["follow"]:
                _refuse_to_follow_a_page(instance)
                with suppress(KeyboardInterrupt):
                    asyncio.run(self._follow(instance, wanted))
            else:
                self._show(instance, wanted)
        except LiveExError as error:
            raise CommandError(str(error)) from error
        except BrokenPipeError:
            if not options.get("stdout"):
                _give_up_stdout()

    def _show(self, instance: Instance, wanted: Wanted) -> None:
        found = call_hub(lambda hub: recent(hub.log, instance, wanted))
        if found is None:
            self.stderr.write(f"The log does not have {instance}: nobody has used it yet.")
            return
        for told in found:
            self._print(instance, told)

    async def _follow(self, instance: Instance, wanted: Wanted) -> None:
        try:
            async with aclosing(follow(current_hub(), instance, wanted)) as tail:
                async for told in tail:
                    self._print(instance, told)
        finally:
            await close_hub()

    def _print(self, instance: Instance, told: Told) -> None:
        self.stdout.write(_as_json(instance, told) if self._is_json else _as_text(instance, told))
        self.stdout.flush()


def _give_up_stdout() -> None:
    """Whoever read it has gone. Python would flush it once more at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _refuse_to_follow_a_page(instance: Instance) -> None:
    if instance.store.scope == "page":
        raise CommandError(
            f"Store {instance.store.name!r} has the scope 'page': only the process that serves the page hears of its "
            "entries, so they cannot be followed from here. Leave out --follow, and ask again."
        )


def _as_text(instance: Instance, told: Told) -> str:
    match told:
        case Seen(entry, before):
            head, *lines = lines_of(instance, entry, facts_of(instance, entry, before))
            at = timezone.localtime(entry.at).isoformat(" ", "milliseconds")
            return "\n    ".join([f"{at} {head}", *lines])
        case Trimmed(first, last):
            versions = f"version {first} is" if first == last else f"versions {first} to {last} are"
            return f"… {versions} no longer kept"
        case Lost(epoch, 0):
            return f"… history lost; epoch {epoch} begins again"
        case Lost(epoch, after):
            return f"… history after version {after} lost; epoch {epoch} goes on from there"


def _as_json(instance: Instance, told: Told) -> str:
    facts: dict[str, Any] = {"store": instance.store.name, "key": instance.key}
    match told:
        case Seen(entry, before):
            facts |= {"epoch": entry.epoch, "at": entry.at, **facts_of(instance, entry, before)}
        case Trimmed(first, last):
            facts |= {"trimmed": {"first": first, "last": last}}
        case Lost(epoch, after):
            facts |= {"lost": {"epoch": epoch, "after": after}}
    return msgspec.json.encode(facts).decode()
