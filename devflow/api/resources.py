"""Developments over the API: planning, hours, builds, deployments. The actions are those of the pages."""

import json
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from approvals.shapes import ApprovalDetailShape, ChallengeShape
from core.api import once
from core.endpoints import Endpoints
from core.http import address_of
from devflow import actions, rules, shapes
from devflow.enums import EnvironmentKind, Stage
from devflow.models import (
    Build,
    CheckItem,
    Commit,
    Deployer,
    Deployment,
    DevelopmentRequest,
    Environment,
    Freeze,
    HourEntry,
    Release,
    System,
    Window,
)
from devflow.systems import places, releases


@extend_schema_view(
    list=extend_schema(summary="Applications of the group"), retrieve=extend_schema(summary="One application")
)
class Systems(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[System]):
    """Applications and their servers."""

    queryset = System.objects.none()
    serializer_class = shapes.SystemShape
    open_to_robots = ("list", "retrieve", "now")

    def get_queryset(self) -> Any:
        """All of them, with the servers that the caller may see."""
        user = self.request.user
        named = Prefetch(
            "deployers", Deployer.objects.visible_to(user).select_related("person").order_by("pk")
        )
        servers = Environment.objects.visible_to(user).prefetch_related(named).order_by("pk")
        owners = Prefetch("owners", User.objects.get_queryset().order_by("name", "pk"))
        return System.objects.visible_to(user).prefetch_related(Prefetch("environments", servers), owners)

    def _shown(self, system: System, status: int = 200) -> Response:
        return self.shown(self.get_queryset().get(pk=system.pk), shapes.SystemShape, status=status)

    @extend_schema(summary="Add a system", request=shapes.NewSystemGiven, responses={201: shapes.SystemShape})
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager or an administrator; at least one owner works in IT."""
        return self._shown(self._keep(System(), shapes.NewSystemGiven), status=201)

    @extend_schema(summary="Change a system", request=shapes.SystemGiven)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """By the IT Manager or an administrator. What is left out stays as it is."""
        return self._shown(self._keep(self.get_object(), shapes.SystemGiven))

    def _keep(self, system: System, shape: type[shapes.SystemGiven]) -> System:
        rules.keepers_only(system, self.me)
        sent = shape(data=self.request.data, context={**self.get_serializer_context(), "of": system.pk})
        sent.is_valid(raise_exception=True)
        facts = dict(sent.validated_data)
        owners = facts.pop("owners", None)
        changed = [name for name, value in facts.items() if getattr(system, name) != value]
        for name in changed:
            setattr(system, name, facts[name])
        people = list(system.owners.all()) if owners is None else owners
        return actions.keep_system(system=system, owners=people, fields=changed, by=self.me)

    @extend_schema(
        summary="Keep one server of a system", request=shapes.ServerGiven, responses=shapes.SystemShape
    )
    @action(detail=True, methods=["post"])
    @once
    def servers(self, request: Request, pk: str) -> Response:
        """By the IT Manager or an administrator: its addresses, and who may deploy there (SOP-B4.2.2)."""
        system, facts = self.get_object(), self.given(shapes.ServerGiven)
        kind = EnvironmentKind(facts.pop("kind"))
        named = facts.pop("deployers", None)
        if named is None:
            named = [d.person for s in system.environments.all() if s.kind == kind for d in s.deployers.all()]
        actions.keep_server(system=system, kind=kind, deployers=named, by=self.me, **facts)
        return self._shown(system)

    @extend_schema(summary="What runs where", responses=shapes.NowShape)
    @action(detail=True, methods=["get"])
    def now(self, request: Request, pk: str) -> Response:
        """The servers that the caller may see, each with the build that runs there."""
        system = self.get_object()
        found = places(Environment.objects.visible_to(request.user).filter(system=system))
        facts = {"system": system, "releases": releases(system), "servers": found.get(system.pk, [])}
        return self.shown(facts, shapes.NowShape)

    @extend_schema(
        summary="Release notes",
        parameters=[shapes.BetweenGiven],
        responses=shapes.NoteShape(many=True),
        filters=False,
        operation_id="systems_notes_list",
    )
    @action(detail=True, methods=["get"])
    def notes(self, request: Request, pk: str) -> Response:
        """By which builds requests are done that the caller may see, newest first."""
        asked = shapes.BetweenGiven(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = Deployment.objects.visible_to(request.user).done_on(self.get_object())
        return self.listed(rows.between(**asked.validated_data).with_list_columns(), shapes.NoteShape)

    @extend_schema(
        summary="Ask a server which version it runs",
        request=shapes.LookGiven,
        responses=shapes.VersionCheckShape,
    )
    @action(detail=True, methods=["post"])
    @once
    def look(self, request: Request, pk: str) -> Response:
        """By IT. The server is asked at once; otherwise every 15 minutes."""
        kind = self.given(shapes.LookGiven)["kind"]
        servers = Environment.objects.visible_to(request.user).select_related("system")
        server = get_object_or_404(servers, system=self.get_object(), kind=kind)
        return self.shown(actions.look_now(server=server, by=self.me), shapes.VersionCheckShape)


@extend_schema_view(list=extend_schema(summary="Release windows that count, newest first"))
class Windows(mixins.ListModelMixin, Endpoints[Window]):
    """Hours of the week in which Production may be released."""

    queryset = Window.objects.none()
    serializer_class = shapes.WindowShape

    def get_queryset(self) -> Any:
        """Those that count."""
        rows = Window.objects.visible_to(self.request.user).counting()
        return rows.select_related("system", "added_by")

    @extend_schema(
        summary="Add a release window", request=shapes.WindowGiven, responses={201: shapes.WindowShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager or an administrator. From the first window on nothing is released outside."""
        return self.shown(actions.add_window(by=self.me, **self.given(shapes.WindowGiven)), status=201)

    @extend_schema(summary="End a release window", request=None)
    @action(detail=True, methods=["post"])
    @once
    def end(self, request: Request, pk: str) -> Response:
        """By the IT Manager or an administrator; it stays on record."""
        return self.shown(actions.end_window(window=self.get_object(), by=self.me))


