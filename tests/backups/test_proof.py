"""What a drill asks of a copy of this product, of an index, of what it leaves behind."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from backups import pipes, scratch, working
from backups.dumps import Server
from backups.enums import Fault, RunKind
from backups.pipes import Broken
from events.models import Delivery
from portal.invariants import INVARIANTS
from tests.backups import servers
from tests.backups.stage import Stage
from tests.cast import Cast
from tests.stages import plain


def test_a_sound_product_is_proved_and_nothing_stays(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    plain(cast, "accepted")
    before = User.objects.count()
    call_command("prove_copy")
    said = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert said["invariants"] == len(INVARIANTS) >= 40
    assert len(said["pages"]) == 3
    assert User.objects.count() == before


def test_data_that_contradict_themselves_are_found(cast: Cast) -> None:
    plain(cast, "accepted")
    Delivery.objects.filter(state="pending").update(sent_at="2026-01-01T00:00:00Z")
    with pytest.raises(CommandError, match="invariants"):
        call_command("prove_copy")


def test_a_product_that_lets_nobody_in_is_found(cast: Cast, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
    with pytest.raises(CommandError, match="sign_in"):
        call_command("prove_copy")


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('CommandError: {"ledger": "a broken link"}', Fault.LEDGER),
        ('CommandError: {"invariants": "a ticket was opened once: 5"}', Fault.INVARIANTS),
        ('CommandError: {"sign_in": "/ answers 500"}', Fault.SIGN_IN),
        ("Traceback: no such table", Fault.LEDGER),
    ],
)
def test_each_failed_proof_has_its_fault(monkeypatch: pytest.MonkeyPatch, said: str, fault: Fault) -> None:
    monkeypatch.setattr(working, "run", lambda *_args, **_kwargs: pipes.Ended(1, "", said))
    with pytest.raises(Broken) as broken:
        working._proved(Server("restored", "/nowhere", None, "postgres"), Path("/nowhere/files"))
    assert broken.value.fault == fault


def test_a_copy_is_proved_with_the_attachments_that_came_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[pipes.Command] = []
    monkeypatch.setattr(
        working, "run", lambda command, **_: seen.append(command) or pipes.Ended(0, '{"invariants": 1}', "")
    )
    working._proved(Server("restored", "/nowhere", None, "postgres"), Path("/copy/files"))
    assert seen[0].env["MEDIA_ROOT"] == "/copy/files"


@pytest.fixture
def debians(settings: Any) -> Iterator[Server]:
    """A throwaway server of Debian's PostgreSQL, which brings amcheck."""
    (*_others, newest) = sorted(Path("/usr/lib/postgresql").iterdir())
    settings.POSTGRES_PROGRAMS = str(newest / "bin")
    with scratch.postgres() as server:
        yield server


LYING = """
    CREATE FUNCTION said(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
    CREATE TABLE things AS SELECT n FROM generate_series(1, 500) n;
    CREATE UNIQUE INDEX things_said ON things (said(n))"""


def test_an_index_that_does_not_hold_its_table_is_found(debians: Server) -> None:
    servers.ask(debians, LYING)
    assert (scratch.require_sound(debians) or 0) > 100  # those of the catalogue too
    servers.ask(
        debians, LYING.splitlines()[1].replace("CREATE", "CREATE OR REPLACE").replace("$1", "$1 + 7000")
    )
    with pytest.raises(Broken) as broken:
        scratch.require_sound(debians)
    assert broken.value.fault == Fault.DAMAGED


def test_roles_come_back_without_their_passwords(stage: Stage, shop: Server) -> None:
    target = stage.postgres(shop)
    stage.policy(target, stage.repository())
    stage.good(target)
    assert stage.good(target, RunKind.DRILL).evidence["roles"] >= 3  # postgres, owner, reader
    with scratch.postgres() as server:
        wanted, missing = scratch.require_roles(
            server, 'CREATE ROLE "Kepala ""Cabang""";\nCREATE ROLE postgres;\n'
        )
        assert (wanted, missing) == (2, [])
        assert scratch.require_roles(server, "CREATE ROLE pg_not_allowed;\n") == (1, ["pg_not_allowed"])


