"""One's own messages over the API."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import once
from core.endpoints import Endpoints
from notifications import actions, wishes
from notifications.enums import Kind, Letter
from notifications.models import Notification


class NotificationShape(serializers.ModelSerializer[Notification]):
    """Something the caller should know."""

    path = serializers.CharField(help_text="The page it is about.")

    class Meta:
        model = Notification
        fields = ["id", "kind", "title", "text", "path", "created_at", "read_at"]


class ReadShape(serializers.Serializer[Any]):
    """How many messages were marked."""

    read = serializers.IntegerField()


class WishShape(serializers.Serializer[Any]):
    """How the caller hears of one kind of news."""

    kind = serializers.ChoiceField(Kind.choices)
    on_bell = serializers.BooleanField()
    letter = serializers.ChoiceField(Letter.choices, help_text="At once, gathered into one, or never.")
    fixed = serializers.BooleanField(read_only=True, help_text="Nobody in this role can switch it off.")


class PreferencesShape(serializers.Serializer[Any]):
    """How the caller hears of everything."""

    hour = serializers.IntegerField(
        min_value=0, max_value=23, allow_null=True, required=False,
        help_text="When gathered letters leave, in the time of the caller's branch; null: every full hour.",
    )  # fmt: skip
    kinds = WishShape(many=True, required=False)


class NotificationFilter(filters.FilterSet):
    """Which messages a list shows."""

    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label="Not opened yet.")


@extend_schema_view(list=extend_schema(summary="One's own messages, newest first"))
class Notifications(mixins.ListModelMixin, Endpoints[Notification]):
    """The bell."""

    queryset = Notification.objects.none()
    serializer_class = NotificationShape
    filterset_class = NotificationFilter

    def get_queryset(self) -> Any:
        """The caller's."""
        return Notification.objects.visible_to(self.request.user)

    @extend_schema(summary="Mark as read", request=None, responses=NotificationShape)
    @action(detail=True, methods=["post"])
    @once
    def read(self, request: Request, pk: str) -> Response:
        """The caller has seen it."""
        return self.shown(actions.read(note=self.get_object(), by=self.me))

    @extend_schema(summary="Mark all as read", request=None, responses=ReadShape)
    @action(detail=False, methods=["post"], url_path="read-all")
    @once
    def read_all(self, request: Request) -> Response:
        """The caller has seen them all."""
        return Response({"read": actions.read_all(by=self.me)})

    @extend_schema(summary="What one wants to hear of", responses=PreferencesShape, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def preferences(self, request: Request) -> Response:
        """For each kind of news: on the bell, and when as a letter."""
        return Response(self._preferences())

    @extend_schema(
        summary="Choose what one wants to hear of", request=PreferencesShape, responses=PreferencesShape
    )
    @preferences.mapping.patch
    @once
    def prefer(self, request: Request) -> Response:
        """Changes the kinds that are named; the others stay. What the SOP asks for cannot be switched off."""
        given = self.given(PreferencesShape)
        wanted = {Kind(w["kind"]): (w["on_bell"], Letter(w["letter"])) for w in given.get("kinds", [])}
        hour = given["hour"] if "hour" in given else wishes.digest_hour(self.me)
        actions.prefer(by=self.me, wanted=wanted, hour=hour)
        return Response(self._preferences())

    def _preferences(self) -> dict[str, Any]:
        rows = [
            {"kind": kind, "on_bell": wish.on_bell, "letter": wish.letter, "fixed": wish.fixed}
            for kind, wish in wishes.wishes(self.me).items()
        ]
        return dict(PreferencesShape({"hour": wishes.digest_hour(self.me), "kinds": rows}).data)
