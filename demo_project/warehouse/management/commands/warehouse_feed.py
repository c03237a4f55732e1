"""``manage.py warehouse_feed``: moves stock in a process of its own."""

import math
import signal
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo_project.warehouse.feed import Feed, Movement
from liveex_django.exceptions import NoSharedLog


class Command(BaseCommand):
    help = "Moves stock of the warehouse until SIGTERM or Ctrl-C. With --verbosity 2 it says what it moves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=_seconds, default=1.0, metavar="SECONDS", help="between two movements (1)")
        parser.add_argument("--count", type=_number, metavar="N", help="how many movements to make; without it, no end")
        parser.add_argument("--seed", type=int, metavar="N", help="the same one draws the same movements")

    def handle(self, *args: Any, **options: Any) -> None:
        def report(movement: Movement) -> None:
            self.stdout.write(f"{movement.kind} {movement.quantity} of {movement.sku}")

        loud = {"report": report} if options["verbosity"] >= 2 else {}
        feed = Feed(every=options["every"], count=options["count"], seed=options["seed"], **loud)
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def stop(number: int, _: Any) -> None:
            feed.stop()
            # A second signal ends it where it stands, should the log be away just now.
            signal.signal(number, before[signal.Signals(number)])

        for number in before:
            signal.signal(number, stop)
        try:
            feed.run()
        except NoSharedLog as error:
            raise CommandError(str(error)) from error
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise ArgumentTypeError(f"{text} is no time to wait: give seconds, 0 or more.")
    return value


def _number(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ArgumentTypeError(f"{text} movements cannot be made: give 1 or more.")
    return value
