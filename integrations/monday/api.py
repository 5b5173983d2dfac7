"""The mirror over the API. The actions are those of the pages."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.enums import Role
from core.api import once
from core.endpoints import Endpoints
from core.errors import PermissionDenied
from integrations.monday import actions, shapes
from integrations.monday.enums import LinkState, Matter, StrayState
from integrations.monday.models import Connection, Difference, Link, MondayPerson, Remark, Stray
from integrations.monday.standing import figures, notices_of, state_of


class Mirror(Endpoints[Connection]):
    """How the mirror on monday.com does (SOP-A3). For those who run operations, and auditors."""

    queryset = Connection.objects.none()
    serializer_class = shapes.MirrorShape
    pagination_class = None

    def _now(self) -> Response:
        user = self.me
        if not (user.runs_operations or user.holds(Role.AUDITOR)):
            raise PermissionDenied
        row = Connection.objects.visible_to(user).order_by("pk").first()
        state, counted, known = state_of(row), figures(user, row), row or Connection()
        told = {
            name: getattr(known, name)
            for name in (
                "board_id", "is_active", "plan", "new_items", "mirrors_answers", "trouble", "heard_at", "worked_at",
                "swept_at", "reported_at",
            )
        }  # fmt: skip
        told |= {"state": state["name"], "sentence": state["said"], "differences": known.report}
        told["notices"] = [notice["said"] for notice in notices_of(row)]
        told["has_token"] = row is not None and bool(actions.token_of(row))
        return Response(shapes.MirrorShape(counted | told).data)

    @extend_schema(summary="How the mirror does", responses=shapes.MirrorShape, filters=False)
    def list(self, request: Request) -> Response:
        """State, budget, queue, and the differences of last night."""
        return self._now()

    @extend_schema(
        summary="Change the settings of the mirror", request=shapes.MirrorGiven, responses=shapes.MirrorShape
    )
    @action(detail=False, methods=["post"], url_path="settings", url_name="settings")
    @once
    def change(self, request: Request) -> Response:
        """For administrators. The token is kept encrypted and never shown."""
        self._now()
        actions.keep_connection(by=self.me, **self.given(shapes.MirrorGiven))
        return self._now()

    @extend_schema(summary="Ask monday.com who we are", request=None, responses=shapes.MirrorShape)
    @action(detail=False, methods=["post"], url_path="try", url_name="try")
    @once
    def try_now(self, request: Request) -> Response:
        """Closes the breaker. 409 with the answer of monday.com where it refuses."""
        self._now()
        actions.try_now(by=self.me)
        return self._now()

    @extend_schema(summary="Compare both sides now", request=None, responses=shapes.MirrorShape)
    @action(detail=False, methods=["post"], url_path="compare", url_name="compare")
    @once
    def compare(self, request: Request) -> Response:
        """The walk and its report begin within a minute. For those who run operations."""
        self._now()
        actions.compare(by=self.me)
        return self._now()

    @extend_schema(
        summary="Make a board, or adopt one", request=shapes.CardBoardGiven, responses=shapes.CardBoardShape
    )
    @action(detail=False, methods=["post"], url_path="board", url_name="board")
    @once
    def board(self, request: Request) -> Response:
        """The plan first; with its `mark` as `seen`, what it says is done. For administrators."""
        self._now()
        planned, done = actions.make_seen_place(by=self.me, **self.given(shapes.CardBoardGiven))
        told = {name: getattr(planned, name) for name in ("title", "adopted", "obstacles", "mark")}
        told |= {"steps": [step.sentence for step in planned.steps], "done": done}
        return Response(
            shapes.CardBoardShape(told | {"board_id": planned.board.id if planned.board else ""}).data
        )


class LinkFilter(filters.FilterSet):
    """Which requests a list shows."""

    state = filters.MultipleChoiceFilter(choices=LinkState.choices)
    ticket = filters.NumberFilter(field_name="ticket_id")


@extend_schema_view(
    list=extend_schema(summary="Requests and their cards, newest first"),
    retrieve=extend_schema(summary="One of them"),
)
class Links(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Link]):
    """Where requests stand with their cards on monday.com."""

    queryset = Link.objects.none()
    serializer_class = shapes.LinkShape
    filterset_class = LinkFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Link.objects.visible_to(self.request.user).select_related("ticket")

    @extend_schema(summary="Send a request again that was given up", request=None)
    @action(detail=True, methods=["post"])
    @once
    def retry(self, request: Request, pk: str) -> Response:
        """After whatever stood in its way was mended."""
        actions.retry(link=self.get_object(), by=self.me)
        return self.shown(self.get_object())

    @extend_schema(summary="Let stopped fields go on", request=None)
    @action(detail=True, methods=["post"])
    @once
    def resume(self, request: Request, pk: str) -> Response:
        """Something had changed them again and again."""
        actions.resume(link=self.get_object(), by=self.me)
        return self.shown(self.get_object())

    @extend_schema(summary="Make a new card", request=None)
    @action(detail=True, methods=["post"])
    @once
    def renew(self, request: Request, pk: str) -> Response:
        """In place of one that was archived or deleted."""
        actions.renew(link=self.get_object(), by=self.me)
        return self.shown(self.get_object())


class DifferenceFilter(filters.FilterSet):
    """Which findings a list shows."""

    matter = filters.MultipleChoiceFilter(choices=Matter.choices)
    open = filters.BooleanFilter(field_name="seen_at", lookup_expr="isnull")
    ticket = filters.NumberFilter(field_name="link__ticket_id")


@extend_schema_view(
    list=extend_schema(summary="Conflicts, refusals and loops, newest first"),
    retrieve=extend_schema(summary="One of them"),
)
class Differences(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Difference]):
    """What a person may have to look at."""

    queryset = Difference.objects.none()
    serializer_class = shapes.DifferenceShape
    filterset_class = DifferenceFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Difference.objects.visible_to(self.request.user).with_list_columns()

    @extend_schema(summary="Say that it was looked at", request=None)
    @action(detail=True, methods=["post"])
    @once
    def seen(self, request: Request, pk: str) -> Response:
        """It leaves the page and stays in the history."""
        actions.see(finding=self.get_object(), by=self.me)
        return self.shown(self.get_object())


class RemarkFilter(filters.FilterSet):
    """Which remarks a list shows."""

    dead = filters.BooleanFilter(field_name="is_dead")
    sent = filters.BooleanFilter(field_name="sent_at", lookup_expr="isnull", exclude=True)


@extend_schema_view(
    list=extend_schema(summary="Words for the board, newest first"),
    retrieve=extend_schema(summary="One of them"),
)
class Remarks(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Remark]):
    """What is to be read below the cards: reasons of refusals, public answers. The words themselves are not told."""

    queryset = Remark.objects.none()
    serializer_class = shapes.RemarkShape
    filterset_class = RemarkFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Remark.objects.visible_to(self.request.user).select_related("link")

    @extend_schema(summary="Write a remark again that was given up", request=None)
    @action(detail=True, methods=["post"])
    @once
    def retry(self, request: Request, pk: str) -> Response:
        """After whatever stood in its way was mended."""
        actions.retry_remark(remark=self.get_object(), by=self.me)
        return self.shown(self.get_object())


@extend_schema_view(list=extend_schema(summary="Who is who on monday.com"))
class MondayPeople(mixins.ListModelMixin, Endpoints[MondayPerson]):
    """Whose account is whose: what is changed there with it is an act of this person."""

    queryset = MondayPerson.objects.none()
    serializer_class = shapes.MondayPersonShape

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return MondayPerson.objects.visible_to(self.request.user).select_related("user")

    @extend_schema(
        summary="Enter or forget an account",
        request=shapes.MondayPersonGiven,
        responses=shapes.MondayPersonEntered,
    )
    @once
    def create(self, request: Request) -> Response:
        """For administrators. monday.com is asked whose number it is; where it cannot be, it is kept with a remark."""
        entered = actions.enter_person(by=self.me, **self.given(shapes.MondayPersonGiven))
        return Response(shapes.MondayPersonEntered(entered).data)

    @extend_schema(summary="Find all by their e-mail addresses", request=None, responses=None)
    @action(detail=False, methods=["post"])
    @once
    def match(self, request: Request) -> Response:
        """For administrators."""
        actions.match_people(by=self.me)
        return Response(status=204)


class StrayFilter(filters.FilterSet):
    """Which cards a list shows."""

    state = filters.MultipleChoiceFilter(choices=StrayState.choices)


@extend_schema_view(
    list=extend_schema(summary="Cards made by hand, newest first"),
    retrieve=extend_schema(summary="One of them"),
)
class Strays(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Stray]):
    """Cards that somebody made by hand on the board."""

    queryset = Stray.objects.none()
    serializer_class = shapes.StrayShape
    filterset_class = StrayFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Stray.objects.visible_to(self.request.user)

    @extend_schema(summary="Make a card a request", request=shapes.AdoptGiven)
    @action(detail=True, methods=["post"])
    @once
    def adopt(self, request: Request, pk: str) -> Response:
        """It goes to the IT Manager like every request (SOP-A1). For IT."""
        stray = self.get_object()
        if not self.me.is_it_staff:
            raise PermissionDenied
        actions.adopt(stray=stray, requester=self.given(shapes.AdoptGiven)["requester"], by=self.me)
        return self.shown(self.get_object())

    @extend_schema(summary="Leave a card alone", request=None)
    @action(detail=True, methods=["post"])
    @once
    def leave(self, request: Request, pk: str) -> Response:
        """It stays what it is."""
        actions.leave(stray=self.get_object(), by=self.me)
        return self.shown(self.get_object())
