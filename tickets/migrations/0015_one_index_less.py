import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# Django would drop and check the foreign keys with the indexes, which reads the whole table under a lock.
LESS = {
    "branch": (
        "tickets_ticket_branch_id_5773ac24",
        models.ForeignKey(
            "accounts.branch",
            django.db.models.deletion.PROTECT,
            related_name="+",
            db_index=False,
            verbose_name="branch",
        ),
    ),
    "requester": (
        "tickets_ticket_requester_id_2072a2f2",
        models.ForeignKey(
            settings.AUTH_USER_MODEL,
            django.db.models.deletion.PROTECT,
            related_name="requests",
            db_index=False,
            verbose_name="requester",
        ),
    ),
    "assignee": (
        "tickets_ticket_assignee_id_3a5aa407",
        models.ForeignKey(
            settings.AUTH_USER_MODEL,
            django.db.models.deletion.PROTECT,
            related_name="work",
            null=True,
            db_index=False,
            verbose_name="assignee",
        ),
    ),
}


def less(name, index, field):
    return migrations.SeparateDatabaseAndState(
        [
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
                f"CREATE INDEX CONCURRENTLY {index} ON tickets_ticket ({name}_id)",
            )
        ],
        [migrations.AlterField("ticket", name, field)],
    )


class Migration(migrations.Migration):
    """A person's open requests have an index; three that other indexes begin with are gone."""

    atomic = False

    dependencies = [
        ("accounts", "0003_confirmations"),
        ("tickets", "0014_taken_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            "ticket",
            models.Index(
                fields=["requester", "-id"],
                name="ticket_open_of_requester",
                condition=models.Q(("status__in", ["new", "waiting", "in_progress", "user_testing"])),
            ),
        ),
        *(less(name, index, field) for name, (index, field) in LESS.items()),
    ]
