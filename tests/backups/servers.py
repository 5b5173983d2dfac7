"""Real servers for tests: PostgreSQL with passwords, MariaDB with grants, OpenSSH with one key."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from backups import dumps, scratch, setups
from backups.dumps import Server
from backups.enums import TargetKind
from backups.models import Target
from backups.pipes import Command, killed_afterwards, run, start
from kumala_itsm.local.product import free_port

OWNER_PASSWORD, READER_PASSWORD = "owner-secret-8d1f", "reader-secret-77aa"
SHOP = """
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers, total numeric(10,2),
    created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX orders_by_customer ON orders (customer);
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
INSERT INTO customers SELECT n, 'Pelanggan ' || n FROM generate_series(1, 200) n;
INSERT INTO orders SELECT n, 1 + n % 200, n * 1.5 FROM generate_series(1, 3000) n;
"""


@contextmanager
def postgres() -> Iterator[Server]:
    """A server whose users need passwords, with the database `shop`; the superuser's address."""
    with scratch.postgres() as made:
        home = Path(made.host)
        for database, statement in (
            ("postgres", "CREATE DATABASE shop"),
            ("postgres", f"CREATE ROLE owner LOGIN CREATEDB PASSWORD '{OWNER_PASSWORD}'"),
            ("postgres", "ALTER DATABASE shop OWNER TO owner"),
            ("postgres", printed(TargetKind.POSTGRESQL, "reader", "127.0.0.1")),
        ):
            ask(Server(database, made.host, None, "postgres"), statement)
        shop = Server("shop", made.host, None, "postgres")
        ask(shop, f"SET ROLE owner; {SHOP}")
        (home / "data" / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        ask(shop, "SELECT pg_reload_conf()")
        ask(shop, "ALTER SCHEMA public OWNER TO owner")
        yield shop


def ask(server: Server, statement: str) -> list[tuple[object, ...]]:
    """Rows, committed."""
    connection = psycopg2.connect(**server.facts)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


MARIADB_SHOP = """
CREATE TABLE customers (id int PRIMARY KEY, name varchar(80) NOT NULL) ENGINE=InnoDB;
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, created_at datetime NOT NULL,
    FOREIGN KEY (customer) REFERENCES customers (id)) ENGINE=InnoDB;
INSERT INTO customers SELECT seq, CONCAT('Pelanggan ', seq) FROM seq_1_to_200;
INSERT INTO orders SELECT seq, 1 + seq % 200, NOW() FROM seq_1_to_3000;
CREATE TRIGGER named BEFORE INSERT ON customers FOR EACH ROW SET NEW.name = TRIM(NEW.name);
CREATE PROCEDURE nothing() SELECT 1;
"""


@contextmanager
def mariadb() -> Iterator[Server]:
    """A server with the database `shop` and the user `reader`, who may do what the set-up page grants."""
    with scratch.directory() as home:
        user = scratch._hand_over(home)
        port, data = free_port(), f"--datadir={home}/data"
        words = ("--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db")
        scratch._made(Command(("mariadb-install-db", *words), user=user))
        options = (
            f"--socket={home}/s", f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={home}/pid",
            *_certificate(home, user),
        )  # fmt: skip
        with (home / "log").open("wb") as log:
            command = Command(("mariadbd", "--no-defaults", data, *options, "--skip-log-bin"), user=user)
            with killed_afterwards(process := start(command, stdout=log, stderr=log)):
                root = ("mariadb", "--no-defaults", f"--socket={home}/s", "--user=root")
                scratch._until(lambda: run(Command((*root, "--execute=SELECT 1"))).code == 0, home / "log")

                def tell(statements: str, *more: str) -> None:
                    done = run(Command((*root, *more)), stdin=statements.encode())
                    assert done.code == 0, done.said

                tell("CREATE DATABASE shop")
                tell(MARIADB_SHOP, "shop")
                tell(printed(TargetKind.MARIADB, "reader", "127.0.0.1"))
                yield MariaDB("shop", "127.0.0.1", port, "reader", READER_PASSWORD, True, tell, process.pid)


@dataclass(frozen=True)
class MariaDB(Server):
    """A server that can be told statements as root."""

    tell: Callable[..., None] = print
    pid: int = 0


def _certificate(home: Path, user: int | None) -> tuple[str, ...]:
    """The options of a server that encrypts with a certificate of its own."""
    made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    paths = ("-days", "2", "-subj", "/CN=shop", "-keyout", f"{home}/key.pem", "-out", f"{home}/cert.pem")
    subprocess.run([*made, *paths], check=True, capture_output=True)
    if user is not None:
        os.chown(home / "key.pem", user, user)
    return f"--ssl-cert={home}/cert.pem", f"--ssl-key={home}/key.pem"


def printed(kind: TargetKind, user: str, address: str, number: int = 0) -> str:
    """What the set-up page prints for the database `shop`, with what it leaves open filled in."""
    row = Target(kind=kind, database="shop", username=user, host="here")
    lines = setups.statements(row, "https://itsm.example")[number].lines
    return lines.replace("'...'", f"'{READER_PASSWORD}'").replace("ADDRESS", address)


@dataclass(frozen=True)
class Ssh:
    """An OpenSSH server on this machine: its port, the line of known_hosts, the private key that opens it."""

    port: int
    host_key: str
    key: str
    user: str
    home: Path


@contextmanager
def sshd(home: Path, *, forced: str = "") -> Iterator[Ssh]:
    """One key, no passwords; `forced` is the only command that the key may run."""
    home.mkdir(parents=True, exist_ok=True)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / name], check=True)
    public = (home / "client.pub").read_text()
    (home / "authorized").write_text(f'command="{forced}",restrict {public}' if forced else public)
    for path in (home / "authorized", home / "host"):
        path.chmod(0o600)
    Path("/run/sshd").mkdir(exist_ok=True)
    port = free_port()
    lines = [
        f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {home}/host", f"AuthorizedKeysFile {home}/authorized",
        "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no",
        f"PidFile {home}/pid", "Subsystem sftp internal-sftp", "PermitRootLogin yes",
    ]  # fmt: skip
    (home / "config").write_text("\n".join(lines) + "\n")
    program = shutil.which("sshd", path="/usr/sbin:/usr/bin") or "sshd"
    server = subprocess.Popen([program, "-D", "-E", home / "log", "-f", home / "config"])
    host_key = f"[127.0.0.1]:{port} " + " ".join((home / "host.pub").read_text().split()[:2])
    try:
        _wait(port)
        yield Ssh(port, host_key, (home / "client").read_text(), pwd.getpwuid(os.geteuid()).pw_name, home)
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("sshd does not start")


def program(name: str) -> str:
    """Of the PostgreSQL that tests run on."""
    return dumps.program(name)
