"""
A process that serves no pages and dispatches, again and again, in one of the ways of a Django project:
``python -m tests.replication.anywhere WAY COUNT``, with the settings of ``tests.redis_settings``.

Prints, as JSON, what the process has open before the calls and after them, and the count that they have brought about.
"""

import asyncio
import gc
import io
import json
import os
import sys
import threading
from itertools import cycle

import django
import redis
from asgiref.sync import async_to_sync, sync_to_async

django.setup()

from django.contrib.auth.models import User  # noqa: E402 - models come with the apps
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models.signals import post_save  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import path  # noqa: E402

from .build import make_counter  # noqa: E402

STORE = make_counter(name="test.anywhere", scope="key")
# Several, because a call reads what was committed to its instance lately.
COUNTERS = [STORE.at(str(number)) for number in range(20)]
_turns = cycle(COUNTERS)


def counter():
    """The instance whose turn it is."""
    return next(_turns)


def sync_view(request):
    counter().dispatch("bump")
    return HttpResponse(status=204)


async def async_view(request):
    await counter().adispatch("bump")
    return HttpResponse(status=204)


urlpatterns = [path("sync/", sync_view), path("async/", async_view)]


def sync(count):
    for _ in range(count):
        counter().dispatch("bump")


def plain_def(count):
    for _ in range(count):
        counter().dispatch("bump_in_thread")


def one_loop(count):
    async def work():
        for _ in range(count):
            await counter().adispatch("bump")

    asyncio.run(work())


def many_loops(count):
    for _ in range(count):
        asyncio.run(counter().adispatch("bump"))


def from_sync_to_async(count):
    for _ in range(count):
        async_to_sync(counter().adispatch)("bump")


def from_async_to_sync(count):
    async def work():
        for _ in range(count):
            await sync_to_async(counter().dispatch)("bump")

    asyncio.run(work())


@override_settings(ROOT_URLCONF=__name__)
def views(count):
    # As under WSGI: an async view has an event loop for the length of its request.
    for number in range(count):
        assert Client().get("/sync/" if number % 2 else "/async/").status_code == 204


def signal(count):
    def tell(instance, **kwargs):
        counter().dispatch("bump")

    post_save.connect(tell, sender=User)
    for _ in range(count):
        User.objects.first().save()
    post_save.disconnect(tell, sender=User)


def on_commit(count):
    for _ in range(count):
        with transaction.atomic():
            transaction.on_commit(lambda: counter().dispatch("bump"))


def atomic(count):
    class TakenBackError(Exception):
        pass

    for _ in range(count):
        handle = counter()
        before = handle.get_state()
        with transaction.atomic():
            assert handle.dispatch("bump") is None
            assert handle.get_state() == before
        try:
            with transaction.atomic():
                handle.dispatch("bump", 100)
                raise TakenBackError
        except TakenBackError:
            assert handle.get_state()["count"] == before["count"] + 1


def command(count):
    for _ in range(count):
        call_command("liveex_dispatch", f"test.anywhere:{counter().key}", "bump", stdout=io.StringIO())


def subscribed(count):
    """In a loop that follows the instance meanwhile."""

    async def work():
        seen, handle = [], counter()
        with await handle.asubscribe(lambda entry, before, after: seen.append(entry.version)):
            for _ in range(count):
                await handle.adispatch("bump")
        assert len(seen) == count

    asyncio.run(work())


def what_is_open():
    for _ in range(3):  # what is collected first may let go of what comes next
        gc.collect()
    with redis.Redis.from_url(os.environ["LIVEEX_TEST_REDIS"], protocol=2) as admin:
        clients = len(admin.client_list()) - 1
    objects = gc.get_objects()
    return {
        "clients of Redis": clients,
        "files": len(os.listdir("/dev/fd")),
        "threads": threading.active_count(),
        "event loops": sum(isinstance(each, asyncio.AbstractEventLoop) for each in objects),
        "tasks": sum(isinstance(each, asyncio.Task) for each in objects),
    }


def main(way, count):
    call_command("migrate", verbosity=0)
    User.objects.create_user("ada")
    # Whatever is made once for all, is made now: a thread for plain def code, modules.
    way(1)
    before = what_is_open()
    way(count)
    after = what_is_open()
    done = sum(handle.get_state()["count"] for handle in COUNTERS)
    print(json.dumps({"before": before, "after": after, "count": done}))  # noqa: T201 - its work


if __name__ == "__main__":
    main(globals()[sys.argv[1]], int(sys.argv[2]))
