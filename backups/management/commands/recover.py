"""`manage.py recover`: this product on an empty machine, out of a repository. Nothing of the old machine is needed but
the repository, its password, and SIGNING_KEY.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from backups import disaster, vault
from backups.enums import RepositoryKind
from backups.models import Repository
from backups.pipes import Broken


class Command(BaseCommand):
    """Database and attachments of the newest set, then the permissions, then the proof."""

    help = "Bring this product back from a repository into an empty database (as its owner) and an empty MEDIA_ROOT."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the copies lie."""
        parser.add_argument("--kind", choices=RepositoryKind.values, default=RepositoryKind.LOCAL)
        parser.add_argument("--path", required=True, help="directory, or bucket and prefix")
        parser.add_argument("--host", default="")
        parser.add_argument("--port", type=int)
        parser.add_argument("--username", default="")
        parser.add_argument("--host-key-file", type=Path, help="a line of known_hosts")
        parser.add_argument(
            "--password-file", type=Path, required=True, help="the password of the repository"
        )
        parser.add_argument("--key-file", type=Path, help="private key for SSH")
        parser.add_argument("--s3-keys-file", type=Path, help="two lines: access key, secret key")
        parser.add_argument(
            "--set", default="", help="a set's mark, as the page of its run shows it; without it the newest"
        )
        parser.add_argument("--role", default="kumala", help="the role that the product runs as")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses where anything is there already."""
        with connection.cursor() as cursor:
            if connection.introspection.table_names(cursor):
                raise CommandError("This database is not empty. Nothing was changed.")
        media = Path(settings.MEDIA_ROOT)
        if media.is_dir() and any(media.iterdir()):
            raise CommandError(f"{media} is not empty. Nothing was changed.")
        try:
            with vault.hand() as hand:
                made, files = disaster.bring_back(_repository(options), hand, media, only=options["set"])
        except Broken as broken:
            raise CommandError(f"{broken.fault.label}\n{broken.said[-2000:]}") from None
        connection.close()  # everything behind it is new
        call_command("grant_app_role", options["role"], stdout=self.stdout)
        self.stdout.write(f"Brought back: {made}, {files} attachments, each of them whole.")
        call_command("verify_ledger", stdout=self.stdout)


def _repository(options: dict[str, Any]) -> Repository:
    """As typed; it stands on no record yet."""
    lines = _read(options["s3_keys_file"]).split()
    given = {
        "password": _read(options["password_file"]).strip(), "key": _read(options["key_file"]),
        "access_key": lines[0] if lines else "", "secret_key": lines[1] if len(lines) > 1 else "",
    }  # fmt: skip
    return Repository(
        kind=options["kind"], path=options["path"], host=options["host"], port=options["port"],
        username=options["username"], host_key=_read(options["host_key_file"]), secrets=vault.close(given),
    )  # fmt: skip


def _read(file: Path | None) -> str:
    return file.read_text(encoding="utf-8") if file else ""
