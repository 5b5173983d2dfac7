"""Indexes on the big table, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0002_helpdesk")]
    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "waiting", "in_progress", "user_testing"])),
                fields=["team", "-id"],
                name="ticket_of_team",
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "waiting", "in_progress", "user_testing"])),
                fields=["-changed_at", "-id"],
                name="ticket_changed",
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("answered_at", None), ("status__in", ["new", "waiting", "in_progress", "user_testing"])
                ),
                fields=["created_at", "id"],
                name="ticket_unanswered",
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("finish_date__isnull", False)),
                fields=["finish_date"],
                name="ticket_finish",
            ),
        ),
    ]
