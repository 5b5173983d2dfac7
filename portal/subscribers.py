"""Who is told about the system itself."""

from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User, office_date
from events.enums import LedgerEvent
from events.models import Event
from events.registry import subscribe
from notifications import actions as notifications
from notifications.enums import Kind


@subscribe(LedgerEvent.FELL_SILENT)
def tell_of_silence(event: Event) -> None:
    """Those who run operations hear once of each silence; meanwhile the workers ring themselves."""
    people = User.objects.get_queryset()
    asked = people.acting_as(Role.IT_MANAGER, Role.ADMINISTRATOR, on=office_date())
    notifications.tell(
        event=event,
        people=list(asked),
        title=lambda: _("A part of the system is silent: %(part)s") % {"part": event.facts["part"]},
        text=lambda: _("Somebody must start it again. Nothing is lost meanwhile."),
        path="/operations/",
        kind=Kind.WARNING,
    )
