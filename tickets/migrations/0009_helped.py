"""Whom a guide has helped."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_helpdesk"),
        ("tickets", "0008_open_ones"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GuideHelp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("helped_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="helped")),
            ],
            options={
                "verbose_name": "help of a guide",
                "verbose_name_plural": "help of guides",
            },
        ),
        migrations.AddField(
            model_name="guidehelp",
            name="guide",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tickets.guide"
            ),
        ),
        migrations.AddField(
            model_name="guidehelp",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="guidehelp",
            constraint=models.UniqueConstraint(fields=("guide", "person"), name="guide_helped_once"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guidehelp",
            trigger=pgtrigger.compiler.Trigger(
                name="guide_helped_for_good",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f97dd3c6206c2bc790bcc8637f6b50d76b6a5147",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_guide_helped_for_good_4347c",
                    table="tickets_guidehelp",
                    when="BEFORE",
                ),
            ),
        ),
    ]
