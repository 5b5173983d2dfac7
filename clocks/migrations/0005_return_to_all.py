"""A branch may return to what is set for all."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_helpdesk"),
        ("clocks", "0004_board_stands_still"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="clockpolicy",
            name="follows_all",
            field=models.BooleanField(db_default=False, default=False, verbose_name="as for all branches"),
        ),
        migrations.AddConstraint(
            model_name="clockpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("follows_all", False), ("branch__isnull", False), _connector="OR"),
                name="clock_policy_of_all_follows_nobody",
            ),
        ),
    ]
