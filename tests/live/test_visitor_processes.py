"""A page that one process serves is closed at once by what happens in another, by way of a real Redis."""

from contextlib import ExitStack

import pytest

from tests.replication.redis_server import running

from .processes import Project, Tab


@pytest.fixture(scope="module")
def project(redis_server_program, tmp_path_factory):
    folder = tmp_path_factory.mktemp("visitors")
    with running(redis_server_program, folder) as redis:
        project = Project(folder, redis.url)
        project.migrate()
        yield project


@pytest.fixture(scope="module")
def worker(project):
    with project.worker() as worker:
        yield worker


@pytest.fixture(scope="module")
def server(project):
    with project.served("server") as address:
        yield address


@pytest.fixture(scope="module")
def other_server(project):
    with project.served("other") as address:
        yield address


@pytest.fixture(scope="module")
def open_tab(worker, server):
    """Makes a visitor and opens a page of theirs."""
    with ExitStack() as tabs:

        def open_tab(name, path="/staff/"):
            return tabs.enter_context(Tab(worker("make", name)).joined(server, path))

        yield open_tab


@pytest.fixture(scope="module")
def bystander(open_tab):
    """A page of somebody whom all this does not concern."""
    return open_tab("bystander")


class TestAnotherServer:
    def test_a_logout_there_closes_the_page_here(self, open_tab, other_server, bystander):
        tab = open_tab("logout", "/members/")

        tab.request(other_server, "/accounts/logout/", b"")

        assert tab.end() == ("liveex.join-refused", 4401)
        assert bystander.is_open()


class TestWorker:
    @pytest.mark.parametrize(
        ("change", "end"),
        [
            ("change_password", ("liveex.join-refused", 4401)),
            ("deactivate", ("liveex.join-refused", 4401)),
            ("delete_user", ("liveex.join-refused", 4401)),
            ("end_sessions", ("liveex.join-refused", 4401)),
            ("leave_group", ("liveex.forbidden", 4403)),
            ("take_permission_from_group", ("liveex.forbidden", 4403)),
        ],
    )
    def test_what_it_does_to_a_user_closes_the_page(self, worker, open_tab, bystander, change, end):
        tab = open_tab(change)

        worker(change, change)

        assert tab.end() == end
        assert bystander.is_open()
