"""Who is told of machines: whoever of IT must act for the branch; as each wishes, at once or gathered."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User, office_date
from events.models import Event
from events.registry import subscribe
from integrations.agents.enums import AgentEvent, Alarm, CheckKind
from integrations.agents.models import Machine
from notifications import actions as notifications
from notifications.enums import Kind


def _it_of(branch: int) -> Iterable[User]:
    """Those who admit and settle: the IT staff of the branch, or who stands in for them."""
    people = User.objects.get_queryset().acting_as(
        Role.IT_MANAGER, Role.AGENT, on=office_date(), branch_id=branch
    )
    return list(people)


@subscribe(AgentEvent.ALARM)
def tell_of_alarm(event: Event) -> None:
    """Two machines look like one: its reports do not count until somebody has looked."""
    machine = Machine.objects.filter(pk=event.subject_id).first()
    if machine is None:
        return
    alarm = Alarm(event.facts["alarm"])
    notifications.tell(
        event=event,
        people=_it_of(machine.branch_id),
        title=lambda: _("Alarm about the machine %(name)s") % {"name": event.facts["name"]},
        text=lambda: str(alarm.label),
        path=machine.get_absolute_url(),
        kind=Kind.TASK,
    )


@subscribe(AgentEvent.WAIT)
def tell_of_waiting(event: Event) -> None:
    """Machines that nobody knows yet report: admit them, or refuse them."""
    notifications.tell(
        event=event,
        people=_it_of(event.facts["branch_id"]),
        title=lambda: _("%(count)s machines wait for admission") % event.facts,
        path=reverse("agents:list"),
        kind=Kind.TASK,
    )


@subscribe(AgentEvent.WEAKENED)
def tell_of_weakness(event: Event) -> None:
    """What became wrong with machines of the branch, by its kind (SOP-B4.2.2)."""
    notifications.tell(
        event=event,
        people=_it_of(event.facts["branch_id"]),
        title=lambda: _("Security: %(count)s new findings on %(machines)s machines") % event.facts,
        text=lambda: "\n".join(str(CheckKind(kind).label) for kind in event.facts["kinds"]),
        path=reverse("agents:security"),
        kind=Kind.WARNING,
    )
