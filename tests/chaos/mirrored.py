"""Runs inside the chaos product: what the act of monday.com needs of this side."""

import argparse
import json
import random
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from core.errors import NotPossible  # noqa: E402
from integrations.monday import actions  # noqa: E402
from integrations.monday.actions.making import make_place, plan_place  # noqa: E402
from integrations.monday.models import Batch, Connection, Link  # noqa: E402
from tests.cast import Cast  # noqa: E402
from tests.stages import Case  # noqa: E402
from tickets import actions as tickets  # noqa: E402
from tickets.enums import Kind, Priority  # noqa: E402
from tickets.models import Ticket  # noqa: E402


def main() -> None:
    """Do what was asked and print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["connect", "edit", "heal", "waits", "compare"])
    parser.add_argument("--people", default="{}", help="JSON: who is which number there")
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(json.dumps(globals()[asked.what](asked)))


def connect(asked: argparse.Namespace) -> dict[str, Any]:
    """A board, who is who, some accepted requests; the secret of the webhook's address."""
    settings.DOORBELL = False
    cast = Cast()
    by = cast.administrator
    connection = make_place(by=by, planned=plan_place(by=by, title=f"Chaos {time.time_ns()}"))
    for name, number in json.loads(asked.people).items():
        actions.keep_person(user=cast[name], monday_id=number, by=by)
    for _number in range(asked.requests):
        case = Case(cast, kind=Kind.DEVELOPMENT)
        for step in ("opened", "accepted"):
            getattr(case, step)()
    actions.keep_connection(by=by, is_active=True)
    return {"board": connection.board_id, "columns": connection.columns, "labels": connection.labels,
            "path": actions.webhook_url(connection=connection).removeprefix(settings.BASE_URL.rstrip("/"))}  # fmt: skip


def edit(asked: argparse.Namespace) -> dict[str, int]:
    """So long, about three times a second, somebody changes something here."""
    dice, until = random.Random(asked.seed), time.monotonic() + asked.seconds
    done = refused = 0
    pks = list(Ticket.objects.exclude(accepted_at=None).order_by("pk").values_list("pk", flat=True))
    while time.monotonic() < until:
        ticket = Ticket.objects.with_list_columns().get(pk=dice.choice(pks))
        try:
            _change(ticket, dice)
            done += 1
        except NotPossible:
            refused += 1
        time.sleep(dice.random() * 0.6)
    return {"done": done, "refused": refused}


def _change(ticket: Ticket, dice: random.Random) -> None:
    by, today = _person("it_manager"), timezone.localdate()
    way = dice.randrange(3)
    if way == 0:
        tickets.estimate(ticket=ticket, hours=Decimal(dice.randrange(1, 18)), reason="Chaos", by=by)
    elif way == 1:
        tickets.prioritise(ticket=ticket, priority=dice.choice(list(Priority)), reason="Chaos", by=by)
    else:
        start = today + timedelta(days=dice.randrange(20))
        tickets.plan(
            ticket=ticket, start_date=start, finish_date=start + timedelta(days=3), by=_person("agent")
        )


def _person(name: str) -> User:
    """Somebody of the cast that `connect` made."""
    return User.objects.get(email=f"{name}@kumala.example")


def heal(asked: argparse.Namespace) -> dict[str, Any]:
    """The administrator presses *Try now*, then *Compare both sides*."""
    actions.try_now(by=_person("administrator"))
    at = timezone.now()
    _compare()
    return {"at": at.isoformat()}


def _compare() -> None:
    """An operator asks for a walk; people wait between two of them, we do not."""
    Connection.objects.update(swept_at=timezone.now() - timedelta(days=1))
    actions.compare(by=_person("administrator"))


def waits(asked: argparse.Namespace) -> dict[str, Any]:
    """What is not sent, not read, not known."""
    connection = Connection.objects.get()
    told = {"changed": Link.objects.changed().count(), "dead": Link.objects.dead().count()}
    told |= {"calls": Batch.objects.count()}
    swept = connection.swept_at.isoformat() if connection.swept_at else ""
    return told | {"swept_at": swept, "trouble": connection.trouble}


def compare(asked: argparse.Namespace) -> dict[str, Any]:
    """Walk the board once more with its report: what differs. Then the mirror is switched off: others act after us."""
    _compare()
    for _attempt in range(20):
        if actions.sweep():
            break
        time.sleep(1)
    connection = actions.keep_connection(by=_person("administrator"), is_active=False)
    return {"differences": connection.report, "swept": connection.swept, "links": Link.objects.count()}


if __name__ == "__main__":
    main()
