"""A longer grace, of a time when it was allowed, ends at a quarter of an hour, and the alarm comes as much earlier."""

from django.db import migrations, models

CLAMP = """
    UPDATE backups_target
       SET alarm_at = alarm_at - (grace_minutes - 15) * interval '1 minute', grace_minutes = 15
     WHERE grace_minutes > 15
"""


class Migration(migrations.Migration):
    dependencies = [
        ("backups", "0002_proof_limits_removal_and_reports"),
    ]

    operations = [
        migrations.RunSQL(CLAMP, reverse_sql=migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="target",
            constraint=models.CheckConstraint(
                condition=models.Q(("grace_minutes__lte", 15)), name="target_silence_is_told_soon"
            ),
        ),
    ]
