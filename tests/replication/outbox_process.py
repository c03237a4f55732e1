"""
A process with a database in a file and a log in Redis: ``python -m tests.replication.outbox_process URL DATABASE WORK``.

``WORK`` is where an atomic action kills its process, or ``relay`` for one that works the outbox off, as a process that
serves pages does, and prints what there is then, as JSON.
"""

import asyncio
import json
import os
import signal
import sys

import django
from django.conf import settings


def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(point):
    """Arrange for the death of this process."""
    from liveex_django.replication import outbox
    from liveex_django.replication.redis_log import RedisMutationLog

    match point:
        case "before the database commits":
            # The row has been left; what is tried behind it is the last thing in the transaction.
            RedisMutationLog.read = die
        case "between database and log":
            RedisMutationLog.append = die
        case "between log and outbox":
            outbox.drop = die


async def work(point):
    from django.contrib.auth.models import Group

    from liveex_django.replication import Hub, Instance, Origin, get_log, outbox
    from liveex_django.replication.threads import run_in_thread

    from .build import act, entries_of, make_counter

    store = make_counter(name="test.outbox.killed")

    @store.action(atomic=True)
    def order(ctx):
        Group.objects.create(name="row")
        ctx.commit("add", 3)

    hub = Hub(get_log(), None)
    async with hub.following(Instance(store)) as followed:
        if point == "relay":
            assert await hub.relay.relay()
            rows = await run_in_thread(Group.objects.count)
            left = [commit.id for commit in await run_in_thread(outbox.waiting, 10)]
            made = [[entry.id, entry.action] for entry in await entries_of(hub, followed)]
            print(json.dumps([rows, left, made, followed.replica.state["count"]]))  # noqa: T201 - its work
        else:
            kill_at(point)
            await act(hub, followed, "order", origin=Origin(id="event"))
    await hub.close()
    await hub.log.close()


if __name__ == "__main__":
    url, database, point = sys.argv[1:]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    settings.LIVEEX = {"LOG": url, "THREADS": 2}
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}}
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    asyncio.run(work(point))
