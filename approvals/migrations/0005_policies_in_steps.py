import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def kept(model, field, default):
    """A column that nothing reads any more; it is dropped a release later."""
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(f"ALTER TABLE approvals_{model} ALTER COLUMN {default}", migrations.RunSQL.noop)
        ],
        state_operations=[migrations.RemoveField(model_name=model, name=field)],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_helpdesk"),
        ("accounts", "__first__"),
        ("approvals", "0004_sealed_papers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("rule", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("content", models.JSONField()),
                ("canonical", models.TextField()),
                ("content_hash", models.CharField(max_length=64)),
                ("submitted_at", models.DateTimeField(verbose_name="submitted")),
            ],
            options={
                "verbose_name": "version of a form",
                "verbose_name_plural": "versions of forms",
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("edition", models.PositiveSmallIntegerField(default=1)),
                ("text", models.TextField(verbose_name="question")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked")),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered")),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="approval",
            name="form_moves_as_declared",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="approval",
            name="form_keeps_the_sop",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="decision",
            name="decision_keeps_the_sop",
        ),
        migrations.RemoveConstraint(
            model_name="approval",
            name="form_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="nobody_counts_twice",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="a_refusal_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="policy",
            name="policy_names_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="step",
            name="step_once_per_position",
        ),
        migrations.RemoveConstraint(
            model_name="step",
            name="step_names_a_role_or_a_person",
        ),
        migrations.RemoveIndex(
            model_name="approval",
            name="form_role",
        ),
        migrations.RemoveIndex(
            model_name="approval",
            name="form_person",
        ),
        kept("approval", "waiting_person", "waiting_person_id DROP NOT NULL"),
        kept("approval", "waiting_role", "waiting_role SET DEFAULT ''"),
        kept("policy", "roles", "roles SET DEFAULT '{}'"),
        kept("step", "person", "person_id DROP NOT NULL"),
        kept("step", "role", "role SET DEFAULT ''"),
        migrations.AddField(
            model_name="approval",
            name="blocked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="approval",
            name="counted",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="edition",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="approval",
            name="expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="approval",
            name="named",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="open_questions",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="approval",
            name="policy",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="approvals.policy",
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="remind_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="approval",
            name="rule",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="approval",
            name="step_began_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="approval",
            name="superseded_reason",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="approval",
            name="waiting_names",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
        migrations.AddField(
            model_name="approval",
            name="waiting_people",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="waiting_roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="as_role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("requester", "Requester"),
                    ("branch_head", "Branch head"),
                    ("agent", "IT staff"),
                    ("it_manager", "IT Manager"),
                    ("db_manager", "Database Manager"),
                    ("director", "Director"),
                    ("bod", "Board"),
                    ("auditor", "Auditor"),
                    ("administrator", "Administrator"),
                ],
                db_default="",
                default="",
                max_length=20,
                verbose_name="as",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="edition",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="policy",
            name="escalate_to",
            field=models.CharField(
                blank=True,
                choices=[
                    ("requester", "Requester"),
                    ("branch_head", "Branch head"),
                    ("agent", "IT staff"),
                    ("it_manager", "IT Manager"),
                    ("db_manager", "Database Manager"),
                    ("director", "Director"),
                    ("bod", "Board"),
                    ("auditor", "Auditor"),
                    ("administrator", "Administrator"),
                ],
                max_length=20,
                verbose_name="who may decide then",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="note",
            field=models.CharField(blank=True, max_length=200, verbose_name="what changes"),
        ),
        migrations.AddField(
            model_name="policy",
            name="on_time_out",
            field=models.CharField(
                choices=[
                    ("nothing", "nothing but a note in the history"),
                    ("refuse", "the form is refused"),
                    ("escalate", "another role may decide as well"),
                ],
                default="nothing",
                max_length=10,
                verbose_name="when it has run out",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="published_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="published by",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="question_pauses",
            field=models.BooleanField(default=False, verbose_name="a question stops the clock"),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_after_hours",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="first reminder after hours"),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_every_hours",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="then every so many hours"),
        ),
        migrations.AddField(
            model_name="policy",
            name="rules",
            field=models.JSONField(default=list, verbose_name="rules"),
        ),
        migrations.AddField(
            model_name="policy",
            name="time_out_hours",
            field=models.PositiveSmallIntegerField(null=True, verbose_name="time to decide, in hours"),
        ),
        migrations.AddField(
            model_name="step",
            name="edition",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="step",
            name="needed",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="approvals needed"),
        ),
        migrations.AddField(
            model_name="step",
            name="people",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None, verbose_name="persons"
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="quorum",
            field=models.CharField(
                choices=[
                    ("one", "one of them"),
                    ("all", "all of them"),
                    ("majority", "more than half of them"),
                    ("number", "so many of them"),
                ],
                default="one",
                max_length=10,
                verbose_name="how many",
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("requester", "Requester"),
                        ("branch_head", "Branch head"),
                        ("agent", "IT staff"),
                        ("it_manager", "IT Manager"),
                        ("db_manager", "Database Manager"),
                        ("director", "Director"),
                        ("bod", "Board"),
                        ("auditor", "Auditor"),
                        ("administrator", "Administrator"),
                    ],
                    max_length=20,
                ),
                default=list,
                size=None,
                verbose_name="roles",
            ),
        ),
        migrations.AlterField(
            model_name="approval",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("pending", "Waiting for decision"),
                    ("approved", "Approved"),
                    ("refused", "Refused"),
                    ("withdrawn", "Withdrawn"),
                    ("superseded", "No longer valid"),
                ],
                default="draft",
                max_length=50,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="outcome",
            field=models.CharField(
                choices=[("approve", "Approve"), ("refuse", "Refuse"), ("revise", "Send back for revision")],
                max_length=10,
                verbose_name="decision",
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="step",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="approvals.step"
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["submitted_at"], name="form_waits"
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["remind_at"], name="form_reminds"
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["expires_at"], name="form_expires"
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=django.contrib.postgres.indexes.GinIndex(fields=["named"], name="form_names"),
        ),
        migrations.AddField(
            model_name="edition",
            name="approval",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="editions", to="approvals.approval"
            ),
        ),
        migrations.AddField(
            model_name="edition",
            name="submitted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="answered_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="approval",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="approvals.approval"
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
