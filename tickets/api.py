"""Tickets over the API: asking, receiving, working, talking. The actions are those of the pages."""

from typing import Any

from django.db.models import Q
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import once
from core.endpoints import AsIs, Endpoints, download
from core.errors import PermissionDenied
from core.pages import NEWEST, Order
from core.paging import InOrder
from events.models import Event
from events.shapes import EventShape
from inventory.models import Asset
from inventory.shapes import AssetShape
from tickets import actions, broken, rules, shapes
from tickets.enums import OPEN, Channel, Kind, Priority, Status
from tickets.lists import ORDER_LABELS, ORDERS, in_order
from tickets.models import AboutAsset, Attachment, Comment, Guide, SavedView, Ticket
from tickets.related import related


class TicketFilter(filters.FilterSet):
    """Which tickets a list shows; without any filter all that one may see."""

    q = filters.CharFilter(
        method="words",
        label="Every word must stand in the title, the description, an answer, the requester's name or the number.",
    )
    status = filters.MultipleChoiceFilter(choices=Status.choices)
    kind = filters.MultipleChoiceFilter(choices=Kind.choices)
    priority = filters.MultipleChoiceFilter(choices=Priority.choices)
    channel = filters.MultipleChoiceFilter(choices=Channel.choices)
    branch = filters.NumberFilter(field_name="branch_id")
    team = filters.NumberFilter(field_name="team_id")
    assignee = filters.NumberFilter(field_name="assignee_id")
    requester = filters.NumberFilter(field_name="requester_id")
    asked_from = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gte", label="Asked at or after."
    )
    asked_to = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lte", label="Asked at or before."
    )
    open = filters.BooleanFilter(method="only_open", label="Only those that have (not) ended.")
    mine = filters.BooleanFilter(
        method="only_mine", label="Only those that the caller asked for or works on."
    )
    waits = filters.BooleanFilter(method="only_waiting", label="Only those that wait for their requester.")
    late = filters.BooleanFilter(
        method="only_late", label="Only those whose first answer or planned finish is overdue."
    )
    ordering = filters.ChoiceFilter(
        choices=ORDER_LABELS, method="in_order", empty_label=None,
        label="The newest first, if nothing else is asked for. `due` lists those that wait for their first answer.",
    )  # fmt: skip

    def only_open(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the library calls it
        """Still being worked on, or ended."""
        return rows.filter(status__in=OPEN) if value else rows.exclude(status__in=OPEN)

    def only_mine(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the library calls it
        """One's own."""
        me = Q(requester=self.request.user) | Q(assignee=self.request.user)
        return rows.filter(me) if value else rows.exclude(me)

    def only_waiting(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the library calls it
        """Asked back, or to be tested."""
        return rows.waiting_for_requester() if value else rows

    def only_late(self, rows: Any, name: str, value: bool) -> Any:  # noqa: FBT001 - the library calls it
        """Overdue now."""
        return rows.late(timezone.now()) if value else rows

    def words(self, rows: Any, name: str, value: str) -> Any:
        """As the search of the page does it."""
        return rows.saying(value, by=self.request.user)

    def in_order(self, rows: Any, name: str, value: str) -> Any:
        """With the key of the order; the pages sort by it."""
        return in_order(rows, value)[0]


_FILE = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


@extend_schema_view(
    list=extend_schema(summary="Tickets that one may see, newest first if no other order is asked for"),
    retrieve=extend_schema(summary="One ticket, its files and its verbs", responses=shapes.TicketDetailShape),
)
class Tickets(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Ticket]):
    """Requests of the branches to the IT division."""

    queryset = Ticket.objects.none()
    serializer_class = shapes.TicketShape
    filterset_class = TicketFilter
    pagination_class = InOrder

    @property
    def order(self) -> Order:
        """The order of the list; what hangs on one ticket comes newest first."""
        asked = self.request.query_params.get("ordering", "") if self.action == "list" else ""
        return ORDERS.get(asked, NEWEST)

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
        """A new request in the triage queue of the IT Manager (SOP-A1). Its two-hour clock starts now (SOP-B4.3.1).

        IT staff may write down what somebody else asked: `requester`, `asked_at`, `channel`, `told`.
        """
        given = self.given(shapes.TicketGiven)
        uploads = _uploads(given)
        given = {"channel": Channel.API} | given
        if {"requester", "asked_at", "told"} & set(given) or given["channel"] != Channel.API:
            given = {"requester": self.me} | given
            ticket = actions.write_down(**given, uploads=uploads, by=self.me)
        else:
            ticket = actions.open_ticket(**given, uploads=uploads, by=self.me)
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

    @extend_schema(
        summary="Accept several",
        request=shapes.BulkAcceptGiven,
        responses=shapes.DecidedShape(many=True),
        filters=False,
    )
    @action(
        detail=False, methods=["post"], url_path="bulk-accept", url_name="bulk-accept", pagination_class=None
    )
    @once
    def bulk_accept(self, request: Request) -> Response:
        """The IT Manager receives several at once (SOP-A1). Each is decided on by itself; the answer lists them."""
        return self._each(shapes.BulkAcceptGiven, _accept)

    @extend_schema(
        summary="Reject several",
        request=shapes.BulkTextGiven,
        responses=shapes.DecidedShape(many=True),
        filters=False,
    )
    @action(
        detail=False, methods=["post"], url_path="bulk-reject", url_name="bulk-reject", pagination_class=None
    )
    @once
    def bulk_reject(self, request: Request) -> Response:
        """The IT Manager says no to several at once, for one reason; the requester of each reads it."""
        return self._each(shapes.BulkTextGiven, lambda text, **facts: actions.reject(reason=text, **facts))

    @extend_schema(
        summary="Ask back several",
        request=shapes.BulkTextGiven,
        responses=shapes.DecidedShape(many=True),
        filters=False,
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="bulk-ask-back",
        url_name="bulk-ask-back",
        pagination_class=None,
    )
    @once
    def bulk_ask_back(self, request: Request) -> Response:
        """The IT Manager asks the requesters of several the same; it counts as an answer to each."""
        return self._each(shapes.BulkTextGiven, actions.ask_back)

    @extend_schema(
        summary="Join several",
        request=shapes.BulkMergeGiven,
        responses=shapes.DecidedShape(many=True),
        filters=False,
    )
    @action(
        detail=False, methods=["post"], url_path="bulk-merge", url_name="bulk-merge", pagination_class=None
    )
    @once
    def bulk_merge(self, request: Request) -> Response:
        """Duplicates end and go on as the oldest of those named; the answer lists the others."""
        return self._told(
            shapes.BulkMergeGiven, lambda seen, _given: actions.merge_each(tickets=seen, by=self.me)
        )

    def _each(self, shape: Any, act: Any) -> Response:
        """The same act on each ticket."""

        def decide(seen: list[Ticket], given: dict[str, Any]) -> list[actions.Decided]:
            return actions.decide_each(
                tickets=seen, decide=lambda ticket, by: act(ticket=ticket, by=by, **given), by=self.me
            )

        return self._told(shape, decide)

    def _told(self, shape: Any, decide: Any) -> Response:
        """What became of each ticket, in the order asked for; one that the caller may not see is as good as none."""
        if not rules.receives(None, self.me):
            raise PermissionDenied
        given = self.given(shape)
        asked = list(dict.fromkeys(given.pop("tickets")))
        rows = Ticket.objects.visible_to(self.me).in_bulk(asked)
        seen = [rows[pk] for pk in asked if pk in rows]
        told = {result.ticket.pk: (result.refused, result.rule) for result in decide(seen, given)}
        unseen = (_("There is no request with this number that you may see."), "")
        kept = {ticket.pk for ticket in seen} - set(told)  # with which the others were joined
        return Response([_result(pk, *told.get(pk, unseen)) for pk in asked if pk not in kept])

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

    @extend_schema(summary="Change the priority", request=shapes.PrioritiseGiven)
    @action(detail=True, methods=["post"])
    @once
    def prioritise(self, request: Request, pk: str) -> Response:
        """The IT Manager says anew how urgent it is (SOP-A3), with a reason that the requester reads."""
        given = self.given(shapes.PrioritiseGiven)
        actions.prioritise(
            ticket=self.get_object(), priority=Priority(given["priority"]), reason=given["reason"], by=self.me
        )
        return self._now()

    @extend_schema(summary="Change the kind", request=shapes.ReclassifyGiven)
    @action(detail=True, methods=["post"])
    @once
    def reclassify(self, request: Request, pk: str) -> Response:
        """The IT Manager says before accepting it that it is of another kind; the requester reads why."""
        given = self.given(shapes.ReclassifyGiven)
        actions.reclassify(
            ticket=self.get_object(), kind=Kind(given["kind"]), reason=given["reason"], by=self.me
        )
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

    @extend_schema(summary="Ask for a test", request=shapes.ShownGiven)
    @action(detail=True, methods=["post"], url_path="hand-over")
    @once
    def hand_over(self, request: Request, pk: str) -> Response:
        """The worker says what was done and how the requester can try it."""
        return self._shown(actions.hand_over)

    @extend_schema(summary="Not right yet", request=shapes.ShownGiven)
    @action(detail=True, methods=["post"], url_path="send-back")
    @once
    def send_back(self, request: Request, pk: str) -> Response:
        """The requester says what is wrong."""
        return self._shown(actions.send_back)

    def _shown(self, act: Any) -> Response:
        """Perform an act with words and files."""
        given = self.given(shapes.ShownGiven)
        act(ticket=self.get_object(), by=self.me, uploads=_uploads(given), text=given["text"])
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
        responses={201: shapes.WrittenShape},
    )
    @action(detail=True, methods=["post"])
    @once
    def answer(self, request: Request, pk: str) -> Response:
        """The first answer of IT to the requester stops the response clock (SOP-B4.3.1). Files travel with it."""
        return self._written(actions.answer)

    @extend_schema(summary="Write among IT", request=shapes.AnswerGiven, responses={201: shapes.WrittenShape})
    @action(detail=True, methods=["post"])
    @once
    def note(self, request: Request, pk: str) -> Response:
        """An internal note; the requester never sees it and it stops no clock."""
        return self._written(actions.note)

    def _written(self, write: Any) -> Response:
        given = self.given(shapes.AnswerGiven)
        uploads = _uploads(given)
        comment = write(ticket=self.get_object(), by=self.me, uploads=uploads, **given)
        return self.shown(comment, shapes.WrittenShape, 201)

    @extend_schema(
        summary="Change what one wrote", request=shapes.TextGiven, responses=shapes.CommentShape,
        parameters=[OpenApiParameter("comment", int, OpenApiParameter.PATH, description="The number of the answer.")],
    )  # fmt: skip
    @action(
        detail=True, methods=["post"], url_path=r"comments/(?P<comment>\d+)/edit", url_name="edit-comment"
    )
    @once
    def edit_comment(self, request: Request, pk: str, comment: str) -> Response:
        """One's own words only, while the ticket is open; how they read before is kept."""
        rows = Comment.objects.visible_to(request.user).filter(ticket=self.get_object())
        row = get_object_or_404(rows.select_related("ticket"), pk=comment)
        changed = actions.edit(comment=row, text=self.given(shapes.TextGiven)["text"], by=self.me)
        return self.shown(changed, shapes.CommentShape)

    def _did(self, act: Any, shape: Any = None) -> Response:
        """Perform an act with what was sent; the answer is the ticket as it stands then."""
        given = self.given(shape) if shape else {}
        act(ticket=self.get_object(), by=self.me, **given)
        return self._now()

    @extend_schema(
        summary="Ask the requester", request=shapes.TextGiven, responses={201: shapes.WrittenShape}
    )
    @action(detail=True, methods=["post"], url_path="ask-back")
    @once
    def ask_back(self, request: Request, pk: str) -> Response:
        """A question by whoever works on it. It counts as an answer; the ticket waits until the requester writes."""
        given = self.given(shapes.TextGiven)
        comment = actions.ask_back(ticket=self.get_object(), by=self.me, **given)
        return self.shown(comment, shapes.WrittenShape, 201)

    @extend_schema(summary="Plan the days", request=shapes.DaysGiven)
    @action(detail=True, methods=["post"])
    @once
    def plan(self, request: Request, pk: str) -> Response:
        """From when to when it is worked on (SOP-A3)."""
        return self._did(actions.plan, shapes.DaysGiven)

    @extend_schema(summary="Ask experts", request=shapes.EscalateGiven)
    @action(detail=True, methods=["post"])
    @once
    def escalate(self, request: Request, pk: str) -> Response:
        """Hand it to a team with the reason (SOP-B4.3.2); it stays with whoever has it until one of them takes it."""
        return self._did(actions.escalate, shapes.EscalateGiven)

    @extend_schema(summary="Take it on", request=None)
    @action(detail=True, methods=["post"])
    @once
    def take(self, request: Request, pk: str) -> Response:
        """One of the team to which it was given does it from now on."""
        return self._did(actions.take)

    @extend_schema(summary="Join with the older ticket", request=shapes.OtherGiven)
    @action(detail=True, methods=["post"])
    @once
    def merge(self, request: Request, pk: str) -> Response:
        """It asks for the same as `other`, ends here and goes on there. Nobody sees more by that."""
        other = self.given(shapes.OtherGiven)["other"]
        actions.merge(ticket=self.get_object(), into=other, by=self.me)
        return self._now()

    @extend_schema(
        summary="Make a ticket of a part",
        request=shapes.SplitGiven,
        responses={201: shapes.TicketDetailShape},
    )
    @action(detail=True, methods=["post"])
    @once
    def split(self, request: Request, pk: str) -> Response:
        """The part begins in the triage queue; the answer is that new ticket."""
        part = actions.split(ticket=self.get_object(), by=self.me, **self.given(shapes.SplitGiven))
        self.kwargs["pk"] = part.pk
        return self._now(201)

    @extend_schema(summary="Link", request=shapes.TieGiven)
    @action(detail=True, methods=["post"])
    @once
    def tie(self, request: Request, pk: str) -> Response:
        """Two tickets that have to do with each other."""
        return self._did(actions.tie, shapes.TieGiven)

    @extend_schema(summary="Take a link away", request=shapes.OtherGiven)
    @action(detail=True, methods=["post"])
    @once
    def untie(self, request: Request, pk: str) -> Response:
        """They have nothing to do with each other after all."""
        return self._did(actions.untie, shapes.OtherGiven)

    @extend_schema(
        summary="Assets that it is about", responses=AssetShape(many=True), filters=False,
        operation_id="tickets_assets_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"])
    def assets(self, request: Request, pk: str) -> Response:
        """Those whose tags stand in its words, and those that IT named, as far as the caller sees them."""
        named = AboutAsset.objects.visible_to(self.me).filter(ticket=self.get_object())
        rows = Asset.objects.visible_to(self.me).filter(pk__in=named.values("asset"))
        return self.listed(rows.with_list_columns(), AssetShape)

    @extend_schema(summary="Name an asset", request=shapes.AboutGiven)
    @action(detail=True, methods=["post"], url_path="name-asset", url_name="name-asset")
    @once
    def name_asset(self, request: Request, pk: str) -> Response:
        """It is about this one. By IT."""
        return self._did(actions.name_asset, shapes.AboutGiven)

    @extend_schema(summary="Take a named asset away", request=shapes.AboutGiven)
    @action(detail=True, methods=["post"], url_path="unname-asset", url_name="unname-asset")
    @once
    def unname_asset(self, request: Request, pk: str) -> Response:
        """It is about something else. By IT."""
        return self._did(actions.unname_asset, shapes.AboutGiven)

    @extend_schema(summary="Make it a part", request=shapes.OtherGiven)
    @action(detail=True, methods=["post"])
    @once
    def adopt(self, request: Request, pk: str) -> Response:
        """It becomes a part of `other`, which is tested when all its parts have ended."""
        other = self.given(shapes.OtherGiven)["other"]
        actions.adopt(ticket=self.get_object(), parent=other, by=self.me)
        return self._now()

    @extend_schema(summary="Take it out of its whole", request=None)
    @action(detail=True, methods=["post"])
    @once
    def disown(self, request: Request, pk: str) -> Response:
        """It goes on by itself."""
        return self._did(actions.disown)

    @extend_schema(summary="Follow", request=shapes.WatchGiven)
    @action(detail=True, methods=["post"])
    @once
    def watch(self, request: Request, pk: str) -> Response:
        """Hear of every answer; IT may let others follow who may see the ticket anyway."""
        return self._did(actions.watch, shapes.WatchGiven)

    @extend_schema(summary="No longer follow", request=shapes.WatchGiven)
    @action(detail=True, methods=["post"])
    @once
    def unwatch(self, request: Request, pk: str) -> Response:
        """Hear no more of it."""
        return self._did(actions.unwatch, shapes.WatchGiven)

    @extend_schema(summary="Open again", request=shapes.TextGiven)
    @action(detail=True, methods=["post"])
    @once
    def reopen(self, request: Request, pk: str) -> Response:
        """The requester says that it came back, within the days for that."""
        return self._did(actions.reopen, shapes.TextGiven)

    @extend_schema(summary="Say how it was", request=shapes.RateGiven, responses={201: shapes.RatingShape})
    @action(detail=True, methods=["post"])
    @once
    def rate(self, request: Request, pk: str) -> Response:
        """The requester's satisfaction, from 1 to 5; asked once."""
        rating = actions.rate(ticket=self.get_object(), by=self.me, **self.given(shapes.RateGiven))
        return self.shown(rating, shapes.RatingShape, 201)

    @extend_schema(
        summary="How it hangs together with others", responses=shapes.RelationShape(many=True), filters=False,
        operation_id="tickets_relations_list",
    )  # fmt: skip
    @action(detail=True, methods=["get"], pagination_class=None)
    def relations(self, request: Request, pk: str) -> Response:
        """Parts, duplicates and links, each only if the caller may see the other ticket."""
        found = related(self.get_object(), request.user)
        return Response(shapes.RelationShape(found, many=True).data)

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


