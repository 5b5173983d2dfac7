"""Failure and silence become a ticket in the queue of the IT Manager, as everything does (SOP-A1)."""

from django.conf import settings
from django.db import transaction
from django.utils import translation

from accounts.models import User
from backups.models import Target
from tickets import actions as tickets
from tickets.enums import Channel, Kind
from tickets.models import Ticket


@transaction.atomic
def open_ticket(*, target: Target, title: str, text: str, by: User) -> Ticket | None:
    """One ticket for a target until it is closed; None while one is open. Safe to run twice."""
    held = Target.objects.lock(target, "branch")
    if held.ticket_id is not None and not Ticket.objects.get_queryset().get(pk=held.ticket_id).has_ended:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        made = tickets.open_ticket(
            kind=Kind.TROUBLESHOOTING,
            title=title,
            description=text,
            by=by,
            channel=Channel.API,
            branch=held.branch,
        )
    held.ticket = made
    held.save(update_fields=["ticket"])
    return made
