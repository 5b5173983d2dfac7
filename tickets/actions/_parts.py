"""What several actions do on the way: locks, moves, files, the first answer. Called inside their transactions."""

from datetime import date, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.enums import IT_STAFF, Role
from accounts.models import User
from clocks import actions as clocks
from clocks.enums import Promise
from core import files
from core.errors import NotPossible
from core.transitions import fire
from events import actions as events
from events.enums import Audience
from tickets import mentions
from tickets.enums import TicketEvent
from tickets.models import Attachment, Comment, Ticket, Watcher
from tickets.querysets import mentionable

MOST_FILES = 10


def move(ticket: Ticket, name: str, *, by: User) -> None:
    """Fire a transition of a locked ticket, and note that it changed: lists are sorted by that."""
    ticket.changed_at = timezone.now()
    fire(ticket, name, by=by)


def lock_both(one: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Hold two tickets. The smaller number first, whoever is named first: no two acts can wait in a circle."""
    held = {row.pk: Ticket.objects.lock(row) for row in sorted((one, other), key=lambda t: t.pk)}
    return held[one.pk], held[other.pk]


def must_see(ticket: Ticket, by: User) -> None:
    """Raises NotPossible when the other ticket of an act is none that the person may see: as if there were none."""
    if not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise NotPossible(_("There is no request with this number that you may see."))


def must_be_it_staff(person: User, ticket: Ticket) -> None:
    """Raises NotPossible for somebody to whom a ticket of this branch cannot be given."""
    if person.is_robot or not person.is_active or not person.holds(*IT_STAFF, branch_id=ticket.branch_id):
        raise NotPossible(_("%(name)s does not work in IT. Choose somebody else.") % {"name": person})


def must_be_days(ticket: Ticket, start: date | None, finish: date | None) -> None:
    """Raises NotPossible for a plan that cannot be: it ends before it begins, or before anybody asked."""
    asked = timezone.localdate(ticket.created_at, timezone=ZoneInfo(ticket.branch.time_zone))
    if start and finish and finish < start:
        raise NotPossible(_("The finish is before the start."))
    if any(day < asked for day in (start, finish) if day):
        asked_on = date_format(asked, "j F Y")
        raise NotPossible(_("It was asked on %(date)s. Nothing is planned before.") % {"date": asked_on})


def speaks_for_it(ticket: Ticket, by: User) -> bool:
    """Is a word of this person an answer of IT to the requester? Nobody answers themselves, and no machine answers."""
    return (
        by.holds(*IT_STAFF, branch_id=ticket.branch_id) and by.pk != ticket.requester_id and not by.is_robot
    )


def stood_in_for(ticket: Ticket, by: User) -> User | None:
    """The IT Manager in whose place somebody acts, or None."""
    return by.stands_in_for(Role.IT_MANAGER, branch_id=ticket.branch_id)


def attachment(name: str, file: BinaryIO, by: User, **belongs: Any) -> Attachment:
    stored = files.store(file)
    return Attachment.objects.create(
        name=_safe_name(name), content_type=stored.content_type, size=stored.size, sha256=stored.sha256,
        added_by=by, **belongs,
    )  # fmt: skip


def _safe_name(name: str) -> str:
    """The last part of a path, without control characters: a label for people, never a path for us."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()).strip()[:200] or "file"


def attach_all(ticket: Ticket, uploads: list[tuple[str, BinaryIO]], by: User, **belongs: Any) -> None:
    if len(uploads) > MOST_FILES:
        raise NotPossible(_("At most %(most)s files. Put more of them into one ZIP.") % {"most": MOST_FILES})
    for name, file in uploads:
        attachment(name, file, by, ticket=ticket, **belongs)


def first_answer(ticket: Ticket, by: User, at: datetime) -> None:
    """The response time is the one stored in the answer, whoever commits first."""
    if ticket.answered_at is None:
        ticket.answered_at = at
        ticket.save(update_fields=["answered_at"])
        clocks.stop(promise=Promise.RESPONSE, subject=ticket, by=by, at=at)


def write(
    ticket: Ticket, text: str, by: User, event: TicketEvent, *, uploads: list[tuple[str, BinaryIO]] | None = None,
    is_internal: bool = False, told: dict[str, Any] | None = None, **facts: Any,
) -> Comment:  # fmt: skip
    """Keep what somebody wrote, tell the ledger as `event`, and let those who are mentioned follow the ticket.

    `told` is what the event says instead of the beginning of the words. What is internal leaves no word of it in the
    ledger. Names that could not be read stand in `unclear_mentions`.
    """
    if not text.strip():
        raise NotPossible(_("Write something first."))
    comment = Comment.objects.create(
        ticket=ticket, author=by, text=text.strip(), is_internal=is_internal, **facts
    )
    attach_all(ticket, uploads or [], by, comment=comment)
    found = (
        mentions.find(comment.text, mentionable(ticket, by=by, internal=is_internal))
        if "@" in text
        else mentions.Found()
    )
    audience = Audience.STAFF if is_internal else Audience.EVERYONE
    said = {} if is_internal else {"excerpt": comment.text[:300]}
    ids = {"mentioned": [p.pk for p in found.people]} if found.people else {}
    events.record(event, ticket, by=by, audience=audience, comment=comment.pk, **(told or said), **ids)
    for person in found.people:
        Watcher.objects.get_or_create(ticket=ticket, person=person, defaults={"added_by": by})
        events.record(
            TicketEvent.MENTIONED, ticket, by=by, audience=audience, person=person.name, person_id=person.pk,
            comment=comment.pk, **said,
        )  # fmt: skip
    if not is_internal and speaks_for_it(ticket, by):
        first_answer(ticket, by, comment.created_at)
    comment.unclear_mentions = found.unclear
    return comment
