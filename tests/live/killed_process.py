"""
A process that serves one page and dies in an event of it: ``python -m tests.live.killed_process URL EVENT POINT DIARY``.

Prints what the page needs to come back: its tokens and digests, as JSON.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import django
from django.conf import settings


async def main(event: str) -> None:
    from .browser import Browser

    browser = Browser()
    await browser.open("/killed/")
    print(json.dumps([browser.tokens, browser.digests]), flush=True)  # noqa: T201 - its work
    frame = await browser.event(event)
    print(json.dumps(frame["reply"]), flush=True)  # noqa: T201 - when it has not died, that is wrong


if __name__ == "__main__":
    url, event, point, diary = sys.argv[1:]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    settings.LIVEEX = {"LOG": url, "THREADS": 0}
    settings.ROOT_URLCONF = "tests.live.killed"
    django.setup()
    from liveex_django.replication import redis_claims

    from . import killed

    # Not ten seconds: the process is dead soon enough.
    redis_claims.LEASE = 0.5
    killed.point, killed.diary = point, Path(diary)
    asyncio.run(main(event))
