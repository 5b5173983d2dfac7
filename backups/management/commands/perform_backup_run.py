"""`manage.py perform_backup_run NUMBER`: carry out one run that waits. The sweep starts it; a person may, too."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backups.actions import perform
from backups.actions._parts import robot
from backups.models import Run


class Command(BaseCommand):
    """One run, in this process."""

    help = "Carry out a backup, drill, check or restore that waits."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which."""
        parser.add_argument("run", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Until it ends; exit code 1 when it failed."""
        run = Run.objects.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError("There is no such run.")
        done = perform(run=run, by=robot())
        if done is None:
            self.stdout.write("It does not wait, or something else is at work there.")
        elif done.fault:
            raise CommandError(f"{done.why}\n{done.log[-2000:]}")
        else:
            self.stdout.write(f"{done} {done.state}: {done.size} bytes in {done.seconds:.1f} s")
