"""The outbox of atomic actions."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar[list[tuple[str, str]]] = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="OutboxEntry",
            fields=[
                ("id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("store", models.CharField(max_length=100)),
                ("key", models.CharField(blank=True, max_length=200)),
                ("calls", models.BinaryField()),
                ("action", models.TextField()),
                ("actor", models.TextField(blank=True)),
                ("cause", models.TextField(blank=True)),
                ("created", models.DateTimeField(db_index=True)),
                ("refused", models.TextField(blank=True)),
            ],
            options={"verbose_name_plural": "outbox entries"},
        ),
    ]
