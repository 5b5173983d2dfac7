"""Backups over the API. The actions are those of the pages, and so are the checks of what was typed."""

from typing import Any

from django.conf import settings
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from backups import actions, forms, rules, shapes, taking
from backups.enums import RestoreState, RunKind, RunState
from backups.models import BackupPolicy, MonthlyReport, Repository, Restore, Run, Snapshot, Target
from core.api import once
from core.endpoints import AsIs, Endpoints


def _checked(form_class: Any, row: Any, given: dict[str, Any]) -> Any:
    """What was sent, through the form of the page; facts that were not sent stay. Raises ValidationError."""
    known = {
        name: getattr(row, f"{name}_id" if name == "branch" else name) for name in form_class.Meta.fields
    }
    sent = {name: getattr(value, "pk", value) for name, value in given.items()}
    form = form_class(known | sent, instance=row)
    if not form.is_valid():
        raise serializers.ValidationError({name: list(errors) for name, errors in form.errors.items()})
    return form


@extend_schema_view(
    list=extend_schema(summary="The backup register, newest target first"),
    retrieve=extend_schema(summary="One target"),
)
class Targets(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Target]):
    """What must not be lost (SOP-B4.4.2)."""

    queryset = Target.objects.none()
    serializer_class = shapes.TargetShape

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Target.objects.visible_to(self.request.user).with_register_columns()

    @extend_schema(
        summary="Put a target on the register",
        request=shapes.TargetGiven,
        responses={201: shapes.TargetShape},
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager."""
        rules.only(rules.keeps, None, self.me)
        return self._kept(Target(), self.given(shapes.TargetGiven), 201)

    @extend_schema(summary="Change a target", request=shapes.TargetGiven, responses=shapes.TargetShape)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """By the IT Manager. Its kind stays."""
        row = self.get_object()
        rules.only(rules.keeps, row, self.me)
        sent = shapes.TargetGiven(row, data=request.data, partial=True, context=self.get_serializer_context())
        sent.is_valid(raise_exception=True)
        return self._kept(row, dict(sent.validated_data), 200)

    def _kept(self, row: Target, given: dict[str, Any], status: int) -> Response:
        form = _checked(forms.KeepTarget, row, given)
        kept = form.save(commit=False)
        actions.keep_target(target=kept, fields=form.changes(), given=form.given(), by=self.me)
        return self.shown(self.get_queryset().get(pk=kept.pk), status=status)

    @extend_schema(summary="Back up or drill now", request=shapes.RunAsked, responses={201: shapes.RunShape})
    @action(detail=True, methods=["post"])
    @once
    def run(self, request: Request, pk: str) -> Response:
        """As soon as nothing else is at work there."""
        rules.only(rules.starts, self.get_object(), self.me)
        kind = RunKind(self.given(shapes.RunAsked)["kind"])
        made = actions.ask_run(target=self.get_object(), kind=kind, by=self.me)
        return self.shown(made, shapes.RunShape, 201)

    @extend_schema(summary="A new reporting address", request=None, responses={201: shapes.PingShape})
    @action(detail=True, methods=["post"])
    @once
    def reporting(self, request: Request, pk: str) -> Response:
        """Shown this once; the former one counts no longer. Scripts post to it, to it with /start, and with /fail."""
        token = actions.issue_ping(target=self.get_object(), by=self.me)
        address = f"{settings.BASE_URL}/api/v1/backups/ping/{token}"
        return self.shown({"address": address}, shapes.PingShape, 201)


@extend_schema_view(
    list=extend_schema(summary="Places of copies, newest first"),
    retrieve=extend_schema(summary="One place of copies"),
)
class Repositories(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Repository]):
    """Directories, servers and object stores that hold copies."""

    queryset = Repository.objects.none()
    serializer_class = shapes.RepositoryShape

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Repository.objects.visible_to(self.request.user)

    @extend_schema(
        summary="Add a repository", request=shapes.RepositoryGiven, responses={201: shapes.RepositoryShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager. It is reached and made before it is put on record."""
        rules.only(rules.keeps, None, self.me)
        return self._kept(Repository(), self.given(shapes.RepositoryGiven), 201)

    @extend_schema(
        summary="Change a repository", request=shapes.RepositoryGiven, responses=shapes.RepositoryShape
    )
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """By the IT Manager. Its kind stays."""
        row = self.get_object()
        rules.only(rules.keeps, row, self.me)
        sent = shapes.RepositoryGiven(
            row, data=request.data, partial=True, context=self.get_serializer_context()
        )
        sent.is_valid(raise_exception=True)
        return self._kept(row, dict(sent.validated_data), 200)

    def _kept(self, row: Repository, given: dict[str, Any], status: int) -> Response:
        form = _checked(forms.KeepRepository, row, given)
        kept = form.save(commit=False)
        actions.keep_repository(repository=kept, fields=form.changes(), given=form.given(), by=self.me)
        return self.shown(kept, status=status)

    @extend_schema(summary="Check the store now", request=None, responses={201: shapes.RunShape})
    @action(detail=True, methods=["post"])
    @once
    def check(self, request: Request, pk: str) -> Response:
        """Structure, and the next part of the data read back."""
        made = actions.ask_check(repository=self.get_object(), by=self.me)
        return self.shown(made, shapes.RunShape, 201)


class PolicyFilter(filters.FilterSet):
    """Which policies a list shows."""

    target = filters.NumberFilter(field_name="target_id")


@extend_schema_view(
    list=extend_schema(summary="Backup policies, newest first"),
    retrieve=extend_schema(summary="One backup policy"),
)
class BackupPolicies(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[BackupPolicy]):
    """Daily, weekly, monthly (SOP-B4.4.2)."""

    queryset = BackupPolicy.objects.none()
    serializer_class = shapes.BackupPolicyShape
    filterset_class = PolicyFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return BackupPolicy.objects.visible_to(self.request.user).select_related("target", "repository")

    @extend_schema(
        summary="Add a policy", request=shapes.BackupPolicyGiven, responses={201: shapes.BackupPolicyShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager. Copies that do not lie apart from the main server need a reason."""
        rules.only(rules.keeps, None, self.me)
        made = actions.add_policy(by=self.me, **self.given(shapes.BackupPolicyGiven))
        return self.shown(made, status=201)

    @extend_schema(summary="End a policy", request=None, responses=shapes.BackupPolicyShape)
    @action(detail=True, methods=["post"])
    @once
    def end(self, request: Request, pk: str) -> Response:
        """It no longer runs; its copies stay."""
        return self.shown(actions.end_policy(policy=self.get_object(), by=self.me))


class RunFilter(filters.FilterSet):
    """Which runs a list shows."""

    target = filters.NumberFilter(field_name="target_id")
    repository = filters.NumberFilter(field_name="repository_id")
    kind = filters.MultipleChoiceFilter(choices=RunKind.choices)
    state = filters.MultipleChoiceFilter(choices=RunState.choices)


@extend_schema_view(
    list=extend_schema(summary="Backups, drills, checks and restores, newest first"),
    retrieve=extend_schema(summary="One run", responses=shapes.RunDetailShape),
)
class Runs(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Run]):
    """How they went, with progress, evidence and log."""

    queryset = Run.objects.none()
    serializer_class = shapes.RunShape
    filterset_class = RunFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        rows = Run.objects.visible_to(self.request.user).with_list_columns()
        return rows.prefetch_related("snapshots") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        """Lists are short; one run is told in full."""
        return shapes.RunDetailShape if self.action == "retrieve" else shapes.RunShape

    @extend_schema(
        summary="Restore a copy", request=shapes.RestoreGiven, responses={201: shapes.RestoreShape}
    )
    @action(detail=True, methods=["post"])
    @once
    def restore(self, request: Request, pk: str) -> Response:
        """Beside the source at once; over it the other of IT Manager and Database Manager must agree (SOP-A4)."""
        rules.only(rules.restores, self.get_object(), self.me)
        made = actions.ask_restore(source=self.get_object(), by=self.me, **self.given(shapes.RestoreGiven))
        return self.shown(made, shapes.RestoreShape, 201)

    @extend_schema(
        summary="A file out of a copy", filters=False, request=shapes.TakeGiven,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )  # fmt: skip
    @action(detail=True, methods=["post"], renderer_classes=[AsIs], pagination_class=None)
    def take(self, request: Request, pk: str) -> Any:
        """Written into the ledger before its first byte leaves."""
        run = self.get_object()
        rules.only(rules.restores, run, self.me)
        given = self.given(shapes.TakeGiven)
        rows = Snapshot.objects.visible_to(self.me).kept()
        rows = rows.select_related("run__target", "run__repository", "repository")
        snapshot = get_object_or_404(rows.filter(run=run), pk=given["snapshot"].pk)
        actions.note_download(snapshot=snapshot, path=given["path"], by=self.me)
        content = taking.stream(snapshot, given["path"])
        return StreamingHttpResponse(content, content_type="application/octet-stream")


class RestoreFilter(filters.FilterSet):
    """Which restores a list shows."""

    state = filters.MultipleChoiceFilter(choices=RestoreState.choices)


@extend_schema_view(
    list=extend_schema(summary="Restores, newest first"),
    retrieve=extend_schema(summary="One restore"),
)
class Restores(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Restore]):
    """Wishes to restore, who agreed, how they went."""

    queryset = Restore.objects.none()
    serializer_class = shapes.RestoreShape
    filterset_class = RestoreFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Restore.objects.visible_to(self.request.user).with_list_columns()

    @extend_schema(summary="Agree to a restore over its source", request=None)
    @action(detail=True, methods=["post"])
    @once
    def agree(self, request: Request, pk: str) -> Response:
        """The second word: of the other role, by another person."""
        return self.shown(actions.agree_restore(restore=self.get_object(), by=self.me))

    @extend_schema(summary="Refuse a restore", request=shapes.WhyNotGiven)
    @action(detail=True, methods=["post"])
    @once
    def refuse(self, request: Request, pk: str) -> Response:
        """Nothing is restored."""
        rules.only(rules.restores, self.get_object(), self.me)
        reason = self.given(shapes.WhyNotGiven)["reason"]
        return self.shown(actions.refuse_restore(restore=self.get_object(), reason=reason, by=self.me))


@extend_schema_view(
    list=extend_schema(summary="The Board's monthly reports on backups, newest first"),
    retrieve=extend_schema(summary="One monthly report on backups"),
)
class MonthlyReports(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[MonthlyReport]):
    """Frozen when the month was over. The sealed paper is the case file of `backups.monthlyreport`."""

    queryset = MonthlyReport.objects.none()
    serializer_class = shapes.MonthlyReportShape

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return MonthlyReport.objects.visible_to(self.request.user).with_readers()

    @extend_schema(summary="Acknowledge a monthly report on backups", request=None)
    @action(detail=True, methods=["post"])
    @once
    def acknowledge(self, request: Request, pk: str) -> Response:
        """By Director and Board, each for themselves."""
        actions.acknowledge_report(report=self.get_object(), by=self.me)
        return self.shown(self.get_queryset().get(pk=pk))
