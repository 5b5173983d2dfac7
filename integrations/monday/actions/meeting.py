"""A request and its card meet: field by field it is decided whose value counts, and what is to be written there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from events import actions as events
from events.enums import Audience
from integrations.monday import mapping
from integrations.monday.actions._parts import finding, person_of, program, remark
from integrations.monday.actions.taking import Refusal, take, turn_of
from integrations.monday.enums import SHARED, Field, LinkState, Matter, MondayEvent
from integrations.monday.mapping import Board, Card, Values
from integrations.monday.merge import Side, Verdict, judge
from integrations.monday.models import Link
from tickets.enums import Status
from tickets.models import Ticket

ECHO_LASTS = timedelta(minutes=2)  # a call of ours may still be at work there for a minute after we lost it
MOST_FLIPS, FLIPS_WITHIN = 6, timedelta(minutes=10)
NOT_ON_BOARD = (Status.REJECTED, Status.CANCELLED)
NAMED_WITHIN = timedelta(minutes=1)  # so long a change waits for the message that says whose it is
ASKED_WITHIN = timedelta(minutes=10)  # and so long for the board's log, where that does not answer
LOOK_AGAIN = timedelta(seconds=20)
# In this order, so that a raised estimate holds the start that was asked for with it (SOP-A5).
_ORDER = (Field.PRIORITY, Field.ESTIMATE, Field.START, Field.FINISH, Field.ASSIGNEE, Field.STATUS)


@dataclass
class Wanted:
    """What is to be written on a card: fields and their values, or that it is put away."""

    link: Link
    values: Values = field(default_factory=dict)
    people: list[dict[str, str]] = field(default_factory=list)
    key: str = ""
    away: bool = False
    version: int = 0

    def __bool__(self) -> bool:
        return bool(self.values) or self.away


@transaction.atomic
def meet(*, link: Link, item: Any, board: Board, people: Mapping[int, str]) -> Wanted:
    """Compare the request with its card as it was just read (None: it is nowhere), act on what people changed there."""
    link = Link.objects.lock(link)
    wanted = Wanted(link, version=link.version)
    ticket = Ticket.objects.select_related("requester", "assignee", "branch").get(pk=link.ticket_id)
    if link.state != LinkState.ACTIVE:
        return wanted
    card = mapping.card(item, board=board, base=link.base, others=link.others) if item is not None else None
    if card is None or not card.is_there:
        _lost(link, ticket)
        return wanted
    link.is_stale = False
    if ticket.status in NOT_ON_BOARD:
        wanted.away = True
        link.save()
        return wanted
    waiting = _merge(link, ticket, card, board, people)
    ticket = Ticket.objects.select_related("requester", "assignee", "branch").get(pk=link.ticket_id)
    ours = mapping.ours(ticket, board=board, people=people, base_url=settings.BASE_URL)
    wanted.values = {
        name: value for name, value in ours.items()
        if name in card.values and value != card.values[name] and name not in link.paused and name not in waiting
    }  # fmt: skip
    before = link.base.get(Field.ASSIGNEE)
    wanted.key, wanted.people = ticket.number, _people(wanted.values, card, before)
    link.others = mapping.others_of(card.people, before)
    if waiting:
        link.is_stale, link.due_at = True, _next_round(link, waiting)
    _agreed(link, wanted, link.version)
    return wanted


def _people(values: Values, card: Card, before: str | None) -> list[dict[str, str]]:
    if Field.ASSIGNEE not in values:
        return []
    return mapping.cell_of(values[Field.ASSIGNEE], before=before, cell=card.people)


def _agreed(link: Link, wanted: Wanted, version: int) -> None:
    """Without anything to write both sides are as they should be; else it is noted what leaves, before it leaves."""
    now = timezone.now()
    link.sent = [entry for entry in link.sent if now - datetime.fromisoformat(entry[2]) < ECHO_LASTS]
    if not wanted:
        link.sent_version, link.attempts, link.last_error, link.synced_at = version, 0, "", now
    else:
        link.sent += [[name, value, now.isoformat()] for name, value in wanted.values.items()]
    link.save()


def _lost(link: Link, ticket: Ticket) -> None:
    """Somebody archived or deleted the card. It is never made anew by itself; a person decides."""
    link.is_stale, link.sent_version = False, link.version
    if ticket.status in NOT_ON_BOARD:
        link.state = LinkState.ENDED
        link.save()
        return
    link.state = LinkState.GONE
    link.save()
    finding(link, matter=Matter.GONE, reason="")
    events.record(MondayEvent.GONE, ticket, by=program(), audience=Audience.STAFF)


# Field by field ----------------------------------------------------------------------------------------------------


def nameless(*, link: Link, item: Any, board: Board, people: Mapping[int, str]) -> Values:
    """What somebody wrote there, and by now no message will say who it was."""
    card = mapping.card(item, board=board, base=link.base, others=link.others)
    if link.state != LinkState.ACTIVE or not card.is_there:
        return {}
    ours = mapping.ours(link.ticket, board=board, people=people, base_url=settings.BASE_URL)
    return {
        name: told for name, told, verdict in _verdicts(link, card, board, ours)
        if verdict.side == Side.THEIRS and name in SHARED and not _author(link, name, told)
        and not _is_recent(card, name)
    }  # fmt: skip


def _verdicts(
    link: Link, card: Card, board: Board, ours: Values
) -> Iterator[tuple[str, str | None, Verdict]]:
    """Each field that both sides know and nobody stopped: its value there, and whose counts."""
    for name in board.fields():
        if name not in card.values or name in link.paused:
            continue
        told = card.values[name]
        verdict = judge(
            base=link.base.get(name), ours=ours[name], theirs=told, echoes=_echoes(link, name),
            ours_at=_at(link.ours_at.get(name)), theirs_at=_changed_at(link, card, name),
        )  # fmt: skip
        yield name, told, verdict


def _merge(link: Link, ticket: Ticket, card: Card, board: Board, people: Mapping[int, str]) -> set[str]:
    """The fields of which it is still to be found out whose change it was."""
    waiting: set[str] = set()
    ours = mapping.ours(ticket, board=board, people=people, base_url=settings.BASE_URL)
    theirs: dict[str, str | None] = {}
    for name, told, verdict in _verdicts(link, card, board, ours):
        if verdict.side == Side.THEIRS and _waits_for_name(link, card, name):
            waiting.add(name)
            continue
        if verdict.is_conflict:
            _conflict(link, ticket, name, ours[name], told, verdict.side)
        if verdict.side == Side.THEIRS or (verdict.is_conflict and name not in SHARED):
            theirs[name] = told
        if verdict.side != Side.SAME and (verdict.side == Side.THEIRS or verdict.is_conflict):
            _count_flip(link, ticket, name)
        link.base = link.base | {name: told}
    for names in _together(theirs, link):
        if not any(name in link.paused for name in names):
            _take(link, ticket, {name: theirs[name] for name in names}, ours)
    link.theirs = {name: fact for name, fact in link.theirs.items() if name in waiting}
    return waiting


def _waits_for_name(link: Link, card: Card, name: str) -> bool:
    """Nobody is known as the one who did it, and the message may still be on its way, or the log to be asked again."""
    if name not in SHARED or _author(link, name, card.values[name]):
        return False
    asked = _at(link.theirs.get(name, {}).get("asked"))
    return _is_recent(card, name) or (asked is not None and timezone.now() - asked < ASKED_WITHIN)


def _next_round(link: Link, waiting: set[str]) -> datetime:
    """When it is looked at again: each pause is as long as the log was asked for already, a few rounds in all."""
    now = timezone.now()
    asked = [at for name in waiting if (at := _at(link.theirs.get(name, {}).get("asked")))]
    if not asked:
        return now + LOOK_AGAIN
    pause, left = now - max(asked), max(asked) + ASKED_WITHIN - now
    return now + max(LOOK_AGAIN, min(pause, left))


def _is_recent(card: Card, name: str) -> bool:
    at = _at(card.changed.get(name) or card.changed_at)
    return at is not None and timezone.now() - at < NAMED_WITHIN


def _author(link: Link, name: str, value: str | None) -> str:
    """Their number of who is said to have given the field this very value; "" where nobody says so.

    A message that does not say which value, or not in a way that we know, may be about an earlier one: it names nobody.
    """
    said = reversed(link.theirs.get(name, {}).get("said", []))
    return next((str(fact["by"]) for fact in said if "value" in fact and fact["value"] == value), "")


def _together(theirs: Values, link: Link) -> list[list[str]]:
    """The fields one by one in the order in which they are acted upon; two days of one person as one act."""
    found = [[name] for name in theirs if name not in SHARED]
    both = [name for name in (Field.START, Field.FINISH) if name in theirs]
    same = len({_author(link, name, theirs[name]) for name in both}) == 1
    for name in _ORDER:
        if name in (Field.START, Field.FINISH) and len(both) == 2 and same:
            found += [[str(n) for n in both]] if name == Field.START else []
        elif name in theirs:
            found.append([str(name)])
    return found


def _take(link: Link, ticket: Ticket, changed: Values, ours: Values) -> None:
    authors = {_author(link, name, value) for name, value in changed.items()}
    by = person_of(authors.pop()) if len(authors) == 1 else None
    refusal = take(ticket=Ticket.objects.lock(ticket), changed=changed, by=by)
    if refusal is not None:
        _put_back(link, ticket, changed, ours, refusal, by)


def _put_back(
    link: Link, ticket: Ticket, changed: Values, ours: Values, refusal: Refusal, by: User | None
) -> None:
    """The card shows again what counts, with the reason and whose turn it is; the request says who wanted it."""
    name = next(iter(changed))
    wanted = " – ".join(mapping.shown(n, value) for n, value in changed.items())
    told = " – ".join(mapping.told_of(n, ours[n]) for n in changed)
    row = finding(
        link, matter=Matter.REFUSED, field=name, person=by, ours=told,
        theirs=wanted, reason=refusal.said,
    )  # fmt: skip
    events.record(
        MondayEvent.REFUSED, ticket, by=by or program(), audience=Audience.STAFF, field=name, wanted=wanted,
        reason=refusal.reason, rule=refusal.rule,
    )  # fmt: skip
    with translation.override(by.language if by else settings.LANGUAGE_CODE):
        said = _("%(field)s “%(wanted)s” was put back. %(reason)s %(turn)s") % {
            "field": Field(name).label, "wanted": wanted, "reason": refusal.said, "turn": turn_of(ticket=ticket),
        }  # fmt: skip
    remark(item_id=link.item_id, link=link, text=said.strip(), mark=f"finding-{row.pk}")


def _conflict(
    link: Link, ticket: Ticket, name: str, ours: str | None, theirs: str | None, side: Side
) -> None:
    kept = theirs if side == Side.THEIRS else ours
    by = person_of(_author(link, name, theirs))
    both = {
        "ours": mapping.told_of(name, ours),
        "theirs": mapping.shown(name, theirs),
        "kept": mapping.told_of(name, kept),
    }
    finding(link, matter=Matter.CONFLICT, field=name, person=by, **both)
    events.record(
        MondayEvent.CONFLICT, ticket, by=by or program(), audience=Audience.STAFF, field=name, **both
    )


def _count_flip(link: Link, ticket: Ticket, name: str) -> None:
    """Something changes it there again and again: from then on the field is left alone until a person lets it go on."""
    now = timezone.now()
    lately = [at for at in link.flips.get(name, []) if now - datetime.fromisoformat(at) < FLIPS_WITHIN]
    link.flips = link.flips | {name: [*lately, now.isoformat()]}
    if len(lately) >= MOST_FLIPS:
        link.paused = link.paused | {name: now.isoformat()}
        finding(link, matter=Matter.LOOP, field=name)
        events.record(MondayEvent.LOOPED, ticket, by=program(), audience=Audience.STAFF, field=name)


def _echoes(link: Link, name: str) -> list[str | None]:
    return [value for field_name, value, _at_ in link.sent if field_name == name]


def _changed_at(link: Link, card: Card, name: str) -> datetime | None:
    """When the field changed there: as the message said, as its column says, as the card says."""
    told = link.theirs.get(name, {}).get("at") or card.changed.get(name) or card.changed_at
    return _at(told)


def _at(told: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(told) if told else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=timezone.get_current_timezone())
