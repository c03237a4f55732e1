"""``manage.py liveex_doctor [--wait SECONDS] [--expect N] [--json]``."""

import asyncio
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ...exceptions import LogMisconfigured
from ...replication import MutationLog, get_log
from ...replication.attendance import Attendance
from ..findings import Finding, Level, Section, count, error, numbered, ok
from ..outbox_findings import look_at_outbox
from ..settings_findings import look_at_settings

# Seconds for the answers; a process whose loop is free needs some milliseconds.
_WAIT = 2.0

_IN_MEMORY = (
    "Committed mutations are kept in the memory of the one process that serves the live pages, because neither "
    "LIVEEX['LOG'] nor CHANNEL_LAYERS names a Redis. No other process sees its stores, this one neither, so there is "
    "nothing to compare. For several processes, set CHANNEL_LAYERS to channels_redis.pubsub.RedisPubSubChannelLayer "
    "with the address of a Redis."
)


class Command(BaseCommand):
    help = (
        "Say what is wrong with the log, the channel layer and the processes that share them, and compare where all of "
        "them stand. The exit code is 1 when there is an error."
    )
    # It runs them itself, and says more than that they failed.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--wait",
            metavar="SECONDS",
            type=_seconds,
            default=_WAIT,
            help=f"How long to wait for the answers of other processes; {_WAIT:g} by default.",
        )
        parser.add_argument(
            "--expect",
            metavar="N",
            type=int,
            help="How many processes there should be: fewer are an error. It goes on as soon as so many have answered.",
        )
        parser.add_argument("--json", action="store_true", help="Print all of it as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        sections, attendance = _examine(options["wait"], options["expect"])
        if options["json"]:
            self.stdout.write(_as_json(sections, attendance))
        else:
            for section in sections:
                self._print(section)
        errors, warnings = (count(sections, level) for level in (Level.ERROR, Level.WARNING))
        if errors:
            raise CommandError(f"{numbered(errors, 'error')}, {numbered(warnings, 'warning')}.")
        if not options["json"]:
            self.stdout.write(f"No errors, {numbered(warnings, 'warning')}.")

    def _print(self, section: Section) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(section.title))
        for line in _aligned(section.table):
            self.stdout.write(f"  {line}")
        for finding in section.findings:
            self.stdout.write(f"  {self._styled(finding)} {finding.text}")
        self.stdout.write()

    def _styled(self, finding: Finding) -> str:
        word = f"{finding.level.name:<7}"
        styles = {Level.OK: self.style.SUCCESS, Level.WARNING: self.style.WARNING, Level.ERROR: self.style.ERROR}
        return styles[finding.level](word)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not isfinite(seconds) or seconds <= 0:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds above zero")
    return seconds


def _examine(wait: float, expected: int | None) -> tuple[list[Section], Attendance | None]:
    sections = [look_at_settings()]
    try:
        log = get_log()
    except LogMisconfigured as failure:
        sections.append(Section("Log", [error(f"Nothing else can be looked at: {failure}")]))
        return sections, None
    attendance = None
    if log.shared:
        found, attendance = _examine_redis(log, wait, expected)
        sections += found
    else:
        sections.append(Section("Log", [ok(_IN_MEMORY)]))
    outbox = look_at_outbox()
    return [*sections, *([outbox] if outbox else [])], attendance


def _examine_redis(log: MutationLog, wait: float, expected: int | None) -> tuple[list[Section], Attendance | None]:
    # An optional dependency, which is there when there is such a log.
    from ...replication.redis_log import RedisMutationLog
    from ..examination import Examination

    assert isinstance(log, RedisMutationLog)
    layers = getattr(settings, "CHANNEL_LAYERS", {})
    examination = Examination(log, layers.get("default", {}), wait, expected)
    asyncio.run(examination.run())
    return examination.sections, examination.attendance


def _aligned(table: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _as_json(sections: Sequence[Section], attendance: Attendance | None) -> str:
    processes = [
        {"hub": member.hub, **msgspec.to_builtins(member.process)} for member in attendance or () if member.process
    ]
    return msgspec.json.encode(
        {
            "errors": count(sections, Level.ERROR),
            "warnings": count(sections, Level.WARNING),
            "sections": [{"title": section.title, "findings": section.findings} for section in sections],
            "processes": processes,
        }
    ).decode()
