"""Indexes for the board, for somebody's work and for plans with a beginning only, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0006_confirmed_by")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("finish_date", None), ("start_date__isnull", False)),
                fields=["start_date"],
                name="ticket_start",
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "waiting", "in_progress", "user_testing"])),
                fields=["assignee", "-id"],
                include=("status",),
                name="ticket_work",
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "waiting", "in_progress", "user_testing"])),
                fields=["status", "-id"],
                name="ticket_of_status",
            ),
        ),
    ]