HOSTILE = """
\\! touch MARK-shell
\\copy (SELECT 1) TO PROGRAM 'touch MARK-copy'
CREATE ROLE good;
CREATE ROLE other; COPY (SELECT 1) TO PROGRAM 'touch MARK-second';
CREATE ROLE third /* ' */; COPY (SELECT 1) TO PROGRAM $$touch MARK-third$$; -- ';
ALTER ROLE good SET search_path TO E'a\\''; COPY (SELECT 1) TO PROGRAM $$touch MARK-fourth$$; --';
ALTER ROLE good WITH NOSUPERUSER LOGIN VALID UNTIL '2030-01-01 00:00:00+00';
GRANT good TO postgres;
COPY (SELECT 1) TO PROGRAM 'touch MARK-plain';
CREATE TABLESPACE mine LOCATION 'MARK-space';
ALTER SYSTEM SET work_mem TO '1MB';
DROP ROLE good;
"""


def test_a_hostile_list_of_roles_makes_roles_and_nothing_else() -> None:
    with scratch.directory() as place, scratch.postgres() as server:
        place.chmod(0o777)
        (place / "space").mkdir(mode=0o777)
        said = HOSTILE.replace("MARK-", f"{place}/")
        wanted, missing = scratch.require_roles(server, said)
        assert wanted == 3
        assert len(missing) == 2
        assert [path.name for path in place.iterdir()] == ["space"]
        assert servers.ask(server, "SELECT count(*) FROM pg_tablespace WHERE spcname = 'mine'") == [(0,)]
        roles = servers.ask(
            server, "SELECT rolcanlogin FROM pg_roles WHERE rolname IN ('good', 'other', 'third')"
        )
        assert roles == [(True,)]


def test_a_question_that_failed_is_not_an_extension_that_is_not_there() -> None:
    with pytest.raises(Broken) as broken:
        scratch.require_sound(Server("restored", "/nowhere", None, "postgres"))
    assert broken.value.fault == Fault.RESTORE


def test_what_a_table_keeps_beside_it_is_read_too(debians: Server) -> None:
    long = "string_agg(md5(n::text), '') AS t FROM generate_series(1, 9000) n"
    servers.ask(debians, f"CREATE TABLE long AS SELECT {long}")
    scratch.require_sound(debians)
    (toast,) = servers.ask(
        debians, "SELECT reltoastrelid::regclass::text FROM pg_class WHERE relname = 'long'"
    )
    kind = f"UPDATE pg_class SET relkind = '%s' WHERE oid = '{toast[0]}'::regclass"
    for one in (kind % "r", f"DELETE FROM {toast[0]} WHERE chunk_seq = 1", kind % "t"):
        servers.ask(debians, f"SET allow_system_table_mods TO on; {one}")
    with pytest.raises(Broken) as broken:
        scratch.require_sound(debians)
    assert broken.value.fault == Fault.DAMAGED


def test_a_drill_leaves_nothing_behind(stage: Stage, shop: Server, settings: Any) -> None:
    """Neither one that passed nor one that failed: no directory, no server."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)  # a server that runs as nobody passes through
        settings.BACKUP_SCRATCH = place
        target = stage.postgres(shop)
        stage.policy(target, stage.repository())
        run = stage.good(target)
        stage.good(target, RunKind.DRILL)
        assert not any(Path(place).iterdir())
        stage.patch.setattr(working.prints, "compare", lambda *_: (_ for _ in ()).throw(Broken(Fault.ROWS)))
        assert stage.bad(target, RunKind.DRILL) == Fault.ROWS
        assert not any(Path(place).iterdir())
        assert run.pk
        assert not [line for line in _processes() if place in line]
        (Path(place) / "kumala-drill-of-a-killed-one").mkdir()
        assert scratch.sweep(older_than=-1) == 1
        assert not any(Path(place).iterdir())


def _processes() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return found