def _accept(*, ticket: Ticket, estimate_hours: Any = None, **given: Any) -> object:
    """Of several, only developments take the estimate."""
    return actions.accept(
        ticket=ticket, estimate_hours=estimate_hours if ticket.is_development else None, **given
    )


def _result(ticket: int, reason: str, rule: str) -> dict[str, Any]:
    return {"ticket": ticket, "done": not reason, "reason": reason, "rule": rule}


def _uploads(given: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(file.name, file) for file in given.pop("attachments", [])]


@extend_schema_view(
    list=extend_schema(summary="Lists that one keeps under a name, and those that others share"),
    retrieve=extend_schema(summary="One kept list"),
)
class SavedViews(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[SavedView]):
    """Lists under a name; `query` is what follows the question mark of a list's address."""

    queryset = SavedView.objects.none()
    serializer_class = shapes.SavedViewShape

    def get_queryset(self) -> Any:
        """One's own; for IT also those that colleagues share."""
        return SavedView.objects.visible_to(self.request.user).select_related("owner")

    @extend_schema(
        summary="Keep a list", request=shapes.SavedViewGiven, responses={201: shapes.SavedViewShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """A name that one has given before stands for the new list from now on. Only IT shares lists."""
        return self.shown(actions.save_view(**self.given(shapes.SavedViewGiven), by=self.me), status=201)

    @extend_schema(summary="Rename a list", request=shapes.NameGiven)
    @action(detail=True, methods=["post"])
    @once
    def change(self, request: Request, pk: str) -> Response:
        """One's own only: another name, shown to colleagues or not."""
        view = actions.change_view(view=self.get_object(), **self.given(shapes.NameGiven), by=self.me)
        return self.shown(view)

    @extend_schema(summary="Delete a list", request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="delete", url_name="delete")
    @once
    def forget(self, request: Request, pk: str) -> Response:
        """One's own only. The tickets in it stay as they are."""
        actions.delete_view(view=self.get_object(), by=self.me)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(summary="Guides for helping oneself, newest first"),
    retrieve=extend_schema(summary="One guide"),
)
class Guides(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Guide]):
    """How to help oneself."""

    queryset = Guide.objects.none()
    serializer_class = shapes.GuideShape

    def get_queryset(self) -> Any:
        """What is published; for staff also what is being written."""
        return Guide.objects.visible_to(self.request.user).with_help(self.request.user)

    @extend_schema(summary="Say that it helped", request=None)
    @action(detail=True, methods=["post"])
    @once
    def helped(self, request: Request, pk: str) -> Response:
        """It counts once for each person, however often they say so."""
        actions.say_it_helped(guide=self.get_object(), by=self.me)
        return self.shown(self.get_object())


class BrokenOften(Endpoints[AboutAsset]):
    """What breaks often: by incidents and repairs of a period, the worst first."""

    queryset = AboutAsset.objects.none()
    serializer_class = shapes.BrokenShape
    pagination_class = None

    @extend_schema(
        summary="What breaks often", responses=shapes.BrokenShape(many=True), filters=False,
        parameters=[shapes.BrokenGiven],
    )  # fmt: skip
    def list(self, request: Request) -> Response:
        """For IT staff and auditors; for heads of branches what they see."""
        if not rules.reads_broken(None, self.me):
            raise PermissionDenied
        given = shapes.BrokenGiven(data=request.query_params, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        typed = given.validated_data
        asked = broken.Asked.of(
            self.me, months=typed.get("months"), branch=typed.get("branch"), now=timezone.now()
        )
        rows = broken.models(asked) if typed.get("by") == "model" else broken.assets(asked)
        return Response(shapes.BrokenShape(rows, many=True).data)
