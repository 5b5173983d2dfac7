"""An index for what could be late, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0009_helped")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("status__in", ["new", "waiting", "in_progress", "user_testing"]),
                    models.Q(("answered_at", None), ("finish_date__isnull", False), _connector="OR"),
                ),
                fields=["-id"],
                name="ticket_could_be_late",
            ),
        ),
    ]
