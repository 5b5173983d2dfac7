"""What people of IT decide about machines. Each decision can be taken back, and says why it was taken."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import locks
from core.errors import NotPossible
from core.transitions import fire, why_not
from integrations.agents.actions._parts import end_findings, record, robot, write_asset, write_findings
from integrations.agents.enums import AgentEvent, Alarm, How, MachineState
from integrations.agents.models import Identity, Machine
from inventory import actions as inventory
from inventory import rules as inventory_rules
from inventory.models import Asset, AssetType


@transaction.atomic
def admit(
    *,
    machine: Machine,
    by: User,
    asset: Asset | None = None,
    type: AssetType | None = None,  # noqa: A002 - the word of the field
) -> Machine:
    """It is ours: it stands for `asset`, or for a new one of this `type`; what it reported goes there at once.

    From now on its reports verify the asset (SOP-B4.1.1). Raises NotPossible while there is an alarm, or for an asset
    of another branch or with another machine; PermissionDenied for anyone but IT staff of the branch.
    """
    machine = Machine.objects.lock(machine, "branch")
    if refusal := why_not(machine, "admit", by):
        raise refusal
    machine.asset = _fitting(asset, machine, by) if asset is not None else _registered(machine, type, by)
    software = machine.facts.pop("software", None)
    fire(machine, "admit", by=by)
    write_asset(machine, seen_at=machine.seen_at, software=software)
    write_findings(machine, seen_at=machine.seen_at)
    machine.save()
    record(AgentEvent.ADMITTED, machine, by=by, asset=machine.asset.tag, asset_id=machine.asset_id)
    return machine


def _fitting(asset: Asset, machine: Machine, by: User) -> Asset:
    if not inventory_rules.keeps(asset, by) or asset.branch_id != machine.branch_id:
        raise NotPossible(
            _("%(tag)s belongs to another branch. Choose one of this branch.") % {"tag": asset.tag}
        )
    if Machine.objects.filter(asset=asset, state=MachineState.ADMITTED).exists():
        raise NotPossible(
            _("Another machine stands for %(tag)s already. Join the two, if they are the same.")
            % {"tag": asset.tag}
        )
    return asset


def _registered(machine: Machine, kind: AssetType | None, by: User) -> Asset:
    if kind is None:
        raise NotPossible(_("Choose an asset, or the type of a new one."))
    return inventory.register(
        type=kind, branch=machine.branch, by=by, name=machine.name[:100], serial=machine.serial[:100],
        maker=machine.maker[:80], model=machine.model[:100],
    )  # fmt: skip


@transaction.atomic
def refuse(*, machine: Machine, reason: str, by: User) -> Machine:
    """It is not ours. What it reports is kept and changes nothing."""
    machine = _held(machine, "refuse", reason, by)
    machine.alarm, machine.alarm_at, machine.alarm_with = "", None, None
    fire(machine, "refuse", by=by)
    record(AgentEvent.REFUSED, machine, by=by, reason=reason.strip())
    return machine


@transaction.atomic
def reconsider(*, machine: Machine, reason: str, by: User) -> Machine:
    """It waits again, after it was refused or admitted by mistake. Its asset stays, and is no longer verified by it."""
    machine = _held(machine, "reconsider", reason, by)
    machine.asset = None
    end_findings(machine)
    fire(machine, "reconsider", by=by)
    record(AgentEvent.RECONSIDERED, machine, by=by, reason=reason.strip())
    return machine


@transaction.atomic
def join(*, machine: Machine, other: Machine, reason: str, by: User) -> Machine:
    """`machine` is the same as `other`: what leads to it leads there from now on, until somebody parts them again.

    Raises NotPossible for a machine of another branch, one that is refused or joined itself, and itself.
    """
    locks.hold_cases((row._meta.label_lower, row.pk) for row in (machine, other))
    machine = _held(machine, "join", reason, by)
    other = Machine.objects.lock(other)
    if other.pk == machine.pk or other.branch_id != machine.branch_id:
        raise NotPossible(_("Choose another machine of the same branch."))
    if other.state not in (MachineState.WAITING, MachineState.ADMITTED):
        raise NotPossible(_("%(name)s is refused, or joined with another one itself.") % {"name": other})
    machine.identities.update(machine=other, how=How.PERSON)
    end_findings(machine)
    machine.joined_with, machine.asset = other, None
    _quiet(machine)
    if other.alarm_with_id == machine.pk:
        _quiet(other)
        other.is_shared = True
        other.save(update_fields=["alarm", "alarm_at", "alarm_with", "is_shared"])
    fire(machine, "join", by=by)
    record(AgentEvent.JOINED, machine, by=by, other=str(other), other_id=other.pk, reason=reason.strip())
    return other


@transaction.atomic
def part(*, machine: Machine, reason: str, by: User) -> Machine:
    """The two were not the same: `machine` gets back what led to it before they were joined, and waits."""
    machine = _held(machine, "part", reason, by)
    other = machine.joined_with
    Identity.objects.filter(origin=machine).update(machine=machine)
    machine.joined_with = None
    fire(machine, "part", by=by)
    record(
        AgentEvent.PARTED,
        machine,
        by=by,
        other=str(other),
        other_id=other.pk if other else None,
        reason=reason.strip(),
    )
    return machine


@transaction.atomic
def separate(*, machine: Machine, identity: Identity, reason: str, by: User) -> Machine:
    """Some marks belong to another machine: that one is new, waits, and is not found as `machine` again."""
    machine = _held(machine, "separate", reason, by)
    identity = Identity.objects.select_for_update(of=("self",)).get(pk=identity.pk)
    if identity.machine_id != machine.pk:
        raise NotPossible(_("These marks do not lead to this machine."))
    other = Machine(
        branch_id=machine.branch_id, name=identity.name, first_at=identity.first_at, seen_at=identity.seen_at
    )
    other.save(force_insert=True)
    identity.machine = identity.origin = other
    identity.how = How.PERSON
    identity.save(update_fields=["machine", "origin", "how"])
    if machine.alarm in (Alarm.AGENTS, Alarm.NAMES):
        _quiet(machine)
    machine.former_name = ""
    fire(machine, "separate", by=by)
    record(AgentEvent.PARTED, machine, by=by, other=str(other), other_id=other.pk, reason=reason.strip())
    record(AgentEvent.APPEARED, other, by=robot(), matched=How.PERSON)
    return other


@transaction.atomic
def settle_alarm(*, machine: Machine, reason: str, by: User) -> Machine:
    """Somebody looked: it is in order so. Two names or two agents of one machine raise no alarm again."""
    machine = _held(machine, "settle", reason, by)
    alarm, other = machine.alarm, machine.alarm_with
    fire(machine, "settle", by=by)
    machine.is_shared = machine.is_shared or alarm in (Alarm.NAMES, Alarm.AGENTS)
    _quiet(machine)
    machine.save(update_fields=["is_shared", "alarm", "alarm_at", "alarm_with"])
    record(AgentEvent.SETTLED, machine, by=by, alarm=alarm, reason=reason.strip())
    if other is not None and other.alarm_with_id == machine.pk and other.alarm == Alarm.CLONE:
        other = Machine.objects.lock(other)
        _quiet(other)
        other.save(update_fields=["alarm", "alarm_at", "alarm_with"])
        record(AgentEvent.SETTLED, other, by=by, alarm=Alarm.CLONE, reason=reason.strip())
    return machine


def _quiet(machine: Machine) -> None:
    machine.alarm, machine.alarm_at, machine.alarm_with = "", None, None


def _held(machine: Machine, move: str, reason: str, by: User) -> Machine:
    machine = Machine.objects.lock(machine, "branch")
    if refusal := why_not(machine, move, by):
        raise refusal
    if not reason.strip():
        raise NotPossible(_("Say why. Whoever doubts it later reads your reason."))
    return machine