@extend_schema_view(list=extend_schema(summary="Freezes that count, newest first"))
class Freezes(mixins.ListModelMixin, Endpoints[Freeze]):
    """When nothing is released, like the closing of a month."""

    queryset = Freeze.objects.none()
    serializer_class = shapes.FreezeShape

    def get_queryset(self) -> Any:
        """Those that count."""
        rows = Freeze.objects.visible_to(self.request.user).counting()
        return rows.select_related("system", "added_by")

    @extend_schema(summary="Add a freeze", request=shapes.FreezeGiven, responses={201: shapes.FreezeShape})
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager or an administrator: two instants, or days of each month."""
        return self.shown(actions.add_freeze(by=self.me, **self.given(shapes.FreezeGiven)), status=201)

    @extend_schema(summary="End a freeze", request=None)
    @action(detail=True, methods=["post"])
    @once
    def end(self, request: Request, pk: str) -> Response:
        """By the IT Manager or an administrator; it stays on record."""
        return self.shown(actions.end_freeze(freeze=self.get_object(), by=self.me))


class DevelopmentFilter(filters.FilterSet):
    """Which developments a list shows."""

    ticket = filters.NumberFilter(field_name="ticket_id")
    stage = filters.MultipleChoiceFilter(choices=Stage.choices)
    system = filters.NumberFilter(field_name="system_id")


@extend_schema_view(
    list=extend_schema(summary="Developments that one may see, newest first"),
    retrieve=extend_schema(summary="One development and its gates", responses=shapes.DevelopmentDetailShape),
)
class Developments(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[DevelopmentRequest]):
    """The work behind accepted development tickets: Trial, Training, Production (SOP-A2)."""

    open_to_robots = ("list", "retrieve", "builds", "register_build")

    queryset = DevelopmentRequest.objects.none()
    serializer_class = shapes.DevelopmentShape
    filterset_class = DevelopmentFilter

    def get_queryset(self) -> Any:
        """Those of the tickets that the caller may see."""
        return DevelopmentRequest.objects.visible_to(self.request.user).with_list_columns()

    def get_serializer_class(self) -> Any:
        """Lists are short; one development shows its gates."""
        return shapes.DevelopmentShape if self.action == "list" else shapes.DevelopmentDetailShape

    def _now(self) -> Response:
        """The development as it stands after the act."""
        return self.shown(self.get_object(), shapes.DevelopmentDetailShape)

    @extend_schema(summary="Choose the system", request=shapes.PlanGiven)
    @action(detail=True, methods=["post"])
    @once
    def plan(self, request: Request, pk: str) -> Response:
        """Its three servers are where the work will run."""
        actions.plan(request=self.get_object(), by=self.me, **self.given(shapes.PlanGiven))
        return self._now()

    @extend_schema(summary="Start work on Trial", request=None)
    @action(detail=True, methods=["post"])
    @once
    def start(self, request: Request, pk: str) -> Response:
        """Allowed when it is accepted, estimated, and within what is approved (SOP-A1, SOP-A2, SOP-A5)."""
        actions.start(request=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(summary="Put the work on hold", request=shapes.HoldGiven)
    @action(detail=True, methods=["post"])
    @once
    def hold(self, request: Request, pk: str) -> Response:
        """It stands still, with the reason, until it is resumed; nothing is deployed meanwhile."""
        actions.hold(request=self.get_object(), by=self.me, **self.given(shapes.HoldGiven))
        return self._now()

    @extend_schema(summary="Let the work go on", request=None)
    @action(detail=True, methods=["post"])
    @once
    def resume(self, request: Request, pk: str) -> Response:
        """At the stage where it stood."""
        actions.resume(request=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(summary="End begun work", request=shapes.EndGiven)
    @action(detail=True, methods=["post"])
    @once
    def end(self, request: Request, pk: str) -> Response:
        """By the IT Manager, with the reason: tests and forms are withdrawn, booked hours stay (SOP-A1)."""
        actions.end(request=self.get_object(), by=self.me, **self.given(shapes.EndGiven))
        return self._now()

    @extend_schema(summary="Open the BRM form", request=None, responses=ApprovalDetailShape)
    @action(detail=True, methods=["post"], url_path="open-brm")
    @once
    def open_brm(self, request: Request, pk: str) -> Response:
        """The unfinished BRM of this development, or a new one filled with what is known (SOP-A5)."""
        return self.shown(actions.open_brm(request=self.get_object(), by=self.me), ApprovalDetailShape)

    @extend_schema(
        summary="Booked hours",
        responses=shapes.HourShape(many=True),
        filters=False,
        operation_id="developments_hours_list",
    )
    @action(detail=True, methods=["get"])
    def hours(self, request: Request, pk: str) -> Response:
        """Who worked how long on which day, newest first."""
        rows = HourEntry.objects.visible_to(request.user).filter(request=self.get_object())
        return self.listed(rows.with_list_columns(), shapes.HourShape)

    @extend_schema(summary="Book hours", request=shapes.HoursGiven, responses={201: shapes.HourShape})
    @hours.mapping.post
    @once
    def book_hours(self, request: Request, pk: str) -> Response:
        """Also while the work is held: what was done is done. Crossing the threshold holds it (SOP-A5)."""
        given = self.given(shapes.HoursGiven)
        entry = actions.book_hours(request=self.get_object(), by=self.me, **given)
        return self.shown(entry, shapes.HourShape, 201)

    @extend_schema(summary="Start one's timer", request=None, responses={201: shapes.TimerShape})
    @action(detail=True, methods=["post"])
    @once
    def timer(self, request: Request, pk: str) -> Response:
        """One runs at a time; after twelve hours it stops by itself and asks."""
        return self.shown(actions.start_timer(request=self.get_object(), by=self.me), shapes.TimerShape, 201)

    @extend_schema(summary="Stop one's timer", request=shapes.TimerGiven)
    @action(detail=True, methods=["post"], url_path="timer-stop")
    @once
    def timer_stop(self, request: Request, pk: str) -> Response:
        """What it counted is booked, or thrown away."""
        given = self.given(shapes.TimerGiven)
        if given.pop("drop"):
            actions.drop_timer(request=self.get_object(), by=self.me)
        else:
            actions.stop_timer(request=self.get_object(), by=self.me, **given)
        return self._now()

    @extend_schema(summary="Answer the risk questions", request=shapes.PrepareGiven)
    @action(detail=True, methods=["post"])
    @once
    def prepare(self, request: Request, pk: str) -> Response:
        """With the roll-back plan; asked before every release."""
        actions.prepare(request=self.get_object(), by=self.me, **self.given(shapes.PrepareGiven))
        return self._now()

    @extend_schema(
        summary="Checklist",
        responses=shapes.ChecklistLineShape(many=True),
        filters=False,
        operation_id="developments_checklist_list",
    )
    @action(detail=True, methods=["get"])
    def checklist(self, request: Request, pk: str) -> Response:
        """Its lines, newest first."""
        rows = CheckItem.objects.visible_to(request.user).filter(request=self.get_object())
        return self.listed(rows.select_related("done_by"), shapes.ChecklistLineShape)

    @extend_schema(
        summary="Tick and add lines", request=shapes.ChecklistGiven, responses=shapes.DevelopmentDetailShape
    )
    @checklist.mapping.post
    @once
    def keep_checklist(self, request: Request, pk: str) -> Response:
        """Lines that are not named as done are not done."""
        given = self.given(shapes.ChecklistGiven)
        done = set(given["done"])
        facts = {"new": given["new"], "of_system": given["of_system"]}
        actions.keep_checklist(request=self.get_object(), done=done, by=self.me, **facts)
        return self._now()

    @extend_schema(
        summary="Linked commits",
        responses=shapes.CommitShape(many=True),
        filters=False,
        operation_id="developments_commits_list",
    )
    @action(detail=True, methods=["get"])
    def commits(self, request: Request, pk: str) -> Response:
        """Those of its builds among them, newest first."""
        rows = Commit.objects.visible_to(request.user).filter(request=self.get_object())
        return self.listed(rows.select_related("added_by"), shapes.CommitShape)

    @extend_schema(summary="Link a commit", request=shapes.CommitGiven, responses={201: shapes.CommitShape})
    @commits.mapping.post
    @once
    def link_commit(self, request: Request, pk: str) -> Response:
        """Linking it twice changes nothing."""
        given = self.given(shapes.CommitGiven)
        row = actions.link_commit(request=self.get_object(), by=self.me, **given)
        return self.shown(row, shapes.CommitShape, 201)

    @extend_schema(
        summary="Builds",
        responses=shapes.BuildShape(many=True),
        filters=False,
        operation_id="developments_builds_list",
    )
    @action(detail=True, methods=["get"])
    def builds(self, request: Request, pk: str) -> Response:
        """Its builds and the gates before each server, newest first."""
        rows = Build.objects.visible_to(request.user).filter(request=self.get_object())
        return self.listed(rows.for_rules(), shapes.BuildShape)

    @extend_schema(summary="Register a build", request=shapes.BuildGiven, responses={201: shapes.BuildShape})
    @builds.mapping.post
    @once
    def register_build(self, request: Request, pk: str) -> Response:
        """A new version of the work, before it is deployed anywhere."""
        given = self.given(shapes.BuildGiven)
        build = actions.register_build(request=self.get_object(), by=self.me, **given)
        return self.shown(build, shapes.BuildShape, 201)


@extend_schema_view(retrieve=extend_schema(summary="Booked hours of one entry"))
class BookedHours(mixins.RetrieveModelMixin, Endpoints[HourEntry]):
    """Entries of booked hours; they are listed and booked under their development."""

    queryset = HourEntry.objects.none()
    serializer_class = shapes.HourShape

    def get_queryset(self) -> Any:
        """Those of the tickets that the caller may see."""
        rows = HourEntry.objects.visible_to(self.request.user)
        return rows.with_list_columns().select_related("request__ticket")

    @extend_schema(
        summary="Take booked hours back", request=shapes.TakeBackGiven, responses={201: shapes.HourShape}
    )
    @action(detail=True, methods=["post"], url_path="take-back")
    @once
    def take_back(self, request: Request, pk: str) -> Response:
        """By whoever booked them, on the same day, or by the IT Manager; alone by them once a BRM is asked (SOP-A5)."""
        given = self.given(shapes.TakeBackGiven)
        counter = actions.take_back_hours(entry=self.get_object(), by=self.me, **given)
        return self.shown(counter, shapes.HourShape, 201)


@extend_schema_view(retrieve=extend_schema(summary="One build and the gates before each server"))
class Builds(mixins.RetrieveModelMixin, Endpoints[Build]):
    """Versions of the work; they are listed and registered under their development."""

    queryset = Build.objects.none()
    serializer_class = shapes.BuildShape

    def get_queryset(self) -> Any:
        """Those of the tickets that the caller may see."""
        return Build.objects.visible_to(self.request.user).for_rules()

    @extend_schema(
        summary="Take a build out of Production",
        request=shapes.RollBackGiven,
        responses={201: shapes.DeploymentShape},
    )
    @action(detail=True, methods=["post"], url_path="roll-back")
    @once
    def roll_back(self, request: Request, pk: str) -> Response:
        """It was found bad: its development goes back to Trial, and an earlier build or nothing runs (SOP-A6)."""
        given = self.given(shapes.RollBackGiven)
        deployment = actions.roll_back(build=self.get_object(), by=self.me, **given)
        return self.shown(deployment, shapes.DeploymentShape, 201)

    @extend_schema(
        summary="Ask for an emergency fix", request=shapes.EmergencyGiven, responses=shapes.BuildShape
    )
    @action(detail=True, methods=["post"])
    @once
    def emergency(self, request: Request, pk: str) -> Response:
        """Two are asked to let the build go to Production before its UAT (SOP-A6)."""
        actions.ask_emergency(build=self.get_object(), by=self.me, **self.given(shapes.EmergencyGiven))
        return self.shown(self.get_object(), shapes.BuildShape)

    @extend_schema(summary="Ask one's passkey", request=None, responses=ChallengeShape)
    @action(detail=True, methods=["post"], url_path="agree-challenge")
    def agree_challenge(self, request: Request, pk: str) -> Response:
        """What the caller's passkey signs to agree to the emergency fix as it stands: good once, for five minutes."""
        return Response(actions.ask_passkey(build=self.get_object(), by=self.me))

    @extend_schema(
        summary="Agree to an emergency fix", request=shapes.AgreeGiven, responses=shapes.BuildShape
    )
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, pk: str) -> Response:
        """As the IT Manager, or as Database Manager or Director; never both, never who built it (SOP-A6).

        With a fresh proof over the `content_hash` that was read. A word counts for 24 hours. Nobody agrees twice, so
        this needs no Idempotency-Key. Wrong proofs are counted, five in five minutes, and stand in the history.
        """
        given = self.given(shapes.AgreeGiven)
        answer = given["credential"]
        actions.prove_and_agree(
            build=self.get_object(), by=self.me, shown_hash=given["shown_hash"], address=address_of(request),
            given=actions.Given(given["secret"], json.dumps(answer) if answer else ""),
            browser=request.headers.get("User-Agent", ""),
        )  # fmt: skip
        return self.shown(self.get_object(), shapes.BuildShape)

    @extend_schema(summary="Review an emergency fix", request=shapes.ReviewGiven, responses=shapes.BuildShape)
    @action(detail=True, methods=["post"])
    @once
    def review(self, request: Request, pk: str) -> Response:
        """The request is done when its UAT is signed and this is written (SOP-A6)."""
        actions.review_emergency(build=self.get_object(), by=self.me, **self.given(shapes.ReviewGiven))
        return self.shown(self.get_object(), shapes.BuildShape)


