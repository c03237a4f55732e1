"""The visitors of a benchmark: users who have logged in, in a database of the run's own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from ._program import set_up


@contextmanager
def visitors(number: int) -> Iterator[list[str]]:
    """Sets Django up, with a database that is there for the length of the block; gives the cookie of each visitor."""
    with TemporaryDirectory() as folder:
        os.environ["LIVEEX_BENCHMARK_FOLDER"] = folder
        set_up("benchmarks._table_settings")
        yield _log_in(number)


def _log_in(number: int) -> list[str]:
    # These need Django to be set up.
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test import Client

    call_command("migrate", verbosity=0)
    cookies = []
    with transaction.atomic():
        for name in range(number):
            client = Client()
            client.force_login(User.objects.create(username=f"visitor {name}"))
            cookies.append(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")
    connection.close()
    return cookies
