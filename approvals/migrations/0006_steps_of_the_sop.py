"""What was there is told in steps: the policy of the SOP, the steps of forms, what was submitted."""

import json

from django.db import migrations

BATCH = 1000
_ASIDE = "ALTER TABLE {table} DISABLE TRIGGER USER"
_BACK = "ALTER TABLE {table} ENABLE TRIGGER USER"
_POLICIES = """
    UPDATE approvals_policy SET remind_after_hours = 24, remind_every_hours = 24, rules = jsonb_build_array(jsonb_build_object(
        'when', '{}'::jsonb, 'steps', (SELECT jsonb_agg(jsonb_build_object('roles', jsonb_build_array(r.role),
            'people', '[]'::jsonb, 'quorum', 'one') ORDER BY r.nth) FROM unnest(roles) WITH ORDINALITY r (role, nth))))"""
_POLICY_OF_THE_TEST = """
    INSERT INTO approvals_policy (kind, threshold_hours, man_day_hours, roles, rules, note, on_time_out, escalate_to,
        question_pauses, valid_from)
    VALUES ('uat', 0, 7, '{}', '[{"when": {}, "steps": [{"roles": [], "people": [], "quorum": "one", "tester": true}]}]',
        '', 'nothing', '', false, now())"""
_STEPS = """
    UPDATE approvals_step SET roles = CASE role WHEN '' THEN '{}' ELSE ARRAY[role] END,
        people = CASE WHEN person_id IS NULL THEN '{}' ELSE ARRAY[person_id] END"""
_DECISIONS = """
    UPDATE approvals_decision d SET as_role = s.role FROM approvals_step s WHERE s.id = d.step_id AND s.role <> ''"""
_FORMS = """
    UPDATE approvals_approval a SET
        policy_id = COALESCE(
            (SELECT max(p.id) FROM approvals_policy p WHERE p.kind = a.kind AND p.valid_from <= COALESCE(a.submitted_at, now())),
            (SELECT min(p.id) FROM approvals_policy p WHERE p.kind = a.kind)),
        rule = CASE WHEN a.content_hash = '' THEN NULL ELSE 0 END,
        waiting_roles = CASE waiting_role WHEN '' THEN '{}' ELSE ARRAY[waiting_role] END,
        waiting_people = CASE WHEN waiting_person_id IS NULL THEN '{}' ELSE ARRAY[waiting_person_id] END,
        waiting_names = COALESCE((SELECT name FROM accounts_user WHERE id = waiting_person_id), ''),
        named = CASE WHEN a.kind = 'uat' THEN ARRAY[a.requester_id] ELSE '{}' END,
        counted = COALESCE((SELECT array_agg(DISTINCT x.who) FROM approvals_decision d
            CROSS JOIN LATERAL unnest(ARRAY[d.decided_by_id, d.on_behalf_of_id]) x (who)
            WHERE d.approval_id = a.id AND d.outcome = 'approve' AND x.who IS NOT NULL), '{}'),
        step_began_at = CASE WHEN a.state = 'pending' THEN a.submitted_at END"""


def tell(apps, schema_editor):
    """The triggers of tables that are written once step aside for this one statement each."""
    for table, statements in (
        ("approvals_policy", (_POLICIES, _POLICY_OF_THE_TEST)),
        ("approvals_step", (_STEPS,)),
        ("approvals_decision", (_DECISIONS,)),
    ):
        schema_editor.execute(_ASIDE.format(table=table))
        for statement in statements:
            schema_editor.execute(statement)
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute(_BACK.format(table=table))
    schema_editor.execute(_FORMS)


def keep_what_was_submitted(apps, schema_editor):
    """The text behind each hash, as it was written until now: number, title and content."""
    form, edition = apps.get_model("approvals", "Approval"), apps.get_model("approvals", "Edition")
    rows = []
    for row in form.objects.exclude(content_hash="").order_by("pk").iterator(chunk_size=BATCH):
        number = f"{row.kind.upper()}-{row.created_at.year}-{row.pk:05d}"
        said = json.dumps([number, row.title, row.content], sort_keys=True, ensure_ascii=False)
        rows.append(
            edition(
                approval=row,
                number=1,
                rule=0,
                title=row.title,
                content=row.content,
                canonical=said,
                content_hash=row.content_hash,
                submitted_by_id=row.requested_by_id,
                submitted_at=row.submitted_at or row.created_at,
            )  # fmt: skip
        )
        if len(rows) == BATCH:
            edition.objects.bulk_create(rows)
            rows = []
    edition.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("approvals", "0005_policies_in_steps")]
    operations = [
        migrations.RunPython(tell, migrations.RunPython.noop),
        migrations.RunPython(keep_what_was_submitted, migrations.RunPython.noop),
    ]
