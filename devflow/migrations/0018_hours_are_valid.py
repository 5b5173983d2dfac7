"""Every row of booked hours is looked at while people go on working."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("devflow", "0017_hours_are_taken_back")]

    operations = [ValidateConstraint(model_name="hourentry", name="hours_fit_into_a_day")]
