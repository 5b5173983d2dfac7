"""Counter-entries of booked hours. Columns are nullable and the next one validates the constraint: nobody waits long."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("devflow", "0016_kind_until_decided"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="hourentry",
            name="hours_fit_into_a_day",
        ),
        migrations.AddField(
            model_name="hourentry",
            name="taken_back_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="taken back by",
            ),
        ),
        migrations.AddField(
            model_name="hourentry",
            name="takes_back",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counter",
                to="devflow.hourentry",
                verbose_name="takes back",
            ),
        ),
        migrations.AlterField(
            model_name="hourentry",
            name="hours",
            field=models.DecimalField(
                decimal_places=2,
                max_digits=5,
                validators=[
                    django.core.validators.MinValueValidator(-24),
                    django.core.validators.MaxValueValidator(24),
                ],
                verbose_name="hours",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hourentry",
            trigger=pgtrigger.compiler.Trigger(
                name="hours_keep_the_sop",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE r devflow_developmentrequest; t tickets_ticket; was devflow_hourentry;",
                    func=" IF NEW.takes_back_id IS NULL THEN PERFORM pg_advisory_xact_lock(hashtextextended('hours of ' || NEW.person_id || ' on ' || NEW.date, 0));\n        IF NEW.hours + (SELECT COALESCE(SUM(h.hours), 0) FROM devflow_hourentry h WHERE h.person_id = NEW.person_id AND h.date = NEW.date) > 24 THEN\n            RAISE EXCEPTION 'Nobody works more than 24 hours on one day, over all requests.' USING ERRCODE = 'check_violation', CONSTRAINT = 'hours_of_all_fit_into_a_day';\n        END IF; RETURN NEW; END IF; SELECT * INTO was FROM devflow_hourentry WHERE id = NEW.takes_back_id; SELECT * INTO r FROM devflow_developmentrequest WHERE id = NEW.request_id; SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;\n        IF was.takes_back_id IS NOT NULL OR (NEW.request_id, NEW.person_id, NEW.date, NEW.hours) IS DISTINCT FROM (was.request_id, was.person_id, was.date, -was.hours) THEN\n            RAISE EXCEPTION 'Hours are taken back as they were booked; what takes back is not taken back.' USING ERRCODE = 'check_violation', CONSTRAINT = 'hours_are_taken_back_whole';\n        END IF;\n        IF NOT EXISTS (\n        SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active\n         WHERE g.role = 'it_manager' AND g.user_id <> ALL(ARRAY[]::bigint[]) AND (g.branch_id IS NULL OR g.branch_id = t.branch_id)\n           AND (g.user_id = NEW.taken_back_by_id OR EXISTS (\n                SELECT 1 FROM accounts_substitution x WHERE x.absent_id = g.user_id AND x.substitute_id = NEW.taken_back_by_id\n                   AND (now() AT TIME ZONE 'Asia/Jakarta')::date BETWEEN x.first_date AND x.last_date))) AND (NEW.taken_back_by_id IS DISTINCT FROM was.person_id OR (was.booked_at AT TIME ZONE 'Asia/Jakarta')::date <> (now() AT TIME ZONE 'Asia/Jakarta')::date) THEN\n            RAISE EXCEPTION 'Whoever booked hours takes them back on the same day; after that the IT Manager does.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A5';\n        END IF;\n        IF NOT EXISTS (\n        SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active\n         WHERE g.role = 'it_manager' AND g.user_id <> ALL(ARRAY[]::bigint[]) AND (g.branch_id IS NULL OR g.branch_id = t.branch_id)\n           AND (g.user_id = NEW.taken_back_by_id OR EXISTS (\n                SELECT 1 FROM accounts_substitution x WHERE x.absent_id = g.user_id AND x.substitute_id = NEW.taken_back_by_id\n                   AND (now() AT TIME ZONE 'Asia/Jakarta')::date BETWEEN x.first_date AND x.last_date))) AND ((WITH RECURSIVE reached(id) AS (\n        SELECT t.id::bigint\n        UNION\n        SELECT n.id FROM reached CROSS JOIN LATERAL (\n            SELECT unnest(ARRAY[k.parent_id, k.split_from_id, k.merged_into_id]) AS id\n              FROM tickets_ticket k WHERE k.id = reached.id\n            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.parent_id = reached.id\n            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.split_from_id = reached.id\n            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.merged_into_id = reached.id\n            UNION ALL SELECT k.second_id FROM tickets_tie k WHERE k.first_id = reached.id AND k.kind = 'purpose'\n            UNION ALL SELECT k.first_id FROM tickets_tie k WHERE k.second_id = reached.id AND k.kind = 'purpose'\n        ) n WHERE n.id IS NOT NULL), purpose(id) AS (SELECT id FROM reached LIMIT 501) SELECT (SELECT count(*) > 500 FROM purpose) OR (SELECT COALESCE(SUM((SELECT CASE WHEN o.status IN ('rejected', 'cancelled') THEN (SELECT COALESCE(SUM(h.hours), 0) FROM devflow_developmentrequest q\n    JOIN devflow_hourentry h ON h.request_id = q.id WHERE q.ticket_id = o.id)\n        ELSE GREATEST(COALESCE(o.estimate_hours, 0), (SELECT COALESCE(SUM(h.hours), 0) FROM devflow_developmentrequest q\n    JOIN devflow_hourentry h ON h.request_id = q.id WHERE q.ticket_id = o.id)) END\n    FROM tickets_ticket o WHERE o.id = purpose.id AND o.kind = 'development')), 0) FROM purpose) > GREATEST(r.brm_threshold_hours, (SELECT COALESCE(MAX((SELECT MAX((a.content->>'estimate_hours')::numeric)\n    FROM devflow_developmentrequest q JOIN approvals_approval a ON a.subject_id = q.id\n    WHERE q.ticket_id = purpose.id AND a.subject_type = 'devflow.developmentrequest' AND a.kind = 'brm'\n      AND a.state = 'approved' AND t.requester_id = ANY(a.barred))), 0) FROM purpose))) OR (WITH RECURSIVE reached(id) AS (\n        SELECT t.id::bigint\n        UNION\n        SELECT n.id FROM reached CROSS JOIN LATERAL (\n            SELECT unnest(ARRAY[k.parent_id, k.split_from_id, k.merged_into_id]) AS id\n              FROM tickets_ticket k WHERE k.id = reached.id\n            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.parent_id = reached.id\n            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.split_from_id = reached.id\n            UNION ALL SELECT k.id FROM tickets_ticket k WHERE k.merged_into_id = reached.id\n            UNION ALL SELECT k.second_id FROM tickets_tie k WHERE k.first_id = reached.id AND k.kind = 'purpose'\n            UNION ALL SELECT k.first_id FROM tickets_tie k WHERE k.second_id = reached.id AND k.kind = 'purpose'\n        ) n WHERE n.id IS NOT NULL), purpose(id) AS (SELECT id FROM reached LIMIT 501) SELECT EXISTS (SELECT 1 FROM purpose JOIN devflow_developmentrequest q ON q.ticket_id = purpose.id\n    JOIN approvals_approval a ON a.subject_id = q.id WHERE a.subject_type = 'devflow.developmentrequest'\n      AND a.kind = 'brm' AND a.state IN ('draft', 'pending')))) THEN\n            RAISE EXCEPTION 'A BRM is needed or asked for; only the IT Manager takes hours back.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A5';\n        END IF; RETURN NEW;",
                    hash="4f008831b6f3df10ecf09179359ba1bd7a4e9c1d",
                    operation="INSERT",
                    pgid="pgtrigger_hours_keep_the_sop_d738c",
                    table="devflow_hourentry",
                    when="BEFORE",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="hourentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("hours__gt", 0), ("hours__lte", 24), ("taken_back_by", None), ("takes_back", None)
                    ),
                    models.Q(
                        ("hours__gte", -24),
                        ("hours__lt", 0),
                        ("taken_back_by__isnull", False),
                        ("takes_back__isnull", False),
                        models.Q(("note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hours_fit_into_a_day",
            ),
        ),
    ]
