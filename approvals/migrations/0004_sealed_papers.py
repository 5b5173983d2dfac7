import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("approvals", "0003_crashes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authority",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rank",
                    models.CharField(
                        choices=[("root", "Root"), ("issuing", "Issuing authority")],
                        max_length=10,
                        verbose_name="rank",
                    ),
                ),
                ("certificate", models.BinaryField(verbose_name="certificate")),
                ("key", models.BinaryField(verbose_name="private key, sealed")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="made")),
            ],
            options={
                "verbose_name": "certificate authority",
                "verbose_name_plural": "certificate authorities",
            },
        ),
        migrations.CreateModel(
            name="CaseFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("sent", "Sent"), ("dead", "Given up")],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("mailbox", models.CharField(max_length=100, verbose_name="mailbox")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="due")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
                (
                    "crashes",
                    models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="crashes"),
                ),
                ("case_type", models.CharField(max_length=60)),
                ("case_id", models.BigIntegerField()),
                (
                    "asked_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="asked for"),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("id", "Indonesian"), ("en", "English")], default="id", max_length=2
                    ),
                ),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "case file",
                "verbose_name_plural": "case files",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("serial", models.CharField(max_length=40, unique=True, verbose_name="serial number")),
                ("certificate", models.BinaryField(verbose_name="certificate")),
                ("key", models.BinaryField(verbose_name="private key, sealed")),
                ("issued_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="issued")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "revoked_reason",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="why it was revoked"
                    ),
                ),
            ],
            options={
                "verbose_name": "certificate",
                "verbose_name_plural": "certificates",
            },
        ),
        migrations.CreateModel(
            name="Sealing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("sent", "Sent"), ("dead", "Given up")],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("mailbox", models.CharField(max_length=100, verbose_name="mailbox")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="due")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("last_error", models.TextField(blank=True, verbose_name="last error")),
                (
                    "crashes",
                    models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="crashes"),
                ),
                ("edition", models.PositiveSmallIntegerField(default=1, verbose_name="edition")),
                (
                    "layer",
                    models.CharField(
                        choices=[
                            ("form", "the form as it was submitted"),
                            ("signature", "a signature"),
                            ("certificate", "the certificate of how it was decided"),
                            ("stamp", "a time stamp"),
                            ("audit_stamp", "a time stamp of the certificate"),
                        ],
                        max_length=15,
                        verbose_name="layer",
                    ),
                ),
                ("code", models.CharField(blank=True, default="", max_length=22, verbose_name="code")),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
                ("is_stamped", models.BooleanField(default=False, verbose_name="has a time stamp")),
            ],
            options={
                "verbose_name": "layer of a document",
                "verbose_name_plural": "layers of documents",
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="document",
            name="audit_sha256",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="document",
            name="code",
            field=models.CharField(blank=True, db_default="", default="", max_length=22, verbose_name="code"),
        ),
        migrations.AddField(
            model_name="document",
            name="level",
            field=models.CharField(
                choices=[
                    ("not_certified", "Electronic signature, not certified"),
                    ("certified", "Certified electronic signature"),
                ],
                db_default="not_certified",
                default="not_certified",
                max_length=15,
                verbose_name="level",
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="stamp_due_at",
            field=models.DateTimeField(null=True, verbose_name="time stamp due"),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("stamp_due_at__isnull", False)),
                fields=["stamp_due_at"],
                name="document_stamp_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="authority",
            constraint=models.UniqueConstraint(fields=("rank",), name="one_authority_of_each_rank"),
        ),
        migrations.AddConstraint(
            model_name="authority",
            constraint=models.CheckConstraint(
                condition=models.Q(("rank__in", ["root", "issuing"])), name="rank_is_known"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="authority",
            trigger=pgtrigger.compiler.Trigger(
                name="authority_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b1a1d89713246b5fb562bfa43815d8247a408553",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_authority_is_kept_70a22",
                    table="approvals_authority",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="casefile",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificates",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sealing",
            name="decision",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sealing",
                to="approvals.decision",
            ),
        ),
        migrations.AddField(
            model_name="sealing",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="sealings", to="approvals.document"
            ),
        ),
        migrations.AddIndex(
            model_name="casefile",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["due_at"], name="casefile_due"
            ),
        ),
        migrations.AddIndex(
            model_name="casefile",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["mailbox", "id"], name="casefile_mailbox"
            ),
        ),
        migrations.AddIndex(
            model_name="casefile",
            index=models.Index(condition=models.Q(("state", "dead")), fields=["-id"], name="casefile_dead"),
        ),
        migrations.AddIndex(
            model_name="casefile",
            index=models.Index(fields=["case_type", "case_id", "-id"], name="casefile_of_case"),
        ),
        migrations.AddConstraint(
            model_name="casefile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "sent", "dead"])), name="casefile_state_is_known"
            ),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["person", "-id"], name="certificate_of_person"),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(
                condition=models.Q(("revoked_at__isnull", False)),
                fields=["revoked_at"],
                name="certificate_revoked",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revoked_at", None), models.Q(("revoked_reason", ""), _negated=True), _connector="XOR"
                ),
                name="revocation_has_a_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="certificate",
            trigger=pgtrigger.compiler.Trigger(
                name="certificate_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="c4815e349b652fb3a7479fb1fa1b901f95d02b78",
                    operation="DELETE",
                    pgid="pgtrigger_certificate_is_kept_b9ad6",
                    table="approvals_certificate",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="certificate",
            trigger=pgtrigger.compiler.Trigger(
                name="certificate_is_only_revoked",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."revoked_at" IS NOT NULL OR OLD."certificate" IS DISTINCT FROM (NEW."certificate") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."serial" IS DISTINCT FROM (NEW."serial") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="4b27262555d253c3c3d1f6b098d48907e61abb06",
                    operation="UPDATE",
                    pgid="pgtrigger_certificate_is_only_revoked_b2750",
                    table="approvals_certificate",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="sealing",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["due_at"], name="sealing_due"
            ),
        ),
        migrations.AddIndex(
            model_name="sealing",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["mailbox", "id"], name="sealing_mailbox"
            ),
        ),
        migrations.AddIndex(
            model_name="sealing",
            index=models.Index(condition=models.Q(("state", "dead")), fields=["-id"], name="sealing_dead"),
        ),
        migrations.AddIndex(
            model_name="sealing",
            index=models.Index(
                condition=models.Q(("sha256", ""), _negated=True), fields=["sha256"], name="sealing_sha"
            ),
        ),
        migrations.AddIndex(
            model_name="sealing",
            index=models.Index(
                condition=models.Q(("code", ""), _negated=True), fields=["code"], name="sealing_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="sealing",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "sent", "dead"])), name="sealing_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="sealing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("layer__in", ["form", "certificate"])),
                fields=("document", "edition", "layer"),
                name="form_and_certificate_once_per_edition",
            ),
        ),
        migrations.AddConstraint(
            model_name="sealing",
            constraint=models.CheckConstraint(
                condition=models.Q(("layer", "signature"), ("decision", None), _connector="XOR"),
                name="signature_has_its_decision",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sealing",
            trigger=pgtrigger.compiler.Trigger(
                name="sealing_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="c602a8f69645fb3a7d9ae3a8dabd79dbf31580a8",
                    operation="DELETE",
                    pgid="pgtrigger_sealing_is_kept_96135",
                    table="approvals_sealing",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sealing",
            trigger=pgtrigger.compiler.Trigger(
                name="sealing_is_final",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."sha256" > \'\' AND (OLD."sha256" IS DISTINCT FROM (NEW."sha256") OR OLD."decision_id" IS DISTINCT FROM (NEW."decision_id") OR OLD."document_id" IS DISTINCT FROM (NEW."document_id") OR OLD."layer" IS DISTINCT FROM (NEW."layer") OR OLD."code" IS DISTINCT FROM (NEW."code")))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="5b9a427d09d793ebb4b873eaac788c41c236fd3c",
                    operation="UPDATE",
                    pgid="pgtrigger_sealing_is_final_10640",
                    table="approvals_sealing",
                    when="BEFORE",
                ),
            ),
        ),
    ]
