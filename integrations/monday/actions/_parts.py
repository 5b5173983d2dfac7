"""What the acts of the mirror share: the connection, the client, who is who. Calls go out between transactions only."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import robot
from accounts.models import User
from core import secrets
from events import actions as events
from events.enums import Audience
from events.subjects import Subject
from integrations.monday.client import TIMEOUT, Client
from integrations.monday.enums import LinkState, MondayEvent, Notice
from integrations.monday.limits import PLANS, State
from integrations.monday.mapping import Board
from integrations.monday.models import Connection, Difference, Link, MondayPerson, Remark
from integrations.monday.troubles import Blocked, Refused, Trouble, Wait

SUBJECT = "monday.connection"  # of what happens to the connection itself
PURPOSE = "monday-token"  # under which the token is sealed
MOST_ATTEMPTS = 12
LONGEST_WAIT = 300.0  # seconds
SPARE = 50  # calls of the day that new cards, and walks, leave for changes


def program() -> User:
    """The mirror itself, where no person acts."""
    return robot("monday")


def token_of(connection: Connection) -> str:
    """The token: of the environment, or the one that was typed, unsealed; "" without any."""
    if settings.MONDAY_TOKEN:
        return str(settings.MONDAY_TOKEN)
    sealed = connection.token_sealed
    return secrets.unseal(bytes(sealed), purpose=PURPOSE).decode() if sealed else ""


def ready() -> Connection | None:
    """The connection, if there is one that is switched on, with a board and a token."""
    connection = Connection.objects.current()
    return connection if connection is not None and is_ready(connection) else None


def is_ready(connection: Connection) -> bool:
    """Switched on, with a board and a token."""
    return connection.is_active and connection.is_mapped and bool(token_of(connection))


def without_board() -> str:
    """What is to be done where the board is not known yet; for the page, and for whoever switches the mirror on."""
    return str(_("There is no board yet. Choose one first, under Board and columns."))


@contextmanager
def client_of(connection: Connection, *, timeout: tuple[float, float] = TIMEOUT) -> Iterator[Client]:
    """A client whose budget and breaker live in the row: a process killed after a call has counted it."""

    def remember(state: State) -> None:
        connection.state = state.plain()
        Connection.objects.filter(pk=connection.pk).update(state=connection.state)

    with Client(
        token_of(connection), url=settings.MONDAY_API_URL, version=settings.MONDAY_API_VERSION,
        plan=PLANS[plan_of(connection)], state=State.of(connection.state), remember=remember, clock=timezone.now,
        timeout=timeout,
    ) as client:  # fmt: skip
        yield client


def plan_of(connection: Connection) -> str:
    """What the account may spend, by name."""
    return str(connection.plan or settings.MONDAY_PLAN)


def board_of(connection: Connection) -> Board:
    """The columns and labels as they are mapped."""
    return Board(connection.columns, connection.labels)


def numbers() -> dict[int, str]:
    """Who is which number on monday.com, by our keys."""
    return dict(MondayPerson.objects.values_list("user_id", "monday_id"))


def person_of(monday_id: str) -> User | None:
    """Whose account it is; None for nobody here, or somebody who has left."""
    found = (
        MondayPerson.objects.filter(monday_id=monday_id).select_related("user").first() if monday_id else None
    )
    return found.user if found and found.user.is_active else None


@transaction.atomic
def trouble(connection: Connection, problem: Trouble) -> None:
    """Keep for the page what went wrong with the whole connection; what only a person mends is also an event, once."""
    told, row = (
        f"{type(problem).__name__}: {problem.sentence}"[:1000],
        Connection.objects.filter(pk=connection.pk),
    )
    is_new = row.exclude(trouble=told).update(trouble=told, trouble_at=timezone.now())
    if is_new and isinstance(problem, Blocked):
        about = Subject(SUBJECT, connection.pk)
        events.record(MondayEvent.STOPPED, about, by=program(), audience=Audience.STAFF)


@transaction.atomic
def notice(connection: Connection, kind: Notice, what: Any) -> None:
    """Keep what is wrong with the board, and since when; nothing where `what` is empty. One does not hide another."""
    row = Connection.objects.select_for_update(of=("self",)).get(pk=connection.pk)
    kept = {name: told for name, told in row.notices.items() if name != kind}
    if what:
        was = row.notices.get(kind, {})
        at = was["at"] if was.get("what") == what else timezone.now().isoformat()
        kept[str(kind)] = {"what": what, "at": at}
    if kept != row.notices:
        row.notices = kept
        row.save(update_fields=["notices"])
    connection.notices = kept


def later(attempts: int) -> datetime:
    """When to try again after so many attempts: full jitter, so that many do not come at once."""
    return timezone.now() + timedelta(seconds=random.uniform(1, min(LONGEST_WAIT, 2.0**attempts)))  # noqa: S311 - no secret


def failed(link: Link, problem: Trouble) -> None:
    """One attempt more; what is refused, or has failed too often, waits for a person."""
    if isinstance(problem, Wait):
        link.due_at = timezone.now() + timedelta(seconds=problem.seconds or 1)
        return
    link.attempts += 1
    link.last_error = f"{type(problem).__name__}: {problem.sentence} {problem.request_id}".strip()[:2000]
    link.due_at = later(link.attempts)
    if isinstance(problem, Refused) or link.attempts >= MOST_ATTEMPTS:
        link.state = LinkState.DEAD


def touch(ticket_ids: Any, **also: Any) -> int:
    """Something of these requests is to be sent; what waits already keeps its place."""
    return Link.objects.filter(ticket__in=ticket_ids).update(version=F("version") + 1, **also)


def remark(*, item_id: str, link: Link | None, text: str, mark: str) -> None:
    """Words for below the card; the same mark twice is one remark."""
    Remark.objects.get_or_create(mark=mark, defaults={"item_id": item_id, "link": link, "text": text})


def finding(link: Link, **facts: Any) -> Difference:
    """Something to look at."""
    return Difference.objects.create(
        link=link,
        **{k: str(v or "")[:300] if k in ("ours", "theirs", "kept") else v for k, v in facts.items()},
    )


def said(problem: Trouble) -> str:
    """What monday.com answered, as a sentence."""
    return str(_("monday.com says: %(sentence)s") % {"sentence": problem.sentence})
