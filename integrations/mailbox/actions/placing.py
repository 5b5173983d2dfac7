"""Where a letter belongs: a new request, an answer, or a place where somebody looks at it.

The order of the questions matters. What no person waits for is left alone first, so that no two programs talk to each
other for ever. Then the sender: an address is a claim, so a known one may ask for something, but only a mark that we
wrote to this very person joins a conversation. Last the limits, which forgive nobody.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.models import User
from core import locks
from core.errors import NotPossible, PermissionDenied
from core.transitions import fire
from events import actions as events
from events.enums import Audience
from integrations.mailbox import authenticity, rules, text
from integrations.mailbox.actions._parts import Content, asked_at, content, details, robot
from integrations.mailbox.enums import MailEvent, Reason, State
from integrations.mailbox.models import AdmittedDomain, Message
from integrations.mailbox.reading import Letter
from notifications import threads
from tickets import actions as tickets
from tickets.enums import Channel, Kind
from tickets.models import Comment, Ticket

HOUR = timedelta(hours=1)
TICKET = "tickets.ticket"
# What only letters of ours have; with no true mark beside it nobody knows what such a letter answers.
_OF_OURS = re.compile(r"<(notification|tickets\.ticket)\.\d|\[Kumala ITSM\]", re.IGNORECASE)


@dataclass
class Aside(Exception):
    """The letter becomes nothing now: `move` is the transition, `reason` why, `detail` what the reason cannot know."""

    move: str
    reason: Reason
    detail: str = ""


@transaction.atomic
def place(*, message: Message, letter: Letter) -> Message:
    """Make a request or an answer of the letter, or set it aside with its reason. Placing it twice changes nothing."""
    message = Message.objects.lock(message)
    if message.state != State.ARRIVED:
        return message
    _write_down(message, letter)
    if message.fingerprint:
        locks.wait_for("mail", message.fingerprint)
    try:
        if aside := _nobody_waits(message, letter):
            raise aside
        with transaction.atomic():
            _take_in(message, letter)
    except Aside as aside:
        message.reason, message.detail = aside.reason, aside.detail
        fire(message, aside.move, by=robot())
    return message


def _write_down(message: Message, letter: Letter) -> None:
    """What the letter says of itself, for lists and for whoever decides."""
    message.message_id = letter.message_id
    message.from_address = letter.senders[0][:254] if letter.senders else ""
    message.from_name, message.subject, message.to = letter.name, letter.subject, letter.to[:1000]
    message.text, message.quoted = letter.said[:20_000], letter.quoted[:20_000]
    message.parts = [{"name": f.name, "type": f.content_type, "size": f.size} for f in letter.files]
    message.fingerprint, message.read_at = letter.fingerprint, timezone.now()
    message.person = _known(letter)
    message.reason = message.detail = ""


def _known(letter: Letter) -> User | None:
    if len(letter.senders) != 1:
        return None
    people = User.objects.get_queryset().filter(email__iexact=letter.senders[0], is_robot=False)
    found: User | None = people.order_by("pk").first()
    return found


# Left alone -----------------------------------------------------------------------------------------------------


def _nobody_waits(message: Message, letter: Letter) -> Aside | None:
    if _is_own(letter):
        return Aside("leave_alone", Reason.OWN)
    if rules.is_bounce(letter):
        return _bounced(message, letter)
    if rules.is_automatic(letter):
        return Aside("leave_alone", Reason.AUTOMATIC)
    if (rules.is_bulk(letter) or rules.is_listed(letter)) and (aside := _to_many(message, letter)):
        return aside
    if rules.is_absence(letter):
        message.ticket = _their_ticket(message, letter)
        return Aside("set_aside", Reason.ABSENCE)
    before = Message.objects.filter(fingerprint=message.fingerprint, pk__lt=message.pk).exclude(
        fingerprint=""
    )
    if first := before.exclude(state=State.IGNORED).order_by("pk").first():
        message.ticket = first.ticket
        return Aside("leave_alone", Reason.REPEATED)
    return None


def _is_own(letter: Letter) -> bool:
    """With a Message-ID that only we can write, or from one of our own addresses.

    Groups write their own address over the sender's (DMARC): what came through one is somebody else's.
    """
    if threads.read(letter.message_id):
        return True
    return not rules.is_listed(letter) and any(_is_ours(sender) for sender in letter.senders)


def _is_ours(address: str) -> bool:
    patterns = [re.escape(ours).replace(r"\*", ".*") for ours in _our_addresses()]
    return any(re.fullmatch(pattern, address) for pattern in patterns)


def _our_addresses() -> list[str]:
    found = [text.address_in(settings.DEFAULT_FROM_EMAIL), text.address_in(settings.MAIL_IN_ADDRESS)]
    return [address for address in found if address]


def _to_many(message: Message, letter: Letter) -> Aside | None:
    """What went to many is left alone, unless somebody here wrote it or the list is our own: nobody is ignored unseen.

    A known person who writes to us through a list, a group or an answer in one is heard like everybody.
    """
    is_known = message.person is not None and message.person.is_active
    if is_known and _their_ticket(message, letter):
        return None
    if rules.is_listed(letter) and not rules.is_bulk(letter):
        if _is_our_list(letter):
            is_rewritten = any(_is_ours(s) or s in _plain_addresses() for s in letter.senders)
            return Aside("set_aside", Reason.SENDER_UNCLEAR, letter.name) if is_rewritten else None
        if is_known and _is_written_to_us(letter):
            return None
    return Aside("set_aside", Reason.LISTED) if is_known else Aside("leave_alone", Reason.BULK)


def _plain_addresses() -> list[str]:
    """Our addresses as people know them, without the place for a mark."""
    return [re.sub(r"[+.-]?\*", "", address) for address in _our_addresses()]


def _is_our_list(letter: Letter) -> bool:
    """A group that stands for the helpdesk: `List-Post` or `List-Id` name its address."""
    said = f"{letter.marks.get('list-post', '')} {letter.marks.get('list-id', '')}".lower()
    names = set(re.findall(r"[a-z0-9.!#$%&'*+/=?^_`{|}~@-]+", said.replace("mailto:", " ")))
    return any(names & {address, address.replace("@", ".")} for address in _plain_addresses())


def _is_written_to_us(letter: Letter) -> bool:
    return any(address in letter.to.lower() for address in _plain_addresses())


def _their_ticket(message: Message, letter: Letter) -> Ticket | None:
    """The request whose mark, written to this very person, stands in the letter."""
    marks = threads.read(f"{letter.addressed} {letter.replies_to} {letter.subject}")
    mine = [t.id for t in marks if t.type == TICKET and t.person_id == message.person_id]
    return Ticket.objects.filter(pk=mine[0]).first() if mine else None


def _bounced(message: Message, letter: Letter) -> Aside:
    """A letter of ours came back: those of IT who read its case see it there. A forged report knows no mark of ours."""
    report = letter.report
    assert report is not None
    about = [t for t in threads.read(report.original) if t.type == TICKET]
    message.ticket = Ticket.objects.filter(pk=about[0].id).first() if about else None
    if message.ticket is not None and report.action in ("failed", ""):
        facts = {"address": report.address or "?", "why": report.why or "?", "message": message.pk}
        events.record(MailEvent.BOUNCED, message.ticket, by=robot(), audience=Audience.STAFF, **facts)
    return Aside("leave_alone", Reason.BOUNCE, f"{report.address} {report.why}".strip())


# Taken in -------------------------------------------------------------------------------------------------------


def _take_in(message: Message, letter: Letter) -> None:
    if letter.trouble or not message.is_whole:
        raise Aside("give_up", Reason(letter.trouble) if message.is_whole else Reason.TOO_LARGE)
    person = _sender(message, letter)
    ticket = _answered(message, letter, person)
    _within_limits(message, person, ticket)
    with content(letter, language=person.language) as told:
        if not told.words and not letter.subject.strip():
            raise Aside("set_aside", Reason.EMPTY)
        try:
            comment = _answer(ticket, told, person, message) if ticket else None
            message.ticket = comment.ticket if comment else _open(ticket, told, person, message)
        except NotPossible as refusal:
            raise Aside("set_aside", Reason.REFUSED, str(refusal)) from None
        except PermissionDenied:
            raise Aside("set_aside", Reason.NOT_THEIRS) from None
    message.person, message.comment = person, comment
    fire(message, "take_in", by=robot())


def _sender(message: Message, letter: Letter) -> User:
    """The person whose address it is; a new one, if their domain is admitted."""
    if len(letter.senders) != 1 or letter.senders[0].startswith("?"):
        raise Aside("set_aside", Reason.SENDER_UNCLEAR, ", ".join(letter.senders)[:500])
    if message.person is None:
        return _entered(letter)
    if not message.person.is_active:
        raise Aside("set_aside", Reason.SENDER_CLOSED)
    _must_be_genuine(letter)
    return message.person


def _must_be_genuine(letter: Letter) -> None:
    """What our own mail server found to be forged waits for a person of IT (RFC 8601), whoever it claims to be."""
    domain = letter.senders[0].rpartition("@")[2]
    servers = settings.MAIL_IN_AUTHSERV_ID
    if said := authenticity.refuted(letter.authentication, servers=servers, domain=domain):
        raise Aside("set_aside", Reason.FORGED, f"{domain}: {said}")


def _entered(letter: Letter) -> User:
    """A person of an admitted domain gets an account without a password or a role: enough to ask and to be answered."""
    address = letter.senders[0]
    domain = address.rpartition("@")[2]
    admitted = (
        AdmittedDomain.objects.filter(domain__iexact=domain, is_active=True).select_related("branch").first()
    )
    if admitted is None or not admitted.branch.is_active:
        raise Aside("set_aside", Reason.SENDER_UNKNOWN)
    _must_be_genuine(letter)
    name = letter.name if letter.name and "@" not in letter.name else address.partition("@")[0]
    person = accounts.enrol(email=address, name=name[:100], branch=admitted.branch, password=None)
    facts = {"person": str(person), "domain": domain}
    events.record(MailEvent.ENTERED, person, by=robot(), audience=Audience.STAFF, **facts)
    return person


def _answered(message: Message, letter: Letter, person: User) -> Ticket | None:
    """The ticket that the letter belongs to, or None for something new."""
    marks = threads.read(f"{letter.addressed} {letter.replies_to} {letter.subject}")
    about = [t for t in marks if t.type == TICKET]
    mine = [t for t in about if t.person_id == person.pk]
    if about and not mine:
        message.ticket = Ticket.objects.filter(pk=about[0].id).first()
        raise Aside("set_aside", Reason.OTHERS_MARK)
    if mine:
        return _today(Ticket.objects.get(pk=mine[0].id))
    if before := _own_letter_before(letter, person):
        return _today(before)
    if marks or _OF_OURS.search(f"{letter.replies_to} {letter.subject}"):
        raise Aside("set_aside", Reason.UNPROVEN)
    return None


def _today(ticket: Ticket) -> Ticket:
    """A request that was joined with another one goes on there."""
    return ticket.merged_into or ticket


def _own_letter_before(letter: Letter, person: User) -> Ticket | None:
    """The request that this person opened with a letter which this one follows; nobody else's words join it so."""
    ids = re.findall(r"<[^<>\s]{1,248}>", letter.replies_to)[:100]
    before = Message.objects.filter(
        message_id__in=ids, person=person, state=State.ACCEPTED, ticket__requester=person
    )
    found = before.select_related("ticket").order_by("-pk").first() if ids else None
    return found.ticket if found else None


