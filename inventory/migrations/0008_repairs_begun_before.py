"""What was in repair before repairs were written down: one each, as its last move says."""

from typing import Any

from django.db import migrations


def begin(apps: Any, schema_editor: Any) -> None:
    """A repair for each asset in repair that has none."""
    repairs = apps.get_model("inventory", "Repair").objects
    moves = apps.get_model("events", "Event").objects.filter(
        type="asset.state_changed", subject_type="inventory.asset"
    )
    begun = repairs.filter(ended_at=None).values("asset")
    waiting = apps.get_model("inventory", "Asset").objects.filter(state="repair").exclude(pk__in=begun)
    for asset in waiting.order_by("pk").values_list("pk", flat=True):
        last = moves.filter(subject_id=asset).order_by("-seq").first()
        if last is not None:
            repairs.create(
                asset_id=asset,
                reason=str(last.facts.get("reason", ""))[:500],
                started_at=last.at,
                started_by_id=last.actor_id,
            )


class Migration(migrations.Migration):
    """After the table of repairs and the ledger."""

    dependencies = [("events", "0001_initial"), ("inventory", "0007_versions_in_order")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
