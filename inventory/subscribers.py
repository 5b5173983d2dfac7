"""Who is told of what happens in the inventory."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User, office_date
from approvals.enums import Kind as FormKind
from approvals.hooks import contents_of, may_gather, on_decision
from events.models import Event
from events.registry import subscribe
from inventory import actions, minutes
from inventory.enums import MaintenanceEvent, RenewableEvent, StockTakeEvent, VerificationEvent
from inventory.models import MaintenancePlan, Renewable, StockTake
from notifications import actions as notifications
from notifications.enums import Kind

may_gather("inventory.stocktake")(minutes.may_have)
contents_of("inventory.stocktake")(minutes.compose)
on_decision(FormKind.BAST)(actions.decided)


@subscribe(VerificationEvent.DUE)
def tell_of_due_assets(event: Event) -> None:
    """The head of the branch counts; the IT Manager knows what is overdue (SOP-B4.1.1)."""
    facts = event.facts
    roles = (Role.BRANCH_HEAD, Role.IT_MANAGER) if facts["overdue"] else (Role.BRANCH_HEAD,)
    people = User.objects.get_queryset().acting_as(*roles, on=office_date(), branch_id=facts["branch_id"])
    notifications.tell(
        event=event,
        people=list(people),
        title=lambda: (
            _("Inventory: %(overdue)s assets are overdue for verification, %(soon)s are due within a month")
            % facts
        ),
        path=f"{reverse('inventory:verification')}?branch={facts['branch_id']}",
        kind=Kind.BREACH if facts["overdue"] else Kind.TASK,
    )


@subscribe(MaintenanceEvent.OVERDUE)
def tell_of_overdue_maintenance(event: Event) -> None:
    """Whoever should have done it, and the IT Manager (SOP-B4.1.2)."""
    plan = MaintenancePlan.objects.get(pk=event.subject_id)
    managers = User.objects.get_queryset().acting_as(
        Role.IT_MANAGER, on=office_date(), branch_id=plan.branch_id
    )
    doers = User.objects.get_queryset().filter(pk__in=event.facts["people"])
    notifications.tell(
        event=event,
        people=[*doers, *managers],
        title=lambda: _("Maintenance “%(plan)s” is overdue for %(count)s assets") % event.facts,
        path=f"{reverse('inventory:maintenance')}?show=overdue",
        kind=Kind.BREACH,
    )


@subscribe(MaintenanceEvent.PLANNED)
def tell_of_planned_maintenance(event: Event) -> None:
    """Everybody who does it finds their share."""
    people = User.objects.get_queryset().filter(
        pk__in=MaintenancePlan.workers.through.objects.filter(plan=event.subject_id).values("person")  # type: ignore[attr-defined]
    )
    notifications.tell(
        event=event,
        people=list(people),
        title=lambda: _("Maintenance “%(plan)s” is planned for %(count)s assets") % event.facts,
        path=reverse("inventory:maintenance"),
        kind=Kind.TASK,
    )


@subscribe(MaintenanceEvent.REASSIGNED)
def tell_of_given_maintenance(event: Event) -> None:
    """Whoever does it now."""
    people = User.objects.get_queryset().filter(pk=event.facts["assignee_id"])
    notifications.tell(
        event=event,
        people=list(people),
        title=lambda: _("The maintenance “%(plan)s” was given to you") % event.facts,
        path=reverse("inventory:task", args=[event.facts["task"]]),
        kind=Kind.TASK,
    )


@subscribe(StockTakeEvent.COUNTED)
def ask_to_sign(event: Event) -> None:
    """The head of the branch signs what was counted."""
    take = StockTake.objects.select_related("branch", "room").get(pk=event.subject_id)
    people = User.objects.get_queryset().acting_as(
        Role.BRANCH_HEAD, on=office_date(), branch_id=take.branch_id
    )
    notifications.tell(
        event=event,
        people=list(people),
        title=lambda: _("The stock-take of %(place)s waits for your signature") % {"place": take.place},
        path=take.get_absolute_url(),
        kind=Kind.SIGN,
    )


@subscribe(StockTakeEvent.SIGNED)
def tell_of_signed_count(event: Event) -> None:
    """Whoever counted, and the IT Manager, know that it is signed."""
    take = StockTake.objects.select_related("branch", "room", "counted_by", "opened_by").get(
        pk=event.subject_id
    )
    managers = User.objects.get_queryset().acting_as(
        Role.IT_MANAGER, on=office_date(), branch_id=take.branch_id
    )
    notifications.tell(
        event=event,
        people=[p for p in (take.counted_by, take.opened_by, *managers) if p],
        title=lambda: _("The stock-take of %(place)s is signed") % {"place": take.place},
        path=take.get_absolute_url(),
        kind=Kind.REQUEST,
    )


@subscribe(RenewableEvent.EXPIRING)
def tell_of_what_runs_out(event: Event) -> None:
    """Whoever sees to it, and the IT Manager."""
    row = Renewable.objects.select_related("responsible").get(pk=event.subject_id)
    managers = User.objects.get_queryset().acting_as(
        Role.IT_MANAGER, on=office_date(), branch_id=row.branch_id
    )
    notifications.tell(
        event=event,
        people=[p for p in (row.responsible, *managers) if p and p.is_active],
        title=lambda: _("“%(name)s” runs out on %(until)s") % event.facts,
        path=row.get_absolute_url(),
        kind=Kind.TASK if event.facts["days"] > 0 else Kind.BREACH,
    )
