"""Indexes for what is open in a branch and for open plans, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0007_work_and_plans")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status__in", ["new", "waiting", "in_progress", "user_testing"])),
                fields=["branch", "-id"],
                name="ticket_open_of_branch",
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("finish_date__isnull", False),
                    ("status__in", ["new", "waiting", "in_progress", "user_testing"]),
                ),
                fields=["finish_date"],
                name="ticket_open_plans",
            ),
        ),
    ]
