"""What is where, and whether it may change: as pages and the API show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.models import User
from core.times import date_text
from devflow.enums import RUNS, EnvironmentKind, Stage
from devflow.models import Deployment, DevelopmentRequest, Environment, Freeze, System, VersionCheck, Window
from devflow.models.systems import timetable_of
from devflow.querysets import DevelopmentRows, EnvironmentRows
from tickets.models import Ticket
from tickets.models.ticket import number_of


@dataclass(frozen=True)
class Place:
    """A server, the deployment that put there what runs (None while nothing runs), and what it says of itself."""

    server: Environment
    running: Deployment | None
    check: VersionCheck | None = None


def places(servers: EnvironmentRows) -> dict[int, list[Place]]:
    """The servers by the key of their system, each with what runs there; two questions, however many they are."""
    rows = list(servers.with_running().select_related("check_of").order_by("system", "pk"))
    running = _by_key(_running(row) for row in rows)
    found: dict[int, list[Place]] = {}
    for row in rows:
        found.setdefault(row.system_id, []).append(
            Place(row, running.get(_running(row)), getattr(row, "check_of", None))
        )
    return found


def running_of(request: DevelopmentRequest) -> list[Any]:
    """The servers on which a build of this request runs."""
    found = places(Environment.objects.filter(system=request.system_id)).get(request.system_id or 0, [])
    return [place for place in found if place.running and place.running.build.request_id == request.pk]


def _running(row: Any) -> int | None:
    """As `with_running` annotates it."""
    key: int | None = row.running_id
    return key


def _by_key(keys: Iterable[int | None]) -> dict[int | None, Deployment]:
    wanted = [key for key in keys if key is not None]
    rows: Any = (
        Deployment.objects.with_list_columns().filter(pk__in=wanted, result__in=RUNS) if wanted else []
    )
    return {row.pk: row for row in rows}


def releases(system: System) -> dict[str, Any]:
    """Whether Production may be released now (`always`: no window limits it); if not, why and when it may again."""
    now, table = timezone.now(), system.timetable
    frozen = table.frozen(now)
    return {
        "is_open": table.is_open(now),
        "always": not table.windows,
        "reason": frozen.reason if frozen else "",
        "opens_at": table.opens_at(now),
    }


def share_systems(rows: Iterable[DevelopmentRequest]) -> None:
    """Let rows of one system hold the same object, with its timetable read: two questions for all of them."""
    systems: dict[int, System] = {}
    for row in rows:
        if row.system is not None:
            row.system = systems.setdefault(row.system.pk, row.system)
    read_timetables(systems.values())


def read_timetables(found: Iterable[System]) -> None:
    """Of all these systems with two questions."""
    systems = {system.pk: system for system in found}
    windows = list(Window.objects.counting().filter(Q(system__in=systems) | Q(system=None)).order_by("pk"))
    freezes = list(Freeze.objects.counting().filter(Q(system__in=systems) | Q(system=None)).order_by("pk"))
    for system in systems.values():
        system.timetable = timetable_of(system.pk, windows, freezes)


# Others on the same system -----------------------------------------------------------------------------------------

NAMED = 5  # requests that one sentence names
_BUSY: dict[str, tuple[str, Any]] = {
    EnvironmentKind.TRIAL: (Stage.TRIAL, gettext_lazy("%(numbers)s is being worked on on Trial.")),
    EnvironmentKind.TRAINING: (
        Stage.TRAINING,
        gettext_lazy("%(numbers)s is being tested on Training by its users."),
    ),
    EnvironmentKind.PRODUCTION: (
        Stage.READY,
        gettext_lazy("%(numbers)s waits for its release to Production as well."),
    ),
}


def clashes(request: DevelopmentRequest, user: User, kind: str = "") -> list[str]:
    """What somebody should know before they plan, or deploy on the server of this kind: who else is on the system.

    Sentences, none where nobody is; requests that the reader may not see are counted, not named.
    """
    if request.system_id is None:
        return []
    others = DevelopmentRequest.objects.open().filter(system=request.system_id).exclude(pk=request.pk)
    found = []
    if kind:
        stage, sentence = _BUSY[kind]
        found.append(_said(others.filter(stage=stage), user, str(sentence)))
    ticket = request.ticket
    if ticket.start_date and ticket.finish_date:
        meeting = others.filter(
            ticket__start_date__lte=ticket.finish_date, ticket__finish_date__gte=ticket.start_date
        )
        found.append(
            _said(meeting, user, gettext("%(numbers)s is planned on the same system for the same days."))
        )
    return [said for said in found if said]


def plans_beside(*, ticket: Ticket, user: User) -> list[str]:
    """Before its days are planned: which days others have on the same system, the next ones first; answers
    `tickets.known_plans`. Requests that the reader may not see are not named.
    """
    request = DevelopmentRequest.objects.filter(ticket=ticket).select_related("system").first()
    if request is None or request.system is None:
        return []
    others = DevelopmentRequest.objects.open().filter(system=request.system).exclude(pk=request.pk)
    rows = list(others.planned_from(timezone.localdate())[:NAMED])
    seen = _seen([row.ticket_id for row in rows], user)
    sentence = gettext("%(number)s is planned on %(system)s from %(start)s to %(finish)s.")
    return [
        sentence
        % {
            "number": row.ticket.number if row.ticket_id in seen else gettext("Another request"),
            "system": request.system,
            "start": date_text(row.ticket.start_date),
            "finish": date_text(row.ticket.finish_date),
        }
        for row in rows
        if row.ticket.start_date and row.ticket.finish_date
    ]


def _said(rows: DevelopmentRows, user: User, sentence: str) -> str:
    keys = list(rows.order_by("ticket").values_list("ticket", flat=True)[: NAMED + 1])
    if not keys:
        return ""
    seen = _seen(keys, user)
    names = [number_of(key) for key in keys[:NAMED] if key in seen]
    if len(names) < len(keys):
        names.append(gettext("another one") if names else gettext("another request"))
    return sentence % {"numbers": ", ".join(names)}


def _seen(keys: list[int], user: User) -> set[int]:
    """Those of these requests that the reader may see, and so may read the number of."""
    return set(Ticket.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True))


def busy_systems(user: User) -> list[str]:
    """Before a system is chosen: which ones are being changed already, the busiest first."""
    rows = DevelopmentRequest.objects.open().exclude(system=None).order_by()
    counted = rows.values("system__name").annotate(
        open=Count("pk"), tested=Count("pk", filter=Q(stage=Stage.TRAINING))
    )
    return [
        ngettext(
            "%(system)s: %(open)d request is open on it, %(tested)d of them tested by users.",
            "%(system)s: %(open)d requests are open on it, %(tested)d of them tested by users.",
            row["open"],
        )
        % {"system": row["system__name"], "open": row["open"], "tested": row["tested"]}
        for row in counted.order_by("-open", "system__name")[:NAMED]
    ]
