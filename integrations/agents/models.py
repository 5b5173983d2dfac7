"""Tables of what agents tell: keys, reports as they came, machines, by which marks they are known, what is wrong."""

from datetime import datetime

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core import labels
from core.outbox import Queued, QueueState
from core.transitions import StateField
from integrations.agents import rules, telling
from integrations.agents.enums import MACHINE_MOVES, WRONG_KINDS, Alarm, CheckKind, How, MachineState, Trouble
from integrations.agents.identity import Marks
from integrations.agents.querysets import IdentityRows, KeyRows, MachineRows, ReportRows, WeaknessRows


class AgentKey(models.Model):
    """User name and password with which the agents of one branch report; of the password only a fingerprint is kept."""

    branch = models.ForeignKey(
        "accounts.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, related_name="+"
    )
    username = models.CharField(_("user name"), max_length=40, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    note = models.CharField(_("note"), max_length=100, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("issued"), default=timezone.now)
    used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = KeyRows.as_manager()

    class Meta:
        verbose_name = _("key for agents")
        verbose_name_plural = _("keys for agents")
        triggers = [
            pgtrigger.Protect(
                name="agent_key_stays_revoked",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__revoked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.username


class Machine(models.Model):
    """What agents told of one machine, and whether it is ours. An admitted one stands for an asset of the inventory.

    `facts` are sections as `integrations.agents.reading` tells them; `whole_at` is when the last full report came.
    """

    branch = models.ForeignKey(
        "accounts.Branch",
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    state = StateField(_("state"), default=MachineState.WAITING, choices=MachineState.choices, protected=True)
    asset = models.ForeignKey(
        "inventory.Asset", verbose_name=_("asset"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    name = models.CharField(_("name"), max_length=250, blank=True)
    former_name = models.CharField(_("name before"), max_length=250, blank=True)
    serial = models.CharField(_("serial number"), max_length=250, blank=True)
    maker = models.CharField(_("maker"), max_length=250, blank=True)
    model = models.CharField(_("model"), max_length=250, blank=True)
    system = models.CharField(_("operating system"), max_length=250, blank=True)
    agent = models.CharField(_("agent"), max_length=250, blank=True)
    facts = models.JSONField(default=dict)
    software_count = models.PositiveIntegerField(_("programs"), default=0)
    first_at = models.DateTimeField(_("first report"), default=timezone.now)
    seen_at = models.DateTimeField(_("last report"), default=timezone.now)
    whole_at = models.DateTimeField(_("last full report"), null=True)
    last_report = models.ForeignKey("Report", on_delete=models.PROTECT, null=True, related_name="+")
    alarm = models.CharField(_("alarm"), max_length=10, choices=Alarm, blank=True)
    alarm_at = models.DateTimeField(_("alarm since"), null=True)
    alarm_with = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    is_shared = models.BooleanField(_("several agents or names are right"), default=False)
    told_at = models.DateTimeField(null=True, editable=False)
    joined_with = models.ForeignKey(
        "self", verbose_name=_("joined with"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = MachineRows.as_manager()
    get_state_display = labels.of("state", MachineState)

    class Meta:
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        indexes = [
            models.Index(fields=["branch", "-id"], name="machine_of_branch"),
            models.Index(fields=["state", "-id"], name="machine_of_state"),
            models.Index(fields=["-id"], condition=models.Q(state="waiting"), name="machine_waiting"),
            models.Index(fields=["-id"], condition=~models.Q(alarm=""), name="machine_alarmed"),
            models.Index(fields=["seen_at"], condition=models.Q(state="admitted"), name="machine_seen"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=MachineState.values), name="machine_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="admitted", asset__isnull=False) | ~models.Q(state="admitted"),
                name="machine_admitted_is_an_asset",
            ),
            models.CheckConstraint(
                condition=models.Q(state="joined", joined_with__isnull=False)
                | (~models.Q(state="joined") & models.Q(joined_with=None)),
                name="machine_joined_with_another",
            ),
            models.UniqueConstraint(
                fields=["asset"], condition=models.Q(state="admitted"), name="machine_of_an_asset_once"
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="machine_moves_as_declared", field="state", transitions=MACHINE_MOVES),
            pgtrigger.Protect(name="machine_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.name or str(_("a machine without a name"))

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("agents:machine", args=[self.pk])

    @cached_property
    def has_several_marks(self) -> bool:
        """More than one identity leads to it; asked of PostgreSQL once."""
        return len(self.identities.values_list("pk", flat=True)[:2]) > 1

    @property
    def why_alarm(self) -> str:
        """The alarm in words."""
        return str(Alarm(self.alarm).label) if self.alarm else ""

    @fsm.transition(
        state, source="waiting", target="admitted", permission=rules.is_it, conditions=[rules.has_no_alarm]
    )
    def admit(self) -> None:
        """It is ours: it stands for an asset, and its reports verify it (SOP-B4.1.1)."""

    @fsm.transition(state, source="waiting", target="refused", permission=rules.is_it)
    def refuse(self) -> None:
        """It is not ours. Its reports are kept, and change nothing."""

    @fsm.transition(state, source=["refused", "admitted"], target="waiting", permission=rules.is_it)
    def reconsider(self) -> None:
        """That was wrong: it waits again."""

    @fsm.transition(state, source=["waiting", "admitted"], target="joined", permission=rules.is_it)
    def join(self) -> None:
        """It is the same machine as another one: what leads here leads there."""

    @fsm.transition(state, source="joined", target="waiting", permission=rules.is_it)
    def part(self) -> None:
        """It was not the same: it gets back what led to it."""

    @fsm.transition(
        state, source=["waiting", "admitted"], target=None, permission=rules.is_it,
        conditions=[rules.has_several_marks],
    )  # fmt: skip
    def separate(self) -> None:
        """Some of its marks belong to another machine."""

    @fsm.transition(
        state, source=["waiting", "admitted", "refused"], target=None, permission=rules.is_it,
        conditions=[rules.has_alarm],
    )  # fmt: skip
    def settle(self) -> None:
        """Somebody looked, and says that all is well."""


class Identity(models.Model):
    """Marks that lead to a machine: the agent's own number, serial number and system UUID; and why they lead there.

    `origin` is the machine they led to before a person joined it with another, so that joining can be undone.
    """

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="identities")
    origin = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="+")
    agent_id = models.CharField(_("agent number"), max_length=200, blank=True)
    system_uuid = models.CharField(_("system UUID"), max_length=32, blank=True)
    serial = models.CharField(_("serial number"), max_length=100, blank=True)
    maker = models.CharField(_("maker"), max_length=100, blank=True)
    how = models.CharField(_("why"), max_length=10, choices=How)
    name = models.CharField(_("name"), max_length=250, blank=True)
    first_at = models.DateTimeField(_("first report"), default=timezone.now)
    seen_at = models.DateTimeField(_("last report"), default=timezone.now)

    objects = IdentityRows.as_manager()

    class Meta:
        verbose_name = _("marks of a machine")
        verbose_name_plural = _("marks of machines")
        constraints = [
            models.UniqueConstraint(
                fields=["agent_id", "system_uuid", "serial", "maker", "machine"],
                name="identity_leads_there_once",
            ),
        ]
        indexes = [
            models.Index(fields=["serial"], condition=~models.Q(serial=""), name="identity_by_serial"),
            models.Index(
                fields=["system_uuid"], condition=~models.Q(system_uuid=""), name="identity_by_uuid"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.agent_id or self.serial

    @property
    def marks(self) -> Marks:
        """For the rules."""
        return Marks(self.agent_id, self.system_uuid, self.serial, self.maker)


class Report(Queued):
    """A report as it came: its bytes lie under `sha256` until `raw_gone_at`. One agent's are read in order.

    It came with the `key` of its branch, or was `brought_by` a person from a machine without network; then `made_at` is
    when the agent wrote it, as the file says.
    """

    branch = models.ForeignKey(
        "accounts.Branch",
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    key = models.ForeignKey(
        AgentKey, verbose_name=_("key"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("brought by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    made_at = models.DateTimeField(_("written by the agent"), null=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("size"))
    agent_id = models.CharField(_("agent number"), max_length=200, blank=True)
    agent = models.CharField(_("agent"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    again_at = models.DateTimeField(_("came again"), null=True)
    raw_gone_at = models.DateTimeField(_("bytes removed"), null=True)
    is_partial = models.BooleanField(_("only what changed"), default=False)
    machine = models.ForeignKey(
        Machine,
        verbose_name=_("machine"),
        on_delete=models.PROTECT,
        null=True,
        related_name="reports",
        db_index=False,
    )
    how = models.CharField(_("why"), max_length=10, choices=How, blank=True)
    trouble = models.CharField(_("trouble"), max_length=10, choices=Trouble, blank=True)
    detail = models.CharField(_("detail"), max_length=250, blank=True)

    objects = ReportRows.as_manager()

    class Meta(Queued.Meta):
        abstract = False
        verbose_name = _("report of an agent")
        verbose_name_plural = _("reports of agents")
        indexes = [
            *Queued.Meta.indexes,
            models.Index(
                fields=["machine", "-id"], name="report_of_machine", condition=models.Q(machine__isnull=False)
            ),
            models.Index(fields=["branch", "-id"], name="report_of_branch"),
            models.Index(
                fields=["received_at"], condition=models.Q(raw_gone_at=None), name="report_raw_by_age"
            ),
            models.Index(fields=["sha256"], name="report_by_hash"),
            models.Index(fields=["-id"], name="report_in_trouble", condition=~models.Q(trouble="")),
        ]
        constraints = [
            *Queued.Meta.constraints,
            models.UniqueConstraint(fields=["branch", "sha256"], name="report_once_from_a_branch"),
            models.CheckConstraint(
                condition=models.Q(key__isnull=False, brought_by=None, made_at=None)
                | models.Q(key=None, brought_by__isnull=False),
                name="report_came_by_key_or_person",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="report_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="report_says_what_it_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "sha256", "branch", "received_at", "size", "agent_id", "key", "brought_by", "made_at"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def heard_at(self) -> datetime:
        """When the machine said so, the last time that it said exactly this."""
        return self.again_at or self.made_at or self.received_at

    @property
    def is_given_up(self) -> bool:
        """It failed too often on our side; somebody can let it be read again."""
        return bool(self.state == QueueState.DEAD)


class Weakness(models.Model):
    """Something that is, or was, wrong with a machine (SOP-B4.2.2): since when, until when. `told_at`: it was told."""

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="findings", db_index=False)
    kind = models.CharField(_("what is wrong"), max_length=20, choices=CheckKind)
    about = models.CharField(_("about"), max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    since_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True)
    told_at = models.DateTimeField(null=True, editable=False)

    objects = WeaknessRows.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        indexes = [
            models.Index(fields=["machine", "-since_at"], name="finding_of_machine"),
            models.Index(
                fields=["kind", "machine"], condition=models.Q(ended_at=None), name="finding_open_by_kind"
            ),
            models.Index(
                fields=["machine"], condition=models.Q(ended_at=None, told_at=None), name="finding_untold"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=[k.value for k in WRONG_KINDS]), name="weakness_kind_is_wrong"
            ),
            models.UniqueConstraint(
                fields=["machine", "kind", "about"],
                condition=models.Q(ended_at=None),
                name="finding_open_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @property
    def words(self) -> str:
        """What is wrong, in a sentence with its facts."""
        return telling.sentence(self.kind, self.facts)
