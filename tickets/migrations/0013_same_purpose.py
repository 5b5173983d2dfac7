"""Links that say that two requests serve the same purpose."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

KINDS = [
    ("related", "has to do with"),
    ("same_cause", "has the same cause as"),
    ("purpose", "serves the same purpose as (hours count together)"),
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0012_confirmed_for_who_left")]

    operations = [
        migrations.RemoveConstraint(model_name="tie", name="tie_kind_is_known"),
        migrations.AlterField(
            model_name="tie",
            name="kind",
            field=models.CharField(choices=KINDS, default="related", max_length=10, verbose_name="kind"),
        ),
        AddConstraintNotValid(
            model_name="tie",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__in=["related", "same_cause", "purpose"]), name="tie_kind_is_known"
            ),
        ),
        ValidateConstraint(model_name="tie", name="tie_kind_is_known"),
    ]
