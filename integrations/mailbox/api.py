"""Letters over the API. The actions are those of the pages."""

from typing import Any

from django.http import FileResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import once
from core.endpoints import AsIs, Endpoints, download
from integrations.mailbox import actions, shapes
from integrations.mailbox.enums import State
from integrations.mailbox.models import Message
from tickets.enums import Kind


class MessageFilter(filters.FilterSet):
    """Which letters a list shows; without any filter all of them."""

    state = filters.MultipleChoiceFilter(choices=State.choices)
    ticket = filters.NumberFilter(field_name="ticket_id")
    person = filters.NumberFilter(field_name="person_id")


@extend_schema_view(
    list=extend_schema(summary="Letters that came in, newest first"),
    retrieve=extend_schema(summary="One letter", responses=shapes.MessageDetailShape),
)
class Messages(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Message]):
    """Requests and answers by e-mail, and what was set aside. For IT staff and auditors of the whole group."""

    queryset = Message.objects.none()
    serializer_class = shapes.MessageShape
    filterset_class = MessageFilter

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Message.objects.visible_to(self.request.user).with_list_columns()

    def get_serializer_class(self) -> Any:
        """Lists are short; one letter is told in full."""
        return shapes.MessageShape if self.action == "list" else shapes.MessageDetailShape

    @extend_schema(summary="Take a letter in", request=shapes.AdmitGiven)
    @action(detail=True, methods=["post"])
    @once
    def admit(self, request: Request, pk: str) -> Response:
        """It becomes a request of the person, from the time it was received, or their answer in a ticket (SOP-A1)."""
        given = self.given(shapes.AdmitGiven)
        facts = given | {"kind": Kind(given["kind"])}
        actions.admit(message=self.get_object(), by=self.me, **facts)
        return self.shown(self.get_object())

    @extend_schema(summary="Read a letter again", request=None)
    @action(detail=True, methods=["post"], url_path="read-again")
    @once
    def read_again(self, request: Request, pk: str) -> Response:
        """As if it had just come; its time of receipt stays."""
        actions.read_again(message=self.get_object(), by=self.me)
        return self.shown(self.get_object())

    @extend_schema(summary="Throw a letter away", request=shapes.DiscardGiven)
    @action(detail=True, methods=["post"])
    @once
    def discard(self, request: Request, pk: str) -> Response:
        """Nothing comes of it; it is kept, with the reason."""
        reason = self.given(shapes.DiscardGiven)["text"]
        actions.discard(message=self.get_object(), reason=reason, by=self.me)
        return self.shown(self.get_object())

    @extend_schema(
        summary="The letter as it came", filters=False,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )  # fmt: skip
    @action(detail=True, methods=["get"], renderer_classes=[AsIs], pagination_class=None)
    def raw(self, request: Request, pk: str) -> FileResponse:
        """For a mail program; of a letter that was too large only its beginning."""
        message = self.get_object()
        return download(message.sha256, name=f"letter-{message.pk}.eml", content_type="message/rfc822")
