"""The inventory over the API. The actions are those of the pages."""

import json
from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import Given
from approvals.enums import ApprovalState
from approvals.shapes import ChallengeShape
from core.api import once
from core.endpoints import AsIs, Endpoints, download
from core.errors import PermissionDenied
from core.http import address_of
from events.models import Event
from events.shapes import EventShape
from inventory import actions, rules, shapes
from inventory.enums import (
    WARN_BEFORE,
    AssetState,
    CountState,
    Direction,
    Found,
    RenewableKind,
    RenewableState,
    TaskState,
)
from inventory.models import (
    Asset,
    AssetFile,
    AssetImport,
    AssetType,
    CountLine,
    Handover,
    ImportProblem,
    Installation,
    MaintenancePlan,
    MaintenanceTask,
    Renewable,
    RenewableFile,
    Room,
    SoftwareTitle,
    SoftwareVersion,
    StockTake,
)

_FILE = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


class AssetFilter(filters.FilterSet):
    """What the list can be asked for."""

    q = filters.CharFilter(method="words", label="Words of tag, serial number, name, maker, model or note.")
    state = filters.MultipleChoiceFilter(choices=AssetState.choices, label="In one of these states.")
    type = filters.NumberFilter(field_name="type_id", label="Of this type.")
    branch = filters.NumberFilter(field_name="branch_id", label="Of this branch.")
    room = filters.NumberFilter(field_name="room_id", label="In this room.")
    holder = filters.NumberFilter(field_name="holder_id", label="Held by this person.")
    parent = filters.NumberFilter(field_name="parent_id", label="Belonging to this asset.")
    tag = filters.CharFilter(field_name="tag", lookup_expr="iexact", label="With this tag.")
    serial = filters.CharFilter(field_name="serial", label="With this serial number.")
    due = filters.BooleanFilter(method="only_due", label="Only those whose verification is overdue.")

    def words(self, rows: Any, name: str, value: str) -> Any:
        """As the search of the page does it."""
        return rows.saying(value)

    def only_due(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the library calls it
        """Overdue now."""
        return rows.due_before(timezone.now()) if value else rows


@extend_schema_view(
    list=extend_schema(summary="Assets that one may see, newest first"),
    retrieve=extend_schema(summary="One asset, its files and its verbs", responses=shapes.AssetDetailShape),
)
class Assets(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Asset]):
    """What the group owns and uses (SOP-B4.1.1)."""

    queryset = Asset.objects.none()
    serializer_class = shapes.AssetShape
    filterset_class = AssetFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Asset.objects.visible_to(self.request.user).with_page_columns()

    def get_serializer_class(self) -> Any:
        """Lists are short; one asset is told in full."""
        return shapes.AssetShape if self.action == "list" else shapes.AssetDetailShape

    def _now(self, status: int = 200) -> Response:
        return self.shown(self.get_object(), shapes.AssetDetailShape, status)

    @extend_schema(
        summary="Register an asset", request=shapes.AssetGiven, responses={201: shapes.AssetDetailShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT staff of the branch. It begins in stock."""
        made = actions.register(by=self.me, **self.given(shapes.AssetGiven))
        self.kwargs["pk"] = made.pk
        return self._now(201)

    @extend_schema(summary="Change an asset", request=shapes.AssetChanged, responses=shapes.AssetDetailShape)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """By the IT staff of the branch. Each field that changes leaves an event with what stood there before."""
        actions.change(asset=self.get_object(), by=self.me, **self.given(shapes.AssetChanged))
        return self._now()

    @extend_schema(summary="Verify an asset", request=shapes.VerifyGiven, responses=shapes.AssetDetailShape)
    @action(detail=True, methods=["post"])
    @once
    def verify(self, request: Request, pk: str) -> Response:
        """By IT staff or the head of the branch: it exists, and is due again in six months (SOP-B4.1.1)."""
        actions.verify(asset=self.get_object(), by=self.me, **self.given(shapes.VerifyGiven))
        return self._now()

    @extend_schema(
        summary="Put an asset into use", request=shapes.UseGiven, responses=shapes.AssetDetailShape
    )
    @action(detail=True, methods=["post"], url_path="put-in-use", url_name="put-in-use")
    @once
    def put_in_use(self, request: Request, pk: str) -> Response:
        """By IT staff: where it goes, and to whom."""
        actions.put_in_use(asset=self.get_object(), by=self.me, **self.given(shapes.UseGiven))
        return self._now()

    def _move(self, name: str) -> Response:
        actions.move_state(
            asset=self.get_object(), move=name, by=self.me, **self.given(shapes.AssetReasonGiven)
        )
        return self._now()

    @extend_schema(
        summary="Take an asset into stock", request=shapes.StockGiven, responses=shapes.AssetDetailShape
    )
    @action(detail=True, methods=["post"], url_path="put-in-stock", url_name="put-in-stock")
    @once
    def put_in_stock(self, request: Request, pk: str) -> Response:
        """By IT staff. Nobody holds it any more."""
        given = self.given(shapes.StockGiven)
        actions.move_state(asset=self.get_object(), move="put_in_stock", by=self.me, **given)
        return self._now()

    @extend_schema(
        summary="Send an asset to repair", request=shapes.AssetReasonGiven, responses=shapes.AssetDetailShape
    )
    @action(detail=True, methods=["post"], url_path="send-to-repair", url_name="send-to-repair")
    @once
    def send_to_repair(self, request: Request, pk: str) -> Response:
        """By IT staff."""
        return self._move("send_to_repair")

    @extend_schema(
        summary="Declare an asset lost", request=shapes.AssetReasonGiven, responses=shapes.AssetDetailShape
    )
    @action(detail=True, methods=["post"], url_path="declare-lost", url_name="declare-lost")
    @once
    def declare_lost(self, request: Request, pk: str) -> Response:
        """By IT staff."""
        return self._move("declare_lost")

    @extend_schema(
        summary="Retire an asset", request=shapes.AssetReasonGiven, responses=shapes.AssetDetailShape
    )
    @action(detail=True, methods=["post"])
    @once
    def retire(self, request: Request, pk: str) -> Response:
        """By IT staff. It changes no more; its history stays."""
        return self._move("retire")

    @extend_schema(
        summary="History of an asset", responses=EventShape(many=True), filters=False,
        operation_id="assets_timeline_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"])
    def timeline(self, request: Request, pk: str) -> Response:
        """Who changed what, when; newest first."""
        asset = self.get_object()
        rows = Event.objects.about(asset).visible_to(self.me, branch_id=asset.branch_id)
        return self.listed(rows.with_list_columns(), EventShape)

    @extend_schema(
        summary="Software on an asset", responses=shapes.InstallationShape(many=True), filters=False,
        operation_id="assets_software_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"])
    def software(self, request: Request, pk: str) -> Response:
        """What was installed there when it was last heard of."""
        rows = Installation.objects.visible_to(self.me).current().filter(asset=self.get_object())
        return self.listed(rows.with_list_columns(), shapes.InstallationShape)

    @extend_schema(
        summary="Add a photo or a document", request={"multipart/form-data": shapes.AssetFileGiven},
        responses={201: shapes.AssetFileShape},
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    @once
    def files(self, request: Request, pk: str) -> Response:
        """By IT staff or the head of the branch."""
        asset = self.get_object()
        if not rules.may_verify(asset, self.me):
            raise PermissionDenied
        file = self.given(shapes.AssetFileGiven)["file"]
        added = actions.attach(asset=asset, name=file.name, file=file, by=self.me)
        return self.shown(added, shapes.AssetFileShape, 201)

    @extend_schema(
        summary="Download a file", responses=_FILE, filters=False,
        parameters=[OpenApiParameter("file", int, OpenApiParameter.PATH, description="The number of the file.")],
    )  # fmt: skip
    @action(
        detail=True, methods=["get"], url_path=r"files/(?P<file>\d+)", url_name="file", renderer_classes=[AsIs],
        pagination_class=None,
    )  # fmt: skip
    def file(self, request: Request, pk: str, file: str) -> FileResponse:
        """The file as it was added."""
        rows = AssetFile.objects.visible_to(self.me).filter(asset=self.get_object())
        row = get_object_or_404(rows, pk=file)
        return download(row.sha256, name=row.name, content_type=row.content_type)


@extend_schema_view(list=extend_schema(summary="Rooms of the branches whose inventory one sees"))
class Rooms(mixins.ListModelMixin, Endpoints[Room]):
    """Rooms of branches."""

    queryset = Room.objects.none()
    serializer_class = shapes.RoomShape

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Room.objects.visible_to(self.request.user).select_related("branch")

    @extend_schema(summary="Add a room", request=shapes.RoomGiven, responses={201: shapes.RoomShape})
    @once
    def create(self, request: Request) -> Response:
        """By the IT staff of the branch."""
        return self.shown(actions.keep_room(by=self.me, **self.given(shapes.RoomGiven)), status=201)

    @extend_schema(summary="Change a room", request=shapes.RoomChanged)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """By the IT staff of the branch."""
        room = self.get_object()
        given: dict[str, Any] = {"name": room.name, "is_active": room.is_active} | self.given(
            shapes.RoomChanged
        )
        return self.shown(actions.keep_room(room=room, branch=room.branch, by=self.me, **given))


@extend_schema_view(list=extend_schema(summary="Types of assets"))
class AssetTypes(mixins.ListModelMixin, Endpoints[AssetType]):
    """Types of assets with their own fields."""

    queryset = AssetType.objects.none()
    serializer_class = shapes.AssetTypeShape

    def get_queryset(self) -> Any:
        """All of them."""
        return AssetType.objects.visible_to(self.request.user)

    @extend_schema(
        summary="Add a type of asset", request=shapes.AssetTypeGiven, responses={201: shapes.AssetTypeShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager or an administrator."""
        made = AssetType(**self.given(shapes.AssetTypeGiven))
        return self.shown(actions.keep_type(type=made, fields=[], by=self.me), status=201)

    @extend_schema(summary="Change a type of asset", request=shapes.AssetTypeChanged)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """By the IT Manager or an administrator. What assets have in a field is never lost by it: see `keep_type`."""
        row, given = self.get_object(), self.given(shapes.AssetTypeChanged)
        for name, value in given.items():
            setattr(row, name, value)
        return self.shown(actions.keep_type(type=row, fields=sorted(given), by=self.me))


class HandoverFilter(filters.FilterSet):
    """Which hand-overs."""

    state = filters.ChoiceFilter(
        field_name="approval__state", choices=ApprovalState.choices, label="Whose form is in this state."
    )
    direction = filters.ChoiceFilter(choices=Direction.choices, label="To somebody, or back.")
    person = filters.NumberFilter(field_name="person_id", label="With this person.")
    asset = filters.NumberFilter(field_name="lines__asset_id", label="Of this asset.")


@extend_schema_view(
    list=extend_schema(summary="Hand-overs and returns, newest first"),
    retrieve=extend_schema(
        summary="One hand-over with its items", responses=shapes.HandoverDetailShape
    ),
)  # fmt: skip
class Handovers(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Handover]):
    """What changes hands between IT and a person, by their signature alone (SOP-B4.1.1)."""

    queryset = Handover.objects.none()
    serializer_class = shapes.HandoverShape
    filterset_class = HandoverFilter

    def get_queryset(self) -> Any:
        """One's own, and those of the branches that one keeps, heads or audits."""
        return Handover.objects.visible_to(self.request.user).with_list_columns()

    def get_serializer_class(self) -> Any:
        """Lists are short; one is told in full."""
        return shapes.HandoverShape if self.action == "list" else shapes.HandoverDetailShape

    @extend_schema(
        summary="Hand assets over", request=shapes.HandoverGiven, responses={201: shapes.HandoverDetailShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By IT staff of the branch. The person is asked to sign; nothing changes hands before that."""
        return self._recorded(actions.hand_over, self.given(shapes.HandoverGiven))

    @extend_schema(
        summary="Take assets back",
        request=shapes.HandoverBackGiven,
        responses={201: shapes.HandoverDetailShape},
    )
    @action(detail=False, methods=["post"], url_path="returns", url_name="returns")
    @once
    def give_back(self, request: Request) -> Response:
        """By IT staff of the branch. Who has them signs; or the IT Manager, who then says why."""
        return self._recorded(actions.take_back, self.given(shapes.HandoverBackGiven))

    def _recorded(self, act: Any, given: dict[str, Any]) -> Response:
        items = [actions.Item(**item) for item in given.pop("items")]
        if not rules.keeps_anywhere(None, self.me):
            raise PermissionDenied
        made = act(by=self.me, items=items, **given)
        return self.shown(made, shapes.HandoverDetailShape, status=201)


@extend_schema_view(list=extend_schema(summary="The six months, branch by branch", filters=False))
class Verification(Endpoints[Asset]):
    """How many assets of each branch are overdue, due within a month, and known by their agents (SOP-B4.1.1)."""

    queryset = Asset.objects.none()
    serializer_class = shapes.VerifiedBranchShape
    pagination_class = None

    def list(self, request: Request) -> Response:
        """Of the branches whose inventory the caller sees; `assets/?due=true` names them."""
        now = timezone.now()
        rows = Asset.objects.visible_to(self.me).kept().counted_by_branch(now, now + WARN_BEFORE)
        return Response(shapes.VerifiedBranchShape(sorted(rows, key=lambda r: r["branch"]), many=True).data)


class InstallationFilter(filters.FilterSet):
    """What is looked for."""

    q = filters.CharFilter(field_name="title__name", lookup_expr="istartswith", label="The title begins so.")
    title = filters.NumberFilter(field_name="title_id", label="This title.")
    version = filters.CharFilter(field_name="version", label="This version.")
    below = filters.CharFilter(method="compared", label="Of the `title`, versions older than this one.")
    at_least = filters.CharFilter(method="compared", label="Of the `title`, this version and newer ones.")
    branch = filters.NumberFilter(field_name="asset__branch_id", label="On assets of this branch.")

    def compared(self, rows: Any, name: str, value: str) -> Any:
        """Versions in their order: 1.10 comes after 1.9. Without a title nothing can be compared."""
        title = self.data.get("title", "")
        if not title.isdecimal() or len(title) > 18:
            return rows.none()
        how = {"below": "below", "at_least": "from"}[name]
        fitting = SoftwareVersion.objects.of(int(title)).compared(how, value[:100])
        return rows.filter(version__in=list(fitting.values_list("version", flat=True)))


@extend_schema_view(list=extend_schema(summary="What is installed where"))
class Installations(mixins.ListModelMixin, Endpoints[Installation]):
    """Installed software, as far as one sees the machines."""

    queryset = Installation.objects.none()
    serializer_class = shapes.InstallationShape
    filterset_class = InstallationFilter

    def get_queryset(self) -> Any:
        """Still installed when the machine was last heard of."""
        return Installation.objects.visible_to(self.request.user).current().with_list_columns()


class TitleFilter(filters.FilterSet):
    """Which programs."""

    q = filters.CharFilter(method="words", label="Words of name or publisher, or their beginnings.")

    def words(self, rows: Any, name: str, value: str) -> Any:
        """As the search of the page does it."""
        return rows.saying(value)


@extend_schema_view(
    list=extend_schema(summary="Software titles"), retrieve=extend_schema(summary="One software title")
)
class Titles(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[SoftwareTitle]):
    """Programs, as agents report them. For IT staff and auditors."""

    queryset = SoftwareTitle.objects.none()
    serializer_class = shapes.SoftwareShape
    filterset_class = TitleFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return SoftwareTitle.objects.visible_to(self.request.user)

    @extend_schema(
        summary="Versions of a title", responses=shapes.TitleVersionShape(many=True), filters=False,
        operation_id="software_titles_versions_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """On how many machines that one sees each version is installed, those on most of them first."""
        rows = Installation.objects.visible_to(self.me).current().filter(title=self.get_object())
        return Response(shapes.TitleVersionShape(rows.counted_by_version()[:1000], many=True).data)


class RenewableFilter(filters.FilterSet):
    """Which licences, contracts and certificates."""

    kind = filters.ChoiceFilter(choices=RenewableKind.choices, label="Of this kind.")
    state = filters.ChoiceFilter(choices=RenewableState.choices, label="In this state.")
    branch = filters.NumberFilter(field_name="branch_id", label="Of this branch.")
    ends_to = filters.DateFilter(field_name="ends_date", lookup_expr="lte", label="Running out on or before.")


@extend_schema_view(
    list=extend_schema(summary="Licences, contracts and certificates"),
    retrieve=extend_schema(summary="One licence, contract or certificate"),
)
class Renewables(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Renewable]):
    """What runs out and is renewed."""

    queryset = Renewable.objects.none()
    serializer_class = shapes.RenewableShape
    filterset_class = RenewableFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Renewable.objects.visible_to(self.request.user).with_list_columns()

    @extend_schema(
        summary="Write down a licence, contract or certificate", request=shapes.RenewableGiven,
        responses={201: shapes.RenewableShape},
    )  # fmt: skip
    @once
    def create(self, request: Request) -> Response:
        """By IT staff of the branch, or of the group where it has none."""
        return self.shown(actions.keep_renewable(by=self.me, **self.given(shapes.RenewableGiven)), status=201)

    @extend_schema(summary="Change a licence, contract or certificate", request=shapes.RenewableChanged)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """What is left out stays as it is."""
        given = self.given(shapes.RenewableChanged)
        return self.shown(actions.keep_renewable(renewable=self.get_object(), by=self.me, **given))

    @extend_schema(
        summary="Write down a certificate from its file", request={"multipart/form-data": shapes.CertificateGiven},
        responses={201: shapes.RenewableShape},
    )  # fmt: skip
    @action(detail=False, methods=["post"], url_path="certificates")
    @once
    def certificate(self, request: Request) -> Response:
        """PEM or DER, alone or with its chain. A file that holds a private key is refused."""
        if not rules.keeps_anywhere(None, self.me):
            raise PermissionDenied
        return self.shown(
            actions.keep_certificate(by=self.me, **self.given(shapes.CertificateGiven)), status=201
        )

    @extend_schema(
        summary="Read the new certificate of one", request={"multipart/form-data": shapes.AssetFileGiven},
        responses=shapes.RenewableShape,
    )  # fmt: skip
    @action(detail=True, methods=["post"], url_path="certificate", url_name="new-certificate")
    @once
    def new_certificate(self, request: Request, pk: str) -> Response:
        """Number, issuer, names and end are taken from the file. It must end later than the one before."""
        row = self.get_object()
        if not rules.keeps(row, self.me):
            raise PermissionDenied
        file = self.given(shapes.AssetFileGiven)["file"]
        return self.shown(actions.renew_certificate(renewable=row, file=file, by=self.me))

    @extend_schema(summary="Renew a licence, contract or certificate", request=shapes.RenewGiven)
    @action(detail=True, methods=["post"])
    @once
    def renew(self, request: Request, pk: str) -> Response:
        """Until a later day."""
        given = self.given(shapes.RenewGiven)
        return self.shown(actions.renew(renewable=self.get_object(), by=self.me, **given))

    @extend_schema(summary="No longer renew it", request=shapes.AssetReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def end(self, request: Request, pk: str) -> Response:
        """Nobody is warned of it any more."""
        given = self.given(shapes.AssetReasonGiven)
        return self.shown(actions.end_renewable(renewable=self.get_object(), by=self.me, **given))

    @extend_schema(
        summary="Add a document", request={"multipart/form-data": shapes.AssetFileGiven},
        responses={201: shapes.RenewableFileShape},
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    @once
    def files(self, request: Request, pk: str) -> Response:
        """By IT staff."""
        row = self.get_object()
        if not rules.keeps(row, self.me):
            raise PermissionDenied
        file = self.given(shapes.AssetFileGiven)["file"]
        (added,) = actions.attach_document(renewable=row, uploads=[(file.name, file)], by=self.me)
        return self.shown(added, shapes.RenewableFileShape, 201)

    @extend_schema(
        summary="Download a document", responses=_FILE, filters=False,
        parameters=[OpenApiParameter("file", int, OpenApiParameter.PATH, description="The number of the document.")],
    )  # fmt: skip
    @action(
        detail=True, methods=["get"], url_path=r"files/(?P<file>\d+)", url_name="file", renderer_classes=[AsIs],
        pagination_class=None,
    )  # fmt: skip
    def file(self, request: Request, pk: str, file: str) -> FileResponse:
        """The document as it was added."""
        rows = RenewableFile.objects.visible_to(self.me).filter(renewable=self.get_object())
        row = get_object_or_404(rows, pk=file)
        return download(row.sha256, name=row.name, content_type=row.content_type)


@extend_schema_view(list=extend_schema(summary="Maintenance plans that count"))
class Plans(mixins.ListModelMixin, Endpoints[MaintenancePlan]):
    """What is done how often on the assets of a type (SOP-B4.1.2)."""

    queryset = MaintenancePlan.objects.none()
    serializer_class = shapes.MaintenancePlanShape

    def get_queryset(self) -> Any:
        """Those that are not ended."""
        rows = MaintenancePlan.objects.visible_to(self.request.user).active().select_related("branch", "type")
        return rows.prefetch_related("workers")

    @extend_schema(
        summary="Add a maintenance plan",
        request=shapes.MaintenancePlanGiven,
        responses={201: shapes.MaintenancePlanShape},
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT Manager. At least once a month (SOP-B4.1.2)."""
        return self.shown(
            actions.keep_plan(by=self.me, **self.given(shapes.MaintenancePlanGiven)), status=201
        )

    @extend_schema(summary="Change a maintenance plan", request=shapes.MaintenancePlanChanged)
    @once
    def partial_update(self, request: Request, pk: str) -> Response:
        """By the IT Manager. What is left out stays; what is planned already stays to do."""
        plan = self.get_object()
        kept: dict[str, Any] = {
            "name": plan.name, "type": plan.type, "branch": plan.branch, "times_a_month": plan.times_a_month,
            "lines": plan.lines, "workers": list(plan.workers.all()),
        }  # fmt: skip
        return self.shown(
            actions.keep_plan(plan=plan, by=self.me, **(kept | self.given(shapes.MaintenancePlanChanged)))
        )

    @extend_schema(summary="End a maintenance plan", request=None)
    @action(detail=True, methods=["post"])
    @once
    def end(self, request: Request, pk: str) -> Response:
        """By the IT Manager. Nothing more is planned by it."""
        return self.shown(actions.end_plan(plan=self.get_object(), by=self.me))


class TaskFilter(filters.FilterSet):
    """Which maintenance."""

    state = filters.ChoiceFilter(choices=TaskState.choices, label="In this state.")
    assignee = filters.NumberFilter(field_name="assignee_id", label="Given to this person.")
    asset = filters.NumberFilter(field_name="asset_id", label="Of this asset.")
    due_to = filters.DateFilter(field_name="due_date", lookup_expr="lte", label="Due on or before.")


@extend_schema_view(
    list=extend_schema(summary="Maintenance of assets"),
    retrieve=extend_schema(summary="One maintenance task"),
)
class Tasks(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[MaintenanceTask]):
    """The maintenance of one asset in one period."""

    queryset = MaintenanceTask.objects.none()
    serializer_class = shapes.MaintenanceShape
    filterset_class = TaskFilter

    def get_queryset(self) -> Any:
        """Of the branches whose maintenance one sees."""
        return MaintenanceTask.objects.visible_to(self.request.user).with_list_columns()

    def _now(self) -> Response:
        return self.shown(self.get_object())

    @extend_schema(summary="Do the maintenance", request=shapes.MaintenanceDoneGiven)
    @action(detail=True, methods=["post"])
    @once
    def finish(self, request: Request, pk: str) -> Response:
        """By IT staff: an answer for every line. The asset is verified with it."""
        actions.finish_task(task=self.get_object(), by=self.me, **self.given(shapes.MaintenanceDoneGiven))
        return self._now()

    @extend_schema(summary="Drop a maintenance task", request=shapes.AssetReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def drop(self, request: Request, pk: str) -> Response:
        """By IT staff, with a reason."""
        actions.drop_task(task=self.get_object(), by=self.me, **self.given(shapes.AssetReasonGiven))
        return self._now()

    @extend_schema(summary="Give a maintenance task to somebody else", request=shapes.AssigneeGiven)
    @action(detail=True, methods=["post"])
    @once
    def reassign(self, request: Request, pk: str) -> Response:
        """By IT staff."""
        actions.reassign_task(task=self.get_object(), by=self.me, **self.given(shapes.AssigneeGiven))
        return self._now()


class TakeFilter(filters.FilterSet):
    """Which stock-takes."""

    state = filters.ChoiceFilter(choices=CountState.choices, label="In this state.")
    branch = filters.NumberFilter(field_name="branch_id", label="Of this branch.")


@extend_schema_view(
    list=extend_schema(summary="Stock-takes"), retrieve=extend_schema(summary="One stock-take")
)
class StockTakes(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[StockTake]):
    """Counting a branch or a room (SOP-B4.1.1)."""

    queryset = StockTake.objects.none()
    serializer_class = shapes.StockTakeShape
    filterset_class = TakeFilter

    def get_queryset(self) -> Any:
        """Of the branches in which one counts."""
        return StockTake.objects.visible_to(self.request.user).with_list_columns()

    def _now(self, status: int = 200) -> Response:
        return self.shown(self.get_object(), status=status)

    @extend_schema(
        summary="Start a stock-take", request=shapes.StockTakeGiven, responses={201: shapes.StockTakeShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By the IT staff or the head of the branch. What is registered there now is expected."""
        made = actions.open_take(by=self.me, **self.given(shapes.StockTakeGiven))
        self.kwargs["pk"] = made.pk
        return self._now(201)

    @extend_schema(
        summary="Lines of a stock-take", responses=shapes.CountLineShape(many=True), filters=False,
        operation_id="stock_takes_lines_list",
        parameters=[OpenApiParameter("result", str, enum=Found.values, description="Only those.")],
    )  # fmt: skip
    @action(detail=True, methods=["get"])
    def lines(self, request: Request, pk: str) -> Response:
        """What was expected, found, missing, unknown or belongs elsewhere."""
        rows = CountLine.objects.visible_to(self.me).filter(take=self.get_object())
        asked = request.query_params.get("result", "")
        rows = rows.filter(result=asked) if asked in Found.values else rows
        return self.listed(rows.with_list_columns(), shapes.CountLineShape)

    @extend_schema(summary="Scan a label", request=shapes.ScanGiven, responses=shapes.CountLineShape)
    @action(detail=True, methods=["post"])
    @once
    def scan(self, request: Request, pk: str) -> Response:
        """Safe to send again: the same `key` counts once."""
        line = actions.count(take=self.get_object(), by=self.me, **self.given(shapes.ScanGiven))
        return self.shown(line, shapes.CountLineShape)

    @extend_schema(summary="End the counting", request=None)
    @action(detail=True, methods=["post"])
    @once
    def end(self, request: Request, pk: str) -> Response:
        """What was not found is missing. The head of the branch is asked to sign."""
        actions.end_count(take=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(summary="Go on counting", request=shapes.AssetReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def reopen(self, request: Request, pk: str) -> Response:
        """Until it is signed."""
        actions.reopen_count(take=self.get_object(), by=self.me, **self.given(shapes.AssetReasonGiven))
        return self._now()

    @extend_schema(summary="Cancel a stock-take", request=shapes.AssetReasonGiven)
    @action(detail=True, methods=["post"])
    @once
    def cancel(self, request: Request, pk: str) -> Response:
        """It was opened by mistake."""
        actions.cancel_count(take=self.get_object(), by=self.me, **self.given(shapes.AssetReasonGiven))
        return self._now()

    @extend_schema(summary="Ask one's passkey", request=None, responses=ChallengeShape)
    @action(detail=True, methods=["post"], url_path="sign-challenge", url_name="sign-challenge")
    def sign_challenge(self, request: Request, pk: str) -> Response:
        """What the caller's passkey signs over the count as it stands: good once, for five minutes."""
        return Response(actions.ask_passkey(take=self.get_object(), by=self.me))

    @extend_schema(summary="Sign a stock-take", request=shapes.SignTakeGiven)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """By the head of the branch, over `content_hash`, with a fresh proof. Wrong ones are counted, so no key."""
        given = self.given(shapes.SignTakeGiven)
        answer = given["credential"]
        actions.prove_and_sign(
            take=self.get_object(), by=self.me, name=given["name"], shown=given["shown"],
            given=Given(given["password"], json.dumps(answer) if answer else ""),
            address=address_of(request), browser=request.headers.get("User-Agent", ""),
        )  # fmt: skip
        return self._now()


@extend_schema_view(
    list=extend_schema(summary="Files of assets that one uploaded"),
    retrieve=extend_schema(summary="One file of assets"),
)
class Imports(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[AssetImport]):
    """Tables of assets: uploaded, tried, and imported as a whole or not at all."""

    queryset = AssetImport.objects.none()
    serializer_class = shapes.AssetImportShape

    def get_queryset(self) -> Any:
        """One's own."""
        return AssetImport.objects.visible_to(self.request.user)

    @extend_schema(
        summary="Upload a file of assets", request={"multipart/form-data": shapes.AssetFileGiven},
        responses={201: shapes.AssetImportShape},
    )  # fmt: skip
    @once
    def create(self, request: Request) -> Response:
        """By IT staff. CSV in UTF-8, UTF-16 or Windows-1252, or an Excel workbook; the first row holds the headings."""
        if not rules.keeps_anywhere(None, self.me):
            raise PermissionDenied
        file = self.given(shapes.AssetFileGiven)["file"]
        return self.shown(actions.upload(name=file.name, file=file, by=self.me), status=201)

    @extend_schema(summary="Check the rows of a file", request=shapes.ImportColumnsGiven)
    @action(detail=True, methods=["post"])
    @once
    def check(self, request: Request, pk: str) -> Response:
        """Every row is tried and nothing is kept; the state is `checked` when that is done."""
        given = self.given(shapes.ImportColumnsGiven)
        defaults = {name: given[name].pk for name in ("type", "branch") if given.get(name)}
        job = actions.ask_check(
            job=self.get_object(), mapping=given["mapping"], mode=given["mode"],
            defaults=defaults | {"empties": given["empties"]}, by=self.me,
        )  # fmt: skip
        return self.shown(job)

    @extend_schema(summary="Import a file of assets", request=None)
    @action(detail=True, methods=["post"])
    @once
    def run(self, request: Request, pk: str) -> Response:
        """All rows or none; only a file that was checked and has nothing wrong."""
        return self.shown(actions.ask_import(job=self.get_object(), by=self.me))

    @extend_schema(summary="Cancel an import", request=None)
    @action(detail=True, methods=["post"])
    @once
    def cancel(self, request: Request, pk: str) -> Response:
        """The file is put aside."""
        return self.shown(actions.cancel_import(job=self.get_object(), by=self.me))

    @extend_schema(
        summary="What is wrong with rows of a file", responses=shapes.ImportProblemShape(many=True), filters=False,
        operation_id="asset_imports_problems_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"])
    def problems(self, request: Request, pk: str) -> Response:
        """As the last check found them."""
        rows = ImportProblem.objects.visible_to(self.me).filter(of=self.get_object())
        return self.listed(rows, shapes.ImportProblemShape)
