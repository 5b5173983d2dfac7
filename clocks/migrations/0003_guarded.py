"""Indexes, checks and triggers of the clocks, made while people work: nothing holds the table for long."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models

BATCH = 10_000


def _unique(name, condition):
    """What Django makes of a unique constraint with a condition, without shutting out writers."""
    drop = f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"'  # also what an interrupted attempt left behind
    make = (
        f'CREATE UNIQUE INDEX CONCURRENTLY "{name}" ON "clocks_clock"'
        f' ("promise", "subject_type", "subject_id") WHERE ({condition})'
    )
    return migrations.RunSQL([drop, make], drop)


def remember_breaches(apps, schema_editor):
    """A clock that had told all its levels ran out when it was due."""
    clocks = apps.get_model("clocks", "Clock").objects
    last = 0
    while ids := list(clocks.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        last = ids[-1]
        broken = clocks.filter(pk__gte=ids[0], pk__lte=last, level=100, breached_at=None).exclude(state="met")
        broken.update(breached_at=models.F("due_at"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("clocks", "0002_working_time")]
    operations = [
        migrations.RunPython(remember_breaches, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("calendar_version__isnull", False), ("state", "running")),
                fields=["calendar_version", "id"],
                name="clock_counted_by",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[_unique("clock_promised_once", "NOT (\"promise\" = 'confirmation')")],
            state_operations=[
                migrations.AddConstraint(
                    model_name="clock",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("promise", "confirmation"), _negated=True),
                        fields=("promise", "subject_type", "subject_id"),
                        name="clock_promised_once",
                    ),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[_unique("clock_runs_once", "\"state\" = 'running'")],
            state_operations=[
                migrations.AddConstraint(
                    model_name="clock",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("promise", "subject_type", "subject_id"),
                        name="clock_runs_once",
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_once_per_promise",
        ),
        AddConstraintNotValid(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("paused_at", None),
                    models.Q(("next_level_at", None), ("state", "running")),
                    _connector="OR",
                ),
                name="clock_tells_nothing_while_paused",
            ),
        ),
        AddConstraintNotValid(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("breached_at", None),
                    models.Q(("level", 100), models.Q(("state", "met"), _negated=True)),
                    _connector="OR",
                ),
                name="clock_is_not_both_met_and_breached",
            ),
        ),
        AddConstraintNotValid(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(("excused_by", None), ("breached_at__isnull", False), _connector="OR"),
                name="clock_excuses_a_breach",
            ),
        ),
        ValidateConstraint(model_name="clock", name="clock_tells_nothing_while_paused"),
        ValidateConstraint(model_name="clock", name="clock_is_not_both_met_and_breached"),
        ValidateConstraint(model_name="clock", name="clock_excuses_a_breach"),
        pgtrigger.migrations.AddTrigger(
            model_name="clock",
            trigger=pgtrigger.compiler.Trigger(
                name="clock_moves_as_declared",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{running:met,running:late,running:cancelled}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="a5b6539adb4a59fb7d29db3f21b7ff4460d338fb",
                    operation="UPDATE",
                    pgid="pgtrigger_clock_moves_as_declared_bd00c",
                    table="clocks_clock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clock",
            trigger=pgtrigger.compiler.Trigger(
                name="clock_result_is_final",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (OLD.\"state\" = 'running'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="6edfc4e2a66d528fcb8dca6df24b624f317586e1",
                    operation="UPDATE",
                    pgid="pgtrigger_clock_result_is_final_a80ee",
                    table="clocks_clock",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clock",
            trigger=pgtrigger.compiler.Trigger(
                name="clock_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="71d165c74307e08eff24ae2351f515a1483aa17f",
                    operation="DELETE",
                    pgid="pgtrigger_clock_is_kept_9ddb8",
                    table="clocks_clock",
                    when="BEFORE",
                ),
            ),
        ),
    ]
