"""The connection itself: settings, who is who, what the board looks like, and that it tells us what happens."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.rules import is_administrator
from core import secrets
from core.errors import NotPossible, PermissionDenied
from events import actions as events
from events.enums import Audience
from events.subjects import Subject
from integrations.monday import operations
from integrations.monday.actions._parts import (
    PURPOSE,
    SUBJECT,
    client_of,
    notice,
    program,
    said,
    token_of,
    without_board,
)
from integrations.monday.actions.marking import mark_people
from integrations.monday.client import Client
from integrations.monday.enums import MondayEvent, Notice
from integrations.monday.limits import State
from integrations.monday.models import Batch, Connection, Link, MondayPerson, Remark
from integrations.monday.operations import WEBHOOK_EVENTS
from integrations.monday.troubles import Trouble

# What an administrator may set; the rest is found out.
SETTINGS = ("board_id", "plan", "is_active", "new_items", "mirrors_answers", "columns", "labels", "group_id")
WHILE_SOMEBODY_WAITS = (
    3.0,
    10.0,
)  # seconds to connect, and for the answer, where a person sits before the page


def may_administer(*, by: User) -> bool:
    """Administrators, and the mirror itself; no other program, for programs hold tokens of the API."""
    return is_administrator(None, by) or (by.is_robot and by == program())


def administrators_only(*, by: User) -> None:
    """Raises PermissionDenied for anybody who does not administer the product, and is not the mirror itself."""
    if not may_administer(by=by):
        raise PermissionDenied


@transaction.atomic
def keep_connection(*, by: User, token: str | None = None, **facts: Any) -> Connection:
    """Change what an administrator may set; `token` is sealed (None: stays, "": is forgotten).

    The ledger names the fields. Raises PermissionDenied for others, NotPossible for a connection that is switched on
    without a board.
    """
    administrators_only(by=by)
    row = Connection.objects.current() or Connection.objects.create()
    row = Connection.objects.select_for_update(of=("self",)).get(pk=row.pk)
    changed = [name for name, value in facts.items() if name in SETTINGS and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, facts[name])
    if token is not None and (token or row.token_sealed):
        row.token_sealed = secrets.seal(token.encode(), purpose=PURPOSE) if token else None
        row.state = State.of(row.state).reopened().plain()
        changed.append("token")
    if row.is_active and not row.is_mapped:
        raise NotPossible(without_board())
    if changed:
        row.sweep_due_at = timezone.now()
        row.save()
        fields = ", ".join(sorted(changed))
        events.record(
            MondayEvent.KEPT, Subject(SUBJECT, row.pk), by=by, audience=Audience.STAFF, fields=fields
        )
    return row


@transaction.atomic
def keep_person(*, user: User, monday_id: str, by: User, name: str = "") -> MondayPerson | None:
    """Whose account on monday.com this is: what is changed there with it is an act of this person. "" forgets it.

    Raises PermissionDenied for everybody but administrators, NotPossible for an account that is somebody else's.
    """
    administrators_only(by=by)
    monday_id = monday_id.strip()
    held: MondayPerson | None = MondayPerson.objects.filter(user=user).first()
    if held and held.monday_id == monday_id:
        return held
    _can_be_kept(user, monday_id)
    MondayPerson.objects.filter(user=user).delete()
    kept = MondayPerson.objects.create(user=user, monday_id=monday_id, name=name[:200]) if monday_id else None
    mark_people(user_id=user.pk)
    events.record(MondayEvent.MAPPED, user, by=by, audience=Audience.STAFF, account=name or monday_id or "–")
    return kept


def _can_be_kept(user: User, monday_id: str) -> None:
    if monday_id and not (monday_id.isascii() and monday_id.isdecimal()):
        raise NotPossible(_("An account on monday.com is a number."))
    if monday_id and MondayPerson.objects.filter(monday_id=monday_id).exclude(user=user).exists():
        raise NotPossible(_("This account is somebody else's already."))


@dataclass(frozen=True)
class Entered:
    """An account as it is kept (None: forgotten), and what monday.com said of it."""

    person: MondayPerson | None
    is_checked: bool
    remark: str


def enter_person(*, user: User, monday_id: str, by: User) -> Entered:
    """Keep whose account it is, like `keep_person`, but ask monday.com first whether it has such a number, and whose.

    A typing error would make somebody else's changes the acts of this person. Where monday.com cannot be asked, the
    number is kept all the same, and the remark says so. Raises NotPossible also where nobody there has the number, or
    somebody with the address of another person here.
    """
    administrators_only(by=by)
    monday_id = monday_id.strip()
    _can_be_kept(user, monday_id)
    found, remark = _account(monday_id) if monday_id else (None, "")
    if found is not None:
        _is_nobody_else(found, user)
    person = keep_person(user=user, monday_id=monday_id, by=by, name=found.name if found else "")
    return Entered(person, is_checked=not monday_id or found is not None, remark=remark)


def _account(monday_id: str) -> tuple[operations.Person | None, str]:
    """Whose number it is there; None, and why, where monday.com cannot be asked."""
    connection = Connection.objects.current()
    if connection is None or not token_of(connection):
        return None, str(_("monday.com is not connected, so it was not asked whether it has this number."))
    try:
        with client_of(connection, timeout=WHILE_SOMEBODY_WAITS) as client:
            found = next(iter(operations.people_by_id(client, [monday_id])), None)
    except Trouble as problem:
        why = _("monday.com could not be asked whether it has this number: %(why)s")
        return None, str(why % {"why": problem.sentence})
    if found is None:
        raise NotPossible(
            _(
                "Nobody who is active on monday.com has the number %(number)s. It stands at the end of the address of"
                " the person's profile there."
            )
            % {"number": monday_id}
        )
    return found, str(_("On monday.com this is %(name)s.") % {"name": found.name})


def _is_nobody_else(found: operations.Person, user: User) -> None:
    """Raises NotPossible where the address of the account is another person's here."""
    everybody = User.objects.get_queryset().people().filter(is_active=True)
    other = everybody.filter(email__iexact=found.email).exclude(pk=user.pk).first() if found.email else None
    if other is not None and found.email.lower() != user.email.lower():
        raise NotPossible(
            _("On monday.com this is %(name)s, with the address of %(person)s here.")
            % {"name": found.name, "person": other.name}
        )


