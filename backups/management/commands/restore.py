"""`manage.py restore TARGET`: the plan of a restore, and with `--yes` the restore itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from backups import actions
from backups.actions._parts import latest_set, robot
from backups.enums import RunKind
from backups.models import Restore, Run, Target
from core.errors import NotPossible, PermissionDenied


class Command(BaseCommand):
    """Whole targets and single files, beside the source or (by the word of two) over it."""

    help = "Restore a copy of a target. Without --yes only the plan is shown."

    def add_arguments(self, parser: CommandParser) -> None:
        """What, where to, by whom."""
        parser.add_argument("target", help="its name on the register")
        parser.add_argument("--run", type=int, help="the backup to restore; without it the newest good one")
        parser.add_argument("--path", default="", help="only this file or directory")
        parser.add_argument("--to", default="", help="the name of the restored copy")
        parser.add_argument("--over", action="store_true", help="over the source: a second person must agree")
        parser.add_argument(
            "--by", required=True, help="e-mail address of the IT Manager or Database Manager"
        )
        parser.add_argument("--reason", default="")
        parser.add_argument("--yes", action="store_true", help="not only the plan")

    def handle(self, *args: Any, **options: Any) -> None:
        """The plan, and the restore where it may begin."""
        source, person = self._source(options), self._person(options["by"])
        try:
            self._show(source, options)
            if options["yes"]:
                self._restore(source, person, options)
        except NotPossible as refusal:
            raise CommandError(f"{refusal.rule} {refusal}".strip()) from None
        except PermissionDenied:
            raise CommandError("Only the IT Manager and the Database Manager restore.") from None

    def _source(self, options: dict[str, Any]) -> Run:
        target = Target.objects.filter(name=options["target"]).first()
        if target is None:
            raise CommandError("There is no target of this name on the register.")
        good = Run.objects.good(RunKind.BACKUP).filter(target=target)
        source = good.filter(pk=options["run"]).first() if options["run"] else latest_set(target)
        if source is None:
            raise CommandError("There is no copy that could be restored.")
        return source

    def _person(self, email: str) -> User:
        found: User | None = User.objects.get_queryset().people().filter(email__iexact=email).first()
        if found is None:
            raise CommandError("Nobody here has this address.")
        return found

    def _show(self, source: Run, options: dict[str, Any]) -> None:
        facts = {
            "over_source": options["over"],
            "path": options["path"],
            "destination": options["to"] or "restored",
        }
        for step in actions.plan(source=source, **facts):
            verb = "REPLACES" if step["over"] else "makes"
            self.stdout.write(
                f"{step['made_at']}  {step['part']}  {step['bytes']} bytes  {verb}  {step['goal']}"
            )

    def _restore(self, source: Run, person: User, options: dict[str, Any]) -> None:
        wish: Restore = actions.ask_restore(
            source=source, by=person, over_source=options["over"], path=options["path"], destination=options["to"],
            reason=options["reason"],
        )  # fmt: skip
        if wish.run is None:
            self.stdout.write("It waits for the second person.")
            return
        done = actions.perform(run=wish.run, by=robot())
        if done is not None and done.fault:
            raise CommandError(f"{done.why}\n{done.log[-2000:]}")
        self.stdout.write("Restored." if done else "It begins as soon as nothing else is at work there.")
