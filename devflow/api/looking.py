"""Board, timeline, capacity and the auditor's reports over the API: the rows, the rules and the sums of the pages."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Role
from core.endpoints import Endpoints
from core.errors import PermissionDenied
from core.pages import Order
from core.paging import InOrder
from devflow import board, evasion, shapes, timeline
from devflow.enums import COLUMN_OF, Column
from devflow.models import DevelopmentRequest
from devflow.querysets import DevelopmentRows
from devflow.workload import workload

NARROW = [
    OpenApiParameter("system", int, description="Of this system."),
    OpenApiParameter("branch", int, description="Of this branch."),
    OpenApiParameter("assignee", str, description="Of this person by their number, `me`, or `none`."),
]


class Looking(Endpoints[DevelopmentRequest]):
    """Ways of looking at the developments that the caller may see; nothing is changed by them."""

    queryset = DevelopmentRequest.objects.none()
    serializer_class = shapes.DevelopmentShape

    def rows(self) -> DevelopmentRows:
        """Those that are asked for, of those that the caller may see."""
        asked = shapes.NarrowGiven(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return DevelopmentRequest.objects.visible_to(self.me).narrowed(by=self.me, **asked.validated_data)


class Board(Looking):
    """The four columns of SOP-A3."""

    @extend_schema(
        summary="The board of developments", parameters=NARROW, responses=shapes.BoardShape, filters=False
    )
    def list(self, request: Request) -> Response:
        """The columns with the first cards of each, what is not done first, then the most urgent, then the oldest.

        Each card says for every other column whether the caller may move it there now, by which verb, or why not.
        """
        rows = board.on_board(self.rows(), timezone.now())
        cards, counts = board.first_cards(rows), board.counted(rows)
        moves = board.moves(cards, self.me)
        for card in cards:
            card.moves = moves[card.pk]  # type: ignore[attr-defined]
        columns = [
            {
                "column": column,
                "count": counts[column],
                "cards": [card for card in cards if COLUMN_OF[card.place] == column],
            }
            for column in Column
        ]
        return self.shown({"columns": columns}, shapes.BoardShape)


class ByLane(InOrder):
    """A page of the timeline is as long as that of the page."""

    page_size = 60


class Timeline(Looking):
    """Twelve weeks of planned and real work, by system or by person."""

    pagination_class = ByLane
    order = Order("lane", descending=False)

    @extend_schema(
        summary="The timeline of developments",
        parameters=[
            *NARROW,
            OpenApiParameter("by", str, enum=timeline.BY, description="Ordered by system (the usual) or by person."),
            OpenApiParameter("from", str, description="A day of the first week, usually two weeks ago."),
        ],
        responses=shapes.BarShape(many=True),
        filters=False,
        operation_id="development_timeline_list",
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        """Work that touches these twelve weeks, with other plans on the same system and days."""
        asked = shapes.TimelineGiven(data={"by": request.query_params.get("by", timeline.BY[0])})
        asked.is_valid(raise_exception=True)
        today = timezone.localdate()
        window = timeline.window_from(request.query_params.get("from", ""), today)
        rows = self.rows()
        touching = rows.worked_on(window.first, window.last, today).with_lane(asked.validated_data["by"])
        page: Any = self.paginate_queryset(touching.with_names())
        meeting = timeline.clashes(rows, page, window)
        for row in page:
            row.planned, row.real = timeline.planned(row), timeline.real(row, today)
            row.clashes = meeting.get(row.pk, [])
        shaped = shapes.BarShape(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(shaped.data)


class Capacity(Looking):
    """Open estimates against the hours of each week, for who manages IT."""

    @extend_schema(
        summary="Capacity by person and week",
        responses=shapes.CapacityShape,
        filters=False,
        operation_id="development_capacity_retrieve",
    )
    def list(self, request: Request) -> Response:
        """The busiest first; weeks are known by their Mondays. For the IT Manager."""
        if not self.me.holds_anywhere(Role.IT_MANAGER):
            raise PermissionDenied
        return self.shown(workload(self.me), shapes.CapacityShape)


class Reports(Looking):
    """What an auditor looks for: for auditors, IT Managers and the Board, over the cases that they may open."""

    lookup_value_regex = "[a-z-]+"

    def _readers_only(self) -> None:
        if not evasion.may_read(self.me):
            raise PermissionDenied

    @extend_schema(
        summary="The reports against evasion",
        responses=shapes.ReportNameShape(many=True),
        filters=False,
        operation_id="development_reports_names",
    )
    def list(self, request: Request) -> Response:
        """Their names and what each looks for."""
        self._readers_only()
        return Response(shapes.ReportNameShape(evasion.REPORTS.values(), many=True).data)

    @extend_schema(
        summary="One report against evasion",
        parameters=[shapes.PairGiven],
        responses=shapes.SuspectShape(many=True),
        filters=False,
        operation_id="development_reports_list",
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """The cases that meet its description, newest first. A finding is no verdict."""
        self._readers_only()
        if pk not in evasion.REPORTS:
            raise Http404
        report, asked = evasion.REPORTS[pk], shapes.PairGiven(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = report.find(evasion.audited_by(self.me), evasion.Asked(**asked.validated_data)).with_names()
        page = self.paginate_queryset(rows)
        context = {**self.get_serializer_context(), "report": report}
        return self.get_paginated_response(shapes.SuspectShape(page, many=True, context=context).data)
