"""`manage.py monday_setup [--board ID]`: make the board on monday.com, or adopt one, after showing how."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import NotPossible
from integrations.monday import planning
from integrations.monday.actions import making
from integrations.monday.actions._parts import program
from integrations.monday.actions.connecting import keep_connection


class Command(BaseCommand):
    """Shows a plan, then carries it out. Run again, it does only what is left."""

    help = (
        "Make the board on monday.com, or adopt an existing one: columns, labels, group. Shows a plan first."
    )

    def add_arguments(self, parser: Any) -> None:
        """Which board, and which of its columns."""
        parser.add_argument(
            "--board", default="", metavar="ID", help="an existing board, instead of a new one"
        )
        parser.add_argument("--new", action="store_true", help="a new board, although one is in use")
        parser.add_argument("--name", default=making.TITLE, help="of a new board")
        parser.add_argument("--workspace", default="", metavar="ID", help="where a new board is made")
        parser.add_argument(
            "--column", action="append", default=[], metavar="FIELD=ID", help="this column for this field"
        )
        parser.add_argument("--yes", action="store_true", help="do it without asking")
        parser.add_argument("--plan", action="store_true", help="show the plan and end")
        parser.add_argument("--on", action="store_true", help="switch the mirror on afterwards")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan, show, ask, do."""
        chosen = dict(self._pair(word) for word in options["column"])
        facts = {"board_id": options["board"], "title": options["name"], "workspace_id": options["workspace"]}
        facts["anew"] = options["new"]
        try:
            planned = making.plan_place(by=program(), chosen=chosen, **facts)
            self._show(planned)
            if planned.obstacles:
                raise CommandError("Nothing was done.")
            if options["plan"] or not (options["yes"] or self._is_wanted(planned)):
                return
            making.make_place(
                by=program(), planned=planned, told=lambda done: self.stdout.write(f"done  {done}")
            )
            if options["on"]:
                keep_connection(by=program(), is_active=True)
        except NotPossible as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            self.style.SUCCESS("The board is ready." + (" The mirror is on." if options["on"] else ""))
        )

    def _pair(self, word: str) -> tuple[str, str]:
        name, _sign, column = word.partition("=")
        if not name or not column:
            raise CommandError(f"--column {word}: it must look like status=status_1.")
        return name, column

    def _show(self, planned: planning.Plan) -> None:
        where = (
            f"board {planned.board.id} “{planned.title}”"
            if planned.board
            else f"a new board “{planned.title}”"
        )
        self.stdout.write(f"On monday.com, {where}:")
        for line in planned.adopted:
            self.stdout.write(f"  use   {line}")
        for step in planned.steps:
            self.stdout.write(f"  make  {step.sentence}")
        for line in planned.obstacles:
            self.stdout.write(self.style.ERROR(f"  stop  {line}"))
        if not planned.steps:
            self.stdout.write("  nothing is to be made")

    def _is_wanted(self, planned: planning.Plan) -> bool:
        if not planned.steps and planned.board:
            return True  # only the mapping is kept, here
        return input("Do it? [y/N] ").strip().lower() in ("y", "yes", "ya")
