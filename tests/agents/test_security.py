"""What is in order on a machine, from what its agent told."""

from datetime import date
from typing import Any

import pytest

from integrations.agents import security
from integrations.agents.reading import _told  # the shape in which facts are kept
from tests.agents.bodies import windows

TODAY = date(2026, 11, 30)


def _facts(**changes: Any) -> dict[str, Any]:
    told = _told(windows(**changes))
    names = [row[0] for row in told.software or []]
    return told.sections | {"updates": told.updates, "remote_software": security.remote_software(names)}


def _wrong(facts: dict[str, Any], **more: Any) -> set[tuple[str, str]]:
    said = security.checks(facts, today=TODAY, **more)
    return {(check.kind, check.about) for check in said if check.verdict == security.WRONG}


def test_a_machine_on_which_all_is_well() -> None:
    assert _wrong(_facts()) == set()
    assert {c.verdict for c in security.checks(_facts(), today=TODAY)} == {"fine"}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"antivirus": []}, "antivirus_missing"),
        ({"antivirus": [{"name": "Avast", "enabled": "0"}]}, "antivirus_off"),
        ({"antivirus": [{"name": "Avast", "enabled": True, "uptodate": False}]}, "antivirus_old"),
        ({"antivirus": [{"name": "Avast", "enabled": True, "base_creation": "2026-11-01"}]}, "antivirus_old"),
        ({"firewalls": [{"profile": "PublicProfile", "status": "off"}]}, "firewall_off"),
        (
            {"softwares": [{"name": "KB1", "system_category": "hotfix", "install_date": "2026-09-01"}]},
            "updates_old",
        ),
    ],
)
def test_what_is_wrong(changes: dict[str, Any], kind: str) -> None:
    assert _wrong(_facts(**changes)) == {(kind, "")}


def test_the_disk_of_a_portable_machine_is_encrypted() -> None:
    plain = [{"letter": "C:", "encrypt_status": "No"}, {"letter": "D:", "encrypt_status": "Partially"}]
    assert _wrong(_facts(drives=plain)) == {("unencrypted", "C:"), ("unencrypted", "D:")}
    desk = _facts(drives=plain, hardware={"chassis_type": "Desktop"})
    assert _wrong(desk) == set()
    assert [c.verdict for c in security.checks(desk, today=TODAY) if c.kind == "unencrypted"] == [
        "noted",
        "noted",
    ]


def test_remote_tools_are_found_also_among_programs_and_ours_are_only_noted() -> None:
    facts = _facts(remote_mgmt=[{"type": "TeamViewer", "id": "1"}], softwares=[{"name": "AnyDesk 8.0"}])
    assert _wrong(facts) == {("remote_tool", "teamviewer"), ("remote_tool", "anydesk")}
    assert _wrong(facts, allowed=["AnyDesk"]) == {("remote_tool", "teamviewer")}


def test_a_database_is_backed_up() -> None:
    def service(**facts: Any) -> dict[str, Any]:
        return _facts(databases_services=[{"type": "mysql", "name": "MariaDB", "is_active": True} | facts])

    assert _wrong(service(last_backup_date="2026-11-29 23:00:00")) == set()
    assert _wrong(service(last_backup_date="2026-11-20")) == {("backup_old", "mysql MariaDB")}
    assert _wrong(service(is_onbackup=False)) == {("backup_missing", "mysql MariaDB")}
    inner = service(databases=[{"name": "erp", "is_onbackup": False}])
    assert _wrong(inner) == {("backup_missing", "mysql MariaDB")}


def test_what_is_not_told_is_neither_right_nor_wrong() -> None:
    said = security.checks({"operatingsystem": {"full_name": "Debian"}}, today=TODAY)
    assert {c.verdict for c in said if c.kind != "remote"} == {"untold"}


def test_dates_of_another_world_are_no_dates() -> None:
    facts = _facts(antivirus=[{"name": "x", "enabled": True, "base_creation": "2026-02-31"}])
    assert _wrong(facts) == set()
