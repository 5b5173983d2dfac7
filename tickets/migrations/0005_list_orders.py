"""Indexes for lists of all tickets in each of their orders, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("tickets", "0004_search")]

    operations = [
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(fields=["-changed_at", "-id"], name="ticket_by_change"),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                models.OrderBy(
                    models.Case(
                        models.When(priority="high", then=3),
                        models.When(priority="medium", then=2),
                        models.When(priority="low", then=1),
                        default=0,
                        output_field=models.SmallIntegerField(),
                    ),
                    descending=True,
                ),
                models.OrderBy(models.F("id"), descending=True),
                name="ticket_by_urgency",
            ),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(fields=["created_at"], name="ticket_asked"),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("channel", "browser"), _negated=True),
                fields=["channel", "-id"],
                name="ticket_by_channel",
            ),
        ),
    ]
