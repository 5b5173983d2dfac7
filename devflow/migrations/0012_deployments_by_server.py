# What runs on a server is its newest deployment: found by an index that is made while others write.

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("devflow", "0011_systems"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="deployment",
            index=models.Index(fields=["environment", "-id"], name="deployment_of_server"),
        ),
    ]
