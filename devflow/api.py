"""Developments over the API: planning, hours, builds, deployments. The actions are those of the pages."""

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.shapes import ApprovalDetailShape
from core.api import once
from core.endpoints import Endpoints
from devflow import actions, shapes
from devflow.enums import EnvironmentKind, Stage
from devflow.models import (
    Build,
    CheckItem,
    Commit,
    Deployment,
    DevelopmentRequest,
    Environment,
    HourEntry,
    System,
)


@extend_schema_view(
    list=extend_schema(summary="Applications of the group"), retrieve=extend_schema(summary="One application")
)
class Systems(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[System]):
    """Applications and their servers."""

    queryset = System.objects.none()
    serializer_class = shapes.SystemShape

    def get_queryset(self) -> Any:
        """All of them, with the servers that the caller may see."""
        user = self.request.user
        servers = Prefetch("environments", Environment.objects.visible_to(user).order_by("pk"))
        return System.objects.visible_to(user).prefetch_related(servers)


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
        return self.listed(rows.select_related("person"), shapes.HourShape)

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
        actions.keep_checklist(request=self.get_object(), done=done, new=given["new"], by=self.me)
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

    @extend_schema(summary="Agree to an emergency fix", request=None, responses=shapes.BuildShape)
    @action(detail=True, methods=["post"])
    @once
    def agree(self, request: Request, pk: str) -> Response:
        """As the IT Manager, or as Database Manager or Director; never both, never who built it (SOP-A6)."""
        actions.agree_emergency(build=self.get_object(), by=self.me)
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
        deployment = actions.deploy(**given, kind=kind, scenarios=lines, by=self.me)
        return self.shown(deployment, status=201)
