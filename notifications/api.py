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
from notifications import actions
from notifications.models import Notification


class NotificationShape(serializers.ModelSerializer[Notification]):
    """Something the caller should know."""

    path = serializers.CharField(help_text="The page it is about.")

    class Meta:
        model = Notification
        fields = ["id", "title", "text", "path", "created_at", "read_at"]


class ReadShape(serializers.Serializer[Any]):
    """How many messages were marked."""

    read = serializers.IntegerField()


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