class DeploymentFilter(filters.FilterSet):
    """Which deployments a list shows."""

    development = filters.NumberFilter(field_name="build__request_id")
    build = filters.NumberFilter(field_name="build_id")
    environment = filters.ChoiceFilter(field_name="environment__kind", choices=EnvironmentKind.choices)


@extend_schema_view(list=extend_schema(summary="Deployments that one may see, newest first"))
class Deployments(mixins.ListModelMixin, Endpoints[Deployment]):
    """Builds put on servers: what a deployment script reports."""

    open_to_robots = ("list", "create")

    queryset = Deployment.objects.none()
    serializer_class = shapes.DeploymentShape
    filterset_class = DeploymentFilter

    def get_queryset(self) -> Any:
        """Those of the tickets that the caller may see."""
        rows = Deployment.objects.visible_to(self.request.user)
        return rows.select_related("build", "environment__system", "deployed_by")

    @extend_schema(
        summary="Record a deployment", request=shapes.DeploymentGiven, responses={201: shapes.DeploymentShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """Trial, then Training, then Production (SOP-A2); only the build whose UAT is signed is released (SOP-A6)."""
        given = self.given(shapes.DeploymentGiven)
        kind, lines = EnvironmentKind(given.pop("environment")), tuple(given.pop("scenarios"))
        with transaction.atomic():
            if new := given.pop("new", None):
                given["build"] = actions.register_build(by=self.me, **new)
            deployment = actions.deploy(**given, kind=kind, scenarios=lines, by=self.me)
        return self.shown(deployment, status=201)


class ReleaseFilter(filters.FilterSet):
    """Which releases a list shows."""

    development = filters.NumberFilter(field_name="build__request_id")
    build = filters.NumberFilter(field_name="build_id")
    version = filters.CharFilter(field_name="build__version")
    valid = filters.BooleanFilter(method="still_valid", label="Only those that count now.")

    def still_valid(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - as the package calls it
        """Neither run out nor taken back."""
        return rows.valid(timezone.now()) if value else rows


@extend_schema_view(list=extend_schema(summary="Releases that were given to robots, newest first"))
class Releases(mixins.ListModelMixin, Endpoints[Release]):
    """The word of the IT Manager that a robot may put a build on Production (SOP-A6)."""

    queryset = Release.objects.none()
    serializer_class = shapes.ReleaseShape
    filterset_class = ReleaseFilter
    open_to_robots = ("list",)

    def get_queryset(self) -> Any:
        """Those of the tickets that the caller may see."""
        rows = Release.objects.visible_to(self.request.user)
        return rows.select_related("build__request__ticket", "build__registered_by", "given_by")

    @extend_schema(
        summary="Give a release", request=shapes.ReleaseGiven, responses={201: shapes.ReleaseShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager who did not build it, for the build whose UAT is signed; three days at the most."""
        return self.shown(actions.give_release(by=self.me, **self.given(shapes.ReleaseGiven)), status=201)

    @extend_schema(summary="Take a release back", request=None)
    @action(detail=True, methods=["post"])
    @once
    def withdraw(self, request: Request, pk: str) -> Response:
        """By the IT Manager, before it was carried out."""
        return self.shown(actions.withdraw_release(release=self.get_object(), by=self.me))
