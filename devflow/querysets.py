"""Which developments, builds and deployments one may see: those of the tickets one may see."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import (
    BooleanField,
    Case,
    F,
    JSONField,
    OuterRef,
    Prefetch,
    Q,
    SmallIntegerField,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, JSONObject, TruncWeek
from django.utils import timezone

from accounts.enums import Role
from core.querysets import Rows
from devflow import gates
from devflow.enums import COLUMN_OF, WORD_COUNTS, Column, DeploymentResult, EnvironmentKind, Stage
from tickets.enums import OPEN, Priority, Status
from tickets.gates import same_purpose
from tickets.lists import ME, NOBODY
from tickets.models import Ticket

if TYPE_CHECKING:
    from devflow.models import (  # noqa: F401
        Build,
        CheckItem,
        Commit,
        Deployer,
        Deployment,
        DevelopmentRequest,
        EmergencyFix,
        Environment,
        Freeze,
        HourEntry,
        Release,
        System,
        SystemOwner,
        Timer,
        VersionCheck,
        Window,
    )


# As on the lists of requests, seen from the development.
_URGENCY = Case(
    When(ticket__priority=Priority.HIGH, then=3),
    When(ticket__priority=Priority.MEDIUM, then=2),
    When(ticket__priority=Priority.LOW, then=1),
    default=0,
    output_field=SmallIntegerField(),
)


def _midnight(day: date) -> datetime:
    """The first instant of a day where the reader is."""
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _planned(first: date, last: date) -> Q:
    """Plans that touch these days; one with one end only is a day."""
    return Q(ticket__start_date__lte=last, ticket__finish_date__gte=first) | (
        Q(ticket__start_date=None, ticket__finish_date__range=(first, last))
        | Q(ticket__finish_date=None, ticket__start_date__range=(first, last))
    )


def directed(user: Any) -> list[int | None]:
    """The branches whose Director this person is, or stands in for; None among them means all."""
    return [a.branch_id for a in user.authorities if a.role == Role.DIRECTOR]


def _model(name: str) -> Any:
    return apps.get_model("devflow", name)


def _servers_of(robot: Any) -> Any:
    """The servers on which a robot deploys."""
    return _model("Deployer").objects.filter(person=robot).values("environment")


def _requests(user: Any) -> Any:
    return _model("DevelopmentRequest").objects.visible_to(user)


class SystemRows(Rows["System"]):
    """Applications of the group."""

    def visible_to(self, user: Any) -> "SystemRows":
        """Everybody may know which applications there are."""
        return self

    def in_use(self) -> "SystemRows":
        """Still maintained."""
        return self.filter(is_active=True).order_by("name", "pk")

    def with_own_times(self) -> "SystemRows":
        """Those that have windows or freezes of their own."""
        windows, freezes = (
            Q(**{f"{name}__isnull": False, f"{name}__ended_at": None}) for name in ("windows", "freezes")
        )
        return self.filter(windows | freezes).distinct().order_by("name", "pk")

    def with_servers(self) -> "SystemRows":
        """Loads the servers and who may deploy there."""
        return self.prefetch_related("environments__deployers__person")


class OwnerRows(Rows["SystemOwner"]):
    """Who answers for which system."""

    def visible_to(self, user: Any) -> "OwnerRows":
        """Everybody may know whom to ask."""
        return self


class EnvironmentRows(Rows["Environment"]):
    """Servers of systems."""

    def visible_to(self, user: Any) -> "EnvironmentRows":
        """IT staff, auditors and administrators; robots where they deploy; testers get the address in their UAT."""
        if user.is_robot:
            return self.filter(deployers__person=user)
        return self if user.is_staff_member or user.is_staff else self.none()

    def to_be_looked_at(self, now: datetime) -> "EnvironmentRows":
        """Those that tell their version and were not asked for a while, the longest first."""
        rows = self.exclude(version_address="").filter(system__is_active=True)
        due = Q(check_of=None) | Q(check_of__due_at__lte=now)
        return rows.filter(due).order_by(F("check_of__due_at").asc(nulls_first=True), "pk")

    def with_running(self) -> "EnvironmentRows":
        """With `running_id`, the newest deployment there that changed something: what runs there now, if anything."""
        rows: Any = self.model._meta.apps.get_model("devflow", "Deployment").objects
        newest = rows.that_changed().filter(environment=OuterRef("pk")).order_by("-pk").values("pk")[:1]
        return self.annotate(running_id=Subquery(newest))


class DeployerRows(Rows["Deployer"]):
    """Who may deploy where."""

    def visible_to(self, user: Any) -> "DeployerRows":
        """As the servers; robots see themselves."""
        if user.is_robot:
            return self.filter(person=user)
        return self if user.is_staff_member or user.is_staff else self.none()


class ReleaseRows(Rows["Release"]):
    """Releases that the IT Manager has given."""

    def visible_to(self, user: Any) -> "ReleaseRows":
        """With their ticket; robots see those of the systems on which they deploy."""
        return self.filter(build__request__in=_requests(user))

    def valid(self, now: datetime) -> "ReleaseRows":
        """Neither run out nor taken back."""
        return self.filter(until_at__gt=now, withdrawn_at=None)


class VersionCheckRows(Rows["VersionCheck"]):
    """What servers say about their versions."""

    def visible_to(self, user: Any) -> "VersionCheckRows":
        """As the servers."""
        return self.filter(environment__in=_model("Environment").objects.visible_to(user))


class WindowRows(Rows["Window"]):
    """Hours of the week in which Production may be released."""

    def visible_to(self, user: Any) -> "WindowRows":
        """IT staff, auditors and administrators."""
        return self if user.is_staff_member or user.is_staff else self.none()

    def counting(self) -> "WindowRows":
        """Not ended."""
        return self.filter(ended_at=None)

    def of_system(self, key: int) -> "WindowRows":
        """Its own, and those of all systems, which count where it has none of its own."""
        return self.counting().filter(Q(system=key) | Q(system=None))


class FreezeRows(Rows["Freeze"]):
    """Days on which nothing is released."""

    def visible_to(self, user: Any) -> "FreezeRows":
        """IT staff, auditors and administrators."""
        return self if user.is_staff_member or user.is_staff else self.none()

    def counting(self) -> "FreezeRows":
        """Not ended."""
        return self.filter(ended_at=None)

    def of_system(self, key: int) -> "FreezeRows":
        """Its own and those of all systems: both count."""
        return self.counting().filter(Q(system=key) | Q(system=None))


class DevelopmentRows(Rows["DevelopmentRequest"]):
    """Developments."""

    def visible_to(self, user: Any) -> "DevelopmentRows":
        """With their ticket; robots see those of the systems on which they deploy."""
        if user.is_robot:
            return self.filter(system__environments__in=_servers_of(user)).distinct()
        return self.pointing_to(Ticket.objects.visible_to(user), "ticket")

    def open(self) -> "DevelopmentRows":
        """Neither done nor ended with their request."""
        return self.exclude(stage=Stage.DONE).filter(ticket__status__in=OPEN)

    def with_list_columns(self) -> "DevelopmentRows":
        """Loads what a list and the rules need."""
        return self.with_names().with_purpose().select_related("signed_build__registered_by")

    def with_names(self) -> "DevelopmentRows":
        """Loads what is shown where no rule is asked."""
        return self.select_related(
            "ticket__branch", "ticket__requester", "ticket__assignee", "ticket__accepted_by", "system"
        )

    def narrowed(
        self, *, by: Any, system: Any = "", branch: Any = "", assignee: Any = ""
    ) -> "DevelopmentRows":
        """Those of one system, branch or person; `me` and `none` stand for the reader and for nobody."""
        rows = self.filter(system=system) if system else self
        rows = rows.filter(ticket__branch=branch) if branch else rows
        if assignee == NOBODY:
            return rows.filter(ticket__assignee=None)
        return rows.filter(ticket__assignee=by.pk if assignee == ME else assignee) if assignee else rows

    def in_columns(self, done_after: datetime) -> "DevelopmentRows":
        """What the board shows: work that goes on, and what was done after this instant."""
        going_on = [stage for stage in (*COLUMN_OF, Stage.ON_HOLD) if stage != Stage.DONE]
        return self.filter(Q(stage__in=going_on) | Q(stage=Stage.DONE, stage_at__gte=done_after))

    def standing_in(self, stages: list[str]) -> "DevelopmentRows":
        """At one of these stages, or on hold there."""
        return self.filter(Q(stage__in=stages) | Q(stage=Stage.ON_HOLD, held_from__in=stages))

    def in_order_of_work(self) -> "DevelopmentRows":
        """What is not done first, then the most urgent, then the oldest."""
        done = Case(When(stage=Stage.DONE, then=1), default=0, output_field=SmallIntegerField())
        return self.order_by(done, _URGENCY.desc(), "pk")

    def worked_on(self, first: date, last: date, today: date) -> "DevelopmentRows":
        """Those whose planned or real work touches these days; what was done before them costs nothing."""
        begin, end = _midnight(first), _midnight(last + timedelta(days=1))
        touching = _planned(first, last) | Q(ticket__started_at__lt=end, ticket__finished_at__gte=begin)
        if first <= today:
            touching |= Q(ticket__started_at__lt=end, ticket__finished_at=None)
        return self.in_columns(begin).exclude(ticket__status=Status.CANCELLED).filter(touching)

    def planned_from(self, day: date) -> "DevelopmentRows":
        """Those whose planned days do not lie before this one, the next ones first, with their ticket."""
        rows = self.filter(ticket__start_date__isnull=False, ticket__finish_date__gte=day)
        return rows.select_related("ticket").order_by("ticket__start_date", "pk")

    def unplanned(self) -> "DevelopmentRows":
        """Work that goes on, or should, without any date."""
        return self.open().filter(ticket__start_date=None, ticket__finish_date=None, ticket__started_at=None)

    def still_to_do(self) -> Any:
        """Of each the person, the hours left of its estimate, and its planned first and last day."""
        left = F("ticket__estimate_hours") - F("booked_hours")
        finish = Coalesce("ticket__finish_date", "ticket__start_date")
        return self.order_by("pk").values_list("ticket__assignee_id", left, "ticket__start_date", finish)

    def plans_of(self, systems: set[int], first: date, last: date) -> Any:
        """What is planned on these systems in these days: system, key, ticket, first day, last day."""
        start = Coalesce("ticket__start_date", "ticket__finish_date")
        finish = Coalesce("ticket__finish_date", "ticket__start_date")
        planned = self.open().filter(_planned(first, last), system__in=systems)
        return planned.order_by("pk").values_list("system_id", "pk", "ticket_id", start, finish)

    def with_lane(self, by: str) -> "DevelopmentRows":
        """Adds `lane`: the name of the system, or of the person; empty where there is none."""
        name = "ticket__assignee__name" if by == "person" else "system__name"
        return self.annotate(lane=Coalesce(name, Value("")))

    def first_of_each(self, columns: list[Column], *, most: int) -> "DevelopmentRows":
        """The `most` that come first in each column of the board."""
        first, *others = (
            self.standing_in([stage for stage, its in COLUMN_OF.items() if its == column])
            .in_order_of_work()
            .values_list("pk")[:most]
            for column in columns
        )
        return self.filter(pk__in=first.union(*others, all=True))

    def with_purpose(self) -> "DevelopmentRows":
        """With what other requests of the same purpose add to each (SOP-A5), for all rows in the same question."""
        return self.annotate(summed=RawSQL(gates.PURPOSE, [], output_field=JSONField()))  # noqa: S611 - no input

    def of_same_purpose(self, ticket: Ticket) -> "DevelopmentRows":
        """Whose hours count together with those of the ticket, its own development among them, by number."""
        of_purpose = RawSQL(f"{same_purpose('%s')} SELECT id FROM purpose", [ticket.pk])  # noqa: S611 - a number
        return self.filter(ticket_id__in=of_purpose).order_by("ticket_id")

    def asks_brm(self, key: int) -> bool:
        """Whether a BRM of the purpose of this development is being written or decided on."""
        asked = RawSQL(gates.BRM_IS_ASKED, [], output_field=BooleanField())  # noqa: S611 - no input
        return bool(self.annotate(brm_is_asked=asked).values_list("brm_is_asked", flat=True).get(pk=key))


class BuildRows(Rows["Build"]):
    """Builds."""

    def visible_to(self, user: Any) -> "BuildRows":
        """With their ticket; a Director also where a second word is asked for, a robot where it deploys."""
        if user.is_robot:
            return self.filter(request__in=_requests(user))
        areas = directed(user)
        seen = Q(request__ticket__in=Ticket.objects.visible_to(user))
        if not areas:
            return self.filter(seen)
        here = Q() if None in areas else Q(request__ticket__branch_id__in=areas)
        return self.filter(seen | Q(emergency__isnull=False) & here)

    def to_restore(self, bad: "Build") -> "BuildRows":
        """What may run again in place of a bad build: released before on the same system and not taken back since."""
        released = self.filter(request__system=bad.request.system_id, reached="production").exclude(pk=bad.pk)
        return released.order_by("-pk")

    def for_rules(self) -> "BuildRows":
        """Loads what the gates look at."""
        developments: Any = self.model._meta.get_field("request").related_model
        requests = developments.objects.with_list_columns()
        fix = [f"emergency__{name}" for name in ("asked_by", "manager", "second", "reviewed_by")]
        return (
            self.with_trial()
            .select_related("registered_by", *fix)
            .prefetch_related(Prefetch("request", requests), "request__system__environments__deployers")
        )

    def with_trial(self) -> "BuildRows":
        """With what runs on the Trial server of its system now, as `Build.on_trial` says it."""
        server = _model("Environment").objects.filter(
            system=OuterRef(OuterRef("request__system")), kind=EnvironmentKind.TRIAL
        )
        said = JSONObject(build="build_id", version="build__version", request="build__request_id")
        newest = _model("Deployment").objects.that_changed().filter(environment=Subquery(server.values("pk")))
        return self.annotate(runs_on_trial=Subquery(newest.order_by("-pk").values(said=said)[:1]))


class EmergencyRows(Rows["EmergencyFix"]):
    """What went to Production before its UAT."""

    def visible_to(self, user: Any) -> "EmergencyRows":
        """With their build."""
        builds: Any = self.model._meta.get_field("build").related_model
        return self.filter(build__in=builds.objects.visible_to(user))

    def turn_of(self, user: Any) -> "EmergencyRows":
        """What waits for this person: a word on an emergency fix; for the IT Manager also what is still owed."""
        rows = self.visible_to(user).exclude(build__registered_by=user).with_list_columns().order_by("pk")
        asked = Q(due_date=None, build__reached="training", build__request__ticket__status__in=OPEN)
        mine, lapsed = Q(pk=None), timezone.now() - WORD_COUNTS
        if user.holds_anywhere(Role.IT_MANAGER):
            free = Q(manager=None) | Q(manager_agreed_at__lte=lapsed) & ~Q(second=user)
            mine |= asked & free | Q(due_date__isnull=False, settled_at=None)
        if user.holds_anywhere(Role.DB_MANAGER, Role.DIRECTOR):
            free = Q(second=None) | Q(second_agreed_at__lte=lapsed)
            mine |= asked & free & ~Q(manager=user)
        return rows.filter(mine)

    def to_settle(self) -> "EmergencyRows":
        """Released, and its UAT or its review is still owed; the oldest first."""
        return self.filter(due_date__isnull=False, settled_at=None).order_by("due_date", "pk")

    def with_list_columns(self) -> "EmergencyRows":
        """Loads what a list shows."""
        return self.select_related(
            "build__request__ticket", "build__request__system", "asked_by", "manager", "second", "reviewed_by"
        )


class DeploymentRows(Rows["Deployment"]):
    """Deployments."""

    def visible_to(self, user: Any) -> "DeploymentRows":
        """With their ticket; robots see those of the systems on which they deploy."""
        if user.is_robot:
            return self.filter(build__request__in=_requests(user))
        return self.pointing_to(Ticket.objects.visible_to(user), "build__request__ticket")

    def succeeded(self) -> "DeploymentRows":
        """Those that put a new build there."""
        return self.filter(result=DeploymentResult.SUCCEEDED)

    def that_changed(self) -> "DeploymentRows":
        """Those after which something else ran there, or nothing: failed tries aside."""
        return self.exclude(result=DeploymentResult.FAILED)

    def done_on(self, system: Any) -> "DeploymentRows":
        """The releases of a system by which requests are done: its signed builds on Production (SOP-A6)."""
        done = {"build__request__stage": Stage.DONE, "build": F("build__request__signed_build")}
        return self.succeeded().filter(
            environment__system=system, environment__kind=EnvironmentKind.PRODUCTION, **done
        )

    def between(
        self, *, since: date | None = None, until: date | None = None, after: str = "", up_to: str = ""
    ) -> "DeploymentRows":
        """Those of some days, both included, and after one version up to another; an unknown version bounds nothing."""
        rows = self.filter(deployed_at__date__gte=since) if since else self
        rows = rows.filter(deployed_at__date__lte=until) if until else rows
        first, last = (self.filter(build__version=name).order_by("-pk").first() for name in (after, up_to))
        rows = rows.filter(pk__gt=first.pk) if first else rows
        return rows.filter(pk__lte=last.pk) if last else rows

    def with_list_columns(self) -> "DeploymentRows":
        """Loads what a list of deployments shows."""
        return self.select_related("build__request__ticket", "environment__system", "deployed_by")

    def on_production(self, system_id: int | None) -> "DeploymentRows":
        """What was put on the Production server of a system or taken off it, newest first, failed tries aside."""
        return self.on_server(system_id, EnvironmentKind.PRODUCTION)

    def on_server(self, system_id: int | None, kind: EnvironmentKind) -> "DeploymentRows":
        """The same of any server of a system."""
        there = self.filter(environment__system=system_id, environment__kind=kind)
        return there.that_changed().order_by("-pk")


class TimerRows(Rows["Timer"]):
    """Timers."""

    def visible_to(self, user: Any) -> "TimerRows":
        """One's own, and those of the tickets whose internal notes one reads."""
        areas = user.note_areas
        return self if None in areas else self.filter(Q(person=user) | Q(request__ticket__branch__in=areas))

    def open_of(self, person: Any) -> "Timer | None":
        """The one timer of this person that runs, or that was forgotten and waits for their word."""
        return self.filter(person=person, closed_at=None).select_related("request__ticket").first()


