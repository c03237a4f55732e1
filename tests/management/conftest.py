"""Commands in this process, which serves no pages, over a fresh log in memory; or over a Redis, for the doctor."""

import threading

import pytest

from liveex_django.replication import get_log, process
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
