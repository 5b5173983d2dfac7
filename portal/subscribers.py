"""Who is told about the system itself."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User, office_date
from events.enums import LedgerEvent
from events.models import Event, Seal
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


@subscribe(LedgerEvent.FOUND_BROKEN)
def tell_of_tampering(event: Event) -> None:
    """Administrators, auditors and the IT Manager hear of what was not known yet, once."""
    notifications.tell(
        event=event,
        people=_guards(),
        title=lambda: _("The ledger is not what was written"),
        text=lambda: (
            _("%(places)s place(s) are wrong; the first: %(first)s. Change nothing and ask who had access.")
            % event.facts
        ),
        path=reverse("events:seals"),
        kind=Kind.WARNING,
    )


@subscribe(LedgerEvent.ANCHOR_BEGUN)
def tell_of_anchor(event: Event) -> None:
    """An anchor that begins anew while there are seals is the installation's wish, or the old one was taken away."""
    if not event.facts["number"]:
        return
    notifications.tell(
        event=event,
        people=_guards(),
        title=lambda: _("The anchor of the ledger was begun anew"),
        text=lambda: _(
            "Its directory was empty. If nobody meant that, compare the heads in the auditors' letters."
        ),
        path=reverse("events:seals"),
        kind=Kind.WARNING,
    )


def _guards() -> list[User]:
    asked = User.objects.get_queryset()
    return list(asked.acting_as(Role.ADMINISTRATOR, Role.AUDITOR, Role.IT_MANAGER, on=office_date()))


@subscribe(LedgerEvent.SEALED)
def send_head(event: Event) -> None:
    """The head of the newest day goes where our database does not reach: into letters.

    To LEDGER_ANCHOR_MAIL, without it to the auditors. A day that was closed late is held by the head after it.
    """
    seal = Seal.objects.with_list_columns().get(pk=event.subject_id)
    if Seal.objects.filter(number__gt=seal.number).exists():
        return
    for address, language in _anchor_addresses():
        with translation.override(language):
            context = {"seal": seal, "url": settings.BASE_URL + reverse("events:seals")}
            letter = EmailMultiAlternatives(
                subject=_("Ledger of %(day)s: keep this letter") % {"day": event.facts["day"]},
                body=render_to_string("mail/ledger_head.txt", context),
                to=[address],
                headers={
                    "Message-ID": f"<ledger.{seal.number}.{seal.hash[:16]}@{urlsplit(settings.BASE_URL).hostname}>",
                    "Auto-Submitted": "auto-generated",
                },
            )
            letter.attach_alternative(render_to_string("mail/ledger_head.html", context), "text/html")
            letter.send()


def _anchor_addresses() -> list[tuple[str, str]]:
    """Addresses, and the language in which they read."""
    if settings.LEDGER_ANCHOR_MAIL:
        return [(address, settings.LANGUAGE_CODE) for address in settings.LEDGER_ANCHOR_MAIL]
    auditors = User.objects.get_queryset().acting_as(Role.AUDITOR, on=office_date())
    return [(person.email, person.language) for person in auditors if person.is_active]
