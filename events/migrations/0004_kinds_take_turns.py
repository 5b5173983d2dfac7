from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A queue is asked kind by kind."""

    atomic = False

    dependencies = [
        ("events", "0003_seals"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "pending")),
                fields=["subscriber", "due_at"],
                name="delivery_kind_due",
            ),
        ),
    ]
