"""The connection itself: settings, who is who, what the board looks like, and that it tells us what happens."""

from typing import Any
from urllib.parse import urlsplit

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
from integrations.monday.actions._parts import PURPOSE, SUBJECT, client_of, said, token_of
from integrations.monday.actions.marking import mark_people
from integrations.monday.client import Client
from integrations.monday.enums import Field, MondayEvent
from integrations.monday.limits import State
from integrations.monday.models import Batch, Connection, Link, MondayPerson, Remark
from integrations.monday.operations import WEBHOOK_EVENTS
from integrations.monday.troubles import Trouble

# What an administrator may set; the rest is found out.
SETTINGS = ("board_id", "plan", "is_active", "new_items", "mirrors_answers", "columns", "labels", "group_id")
# How troubles begin that last until the next look at the board.
LACKS, UNHEARD = "The board lacks: ", "monday.com cannot tell us what happens: "


def administrators_only(*, by: User) -> None:
    """Raises PermissionDenied for anybody who does not administer the product, and is none of its programs."""
    if not (by.is_robot or is_administrator(None, by)):
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
        raise NotPossible(
            _("Choose the board and its columns first: manage.py monday_setup makes or adopts them.")
        )
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
    if monday_id and not monday_id.isdecimal():
        raise NotPossible(_("An account on monday.com is a number."))
    if monday_id and MondayPerson.objects.filter(monday_id=monday_id).exclude(user=user).exists():
        raise NotPossible(_("This account is somebody else's already."))
    MondayPerson.objects.filter(user=user).delete()
    kept = MondayPerson.objects.create(user=user, monday_id=monday_id, name=name[:200]) if monday_id else None
    mark_people(user_id=user.pk)
    events.record(MondayEvent.MAPPED, user, by=by, audience=Audience.STAFF, account=name or monday_id or "–")
    return kept


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
        f"{Field(name).label}: {word}"
        for name, words in connection.labels.items() if name in columns
        for word, number in words.items() if not _has_label(found, columns[name], number)
    ]  # fmt: skip
    facts: dict[str, Any] = {"board_name": found.name[:255], "board_url": found.url[:200], "columns": columns}
    if gone or lacking:
        told = ", ".join([*(str(Field(name).label) for name in gone), *lacking])
        facts |= {"trouble": f"{LACKS}{told}", "trouble_at": timezone.now()}
    elif connection.trouble.startswith(LACKS):
        facts |= {"trouble": "", "trouble_at": None}
    Connection.objects.filter(pk=connection.pk).update(**facts)
    connection.columns, connection.trouble = columns, facts.get("trouble", connection.trouble)


def _has_label(board: operations.Board, column_id: str, number: Any) -> bool:
    column = board.column(column_id)
    return column is not None and any(
        str(label.id) == str(number) and not label.is_deactivated for label in column.labels
    )


def webhook_url(*, connection: Connection) -> str:
    """Where monday.com tells us what happened; nobody else can guess it."""
    return settings.BASE_URL.rstrip("/") + reverse("monday:webhook", args=[connection.webhook_secret])


def _is_reachable() -> bool:
    """Over HTTPS; in a demo also from a fake of monday.com on the same machine."""
    is_here = urlsplit(settings.MONDAY_API_URL).hostname in ("127.0.0.1", "localhost", "::1")
    return settings.BASE_URL.startswith("https://") or (settings.DEMO and is_here)


def watch(*, connection: Connection, client: Client) -> int:
    """Subscribe to whatever of the board is not subscribed to; the number of new webhooks.

    Only where the product is reachable: monday.com asks the address at once to prove itself.
    """
    if not _is_reachable():
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
