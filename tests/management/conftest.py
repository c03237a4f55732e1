"""Commands in this process, which serves no pages, over a fresh log in memory."""

import threading

import pytest

from liveex_django.replication import get_log, process


@pytest.fixture(autouse=True)
def fresh_log(settings, monkeypatch):
    settings.LIVEEX = {"THREADS": 0}
    # Whatever other tests have done here.
    monkeypatch.setattr(process, "_serving", threading.Event())
    get_log.cache_clear()
    get_log().clear()
    yield
    get_log.cache_clear()
