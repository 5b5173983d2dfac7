"""SOP-B4.1.1: whoever receives a thing or gives it back signs for it; they are reminded after a day, then every other day."""

from decimal import Decimal

from django.db import migrations

_STEP = {"roles": [], "people": [], "quorum": "one", "tester": True}


def add(apps, schema_editor):
    apps.get_model("approvals", "Policy").objects.create(
        kind="bast", threshold_hours=Decimal(0), man_day_hours=Decimal(7), rules=[{"when": {}, "steps": [_STEP]}],
        remind_after_hours=24, remind_every_hours=48,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("approvals", "0014_hand_overs")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
