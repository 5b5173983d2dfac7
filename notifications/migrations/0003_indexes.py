"""Indexes on the table of messages, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0002_preferences")]
    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("gather_at__isnull", False)),
                fields=["gather_at", "person"],
                name="notification_waits",
            ),
        ),
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("gathered_in__isnull", False)),
                fields=["gathered_in"],
                name="notification_gathered",
            ),
        ),
    ]
