# ruff: noqa: E501 - lines that are copied stay whole
"""What somebody types at the other end, so that a backup can be made with the fewest rights: printed, never run by us."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from backups.enums import TargetKind
from backups.models import Target


@dataclass(frozen=True)
class Statement:
    """Lines for one program, with what they are for."""

    about: str
    lines: str


def statements(target: Target, address: str) -> list[Statement]:
    """For the kind of this target; `address` is that of this product."""
    user, database = target.username or "kumala_backup", target.database or "database"
    if target.kind == TargetKind.POSTGRESQL:
        return [
            Statement(
                _(
                    "As administrator of the server: a user who can read everything and change nothing. This role also"
                    " reads the server's other databases and the hashes of its passwords: pg_hba.conf must shut them."
                ),
                f"CREATE ROLE \"{user}\" LOGIN PASSWORD '...' NOSUPERUSER NOCREATEDB NOCREATEROLE;\n"
                f'GRANT pg_read_all_data TO "{user}";\n'
                f'GRANT CONNECT ON DATABASE "{database}" TO "{user}";\n'
                f'ALTER ROLE "{user}" SET default_transaction_read_only TO on;',
            ),
            Statement(
                _(
                    "Or with fewer rights, in the database itself: one schema, and what OWNER makes there from now on."
                    " A table that somebody else makes fails the backup and says so."
                ),
                f"CREATE ROLE \"{user}\" LOGIN PASSWORD '...' NOSUPERUSER NOCREATEDB NOCREATEROLE;\n"
                f'GRANT CONNECT ON DATABASE "{database}" TO "{user}";\n'
                f'GRANT USAGE ON SCHEMA public TO "{user}";\n'
                f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{user}";\n'
                f'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO "{user}";\n'
                f'ALTER DEFAULT PRIVILEGES FOR ROLE OWNER IN SCHEMA public GRANT SELECT ON TABLES TO "{user}";\n'
                f'ALTER DEFAULT PRIVILEGES FOR ROLE OWNER IN SCHEMA public GRANT SELECT ON SEQUENCES TO "{user}";\n'
                f'ALTER ROLE "{user}" SET default_transaction_read_only TO on;',
            ),
            Statement(
                _("In pg_hba.conf: from this server only, encrypted."),
                f"hostssl {database} {user} ADDRESS/32 scram-sha-256",
            ),
        ]
    if target.kind == TargetKind.MARIADB:
        return [
            Statement(
                _("As root: a user who can read everything of this database and change nothing."),
                f"CREATE USER '{user}'@'ADDRESS' IDENTIFIED BY '...' REQUIRE SSL;\n"
                f"GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT ON `{database}`.* TO '{user}'@'ADDRESS';\n"
                f"GRANT SELECT ON mysql.proc TO '{user}'@'ADDRESS';",
            ),
            Statement(
                _(
                    "On MySQL 8 or newer, in place of the last line: what stands in procedures is read with this right."
                    " Only servers of MariaDB have been tried; drills restore into MariaDB, and fail on what it does not"
                    " know of MySQL."
                ),
                f"GRANT SHOW_ROUTINE ON *.* TO '{user}'@'ADDRESS';",
            ),
        ]
    if target.kind == TargetKind.FILES:
        return [
            Statement(
                _("In authorized_keys of the user there: this key reads one directory, and nothing else."),
                f'command="tar --create --file=- --numeric-owner --one-file-system --directory={target.path} .",restrict '
                "ssh-ed25519 AAAA... kumala",
            )
        ]
    if target.kind == TargetKind.REPORTED:
        ping = f"{address}/api/v1/backups/ping/TOKEN"
        return [
            Statement(
                _("Around the script: begin, and how it ended, with the end of its log."),
                f"curl -fsS -m 10 --retry 5 -X POST {ping}/start\n"
                f"./backup.sh > backup.log 2>&1 && RESULT=success || RESULT=fail\n"
                f"tail -c 10000 backup.log | curl -fsS -m 10 --retry 5 --data-binary @- {ping}/$RESULT",
            )
        ]
    return []
