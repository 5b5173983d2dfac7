"""Machines, their reports and keys over the API. The actions are those of the pages."""

from typing import Any

from django.http import FileResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import once, once_keeping_secret
from core.endpoints import AsIs, Endpoints, download
from core.errors import PermissionDenied
from integrations.agents import actions, rules, shapes
from integrations.agents.enums import WRONG_KINDS, Alarm, MachineState, Trouble
from integrations.agents.forms import branches_of
from integrations.agents.models import AgentKey, Machine, Report, Weakness


class MachineFilter(filters.FilterSet):
    """Which machines a list shows."""

    state = filters.MultipleChoiceFilter(choices=MachineState.choices)
    alarm = filters.MultipleChoiceFilter(choices=Alarm.choices)
    branch = filters.NumberFilter(field_name="branch_id")
    asset = filters.NumberFilter(field_name="asset_id")
    seen_before = filters.IsoDateTimeFilter(field_name="seen_at", lookup_expr="lt")
    wrong = filters.ChoiceFilter(
        choices=[(kind.value, kind.label) for kind in WRONG_KINDS], method="has_wrong", label="What is wrong"
    )
    q = filters.CharFilter(method="is_named", label="Name or serial number, or their beginning")

    def has_wrong(self, rows: Any, _name: str, value: str) -> Any:
        """With an open finding of that kind."""
        return rows.with_something_wrong(value)

    def is_named(self, rows: Any, _name: str, value: str) -> Any:
        """By name or serial number."""
        return rows.named(value)


