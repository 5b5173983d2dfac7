"""What somebody wants to hear of, and when: their own choice, else the default of their roles."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.models import User
from notifications import rules
from notifications.enums import Kind, Letter
from notifications.models import DigestTime, Preference

MORNING = 8  # when gathered news leave for people who never chose an hour


@dataclass(frozen=True)
class Wish:
    """How one person hears of one kind of news; `fixed` cannot be changed, for the SOP wants it so."""

    on_bell: bool = True
    letter: Letter = Letter.NOW
    fixed: bool = False


def default(kind: Kind, person: User) -> Wish:
    """IT follows dozens of requests: that they move is gathered for it. Everybody else gets a letter at once."""
    if rules.must_be_told(kind, person):
        return Wish(fixed=True)
    gathered = kind == Kind.REQUEST and person.is_it_staff
    return Wish(letter=Letter.DIGEST if gathered else Letter.NOW)


def wishes(person: User) -> dict[Kind, Wish]:
    """All kinds that can reach the person, each with what they want."""
    chosen = {row.kind: row for row in Preference.objects.visible_to(person)}
    return {kind: _wish(kind, person, chosen.get(kind)) for kind in Kind if rules.reaches(kind, person)}


def wish(kind: Kind, person: User) -> Wish:
    """What the person wants of this kind."""
    return _wish(kind, person, Preference.objects.visible_to(person).filter(kind=kind).first())


def _wish(kind: Kind, person: User, chosen: Preference | None) -> Wish:
    usual = default(kind, person)
    if chosen is None or usual.fixed:
        return usual
    return Wish(on_bell=chosen.on_bell, letter=Letter(chosen.letter))


def digest_hour(person: User) -> int | None:
    """The hour of the person's day at which gathered news leave; None: every full hour."""
    row = DigestTime.objects.visible_to(person).first()
    return row.hour if row else MORNING


def next_digest(person: User, now: datetime) -> datetime:
    """The next instant at which gathered news leave for this person."""
    hour, here = digest_hour(person), now.astimezone(person.zone)
    if hour is None:
        return here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    today = timezone.make_aware(datetime.combine(here.date(), time(hour)), person.zone)
    return today if today > now else today + timedelta(days=1)
