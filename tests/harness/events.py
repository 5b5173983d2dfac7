"""The ledger under test: what was recorded, and telling those who listen."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

from django.core import mail

from approvals import actions as approvals
from approvals.models import Document
from events import actions as events
from events.models import Delivery, Event
from notifications import actions as notifications
from notifications.models import Mail, Notification


@contextmanager
def recorded(*types: Any) -> Iterator[list[Event]]:
    """Exactly these events happen inside, in this order."""
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    found: list[Event] = []
    yield found
    found += Event.objects.filter(pk__gt=last).order_by("pk")
    assert [e.type for e in found] == [getattr(t, "value", t) for t in types]


def deliver(*, printed: bool = False) -> list[mail.EmailMessage]:
    """Tell everybody, make the documents, send the letters that are then due; the letters that left.

    Documents are blank unless `printed`: typesetting takes longer than everything else. A failure is a failure.
    """
    before = len(mail.outbox)
    with nullcontext() if printed else mock.patch("core.pdf.render", return_value=b"%PDF-1.7\n"):
        while events.deliver() + approvals.render_documents() + notifications.send_mail():
            pass
    for queue in (Delivery, Mail, Document):
        assert list(queue.objects.filter(state="pending").values_list("last_error", flat=True)) == []
    return mail.outbox[before:]


def told() -> None:
    """Forget what was told so far."""
    deliver()
    Notification.objects.all().delete()
    mail.outbox.clear()


def names_told() -> list[str]:
    """The first word of the address of everyone who has a message, sorted, one for each message."""
    return sorted(n.person.email.partition("@")[0] for n in Notification.objects.select_related("person"))