class ChecklistRows(Rows["CheckItem"]):
    """Lines of checklists."""

    def visible_to(self, user: Any) -> "ChecklistRows":
        """With their ticket."""
        return self.pointing_to(Ticket.objects.visible_to(user), "request__ticket")


class CommitRows(Rows["Commit"]):
    """Commits."""

    def visible_to(self, user: Any) -> "CommitRows":
        """With their ticket."""
        return self.pointing_to(Ticket.objects.visible_to(user), "request__ticket")


class HourRows(Rows["HourEntry"]):
    """Booked hours."""

    def visible_to(self, user: Any) -> "HourRows":
        """With their ticket."""
        return self.pointing_to(Ticket.objects.visible_to(user), "request__ticket")

    def of_day(self, person: Any, day: date) -> Decimal:
        """How many hours a person has booked for one day, over all requests."""
        total = self.filter(person=person, date=day).aggregate(total=Sum("hours"))["total"]
        return total or Decimal(0)

    def with_list_columns(self) -> "HourRows":
        """Loads what a list shows: whose they are, and whether and by whom they were taken back."""
        return self.select_related("person", "taken_back_by", "counter__taken_back_by")

    def by_week(self, since: date) -> Any:
        """Since that day, for each person and week (its Monday) how many hours were booked."""
        rows = self.filter(date__gte=since).order_by().annotate(week=TruncWeek("date"))
        return (
            rows.values("person", "week").annotate(total=Sum("hours")).values_list("person", "week", "total")
        )