def _within_limits(message: Message, person: User, ticket: Ticket | None) -> None:
    """What is too much waits for somebody of IT. Every new request is acknowledged, so one sender gets few of them."""
    lately = Message.objects.taken_in(within=HOUR, until=message.received_at)
    mine = lately.filter(person=person)
    if mine.count() >= settings.MAIL_IN_SENDER_LIMIT:
        raise Aside("set_aside", Reason.SENDER_FLOOD)
    if ticket and lately.filter(ticket=ticket).count() >= settings.MAIL_IN_THREAD_LIMIT:
        message.ticket = ticket
        raise Aside("set_aside", Reason.THREAD_FLOOD)
    if not ticket and mine.filter(comment=None).count() >= settings.MAIL_IN_NEW_LIMIT:
        raise Aside("set_aside", Reason.NEW_FLOOD)


def _answer(ticket: Ticket, told: Content, person: User, message: Message) -> Comment | None:
    """An answer; None where the request has ended and its requester asks for something new."""
    if ticket.has_ended:
        if ticket.requester_id != person.pk:
            message.ticket = ticket
            raise Aside("set_aside", Reason.ENDED)
        return None
    return tickets.answer(
        ticket=ticket, text=told.words or told.title, quoted=told.quoted, uploads=told.uploads, by=person,
        channel=Channel.EMAIL, said_at=message.received_at,
    )  # fmt: skip


def _open(before: Ticket | None, told: Content, person: User, message: Message) -> Ticket:
    words = told.words or told.title
    if before is not None:
        with translation.override(person.language):
            words = (
                _("This answers %(number)s, which has ended.") % {"number": before.number} + "\n\n" + words
            )
    return tickets.open_ticket(
        kind=Kind.TROUBLESHOOTING, title=told.title, description=words, by=person, channel=Channel.EMAIL,
        asked_at=asked_at(message), uploads=told.uploads, details=details(message, told),
    )  # fmt: skip