@extend_schema_view(
    list=extend_schema(summary="Machines that agents told of, newest first"),
    retrieve=extend_schema(summary="One machine with what it told", responses=shapes.MachineDetailShape),
)
class Machines(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Machine]):
    """What inventory agents tell. For IT staff and auditors, within their branches."""

    queryset = Machine.objects.none()
    serializer_class = shapes.MachineShape
    filterset_class = MachineFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        rows = Machine.objects.visible_to(self.request.user)
        return rows.with_list_columns() if self.action == "list" else rows.with_page_columns()

    def get_serializer_class(self) -> Any:
        """Lists are short; one machine is told in full."""
        return shapes.MachineShape if self.action == "list" else shapes.MachineDetailShape

    @extend_schema(
        summary="What is wrong where", filters=False, responses=shapes.BranchSecurityShape(many=True)
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def security(self, request: Request) -> Response:
        """Of each branch: how many machines are admitted, and how many of them have what wrong (SOP-B4.2.2)."""
        machines = Machine.objects.visible_to(self.me).per_branch()
        rows = {
            b.pk: {"branch": b.pk, "machines": machines.get(b.pk, 0), "wrong": {}}
            for b in branches_of(self.me)
        }
        for branch, kind, count in Weakness.objects.visible_to(self.me).counted():
            if branch in rows:
                rows[branch]["wrong"][kind] = count
        return Response(shapes.BranchSecurityShape(rows.values(), many=True).data)

    @extend_schema(summary="Admit a machine", request=shapes.AdmitMachineGiven)
    @action(detail=True, methods=["post"])
    @once
    def admit(self, request: Request, pk: str) -> Response:
        """It stands for an asset; from now on its reports verify it (SOP-B4.1.1)."""
        return self._done(actions.admit, shapes.AdmitMachineGiven)

    @extend_schema(summary="Refuse a machine", request=shapes.MachineReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def refuse(self, request: Request, pk: str) -> Response:
        """It is not ours; its reports are kept and change nothing."""
        return self._done(actions.refuse, shapes.MachineReasonGiven)

    @extend_schema(summary="Let a machine wait again", request=shapes.MachineReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def reconsider(self, request: Request, pk: str) -> Response:
        """It was refused or admitted by mistake."""
        return self._done(actions.reconsider, shapes.MachineReasonGiven)

    @extend_schema(summary="Join a machine with another", request=shapes.JoinMachineGiven)
    @action(detail=True, methods=["post"])
    @once
    def join(self, request: Request, pk: str) -> Response:
        """Both are the same; what leads to this one leads to the other from now on."""
        return self._done(actions.join, shapes.JoinMachineGiven)

    @extend_schema(summary="Part a machine from the other again", request=shapes.MachineReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def part(self, request: Request, pk: str) -> Response:
        """They were not the same; it gets back what led to it."""
        return self._done(actions.part, shapes.MachineReasonGiven)

    @extend_schema(summary="Separate marks from a machine", request=shapes.SeparateGiven)
    @action(detail=True, methods=["post"])
    @once
    def separate(self, request: Request, pk: str) -> Response:
        """Some marks are those of another machine, which becomes one of its own."""
        return self._done(actions.separate, shapes.SeparateGiven)

    @extend_schema(summary="Settle the alarm about a machine", request=shapes.MachineReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def settle(self, request: Request, pk: str) -> Response:
        """Somebody looked: it is in order so."""
        return self._done(actions.settle_alarm, shapes.MachineReasonGiven)

    def _done(self, act: Any, shape: Any) -> Response:
        machine = self.get_object()
        act(machine=machine, by=self.me, **self.given(shape))
        return self.shown(self.get_object())


class FindingFilter(filters.FilterSet):
    """Which findings a list shows; without any filter also those that have ended."""

    kind = filters.MultipleChoiceFilter(choices=[(kind.value, kind.label) for kind in WRONG_KINDS])
    machine = filters.NumberFilter(field_name="machine_id")
    branch = filters.NumberFilter(field_name="machine__branch_id")
    open = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")


@extend_schema_view(list=extend_schema(summary="What is and was wrong with machines, newest first"))
class Findings(mixins.ListModelMixin, Endpoints[Weakness]):
    """Since when something is wrong, and until when it was (SOP-B4.2.2)."""

    queryset = Weakness.objects.none()
    serializer_class = shapes.WeaknessShape
    filterset_class = FindingFilter

    def get_queryset(self) -> Any:
        """Those of machines that the caller may see."""
        return Weakness.objects.visible_to(self.request.user)


class ReportFilter(filters.FilterSet):
    """Which reports a list shows."""

    machine = filters.NumberFilter(field_name="machine_id")
    trouble = filters.MultipleChoiceFilter(choices=Trouble.choices)


@extend_schema_view(
    list=extend_schema(summary="Reports as they came, newest first"),
    retrieve=extend_schema(summary="One report"),
)
class Reports(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Report]):
    """What agents sent. For IT staff and auditors, within their branches."""

    queryset = Report.objects.none()
    serializer_class = shapes.AgentReportShape
    filterset_class = ReportFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Report.objects.visible_to(self.request.user).with_list_columns()

    @extend_schema(
        summary="Bring a report from a machine without network",
        request={"multipart/form-data": shapes.ReportGiven}, responses={201: shapes.AgentReportShape},
    )  # fmt: skip
    @once
    def create(self, request: Request) -> Response:
        """By IT staff of the branch: a file that its agent wrote (JSON or XML). The same file is the same report."""
        if not rules.is_it_somewhere(None, self.me):
            raise PermissionDenied
        given = self.given(shapes.ReportGiven)
        ((report, _new),) = actions.bring(files=[given["file"]], branch=given["branch"], by=self.me)
        return self.shown(report, status=201)

    @extend_schema(summary="Read a report again", request=None)
    @action(detail=True, methods=["post"], url_path="read-again")
    @once
    def read_again(self, request: Request, pk: str) -> Response:
        """It was given up, or could not be used: what stood in its way may be gone."""
        actions.read_again(report=self.get_object(), by=self.me)
        return self.shown(self.get_object())

    @extend_schema(
        summary="The report as it came", filters=False,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )  # fmt: skip
    @action(detail=True, methods=["get"], renderer_classes=[AsIs], pagination_class=None)
    def raw(self, request: Request, pk: str) -> FileResponse:
        """Its bytes, compressed as the agent sent them."""
        report = self.get_object()
        return download(
            report.sha256, name=f"report-{report.pk}.bin", content_type="application/octet-stream"
        )


@extend_schema_view(list=extend_schema(summary="Keys for the agents of branches, newest first"))
class AgentKeys(mixins.ListModelMixin, Endpoints[AgentKey]):
    """For the IT Manager of the branch and administrators."""

    queryset = AgentKey.objects.none()
    serializer_class = shapes.AgentKeyShape

    def get_queryset(self) -> Any:
        """Those that the caller keeps."""
        return AgentKey.objects.visible_to(self.request.user)

    @extend_schema(summary="Issue a key", request=shapes.KeyGiven, responses={201: shapes.IssuedShape})
    @once_keeping_secret("password")
    def create(self, request: Request) -> Response:
        """A user name and a password for the agents of a branch; older keys stay valid until they are revoked.

        A repeated request issues no second key; its answer names the first one, without the password.
        """
        key, secret = actions.issue_key(by=self.me, **self.given(shapes.KeyGiven))
        key.password = secret  # type: ignore[attr-defined]
        return self.shown(key, shapes.IssuedShape, status=201)

    @extend_schema(summary="Revoke a key", request=None)
    @action(detail=True, methods=["post"])
    @once
    def revoke(self, request: Request, pk: str) -> Response:
        """From now on nobody reports with it."""
        return self.shown(actions.revoke_key(key=self.get_object(), by=self.me))
