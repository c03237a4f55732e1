"""A page whose server is killed finds the state of every scope at another server."""

import pytest

from tests.replication.redis_server import running

from .processes import Project, Tab

EVENTS = ["bump", "mine/bump", "here/bump", "tab/bump", "room/bump"]


@pytest.fixture
def project(redis_server_program, tmp_path):
    with running(redis_server_program, tmp_path) as redis:
        project = Project(tmp_path, redis.url)
        project.migrate()
        yield project


def shown(tab):
    """The numbers in the paragraph of the page, as a join brings them."""
    return tab.views["0"]["0"][1:]


class TestScopes:
    def test_all_are_where_they_were(self, project):
        with project.served("one") as one, project.served("two") as two, project.worker() as worker:
            tab, other = Tab(worker("make", "ann")), Tab(worker("make", "bob"))
            with tab.joined(one, "/scopes/"), other.joined(two, "/scopes/"):
                for number, event in enumerate(EVENTS):
                    for _ in range(number + 1):
                        assert tab.event(event) == "applied"
                assert other.event("bump") == "applied"
                project.kill(one)

            with tab.joined_again(two):
                assert shown(tab) == ["2", "2", "3", "4", "5"]
                assert [tab.event(event) for event in EVENTS] == ["applied"] * 5
            with tab.joined_again(two):
                assert shown(tab) == ["3", "3", "4", "5", "6"]
            with other.joined_again(two):
                assert shown(other) == ["3", "0", "0", "0", "6"]
