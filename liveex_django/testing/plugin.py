"""
The pytest plugin, found through the entry point ``liveex_django``. Loading it imports neither Django nor anything of ours
that does.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import LiveClient


@pytest.fixture
def live_client(request: pytest.FixtureRequest) -> "Iterator[LiveClient]":
    """
    Opens live pages over the real consumer, without a browser and without a server; see docs/reference/testing.md.

    It asks for no database. A page that reads one needs ``@pytest.mark.django_db``, in an ``async def`` test with
    ``transaction=True``.
    """
    # The database is set up before pages are opened, and rolled back after they are closed.
    for name in ("transactional_db", "db"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
    from .client import LiveClient

    with LiveClient() as client:
        yield client
