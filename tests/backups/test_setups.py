"""What the set-up page prints is executed as it stands: it suffices for a backup, and for nothing else."""

from contextlib import closing
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from backups import dumps, setups, vault
from backups.dumps import Server
from backups.enums import Fault, RunKind, TargetKind
from backups.models import Target
from backups.pipes import Broken
from tests.backups import servers
from tests.backups.servers import READER_PASSWORD
from tests.backups.stage import Stage

FORBIDDEN = (
    "INSERT INTO customers VALUES (9001, 'x')", "UPDATE orders SET total = 0", "DELETE FROM orders",
    "CREATE TABLE mine (id int)", "CREATE DATABASE mine", "CREATE ROLE mine", "SET ROLE owner",
    "SELECT pg_read_file('/etc/passwd')", "COPY orders TO PROGRAM 'cat'",
)  # fmt: skip


def test_postgresql_lets_the_printed_user_read_and_nothing_else(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop)  # `shop` has made its reader by the printed statements
    stage.policy(target, stage.repository())
    stage.good(target)
    stage.good(target, RunKind.DRILL)
    with closing(_as("reader", shop)) as known:
        known.autocommit = True
        for statement in FORBIDDEN:
            with known.cursor() as cursor:
                # As somebody would who stole the password: this one is allowed.
                cursor.execute("SET default_transaction_read_only TO off")
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
    assert servers.ask(shop, "SELECT count(*) FROM orders") == [(3000,)]


def test_postgresql_with_fewer_rights_reads_one_schema(stage: Stage, shop: Server) -> None:
    servers.ask(shop, servers.printed(TargetKind.POSTGRESQL, "narrow", "", 1).replace("OWNER", "owner"))
    servers.ask(shop, "SET ROLE owner; CREATE TABLE later AS SELECT 1 AS n")
    target = stage.postgres(shop, username="narrow")
    stage.policy(target, stage.repository())
    try:
        stage.good(target)
        stage.good(target, RunKind.DRILL)
        with closing(_as("narrow", shop)) as known, known.cursor() as cursor, pytest.raises(psycopg2.Error):
            cursor.execute("SELECT rolpassword FROM pg_authid")
        servers.ask(shop, "CREATE TABLE strangers AS SELECT 1 AS n")
        assert stage.bad(target) == Fault.GRANTS
    finally:
        servers.ask(shop, "DROP TABLE IF EXISTS later, strangers")


def _as(user: str, server: Server) -> Any:
    return psycopg2.connect(host=server.host, dbname="shop", user=user, password=READER_PASSWORD)


def test_the_printed_line_of_pg_hba_is_understood(shop: Server, tmp_path: object) -> None:
    target = Target(kind=TargetKind.POSTGRESQL, database="shop", username="reader")
    line = next(one.lines for one in setups.statements(target, "") if one.lines.startswith("hostssl"))
    place = f"{shop.host}/data/pg_hba.conf"
    servers.ask(shop, f"COPY (SELECT '{line.replace('ADDRESS', '10.1.2.3')}') TO PROGRAM 'cat >> {place}'")
    rules = "SELECT type, database, user_name, auth_method, error FROM pg_hba_file_rules"
    found = servers.ask(shop, f"{rules} ORDER BY line_number DESC LIMIT 1")
    error = found[0][-1]
    assert found[0][:4] == ("hostssl", ["shop"], ["reader"], "scram-sha-256")
    assert error is None or "SSL" in str(error)  # a server that was built or set up without it says so


def test_each_printed_right_of_postgresql_is_needed(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop)
    stage.policy(target, stage.repository())
    for take, give, fault in (
        ("REVOKE pg_read_all_data FROM reader", "GRANT pg_read_all_data TO reader", Fault.GRANTS),
        ("ALTER ROLE reader NOLOGIN", "ALTER ROLE reader LOGIN", Fault.REFUSED),
    ):
        servers.ask(shop, take)
        try:
            assert stage.bad(target) == fault
        finally:
            servers.ask(shop, give)


MARIADB_FORBIDDEN = (
    "INSERT INTO customers VALUES (9001, 'x')", "UPDATE orders SET customer = 1", "DELETE FROM orders",
    "CREATE TABLE mine (id int)", "DROP TABLE orders", "CREATE DATABASE mine", "CREATE USER mine",
    "SELECT * FROM mysql.global_priv", "SELECT load_file('/etc/passwd')", "SELECT * FROM other.secret",
)  # fmt: skip


def test_mariadb_lets_the_printed_user_read_and_nothing_else(mariadb_shop: servers.MariaDB) -> None:
    mariadb_shop.tell("CREATE DATABASE IF NOT EXISTS other; CREATE TABLE IF NOT EXISTS other.secret (id int)")
    with vault.hand() as hand:
        assert dumps.ask_mariadb(mariadb_shop, hand, "SELECT count(*) FROM orders") == [["3000"]]
        assert dumps.ask_mariadb(mariadb_shop, hand, "SHOW STATUS LIKE 'Ssl_cipher'")[0][
            1
        ]  # REQUIRE SSL: encrypted
        for statement in MARIADB_FORBIDDEN:
            if "load_file" in statement:
                assert dumps.ask_mariadb(mariadb_shop, hand, statement) == [["NULL"]]
                continue
            with pytest.raises(Broken) as broken:
                dumps.ask_mariadb(mariadb_shop, hand, statement)
            assert broken.value.fault == Fault.GRANTS, statement


@pytest.mark.parametrize(
    "right", [*(f"{right} ON shop.*" for right in ("SELECT", "LOCK TABLES", "SHOW VIEW", "TRIGGER", "EVENT")),
              "SELECT ON mysql.proc"],
)  # fmt: skip
def test_each_printed_right_of_mariadb_is_needed(
    stage: Stage, mariadb_shop: servers.MariaDB, right: str
) -> None:
    target = stage.mariadb(mariadb_shop)
    stage.policy(target, stage.repository())
    mariadb_shop.tell(f"REVOKE {right} FROM reader@'127.0.0.1'")
    try:
        assert stage.bad(target) == Fault.GRANTS
    finally:
        mariadb_shop.tell(f"GRANT {right} TO reader@'127.0.0.1'")
