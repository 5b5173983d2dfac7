"""SOP-A5: more than 20 hours (about three man-days) need the Director, then the Board."""

from decimal import Decimal

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("approvals", "Policy").objects.create(
        kind="brm", threshold_hours=Decimal(20), man_day_hours=Decimal(7), roles=["director", "bod"]
    )


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
