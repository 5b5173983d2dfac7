"""Who hears of backups: the IT Manager and the contacts of the policies; failure and silence become a ticket."""

from django.utils.translation import gettext as _

from accounts.enums import DECIDERS, Role
from accounts.models import User, office_date
from approvals import actions as approvals
from approvals.hooks import contents_of, may_gather
from approvals.models import CaseFile
from backups import actions, monthly
from backups.actions._parts import robot
from backups.enums import BackupEvent, Fault
from backups.models import MonthlyReport, Restore, Target
from events.models import Event
from events.registry import subscribe
from notifications import actions as notifications

may_gather("backups.monthlyreport")(monthly.may_have)
contents_of("backups.monthlyreport")(monthly.compose)


def _target(event: Event) -> Target | None:
    if event.subject_type != Target._meta.label_lower:
        return None
    return Target.objects.select_related("branch").filter(pk=event.subject_id).first()


def _concerned(target: Target | None) -> list[User]:
    people = User.objects.get_queryset()
    managers = list(
        people.acting_as(Role.IT_MANAGER, on=office_date(), branch_id=target.branch_id if target else None)
    )
    if target is None:
        return managers
    return [*managers, *people.people().filter(pk__in=target.policies.values("contacts__person"))]


@subscribe(BackupEvent.FAILED, BackupEvent.SILENT)
def open_a_ticket(event: Event) -> None:
    """Somebody must mend it: one ticket for a target until it is closed."""
    target = _target(event)
    if target is None:
        return
    title = _("Backup of %(target)s") % {"target": target.name}
    reason = event.facts.get("fault")
    text = str(Fault(reason).label) if reason else _("No good backup came in time.")
    actions.open_ticket(target=target, title=title, text=f"{title}: {text}", by=robot())


@subscribe(BackupEvent.FAILED, BackupEvent.SILENT, BackupEvent.JUMPED, BackupEvent.RESTORE_FAILED)
def tell_of_trouble(event: Event) -> None:
    """The IT Manager and the contacts of the target's policies."""
    target = _target(event)
    notifications.tell(
        event=event,
        people=_concerned(target),
        title=lambda: event.sentence,
        path=target.get_absolute_url() if target else "/backups/",
    )


@subscribe(BackupEvent.RESTORE_ASKED)
def ask_the_second(event: Event) -> None:
    """Whoever can give the second word hears of a restore that waits for it."""
    wish = Restore.objects.filter(pk=event.facts["restore_id"]).first()
    if wish is None or not wish.over_source:
        return
    role = Role.DB_MANAGER if wish.manager_id else Role.IT_MANAGER
    notifications.tell(
        event=event,
        people=list(User.objects.get_queryset().acting_as(role, on=office_date())),
        title=lambda: f"{event.who} {event.sentence}",
        path=wish.get_absolute_url(),
    )


@subscribe(BackupEvent.RESTORED, BackupEvent.RESTORE_REFUSED)
def tell_of_restore(event: Event) -> None:
    """The IT Manager and the Database Manager know how it ended."""
    target = _target(event)
    people = User.objects.get_queryset().acting_as(Role.IT_MANAGER, Role.DB_MANAGER, on=office_date())
    notifications.tell(
        event=event,
        people=list(people),
        title=lambda: f"{event.who} {event.sentence}",
        path=target.get_absolute_url() if target else "/backups/",
    )


@subscribe(BackupEvent.REPORTED)
def send_to_the_board(event: Event) -> None:
    """Director and Board, and who stands in for them, are led to the page and get the sealed paper (SOP-B4.4.2)."""
    report = MonthlyReport.objects.get(pk=event.subject_id)
    people = list(User.objects.get_queryset().acting_as(*DECIDERS, on=office_date()))
    for person in people:
        if not CaseFile.objects.of(report.case).visible_to(person).exists():  # an event may be heard twice
            approvals.ask_case_file(case=report.case, by=robot(), reader=person)
    notifications.tell(
        event=event,
        people=people,
        title=lambda: _("Backups of %(month)s: please read and acknowledge") % {"month": report.month_name},
        path=report.get_absolute_url(),
    )
