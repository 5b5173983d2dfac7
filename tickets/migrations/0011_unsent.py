"""Answers that are being written are found again on every device."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tickets", "0010_could_be_late"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unsent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_internal", models.BooleanField(default=False, verbose_name="internal note")),
                ("text", models.TextField(verbose_name="text")),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="last written"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "unsent answer",
                "verbose_name_plural": "unsent answers",
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "person", "is_internal"), name="unsent_once")
                ],
            },
        ),
    ]
