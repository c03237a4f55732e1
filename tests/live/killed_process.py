"""
A process that serves one page and dies in an event of it: ``python -m tests.live.killed_process URL EVENT POINT DIARY``.

Prints what the page needs to come back: its tokens and digests, as JSON.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings


def lay_mines() -> None:
    """Let the library itself die at the points of a commit that it passes."""
    from liveex_django.live.page import Page
    from liveex_django.replication import snapshots
    from liveex_django.replication.followed import Followed
    from liveex_django.replication.redis_log import RedisMutationLog

    from .killed import die_at

    append, save_snapshot = RedisMutationLog.append, RedisMutationLog.save_snapshot
    receive, reply = Followed.receive, Page.reply

    async def append_or_die(log: Any, instance: Any, after: Any, *entries: Any) -> Any:
        die_at("before the script")
        outcome = await append(log, instance, after, *entries)
        die_at("after the script")
        return outcome

    async def save_snapshot_or_die(log: Any, *arguments: Any) -> None:
        die_at("in a snapshot")
        await save_snapshot(log, *arguments)

    def receive_or_die(followed: Any, entry: Any, *arguments: Any) -> Any:
        if entry.id.startswith("somebody else"):
            die_at("in a catch-up")
        return receive(followed, entry, *arguments)

    def reply_or_die(page: Any, *arguments: Any) -> None:
        die_at("before the reply")
        reply(page, *arguments)

    snapshots.SNAPSHOT_ENTRIES = 1
    RedisMutationLog.append, RedisMutationLog.save_snapshot = append_or_die, save_snapshot_or_die  # type: ignore[method-assign]
    Followed.receive, Page.reply = receive_or_die, reply_or_die  # type: ignore[method-assign]


async def be_overtaken() -> None:
    """Somebody else commits, and no message comes of it."""
    from liveex_django.replication import Hub, Instance, Origin, get_log
    from liveex_django.replication.calls import Call
    from liveex_django.replication.commits import commit

    from .killed import store

    restock = store.find_mutation("restock")
    hub = Hub(get_log(), None)
    async with hub.following(Instance(store)) as followed:
        await commit(hub, followed, [Call(restock, restock.parameters.bind((), {}))], Origin(id="somebody else"), 1)
    await hub.close()


async def main(event: str, point: str) -> None:
    from liveex_django.replication import current_hub

    from .browser import Browser

    browser = Browser()
    await browser.open("/killed/")
    print(json.dumps([browser.tokens, browser.digests]), flush=True)  # noqa: T201 - its work
    if point == "in a catch-up":
        await be_overtaken()
    lay_mines()
    frame = await browser.event(event)
    await current_hub().settle(10)
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
    asyncio.run(main(event, point))
