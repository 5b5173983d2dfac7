"""The versions of what is installed already, with the keys by which they are ordered."""

from itertools import islice
from typing import Any

from django.db import migrations

from inventory.versions import key


def fill(apps: Any, schema_editor: Any) -> None:
    """Each title's versions once."""
    known = apps.get_model("inventory", "Installation").objects.order_by().values_list("title_id", "version")
    versions = apps.get_model("inventory", "SoftwareVersion")
    pairs = known.distinct().iterator(chunk_size=5000)
    while part := list(islice(pairs, 5000)):
        versions.objects.bulk_create(
            (versions(title_id=title, version=version, key=key(version)) for title, version in part),
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    """After the tables."""

    dependencies = [("inventory", "0006_imports_and_renewables")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
