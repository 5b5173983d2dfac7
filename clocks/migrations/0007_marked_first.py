"""A breach is marked in its clock first and told to the ledger after: nothing holds the table for long."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("clocks", "0006_board_promises_again")]
    operations = [
        migrations.AddField(
            model_name="clock",
            name="untold_from",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="percent told when it ran out"),
        ),
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("untold_from__isnull", False)),
                fields=["due_at", "id"],
                name="clock_untold",
            ),
        ),
        AddConstraintNotValid(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("untold_from", None),
                    models.Q(("breached_at__isnull", False), ("state", "running"), ("untold_from__lt", 100)),
                    _connector="OR",
                ),
                name="clock_owes_only_a_breach",
            ),
        ),
        ValidateConstraint(model_name="clock", name="clock_owes_only_a_breach"),
    ]
