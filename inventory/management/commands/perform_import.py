"""`manage.py perform_import NUMBER`: try or import the rows of one file. The sweep starts it; a person may, too."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import robot
from inventory.actions import perform_import
from inventory.models import AssetImport


class Command(BaseCommand):
    """One file, in this process."""

    help = "Try or import the rows of a file of assets that waits."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which."""
        parser.add_argument("job", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Until it ends."""
        job = AssetImport.objects.filter(pk=options["job"]).first()
        if job is None:
            raise CommandError("There is no such import.")
        done = perform_import(job=job, by=robot("inventory"))
        self.stdout.write("It does not wait, or is being done." if done is None else f"{done}: {done.state}")
