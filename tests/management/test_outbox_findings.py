"""What the doctor says of the outbox of atomic actions."""

from datetime import timedelta

import pytest
from django.apps.registry import Apps
from django.db import connection, models
from django.test.utils import isolate_apps
from django.utils import timezone

from liveex_django.management.findings import Level
from liveex_django.management.outbox_findings import look_at_outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def apps():
    """With an outbox, as far as the doctor looks at it, whose table is another one."""
    with isolate_apps("liveex_django") as apps:

        class OutboxEntry(models.Model):
            id = models.CharField(primary_key=True, max_length=255)
            action = models.TextField()
            refused = models.TextField(blank=True)
            created = models.DateTimeField()

            class Meta:
                app_label = "liveex_django"
                db_table = "outbox_of_this_test"

            def __str__(self):
                return self.id

        yield apps


@pytest.fixture
def outbox(apps):
    """With its table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE outbox_of_this_test (id varchar PRIMARY KEY, action text, refused text, created datetime)"
        )
    return apps.get_model("liveex_django", "OutboxEntry").objects


def levels(section):
    return [finding.level for finding in section.findings]


class TestOutbox:
    def test_that_this_project_does_not_have_is_not_mentioned(self):
        assert look_at_outbox(Apps()) is None

    def test_without_entries_is_fine(self, apps, outbox):
        assert levels(look_at_outbox(apps)) == [Level.OK]

    def test_with_an_entry_that_is_about_to_be_committed_is_fine(self, apps, outbox):
        outbox.create(id="a", action="order", created=timezone.now())

        assert levels(look_at_outbox(apps)) == [Level.OK]

    def test_with_one_that_nobody_commits_is_a_doubt(self, apps, outbox):
        outbox.create(id="a", action="order", created=timezone.now() - timedelta(minutes=5))

        [finding] = look_at_outbox(apps).findings

        assert finding.level is Level.WARNING
        assert finding.text.startswith("1 commit of atomic actions has waited")

    def test_with_one_that_was_refused_is_an_error(self, apps, outbox):
        outbox.create(id="a", action="order", refused="Reject: sold out", created=timezone.now())

        [finding] = look_at_outbox(apps).findings

        assert finding.level is Level.ERROR
        assert "a of order (Reject: sold out)" in finding.text

    def test_without_its_table_says_what_to_do(self, apps):
        [finding] = look_at_outbox(apps).findings

        assert finding.level is Level.WARNING
        assert "manage.py migrate liveex_django" in finding.text
