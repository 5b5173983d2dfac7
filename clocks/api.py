"""Promises over the API: what runs, why a figure is what it is, pausing; calendars and policies for administrators."""

from datetime import timedelta
from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clocks import actions, shapes
from clocks.enums import ClockState, Promise
from clocks.models import Calendar, Clock, ClockPolicy
from core.api import once
from core.endpoints import Endpoints


class ClockFilter(filters.FilterSet):
    """Which clocks a list shows."""

    ticket = filters.NumberFilter(field_name="case_id", label="Those of one ticket.")
    promise = filters.ChoiceFilter(choices=Promise.choices)
    state = filters.MultipleChoiceFilter(choices=ClockState.choices)


@extend_schema_view(
    list=extend_schema(summary="Clocks that one may see, newest first"),
    retrieve=extend_schema(summary="One clock, explained line by line", responses=shapes.ClockDetailShape),
)
class Clocks(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Clock]):
    """Running promises and their results."""

    queryset = Clock.objects.none()
    serializer_class = shapes.ClockShape
    filterset_class = ClockFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Clock.objects.visible_to(self.request.user).with_facts()

    def get_serializer_class(self) -> Any:
        """Lists are short; one clock is explained."""
        return shapes.ClockShape if self.action == "list" else shapes.ClockDetailShape

    @extend_schema(summary="Pause", request=shapes.PauseGiven)
    @action(detail=True, methods=["post"])
    @once
    def pause(self, request: Request, pk: str) -> Response:
        """Its time stands still from now on, where its policy allows that (SOP-B4.3.1)."""
        actions.pause(clock=self.get_object(), by=self.me, **self.given(shapes.PauseGiven))
        return self.shown(self.get_object(), shapes.ClockDetailShape)

    @extend_schema(summary="Let it run again", request=None)
    @action(detail=True, methods=["post"])
    @once
    def resume(self, request: Request, pk: str) -> Response:
        """It is due so much later as it stood still within working time."""
        actions.resume(clock=self.get_object(), by=self.me)
        return self.shown(self.get_object(), shapes.ClockDetailShape)


@extend_schema_view(
    list=extend_schema(summary="Working calendars"),
    retrieve=extend_schema(
        summary="One calendar with its newest version", responses=shapes.CalendarDetailShape
    ),
)
class Calendars(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Calendar]):
    """Which hours count."""

    queryset = Calendar.objects.none()
    serializer_class = shapes.CalendarShape

    def get_queryset(self) -> Any:
        """All: everybody may know which hours count."""
        return Calendar.objects.visible_to(self.request.user).with_newest()

    def get_serializer_class(self) -> Any:
        """Lists are short."""
        return shapes.CalendarShape if self.action == "list" else shapes.CalendarDetailShape

    def _shown(self, pk: int, status: int = 200) -> Response:
        return self.shown(self.get_queryset().get(pk=pk), shapes.CalendarDetailShape, status=status)

    @extend_schema(
        summary="A new calendar", request=shapes.CalendarGiven, responses={201: shapes.CalendarDetailShape}
    )
    @once
    def create(self, request: Request) -> Response:
        """By an administrator. Refused (409) without any working time."""
        made = actions.open_calendar(by=self.me, **_week(self.given(shapes.CalendarGiven)))
        return self._shown(made.pk, status=201)

    @extend_schema(summary="Publish a new version", request=shapes.WeekGiven)
    @action(detail=True, methods=["post"])
    @once
    def publish(self, request: Request, pk: str) -> Response:
        """By an administrator. Running clocks are counted by it; results and recorded breaches stay."""
        row = self.get_object()
        actions.publish_calendar(calendar=row, by=self.me, **_week(self.given(shapes.WeekGiven)))
        return self._shown(row.pk)


def _week(given: dict[str, Any]) -> dict[str, Any]:
    days = [{**day, "date": day["date"].isoformat()} for day in given["holidays"]]
    return given | {"holidays": days}


@extend_schema_view(list=extend_schema(summary="Policies of promises, newest first"))
class Policies(mixins.ListModelMixin, Endpoints[ClockPolicy]):
    """How long promises last."""

    queryset = ClockPolicy.objects.none()
    serializer_class = shapes.PolicyShape

    def get_queryset(self) -> Any:
        """All: everybody may know how long an answer may take."""
        return ClockPolicy.objects.visible_to(self.request.user).with_list_columns()

    @extend_schema(summary="Set a promise", request=shapes.PolicyGiven, responses={201: shapes.PolicyShape})
    @once
    def create(self, request: Request) -> Response:
        """By an administrator, for clocks that start from then on; those that run keep theirs."""
        given = self.given(shapes.PolicyGiven)
        length = timedelta(seconds=given.pop("seconds"))
        made = actions.publish_policy(length=length, by=self.me, **given)
        return self.shown(self.get_queryset().get(pk=made.pk), shapes.PolicyShape, status=201)

    @extend_schema(
        summary="Let a branch be as all branches again",
        request=shapes.ReturnGiven,
        responses={201: shapes.PolicyShape},
    )
    @action(detail=False, methods=["post"], url_path="return", url_name="return")
    @once
    def give_back(self, request: Request) -> Response:
        """By an administrator, for clocks that start from then on. Refused (409) where it has no policy of its own."""
        made = actions.return_policy(by=self.me, **self.given(shapes.ReturnGiven))
        return self.shown(self.get_queryset().get(pk=made.pk), shapes.PolicyShape, status=201)
