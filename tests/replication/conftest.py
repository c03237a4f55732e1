"""A log and a hub of its own for every test."""

import pytest

from liveex_django.replication import Hub, MemoryMutationLog


@pytest.fixture
def log():
    return MemoryMutationLog()


@pytest.fixture
async def hub(log):
    hub = Hub(log, None)
    yield hub
    await hub.close()
