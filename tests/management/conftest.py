"""Commands in this process, which serves no pages, over a fresh log in memory; or over a Redis, for the doctor."""

import threading
import weakref
from collections import Counter

import pytest

from liveex_django.replication import get_log, process
from liveex_django.store import registered_stores
from liveex_django.store import store as registry
from tests.replication.redis_server import running

from .examined import Cluster, use


@pytest.fixture(autouse=True)
def fresh_log(settings, monkeypatch):
    settings.LIVEEX = {"THREADS": 0}
    # Whatever other tests have done here.
    monkeypatch.setattr(process, "_serving", threading.Event())
    get_log.cache_clear()
    get_log().clear()
    yield
    get_log.cache_clear()


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis"), appendonly="yes") as server:
        yield server


@pytest.fixture(autouse=True)
def stores_of_other_tests_are_gone(monkeypatch):
    """They make many of one name and may not be collected yet; the system check would say that they share a log."""
    names = Counter(store.name for store in registered_stores())
    single = weakref.WeakSet(store for store in registered_stores() if names[store.name] == 1)
    monkeypatch.setattr(registry, "_stores", single)


@pytest.fixture
def project(settings, server):
    """The settings of a project that has its log and its channel layer on the Redis of the test."""
    with server.admin() as admin:
        admin.flushall()
    settings.LIVEEX = {"THREADS": 0, "RELEASE": "one"}
    use(settings, server.url)
    return settings


@pytest.fixture
def make_cluster(server):
    clusters = []

    def make_cluster(**options):
        clusters.append(Cluster(server.url, **options))
        return clusters[-1]

    yield make_cluster
    for cluster in clusters:
        cluster.stop()


@pytest.fixture
def cluster(make_cluster):
    return make_cluster()
