"""The ledger under test: what was recorded, and telling those who listen."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

from django.core import mail
from django.utils import timezone

from approvals import actions as approvals
from approvals.enums import Level
from approvals.models import CaseFile, Sealing
from approvals.sealing import Hand, Trust
from core.pdf import Paper
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

    Documents are blank unless `printed`: typesetting and signing take longer than everything else. A failure is a
    failure.
    """
    before = len(mail.outbox)
    with nullcontext() if printed else blank():
        while (
            events.deliver()
            + approvals.render_documents()
            + approvals.make_case_files()
            + notifications.send_mail()
        ):
            pass
    for queue in (Delivery, Mail, Sealing, CaseFile):
        assert list(queue.objects.filter(state="pending").values_list("last_error", flat=True)) == []
    return mail.outbox[before:]


@contextmanager
def blank() -> Iterator[None]:
    """Papers without letters and signatures without keys; everything else as ever."""
    keeper = mock.Mock(level=Level.NOT_CERTIFIED)
    keeper.hand.return_value = Hand(mock.Mock(), Trust(()), timezone.now())
    with (
        mock.patch("core.pdf.draw", return_value=Paper(b"%PDF-1.7\n", {})),
        mock.patch.multiple(
            "approvals.sealing", seal=lambda pdf, **_: pdf + b"seal", sign=lambda pdf, **_: pdf + b"sign",
            empty_fields=lambda _pdf: [],
        ),
        mock.patch("approvals.actions.documents.provider", return_value=keeper),
        mock.patch("approvals.actions.casefiles.provider", return_value=keeper),
    ):  # fmt: skip
        yield


def told() -> None:
    """Forget what was told so far."""
    deliver()
    Notification.objects.all().delete()
    mail.outbox.clear()


def names_told() -> list[str]:
    """The first word of the address of everyone who has a message, sorted, one for each message."""
    return sorted(n.person.email.partition("@")[0] for n in Notification.objects.select_related("person"))
