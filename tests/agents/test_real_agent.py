"""The agent of Debian, as it is installed, against the product as it runs."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from integrations.agents import actions
from integrations.agents.models import Machine, Report
from inventory.models import AssetType, Installation
from tests.cast import Cast

# The program is unmodified; only where it keeps its state is another directory than root's.
AGENT = ["perl", "-I/usr/share/fusioninventory/lib", "-Msetup", "-e",
         '$setup{vardir} = shift @ARGV; do "/usr/bin/fusioninventory-agent" or die $@;']  # fmt: skip


@pytest.fixture
def world(transactional_db: None) -> Cast:
    """A product with people, and somewhere to keep what is reported."""
    AssetType.objects.get_or_create(name="PC", defaults={"prefix": "PC"})
    return Cast()


def _run(place: Path, server: str, *options: str) -> str:
    config = place / "agent.cfg"
    tasks = "deploy,collect,esx,netdiscovery,netinventory,wakeonlan"
    config.write_text(
        f"server = {server}/integrations/agents/\nno-task = {tasks}\nno-httpd = 1\ntimeout = 60\n"
    )
    (place / "var").mkdir(exist_ok=True)
    done = subprocess.run(
        [*AGENT, str(place / "var"), f"--conf-file={config}", "--force", "--debug", *options],
        capture_output=True, text=True, timeout=150, check=False, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    return done.stdout + done.stderr


def test_the_agent_of_debian_reports_itself(world: Cast, live_server: Any, tmp_path: Path) -> None:
    key, secret = actions.issue_key(branch=world.bandung, by=world.it_manager)
    said = _run(tmp_path, live_server.url, f"--user={key.username}", f"--password={secret}")
    report = Report.objects.first()
    assert report is not None, said[-3000:]
    assert report.agent.startswith("FusionInventory-Agent_v")
    actions.settle()
    machine = Machine.objects.get()
    assert Report.objects.get().trouble == ""
    assert machine.system.startswith("Debian GNU/Linux")
    assert machine.software_count > 50
    assert machine.agent.startswith("FusionInventory 2.")
    machine = actions.admit(machine=machine, type=AssetType.objects.get(name="PC"), by=world.agent)
    names = set(Installation.objects.filter(asset=machine.asset).values_list("title__name", flat=True))
    assert {"bash", "fusioninventory-agent"} <= names
    assert machine.asset is not None


def test_without_compression_and_again(world: Cast, live_server: Any, tmp_path: Path) -> None:
    key, secret = actions.issue_key(branch=world.bandung, by=world.it_manager)
    login = (f"--user={key.username}", f"--password={secret}")
    _run(tmp_path, live_server.url, *login)
    _run(tmp_path, live_server.url, "--no-compression", *login)
    actions.settle()
    assert Report.objects.count() == 2
    assert Machine.objects.count() == 1, "the same agent is the same machine"


def test_its_file_is_brought_from_a_machine_without_network(world: Cast, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    quick = "--no-category=software,process,environment"
    subprocess.run(
        [*AGENT, str(tmp_path / "var"), f"--local={tmp_path}", "--no-httpd", quick],
        capture_output=True, timeout=150, check=False, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    (written,) = tmp_path.glob("*.ocs")
    with written.open("rb") as file:
        ((report, new),) = actions.bring(files=[file], branch=world.bandung, by=world.agent)
    assert new
    assert report.made_at is not None
    actions.settle()
    report.refresh_from_db()
    assert report.trouble == ""
    assert report.machine is not None
    assert report.machine.system.startswith("Debian GNU/Linux")


def test_with_a_wrong_password_nothing_is_kept(world: Cast, live_server: Any, tmp_path: Path) -> None:
    key, _secret = actions.issue_key(branch=world.bandung, by=world.it_manager)
    said = _run(tmp_path, live_server.url, f"--user={key.username}", "--password=guess")
    assert not Report.objects.exists()
    assert "401" in said or "authentication" in said.lower(), said[-2000:]
