"""Tickets over the API: asking, receiving, working, talking. The actions are those of the pages."""

from typing import Any

from django.db.models import Q
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import once
from core.endpoints import AsIs, Endpoints, download
from events.models import Event
from events.shapes import EventShape
from tickets import actions, shapes
from tickets.enums import OPEN, Channel, Kind, Status
from tickets.models import Attachment, Comment, Ticket


class TicketFilter(filters.FilterSet):
    """Which tickets a list shows; without any filter all that one may see."""

    status = filters.MultipleChoiceFilter(choices=Status.choices)
    kind = filters.MultipleChoiceFilter(choices=Kind.choices)
    branch = filters.NumberFilter(field_name="branch_id")
    assignee = filters.NumberFilter(field_name="assignee_id")
    requester = filters.NumberFilter(field_name="requester_id")
    open = filters.BooleanFilter(method="only_open", label="Only those that have (not) ended.")
    mine = filters.BooleanFilter(
        method="only_mine", label="Only those that the caller asked for or works on."
    )
    q = filters.CharFilter(method="words", label="Words of the title, or the number.")

    def only_open(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the library calls it
        """Still being worked on, or ended."""
        return rows.filter(status__in=OPEN) if value else rows.exclude(status__in=OPEN)

    def only_mine(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the library calls it
        """One's own."""
        me = Q(requester=self.request.user) | Q(assignee=self.request.user)
        return rows.filter(me) if value else rows.exclude(me)

    def words(self, rows: Any, name: str, value: str) -> Any:
        """As the search of the page does it."""
        return rows.matching(q=value, status="all")


_FILE = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


@extend_schema_view(
    list=extend_schema(summary="Tickets that one may see, newest first"),
    retrieve=extend_schema(summary="One ticket, its files and its verbs", responses=shapes.TicketDetailShape),
)
class Tickets(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Ticket]):
    """Requests of the branches to the IT division."""

    queryset = Ticket.objects.none()
    serializer_class = shapes.TicketShape
    filterset_class = TicketFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Ticket.objects.visible_to(self.request.user).with_list_columns()

    def get_serializer_class(self) -> Any:
        """Lists are short; one ticket is told in full."""
        return shapes.TicketShape if self.action == "list" else shapes.TicketDetailShape

    def _now(self, status: int = 200) -> Response:
        """The ticket as it stands after the act."""
        return self.shown(self.get_object(), shapes.TicketDetailShape, status)

    @extend_schema(
        summary="Ask for something", request=shapes.TicketGiven, responses={201: shapes.TicketDetailShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """A new request in the triage queue of the IT Manager (SOP-A1). Its two-hour clock starts now (SOP-B4.3.1)."""
        given = self.given(shapes.TicketGiven)
        uploads = _uploads(given)
        ticket = actions.open_ticket(**given, channel=Channel.API, uploads=uploads, by=self.me)
        self.kwargs["pk"] = ticket.pk
        return self._now(201)

    @extend_schema(summary="Accept", request=shapes.AcceptGiven)
    @action(detail=True, methods=["post"])
    @once
    def accept(self, request: Request, pk: str) -> Response:
        """The IT Manager receives it: priority, who does it, how long it takes (SOP-A1, SOP-A3)."""
        given = self.given(shapes.AcceptGiven)
        actions.accept(ticket=self.get_object(), by=self.me, **given)
        return self._now()

    @extend_schema(summary="Reject", request=shapes.TextGiven)
    @action(detail=True, methods=["post"])
    @once
    def reject(self, request: Request, pk: str) -> Response:
        """The IT Manager says no; the requester reads the reason."""
        actions.reject(ticket=self.get_object(), reason=self.given(shapes.TextGiven)["text"], by=self.me)
        return self._now()

    @extend_schema(summary="Withdraw", request=None)
    @action(detail=True, methods=["post"])
    @once
    def cancel(self, request: Request, pk: str) -> Response:
        """It is no longer wanted."""
        actions.cancel(ticket=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(summary="Give to somebody else", request=shapes.AssignGiven)
    @action(detail=True, methods=["post"])
    @once
    def assign(self, request: Request, pk: str) -> Response:
        """Somebody else of IT does it."""
        actions.assign(ticket=self.get_object(), by=self.me, **self.given(shapes.AssignGiven))
        return self._now()

    @extend_schema(summary="Estimate", request=shapes.EstimateGiven)
    @action(detail=True, methods=["post"])
    @once
    def estimate(self, request: Request, pk: str) -> Response:
        """How many hours it takes (SOP-A3); more than the threshold of a development needs a BRM (SOP-A5)."""
        actions.estimate(ticket=self.get_object(), by=self.me, **self.given(shapes.EstimateGiven))
        return self._now()

    @extend_schema(summary="Start work", request=None)
    @action(detail=True, methods=["post"])
    @once
    def start(self, request: Request, pk: str) -> Response:
        """Work on a repair or a data update begins; a development starts in its own resource (SOP-A2)."""
        actions.start(ticket=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(summary="Ask for a test", request=shapes.TextGiven)
    @action(detail=True, methods=["post"], url_path="hand-over")
    @once
    def hand_over(self, request: Request, pk: str) -> Response:
        """The worker says what was done and how the requester can try it."""
        actions.hand_over(ticket=self.get_object(), by=self.me, **self.given(shapes.TextGiven))
        return self._now()

    @extend_schema(summary="Not right yet", request=shapes.TextGiven)
    @action(detail=True, methods=["post"], url_path="send-back")
    @once
    def send_back(self, request: Request, pk: str) -> Response:
        """The requester says what is wrong."""
        actions.send_back(ticket=self.get_object(), by=self.me, **self.given(shapes.TextGiven))
        return self._now()

    @extend_schema(summary="It works", request=None)
    @action(detail=True, methods=["post"])
    @once
    def confirm(self, request: Request, pk: str) -> Response:
        """The requester tried it and it is right: done."""
        actions.confirm(ticket=self.get_object(), by=self.me)
        return self._now()

    @extend_schema(
        summary="What was written",
        responses=shapes.CommentShape(many=True),
        filters=False,
        operation_id="tickets_comments_list",
    )
    @action(detail=True, methods=["get"])
    def comments(self, request: Request, pk: str) -> Response:
        """The conversation, newest first; internal notes for staff only."""
        rows = Comment.objects.visible_to(request.user).filter(ticket=self.get_object())
        return self.listed(
            rows.select_related("author").prefetch_related("attachments__added_by"), shapes.CommentShape
        )

    @extend_schema(
        summary="Write to everyone in the case",
        request=shapes.AnswerGiven,
        responses={201: shapes.CommentShape},
    )
    @action(detail=True, methods=["post"])
    @once
    def answer(self, request: Request, pk: str) -> Response:
        """The first answer of IT to the requester stops the response clock (SOP-B4.3.1). Files travel with it."""
        return self._written(actions.answer)

    @extend_schema(summary="Write among IT", request=shapes.AnswerGiven, responses={201: shapes.CommentShape})
    @action(detail=True, methods=["post"])
    @once
    def note(self, request: Request, pk: str) -> Response:
        """An internal note; the requester never sees it and it stops no clock."""
        return self._written(actions.note)

    def _written(self, write: Any) -> Response:
        given = self.given(shapes.AnswerGiven)
        uploads = _uploads(given)
        comment = write(ticket=self.get_object(), by=self.me, uploads=uploads, **given)
        return self.shown(comment, shapes.CommentShape, 201)

    @extend_schema(
        summary="The history",
        responses=EventShape(many=True),
        filters=False,
        operation_id="tickets_timeline_list",
    )
    @action(detail=True, methods=["get"])
    def timeline(self, request: Request, pk: str) -> Response:
        """Who did what and when, newest first; what IT does among itself for staff only."""
        ticket = self.get_object()
        rows = (
            Event.objects.about(ticket)
            .visible_to(request.user, branch_id=ticket.branch_id)
            .with_list_columns()
        )
        return self.listed(rows, EventShape)

    @extend_schema(
        summary="Its files", responses=shapes.AttachmentShape(many=True), filters=False,
        operation_id="tickets_attachments_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"])
    def attachments(self, request: Request, pk: str) -> Response:
        """Files of the request and of its answers. More are added with an answer."""
        rows = Attachment.objects.visible_to(request.user).filter(ticket=self.get_object())
        return self.listed(rows.select_related("added_by"), shapes.AttachmentShape)

    @extend_schema(
        summary="Download a file", responses=_FILE, filters=False,
        parameters=[OpenApiParameter("file", int, OpenApiParameter.PATH, description="The number of the attachment.")],
    )  # fmt: skip
    @action(
        detail=True, methods=["get"], url_path=r"attachments/(?P<file>\d+)", url_name="file", renderer_classes=[AsIs],
        pagination_class=None,
    )  # fmt: skip
    def file(self, request: Request, pk: str, file: str) -> FileResponse:
        """The content of one file."""
        rows = Attachment.objects.visible_to(request.user).filter(ticket=self.get_object())
        row = get_object_or_404(rows, pk=file)
        return download(row.sha256, name=row.name, content_type=row.content_type)


def _uploads(given: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(file.name, file) for file in given.pop("attachments", [])]
