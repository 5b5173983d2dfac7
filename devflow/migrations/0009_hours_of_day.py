"""An index for the hours of the last weeks, built while people work."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("devflow", "0008_hours_and_plans")]

    operations = [
        AddIndexConcurrently(
            model_name="hourentry", index=models.Index(fields=["date"], name="hours_of_day")
        ),
    ]
