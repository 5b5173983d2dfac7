"""Which machines, reports and keys one may see, and which ones a page wants."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.enums import Role
from core.outbox import QueuedRows
from core.querysets import Rows
from integrations.agents.enums import DECIDED, MachineState

if TYPE_CHECKING:
    from integrations.agents.models import AgentKey, Identity, Machine, Report, Weakness  # noqa: F401


def of_areas(rows: Any, user: Any, field: str = "branch_id") -> Any:
    """Those of the branches whose IT staff or auditor somebody is."""
    areas = user.note_areas
    if None in areas:
        return rows
    return rows.filter(**{f"{field}__in": set(areas)}) if areas else rows.none()


class KeyRows(Rows["AgentKey"]):
    """Keys by which the agents of a branch report."""

    def visible_to(self, user: Any) -> "KeyRows":
        """Those who keep keys see those of their branches; of the secrets nothing is kept."""
        keepers = [a.branch_id for a in user.authorities if a.role in (Role.IT_MANAGER, Role.ADMINISTRATOR)]
        if None in keepers:
            return self
        return self.filter(branch_id__in=keepers) if keepers else self.none()

    def of(self, username: str) -> "KeyRows":
        """The valid key with this user name: not revoked, of a branch that is open."""
        return self.filter(username=username, revoked_at=None, branch__is_active=True).select_related(
            "branch"
        )

    def in_order(self) -> "KeyRows":
        """As a page lists them: those that work first."""
        return self.select_related("branch", "created_by").order_by(
            F("revoked_at").desc(nulls_first=True), "-pk"
        )


class MachineRows(Rows["Machine"]):
    """Machines that agents told of."""

    def visible_to(self, user: Any) -> "MachineRows":
        """IT staff and auditors, within their branches."""
        rows: MachineRows = of_areas(self, user)
        return rows

    def waiting(self) -> "MachineRows":
        """Those that somebody must decide on: to be admitted, or with an alarm."""
        return self.filter(Q(state=MachineState.WAITING) | ~Q(alarm=""), ~Q(state=MachineState.JOINED))

    def admitted(self) -> "MachineRows":
        """Ours."""
        return self.filter(state=MachineState.ADMITTED)

    def silent(self, now: datetime) -> "MachineRows":
        """Ours, and not heard of for AGENTS_SILENT_DAYS."""
        return self.admitted().filter(seen_at__lt=now - timedelta(days=settings.AGENTS_SILENT_DAYS))

    def untold(self) -> "MachineRows":
        """Those that wait for admission, and nobody has been told of."""
        return self.filter(state=MachineState.WAITING, told_at=None)

    def with_something_wrong(self, kind: str = "") -> "MachineRows":
        """With an open finding, of that kind if one is named."""
        found: Any = self.model._meta.get_field("findings").related_model
        found = found.objects.open().filter(machine=OuterRef("pk"))
        return self.filter(Exists(found.filter(kind=kind) if kind else found))

    def named(self, words: str) -> "MachineRows":
        """In whose name or serial number this stands at the beginning."""
        word = words.strip()
        return self.filter(Q(name__istartswith=word) | Q(serial__istartswith=word)) if word else self

    def with_list_columns(self) -> "MachineRows":
        """Loads what a list shows."""
        return self.select_related("branch", "asset__type").defer("facts")

    def with_page_columns(self) -> "MachineRows":
        """Loads what the page of one machine shows."""
        return self.select_related("branch", "asset__type", "alarm_with", "joined_with")

    def per_branch(self) -> dict[int, int]:
        """How many are admitted in each branch."""
        rows = self.admitted().order_by().values_list("branch_id")
        return dict(rows.annotate(n=Count("pk")).values_list("branch_id", "n"))


class IdentityRows(Rows["Identity"]):
    """Marks that lead to machines."""

    def visible_to(self, user: Any) -> "IdentityRows":
        """With their machine."""
        rows: IdentityRows = of_areas(self, user, "machine__branch_id")
        return rows

    def resembling(self, marks: Any) -> "IdentityRows":
        """Those that share the agent's number, or serial number, or system UUID: what the rules choose among."""
        same = Q()
        for name in ("agent_id", "serial", "system_uuid"):
            if value := getattr(marks, name):
                same |= Q(**{name: value})
        return self.filter(same) if same else self.none()


class WeaknessRows(Rows["Weakness"]):
    """What is or was wrong."""

    def visible_to(self, user: Any) -> "WeaknessRows":
        """With their machine."""
        rows: WeaknessRows = of_areas(self, user, "machine__branch_id")
        return rows

    def of(self, machines: Iterable[Any]) -> "WeaknessRows":
        """Those of machines that a reader was shown."""
        return self.filter(machine__in=[machine.pk for machine in machines])

    def open(self) -> "WeaknessRows":
        """Still wrong, as far as we know."""
        return self.filter(ended_at=None)

    def untold(self) -> "WeaknessRows":
        """Still wrong, and nobody has been told."""
        return self.filter(ended_at=None, told_at=None)

    def counted(self) -> Any:
        """How many machines of each branch have each kind of finding open: branch, kind, count."""
        rows = self.open().filter(machine__state=MachineState.ADMITTED).order_by()
        return rows.values_list("machine__branch_id", "kind").annotate(n=Count("machine_id", distinct=True))


class ReportRows(QueuedRows["Report"]):
    """Reports as they came."""

    def visible_to(self, user: Any) -> "ReportRows":
        """IT staff and auditors, within their branches."""
        rows: ReportRows = of_areas(self, user)
        return rows

    def unread(self) -> "ReportRows":
        """Those that could not be read or used, and those that were given up."""
        return self.filter(Q(state="dead") | ~Q(trouble=""))

    def forgettable(self, before: datetime) -> "ReportRows":
        """Read, last heard before that instant, not the newest of a machine, and their bytes are still there."""
        machines: Any = self.model._meta.get_field("machine").related_model
        newest = machines.objects.filter(last_report=OuterRef("pk"))
        old = Q(again_at=None) | Q(again_at__lt=before)
        rows = self.filter(
            old, state="sent", trouble__in=("", *DECIDED), raw_gone_at=None, received_at__lt=before
        )
        return rows.filter(~Exists(newest))

    def with_list_columns(self) -> "ReportRows":
        """Loads what a list shows."""
        return self.select_related("branch", "key", "brought_by", "machine__branch")
