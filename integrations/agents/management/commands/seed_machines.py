"""`manage.py seed_machines`: machines of the demo that reported. A second run changes nothing."""

import io
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import Branch, User
from integrations.agents import actions
from integrations.agents.models import AgentKey, Machine, Report
from inventory.models import AssetType

# name, model, serial number, what differs from a machine on which all is well; the last three wait for admission
MACHINES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("PC-KASIR-01", "OptiPlex 7010", "7XK2P93", {}),
    ("PC-KASIR-02", "OptiPlex 7010", "7XK2PA3", {"antivirus": []}),
    ("LT-KEPALA", "Latitude 5440", "4H8M2R3", {"drives": [{"letter": "C:", "encrypt_status": "No"}]}),
    ("PC-GUDANG", "OptiPlex 3090", "9QW3ZK2", {"firewalls": [{"profile": "PublicProfile", "status": "off"}]}),
    ("PC-ADMIN-03", "OptiPlex 3090", "9QW3ZL2", {"remote_mgmt": [{"type": "anydesk", "id": "941"}]}),
    ("PC-ADMIN-04", "OptiPlex 7010", "7XK2PB3", {}),
    ("LT-SALES-07", "Latitude 5440", "4H8M2S3", {}),
    ("PC-BARU", "OptiPlex 7020", "C1V8N04", {}),
]  # fmt: skip
WAITING = 3
PROGRAMS = [
    ("Google Chrome", "130.0.6723.117", "Google LLC"), ("7-Zip 24.08 (x64)", "24.08", "Igor Pavlov"),
    ("Microsoft 365 Apps for business", "16.0.18129.20158", "Microsoft Corporation"),
    ("LibreOffice 24.8.2.1", "24.8.2.1", "The Document Foundation"),
]  # fmt: skip


class Command(BaseCommand):
    """Lets machines of the demo's first branch report, and admits most of them."""

    help = "Make machines of the demo that reported by an agent."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses outside the demo."""
        if not settings.DEMO:
            raise CommandError("This is not a demo: its machines are invented.")
        manager = User.objects.filter(email="it.manager@kumala.example").first()
        branch = Branch.objects.order_by("pk").first()
        if manager is None or branch is None or AgentKey.objects.exists():
            self.stdout.write("There is nobody to admit machines, or they are there already.")
            return
        _seed(branch, manager)
        self.stdout.write(f"{len(MACHINES)} machines.")


def _seed(branch: Branch, manager: User) -> None:
    key, _secret = actions.issue_key(branch=branch, note="Demo", by=manager)
    for number, (name, model, serial, changes) in enumerate(MACHINES):
        raw = json.dumps({"deviceid": name, "content": _told(name, model, serial, changes)}).encode()
        actions.keep(raw=io.BytesIO(raw), key=key, agent_id=f"demo-{number}", agent="GLPI-Agent_v1.11")
    while Report.objects.due(timezone.now()).exists() and actions.settle():
        pass
    _admit(manager)


@transaction.atomic
def _admit(manager: User) -> None:
    kind, _made = AssetType.objects.get_or_create(name="PC", defaults={"prefix": "PC"})
    for machine in Machine.objects.order_by("pk")[: len(MACHINES) - WAITING]:
        actions.admit(machine=machine, type=kind, by=manager)


def _told(name: str, model: str, serial: str, changes: dict[str, Any]) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    kind = "Laptop" if name.startswith("LT") else "Desktop"
    update = {"name": "KB5046617", "system_category": "security_update", "install_date": today}
    return {
        "versionclient": "GLPI-Agent_v1.11",
        "hardware": {"name": name, "chassis_type": kind, "memory": 16384, "workgroup": "KUMALA"},
        "bios": {"smanufacturer": "Dell Inc.", "smodel": model, "ssn": serial},
        "operatingsystem": {"full_name": "Microsoft Windows 11 Pro", "version": "23H2"},
        "cpus": [{"name": "Intel(R) Core(TM) i5-13500", "core": 14}],
        "drives": [{"letter": "C:", "total": 487000, "free": 210000, "encrypt_status": "Yes"}],
        "antivirus": [
            {"name": "Windows Defender", "enabled": True, "uptodate": True, "base_creation": today}
        ],
        "firewalls": [{"profile": "PublicProfile", "status": "on"}],
        "softwares": [{"name": n, "version": v, "publisher": p} for n, v, p in PROGRAMS] + [update],
    } | changes
