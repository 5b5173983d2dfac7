"""A form that was sent back asks the Board again: only the first answer to a request is promised just once.

That no two clocks of one promise run at a time is held by `clock_runs_once`.
"""

from django.db import migrations, models

_NEW, _OLD = "response_is_promised_once", "clock_promised_once"
_INDEX = (
    'CREATE UNIQUE INDEX CONCURRENTLY "{name}" ON "clocks_clock" ("promise", "subject_type", "subject_id")'
    " WHERE ({condition})"
)
_DROP = 'DROP INDEX CONCURRENTLY IF EXISTS "{name}"'


def _dropped(name):
    return _DROP.format(name=name)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("clocks", "0005_return_to_all")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        _dropped(_NEW),
                        _INDEX.format(name=_NEW, condition="\"promise\" = 'response'"),
                        _dropped(_OLD),
                    ],
                    [
                        _INDEX.format(name=_OLD, condition="NOT (\"promise\" = 'confirmation')"),
                        _dropped(_NEW),
                    ],
                )
            ],
            state_operations=[
                migrations.RemoveConstraint(model_name="clock", name=_OLD),
                migrations.AddConstraint(
                    model_name="clock",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("promise", "response")),
                        fields=("promise", "subject_type", "subject_id"),
                        name=_NEW,
                    ),
                ),
            ],
        ),
    ]
