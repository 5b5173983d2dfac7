"""Of a data update whose requester has left, the head of the branch says whether it is right (SOP-A6)."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0011_unsent"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="ticket",
            name="ticket_keeps_the_sop",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ticket",
            trigger=pgtrigger.compiler.Trigger(
                name="ticket_keeps_the_sop",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n        IF TG_OP = 'INSERT' AND NEW.status <> 'new' THEN\n            RAISE EXCEPTION 'A request begins in the triage queue of the IT Manager.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A1';\n        END IF;\n        IF TG_OP = 'UPDATE' AND OLD.status = 'new' AND NEW.status = 'waiting' AND (NEW.accepted_by_id IS NULL OR NOT EXISTS (\n        SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active\n         WHERE g.role = 'it_manager' AND g.user_id <> ALL(ARRAY[]::bigint[]) AND (g.branch_id IS NULL OR g.branch_id = NEW.branch_id)\n           AND (g.user_id = NEW.accepted_by_id OR EXISTS (\n                SELECT 1 FROM accounts_substitution x WHERE x.absent_id = g.user_id AND x.substitute_id = NEW.accepted_by_id\n                   AND (now() AT TIME ZONE 'Asia/Jakarta')::date BETWEEN x.first_date AND x.last_date)))) THEN\n            RAISE EXCEPTION 'Only the IT Manager or the dated substitute accepts a request.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A1';\n        END IF;\n        IF TG_OP = 'UPDATE' AND OLD.accepted_by_id IS NOT NULL AND NEW.accepted_by_id IS DISTINCT FROM OLD.accepted_by_id THEN\n            RAISE EXCEPTION 'Who accepted a request is history.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A1';\n        END IF;\n        IF TG_OP = 'UPDATE' AND (NEW.requester_id, NEW.branch_id, NEW.created_at) IS DISTINCT FROM (OLD.requester_id, OLD.branch_id, OLD.created_at) THEN\n            RAISE EXCEPTION 'Who asked, from where and when, is history.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A1';\n        END IF;\n        IF TG_OP = 'UPDATE' AND OLD.status = 'in_progress' AND NEW.status = 'cancelled' AND NEW.merged_into_id IS NULL THEN\n            RAISE EXCEPTION 'Work that has begun ends with the requester''s word, or as the duplicate of another request.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A1';\n        END IF;\n        IF TG_OP = 'UPDATE' AND OLD.status = 'done' AND NEW.status = 'in_progress' AND NEW.kind = 'development' THEN\n            RAISE EXCEPTION 'A deployed development is not opened again. Ask for a new one.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A6';\n        END IF;\n        IF NEW.status = 'new' AND (NEW.assignee_id IS NOT NULL OR NEW.team_id IS NOT NULL) THEN\n            RAISE EXCEPTION 'Nobody works on a request before the IT Manager has accepted it.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A1';\n        END IF;\n        IF NEW.kind = 'development' AND NEW.split_from_id IS NOT NULL AND EXISTS (SELECT 1 FROM tickets_ticket t WHERE t.kind = 'development' AND t.id <> NEW.id AND (t.id = NEW.split_from_id OR t.split_from_id = NEW.split_from_id)) THEN\n            RAISE EXCEPTION 'The hours of a development count together; it is not divided.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A5';\n        END IF;\n        IF TG_OP = 'UPDATE' AND OLD.split_from_id IS NOT NULL AND (NEW.split_from_id IS DISTINCT FROM OLD.split_from_id OR NEW.kind <> OLD.kind) THEN\n            RAISE EXCEPTION 'Out of which request this one was made is history.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A5';\n        END IF;\n        IF TG_OP = 'UPDATE' AND NEW.status = 'done' AND OLD.status <> 'done' AND NEW.kind <> 'development' AND NEW.confirmed_by_id IS DISTINCT FROM NEW.requester_id AND NOT (NEW.kind = 'troubleshooting' AND EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.confirmed_by_id AND u.is_robot)) AND NOT (NEW.kind = 'data_update' AND EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.requester_id AND NOT u.is_active) AND EXISTS (\n        SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active\n         WHERE g.role = 'branch_head' AND g.user_id <> ALL(ARRAY[]::bigint[]) AND (g.branch_id IS NULL OR g.branch_id = NEW.branch_id)\n           AND (g.user_id = NEW.confirmed_by_id OR EXISTS (\n                SELECT 1 FROM accounts_substitution x WHERE x.absent_id = g.user_id AND x.substitute_id = NEW.confirmed_by_id\n                   AND (now() AT TIME ZONE 'Asia/Jakarta')::date BETWEEN x.first_date AND x.last_date))) AND NOT EXISTS (\n        SELECT 1 FROM accounts_roleassignment g JOIN accounts_user u ON u.id = g.user_id AND u.is_active\n         WHERE g.role = ANY(ARRAY['agent', 'it_manager', 'db_manager']) AND g.user_id <> ALL(ARRAY[]::bigint[]) AND (g.branch_id IS NULL OR g.branch_id = NEW.branch_id)\n           AND (g.user_id = NEW.confirmed_by_id OR EXISTS (\n                SELECT 1 FROM accounts_substitution x WHERE x.absent_id = g.user_id AND x.substitute_id = NEW.confirmed_by_id\n                   AND (now() AT TIME ZONE 'Asia/Jakarta')::date BETWEEN x.first_date AND x.last_date)))) THEN\n            RAISE EXCEPTION 'A request is done when the requester says so.' USING ERRCODE = 'check_violation', CONSTRAINT = 'SOP-A6';\n        END IF; RETURN NEW;",
                    hash="a0edcd96505dacdfa47180510644c234c5dd002f",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_ticket_keeps_the_sop_dc439",
                    table="tickets_ticket",
                    when="BEFORE",
                ),
            ),
        ),
    ]
