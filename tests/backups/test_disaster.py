"""The whole product lost: brought back on an empty machine by one command, the ledger verified afterwards."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from backups import scratch
from backups.enums import Part, RunKind, TargetKind
from backups.models import Snapshot
from tests.backups import servers
from tests.backups.stage import PASSWORD, Stage
from tests.cast import Cast
from tests.stages import plain
from tickets import actions as tickets

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_product_comes_back_with_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    stage = Stage(cast, tmp_path, monkeypatch)
    case = plain(cast, "accepted")
    tickets.answer(
        ticket=case.ticket,
        text="A photo.",
        by=cast.agent,
        uploads=[("note.txt", io.BytesIO(b"the attachment"))],
    )
    target = stage.target(
        TargetKind.PRODUCT, name="Kumala ITSM", newest_in="events_event.at", newest_hours=24
    )
    stage.policy(target, stage.repository())
    run = stage.good(target)
    assert {copy.part for copy in Snapshot.objects.filter(run=run)} == {Part.DATABASE, Part.FILES, Part.SET}
    assert run.progress  # signs of life were written
    drill = stage.good(target, RunKind.DRILL)
    assert drill.evidence["attachments"] == 1
    assert drill.evidence["ledger"]
    with scratch.postgres() as server:
        servers.ask(server, "CREATE ROLE kumala LOGIN")
        password = tmp_path / "password"
        password.write_text(PASSWORD)
        words = ["recover", "--path", str(tmp_path / "Store"), "--password-file", str(password)]
        first = _manage(server, tmp_path / "new", *words)
        assert first.returncode == 0, first.stderr
        assert "1 attachments" in first.stdout
        (found,) = servers.ask(server, f"SELECT title FROM tickets_ticket WHERE id = {case.pk}")
        assert found[0] == case.ticket.title
        again = _manage(server, tmp_path / "new", *words)  # never over anything
        assert again.returncode == 1
        assert "not empty" in again.stderr


def _manage(server: Any, media: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    address = f"postgresql://{server.user}@/{server.database}?host={server.host}"
    env = os.environ | {"DATABASE_URL": address, "MEDIA_ROOT": str(media), "LEDGER_ANCHOR_DIR": ""}
    return subprocess.run(
        [sys.executable, "manage.py", *words], env=env, cwd=django_settings.ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
