"""Calendars, policies of promises and pauses; what a clock needs to be counted by them."""

from datetime import UTC, datetime

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# As the SOP and the product said before there were policies, round the clock: seconds.
DELIVERED = {"response": 2 * 3600, "board": 48 * 3600, "confirmation": 7 * 24 * 3600}


def deliver(apps, schema_editor):
    """The policies that every installation begins with; written by nobody."""
    policies = apps.get_model("clocks", "ClockPolicy").objects
    for promise, seconds in DELIVERED.items():
        policies.create(promise=promise, length=seconds, valid_from=datetime(2000, 1, 1, tzinfo=UTC))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("clocks", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Calendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="may be chosen")),
            ],
            options={
                "verbose_name": "working calendar",
                "verbose_name_plural": "working calendars",
            },
        ),
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("segments", models.JSONField(verbose_name="working hours")),
                ("holidays", models.JSONField(default=list, verbose_name="days off")),
                ("note", models.CharField(max_length=200, verbose_name="what changed")),
                (
                    "published_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="published"),
                ),
            ],
            options={
                "verbose_name": "version of a calendar",
                "verbose_name_plural": "versions of calendars",
            },
        ),
        migrations.CreateModel(
            name="ClockPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "promise",
                    models.CharField(
                        choices=[
                            ("response", "first response"),
                            ("board", "decision of Director and Board"),
                            ("confirmation", "answer of the requester"),
                        ],
                        max_length=20,
                        verbose_name="promise",
                    ),
                ),
                ("length", models.PositiveIntegerField(verbose_name="seconds")),
                ("may_pause", models.BooleanField(default=False, verbose_name="may be paused")),
                (
                    "valid_from",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="valid from"),
                ),
            ],
            options={
                "verbose_name": "policy of a promise",
                "verbose_name_plural": "policies of promises",
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="from")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "pause",
                "verbose_name_plural": "pauses",
            },
        ),
        migrations.AddField(
            model_name="clock",
            name="breached_at",
            field=models.DateTimeField(null=True, verbose_name="ran out"),
        ),
        migrations.AddField(
            model_name="clock",
            name="paused_at",
            field=models.DateTimeField(null=True, verbose_name="paused since"),
        ),
        migrations.AddField(
            model_name="clock",
            name="zone",
            field=models.CharField(
                db_default="Asia/Jakarta", default="Asia/Jakarta", max_length=40, verbose_name="time zone"
            ),
        ),
        migrations.AlterField(
            model_name="clock",
            name="promise",
            field=models.CharField(
                choices=[
                    ("response", "first response"),
                    ("board", "decision of Director and Board"),
                    ("confirmation", "answer of the requester"),
                ],
                max_length=20,
                verbose_name="promise",
            ),
        ),
        migrations.AlterField(
            model_name="clock",
            name="state",
            field=models.CharField(
                choices=[
                    ("running", "Running"),
                    ("met", "In time"),
                    ("late", "Late"),
                    ("cancelled", "Ended"),
                ],
                default="running",
                max_length=10,
                verbose_name="state",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendar",
            trigger=pgtrigger.compiler.Trigger(
                name="calendar_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="369b9866f42ebe0c854743cf2d104798a1165eba",
                    operation="DELETE",
                    pgid="pgtrigger_calendar_is_kept_6ecde",
                    table="clocks_calendar",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="calendarversion",
            name="calendar",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="clocks.calendar"
            ),
        ),
        migrations.AddField(
            model_name="calendarversion",
            name="published_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="calendar_version",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clocks.calendarversion",
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="excused_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clocks.calendarversion",
            ),
        ),
        migrations.AddField(
            model_name="clockpolicy",
            name="branch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.branch",
                verbose_name="only for branch",
            ),
        ),
        migrations.AddField(
            model_name="clockpolicy",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="clockpolicy",
            name="calendar",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clocks.calendar",
                verbose_name="working calendar",
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="policy",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="clocks.clockpolicy",
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="clock",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="clocks.clock"
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="ended_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="calendarversion",
            constraint=models.UniqueConstraint(fields=("calendar", "number"), name="calendar_version_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarversion",
            trigger=pgtrigger.compiler.Trigger(
                name="calendar_version_is_history",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fb83030c83e7fd8cd2961f40fc691f0a32dac798",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_calendar_version_is_history_26430",
                    table="clocks_calendarversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarversion",
            trigger=pgtrigger.compiler.Trigger(
                name="calendar_has_working_time",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE segments integer; wrong boolean;",
                    func="\n    SELECT count(*), COALESCE(bool_or(\n             x.day !~ '^[0-6]$' OR jsonb_array_length(x.pair) <> 2 OR x.opens IS NULL OR x.closes IS NULL\n             OR x.opens !~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' OR x.closes !~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' OR x.opens >= x.closes OR x.opens < x.before), false)\n      INTO segments, wrong\n      FROM (SELECT d.key AS day, s.value AS pair, (s.value->>0) COLLATE \"C\" AS opens,\n                   (s.value->>1) COLLATE \"C\" AS closes,\n                   (lag(s.value->>1) OVER (PARTITION BY d.key ORDER BY s.ordinality)) COLLATE \"C\" AS before\n              FROM jsonb_each(NEW.segments) d, jsonb_array_elements(d.value) WITH ORDINALITY s) x;\n    \n        IF segments = 0 THEN\n            RAISE EXCEPTION 'A calendar without any working time would let no promise ever come due.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-B4.3.1';\n        END IF;\n    \n        IF wrong THEN\n            RAISE EXCEPTION 'The hours of a day must follow each other, from 00:00 to 24:00, without overlap.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-B4.3.1';\n        END IF;\n    RETURN NEW;\n",
                    hash="987308977faa2e5c34315b384dcb028d754a9f07",
                    operation="INSERT",
                    pgid="pgtrigger_calendar_has_working_time_aaaba",
                    table="clocks_calendarversion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="clockpolicy",
            index=models.Index(fields=["promise", "-valid_from"], name="clock_policy_in_force"),
        ),
        migrations.AddConstraint(
            model_name="clockpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("length__gte", 60), ("length__lte", 31622400)),
                name="clock_policy_has_a_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="clockpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("promise__in", ["response", "board", "confirmation"])),
                name="clock_policy_promise_is_known",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clockpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="clock_policy_is_history",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8cc9cced975b8b9f6406dc3e6109d993ed3646b4",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_clock_policy_is_history_eb000",
                    table="clocks_clockpolicy",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("clock",), name="pause_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(("ended_at__gte", models.F("started_at")), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="pause_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="pause_has_a_reason"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pause",
            trigger=pgtrigger.compiler.Trigger(
                name="pause_keeps_the_sop",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE c clocks_clock; allowed boolean;",
                    func="SELECT * INTO c FROM clocks_clock WHERE id = NEW.clock_id; SELECT COALESCE(bool_or(p.may_pause), false) INTO allowed FROM clocks_clockpolicy p WHERE p.id = c.policy_id;\n        IF c.state <> 'running' THEN\n            RAISE EXCEPTION 'A promise that has ended is not paused.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-B4.3.1';\n        END IF;\n        IF NOT allowed THEN\n            RAISE EXCEPTION 'The policy of this promise allows no pause.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-B4.3.1';\n        END IF;\n        IF NOT EXISTS (\n        SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active\n         WHERE g.role = 'it_manager' AND g.user_id <> ALL(ARRAY[]::bigint[]) AND (g.branch_id IS NULL OR g.branch_id = c.branch_id)\n           AND (g.user_id = NEW.by_id OR EXISTS (\n                SELECT 1 FROM accounts_substitution x WHERE x.absent_id = g.user_id AND x.substitute_id = NEW.by_id\n                   AND (now() AT TIME ZONE 'Asia/Jakarta')::date BETWEEN x.first_date AND x.last_date))) THEN\n            RAISE EXCEPTION 'Only the IT Manager pauses a promise.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-B4.3.1';\n        END IF; RETURN NEW;",
                    hash="bb0be69f2912bec3b103cfa7501a6af8f0458d1e",
                    operation="INSERT",
                    pgid="pgtrigger_pause_keeps_the_sop_3b5ec",
                    table="clocks_pause",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pause",
            trigger=pgtrigger.compiler.Trigger(
                name="pause_is_only_ended",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR (NEW.clock_id, NEW.started_at, NEW.by_id, NEW.reason) IS DISTINCT FROM (OLD.clock_id, OLD.started_at, OLD.by_id, OLD.reason) THEN\n            RAISE EXCEPTION 'A pause is ended once, and nothing else of it changes.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-B4.3.1';\n        END IF; RETURN NEW;",
                    hash="54d7e167a055feded3c029de6e58c09f39c234de",
                    operation="UPDATE",
                    pgid="pgtrigger_pause_is_only_ended_055d8",
                    table="clocks_pause",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pause",
            trigger=pgtrigger.compiler.Trigger(
                name="pause_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="cade7848f6d0159a9f7ef4e93991ece5502ecfc1",
                    operation="DELETE",
                    pgid="pgtrigger_pause_is_kept_4b067",
                    table="clocks_pause",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunPython(deliver, migrations.RunPython.noop),
    ]
