"""The ledger's guards over the API: its seals, and how it stands."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.endpoints import Endpoints
from core.errors import PermissionDenied
from events import anchors, rules, shapes
from events.models import LedgerCheck, LedgerFinding, Seal


@extend_schema_view(
    list=extend_schema(summary="Seals of the ledger, newest first"),
    retrieve=extend_schema(summary="One seal"),
)
class Seals(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoints[Seal]):
    """One for each day; for IT and auditors of the whole group, and for those who run operations."""

    queryset = Seal.objects.none()
    serializer_class = shapes.SealShape

    def get_queryset(self) -> Any:
        """Those that the caller may see."""
        return Seal.objects.visible_to(self.request.user).with_list_columns()

    @extend_schema(summary="How the ledger stands", responses=shapes.LedgerShape)
    @action(detail=False, pagination_class=None, filter_backends=[])
    def state(self, request: Request) -> Response:
        """The newest seal, the newest checks, what was found and is still there, and how far the anchor reaches."""
        if not rules.guards(self.me):
            raise PermissionDenied
        findings = LedgerFinding.objects.visible_to(self.me).open().order_by("-found_at", "pk")[:100]
        told = {
            "seal": self.get_queryset().order_by("-pk").first(),
            "checks": LedgerCheck.objects.visible_to(self.me).order_by("-pk")[:4],
            "findings": findings,
            "whole": not findings,
            "anchored": anchors.latest_seal(anchors.place()),
        }
        return self.shown(told, shapes.LedgerShape)
