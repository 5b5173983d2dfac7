"""What happens to requests is to be seen on the board; who hears of the board. Nothing is decided here, nor sent."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from devflow.enums import DevelopmentEvent as D
from events import doorbell
from events.models import Event
from events.registry import subscribe
from integrations.monday import actions
from integrations.monday.enums import Field, MondayEvent
from notifications import actions as notifications
from notifications.enums import Kind
from tickets.enums import TicketEvent as T
from tickets.models import Comment
from tickets.subscribers import ticket_of

_ALL = (Field.STATUS, Field.PRIORITY, Field.ESTIMATE, Field.START, Field.FINISH, Field.ASSIGNEE)
_STATUS = (Field.STATUS,)
# What an event changes on the card.
CHANGES: dict[Any, tuple[Field, ...]] = {
    T.ACCEPTED: _ALL,
    T.PRIORITISED: (Field.PRIORITY,),
    T.ESTIMATED: (Field.ESTIMATE,),
    T.PLANNED: (Field.START, Field.FINISH),
    T.ASSIGNED: (Field.ASSIGNEE,),
    T.TAKEN: (Field.ASSIGNEE,),
    T.ESCALATED: (Field.ASSIGNEE,),
    T.STARTED: _STATUS,
    T.HANDED_OVER: _STATUS,
    T.SENT_BACK: _STATUS,
    T.DONE: _STATUS,
    T.CLOSED_UNCONFIRMED: _STATUS,
    T.REOPENED: _STATUS,
    T.CANCELLED: _STATUS,
    T.REJECTED: _STATUS,
    T.MERGED: _STATUS,
    D.STARTED: _STATUS,
    D.DEPLOYED: _STATUS,
    D.ROLLED_BACK: _STATUS,
    D.RESUMED: _STATUS,
    D.BACK_TO_TRIAL: _STATUS,
    D.EMERGENCY_SETTLED: _STATUS,
}


@subscribe(*CHANGES)
def mark_the_card(event: Event) -> None:
    """SOP-A3: all work is kept up to date in monday.com."""
    actions.mark(ticket=ticket_of(event), fields=CHANGES[event.type], seq=event.seq, at=event.at)
    doorbell.ring("monday.work")


@subscribe(MondayEvent.STOPPED)
def tell_of_a_refusal(event: Event) -> None:
    """Whoever looks after the installation hears that the mirror stands still; nobody else can let it go on."""
    notifications.tell(
        event=event,
        people=User.objects.get_queryset().holding(Role.ADMINISTRATOR),
        title=lambda: _("monday.com refuses us: the mirror stands still"),
        text=lambda: _("Nothing goes on until somebody mends it. The page of the mirror says why."),
        path=reverse("monday:index"),
        kind=Kind.TASK,
    )


@subscribe(T.ANSWERED, T.ASKED_BACK, T.HANDED_OVER)
def show_the_answer(event: Event) -> None:
    """Whoever works on monday.com reads what the requester was told, where the administrator wants that."""
    comment = Comment.objects.filter(pk=event.facts.get("comment")).first()
    if comment is not None:
        actions.say(ticket=ticket_of(event), comment=comment, author=event.who)