def match_people(*, by: User) -> int:
    """Find the accounts of our people on monday.com by their e-mail addresses; how many are new. Raises NotPossible
    while monday.com cannot be asked.
    """
    administrators_only(by=by)
    connection = _with_token()
    known = set(MondayPerson.objects.values_list("user_id", flat=True))
    people = {
        p.email.lower(): p
        for p in User.objects.get_queryset().people().filter(is_active=True)
        if p.pk not in known
    }
    made = 0
    try:
        with client_of(connection) as client:
            addresses = list(people)
            for start in range(0, len(addresses), 200):
                for found in operations.people_by_email(client, addresses[start : start + 200]):
                    made += _match(people, found, by)
    except Trouble as problem:
        raise NotPossible(said(problem)) from None
    return made


def _match(people: dict[str, User], found: operations.Person, by: User) -> int:
    user = people.get(found.email.lower())
    if user is None or MondayPerson.objects.filter(monday_id=found.id).exists():
        return 0
    keep_person(user=user, monday_id=found.id, name=found.name, by=by)
    return 1


def _with_token() -> Connection:
    connection = Connection.objects.current()
    if connection is None or not token_of(connection):
        raise NotPossible(_("monday.com is not connected: there is no token."))
    return connection


def try_now(*, by: User) -> str:
    """Close the breaker and ask monday.com who we are; the name of the user there.

    Raises NotPossible with its answer.
    """
    administrators_only(by=by)
    connection = _with_token()
    connection.state = State.of(connection.state).reopened().plain()
    Connection.objects.filter(pk=connection.pk).update(state=connection.state)
    _hurry()
    try:
        with client_of(connection) as client:
            me = operations.connection(client)
            facts: dict[str, Any] = {
                "own_id": me.user_id,
                "account_id": me.account_id,
                "trouble": "",
                "trouble_at": None,
            }
            Connection.objects.filter(pk=connection.pk).update(**facts)
            if connection.board_id:
                look(connection=connection, client=client)
    except Trouble as problem:
        raise NotPossible(said(problem)) from None
    return me.user_name


def _hurry() -> None:
    """What was put off, until midnight perhaps, is due now; but not the pause after which a lost card is made anew."""
    now = timezone.now()
    Link.objects.changed().filter(due_at__gt=now).update(due_at=now)
    Remark.objects.filter(sent_at=None, is_dead=False, due_at__gt=now).update(due_at=now)
    Batch.objects.filter(looked_at=None, due_at__gt=now).update(due_at=now)


def look(*, connection: Connection, client: Client) -> None:
    """Read the board again: what is no longer there, or was put away, is no longer mirrored, and the page says so."""
    found = operations.board(client, connection.board_id)
    gone = [name for name, column in connection.columns.items() if found.column(column) is None]
    columns = {name: column for name, column in connection.columns.items() if name not in gone}
    lacking = [
        [name, word]
        for name, words in connection.labels.items() if name in columns
        for word, number in words.items() if not _has_label(found, columns[name], number)
    ]  # fmt: skip
    facts: dict[str, Any] = {"board_name": found.name[:255], "board_url": found.url[:200], "columns": columns}
    Connection.objects.filter(pk=connection.pk).update(**facts)
    connection.columns = columns
    notice(connection, Notice.LACKS, [*([name, ""] for name in gone), *lacking])


def _has_label(board: operations.Board, column_id: str, number: Any) -> bool:
    column = board.column(column_id)
    return column is not None and any(
        str(label.id) == str(number) and not label.is_deactivated for label in column.labels
    )


def webhook_url(*, connection: Connection) -> str:
    """Where monday.com tells us what happened; nobody else can guess it."""
    return settings.BASE_URL.rstrip("/") + reverse("monday:webhook", args=[connection.webhook_secret])


def watch(*, connection: Connection, client: Client) -> int:
    """Subscribe to whatever of the board is not subscribed to; the number of new webhooks.

    Only where MONDAY_WEBHOOKS says that we can be reached: monday.com asks the address at once to prove itself.
    """
    if not settings.MONDAY_WEBHOOKS:
        return 0
    held = {hook.id: hook.event for hook in operations.webhooks(client, connection.board_id)}
    missing = [event for event in WEBHOOK_EVENTS if event not in held.values()]
    for event in missing:
        key = f"hook-{connection.pk}-{event}-{timezone.now():%Y%m%d%H%M}"
        url = webhook_url(connection=connection)
        made = operations.create_webhook(client, connection.board_id, event, url, key=key)
        held[made.id] = made.event
    Connection.objects.filter(pk=connection.pk).update(webhooks=sorted(held))
    return len(missing)
