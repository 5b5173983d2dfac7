"""What the resources of the API are built from. `core.api` holds what Django REST framework itself is told to use."""

from typing import Any, TypeVar

from django.db import models
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from rest_framework import serializers, viewsets
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core import files
from core.errors import NotPossible
from core.transitions import why_not

M = TypeVar("M", bound=models.Model)


class Endpoints(viewsets.GenericViewSet[M]):
    """What the resources share: reading what was sent, answering with rows."""

    @property
    def me(self) -> Any:
        """The caller, who is signed in: permissions have been checked."""
        return self.request.user

    def given(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """What the caller sent, checked. Raises ValidationError, which becomes 400 with the fields' names."""
        sent = shape(data=self.request.data, context=self.get_serializer_context())
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data)

    def shown(
        self, row: Any, shape: type[serializers.BaseSerializer[Any]] | None = None, status: int = 200
    ) -> Response:
        """One row as the answer."""
        kind = shape or self.get_serializer_class()
        return Response(kind(row, context=self.get_serializer_context()).data, status=status)

    def listed(self, rows: models.QuerySet[Any], shape: type[serializers.BaseSerializer[Any]]) -> Response:
        """One page of rows as the answer, newest first."""
        page = self.paginate_queryset(rows)
        found = shape(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(found.data)


class Seen(serializers.PrimaryKeyRelatedField[Any]):
    """The id of a row that the caller may see; anything else is 400 with the field's name."""

    def __init__(self, model: type[models.Model], **kwargs: Any) -> None:
        super().__init__(queryset=model._default_manager.none(), **kwargs)

    def get_queryset(self) -> Any:
        """The rows of the model that the caller may see."""
        rows: Any = super().get_queryset()
        return rows.model._default_manager.get_queryset().visible_to(self.context["request"].user)


class GateShape(serializers.Serializer[Any]):
    """Whether the caller may do something now; if not, why, and by which clause of the SOP."""

    verb = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(allow_blank=True)


def gates(thing: models.Model, user: Any, moves: dict[str, str]) -> list[dict[str, Any]]:
    """For each verb (and the transition behind it) what `why_not` says: the same answer that the call would give."""
    return [{"verb": verb, **_gate(why_not(thing, move, user))} for verb, move in moves.items()]


def _gate(refusal: Exception | None) -> dict[str, Any]:
    reason = str(refusal) if isinstance(refusal, NotPossible) else _("Your roles do not allow this here.")
    return {
        "allowed": refusal is None,
        "reason": reason if refusal else "",
        "rule": getattr(refusal, "rule", ""),
    }


class AsIs(JSONRenderer):
    """For endpoints that answer with a file: whatever the caller accepts; only problems are JSON."""

    media_type = "*/*"


def download(sha256: str, *, name: str, content_type: str) -> FileResponse:
    """A stored file as an attachment: nothing that a person uploaded is ever shown as part of our site. 404 if gone."""
    stored = files.path_of(sha256)
    if not stored.exists():
        raise Http404
    answer = FileResponse(stored.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
