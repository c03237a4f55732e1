"""The one table of this package: commits of atomic actions, from the commit of the database until they are in the log."""

from datetime import datetime

from django.db import models


class OutboxEntry(models.Model):
    """
    What an action with ``atomic=True`` has committed, kept in the database together with its rows.

    It goes as soon as it is in the log, which is at once, or as soon as a relay has found it. One that stays was refused.
    """

    # The id of the entry that it becomes.
    id: "models.CharField[str, str]" = models.CharField(primary_key=True, max_length=255)
    # Both as Instance has checked them.
    store: "models.CharField[str, str]" = models.CharField(max_length=100)
    key: "models.CharField[str, str]" = models.CharField(max_length=200, blank=True)
    # Of liveex_django.replication.outbox: the mutations and their payloads.
    calls: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    action: "models.TextField[str, str]" = models.TextField()
    # As an entry has them; "" for None.
    actor: "models.TextField[str, str]" = models.TextField(blank=True)
    cause: "models.TextField[str, str]" = models.TextField(blank=True)
    created: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(db_index=True)
    # Why the commit can never be made; "" while it can.
    refused: "models.TextField[str, str]" = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "outbox entries"

    def __str__(self) -> str:
        return f"{self.id} of {self.action} to {self.store}:{self.key}"
