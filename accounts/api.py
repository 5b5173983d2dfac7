"""The caller's own record, branches and people."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Branch, Team, User
from accounts.shapes import BranchShape, MeShape, PersonShape, TeamShape


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the token in the OpenAPI document."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The header, as OpenAPI has it."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token kumala_…`"}


class Me(APIView):
    """Who am I, and in which roles?"""

    open_to_robots = ("get",)

    @extend_schema(responses=MeShape)
    def get(self, request: Request) -> Response:
        """The caller and the roles they may use today."""
        me: Any = request.user
        return Response(MeShape(me).data)


class Branches(mixins.ListModelMixin, viewsets.GenericViewSet[Branch]):
    """All branches."""

    serializer_class = BranchShape
    queryset = Branch.objects.none()

    def get_queryset(self) -> Any:
        """Open branches."""
        return Branch.objects.visible_to(self.request.user).filter(is_active=True)


class People(mixins.ListModelMixin, viewsets.GenericViewSet[User]):
    """The people whom the caller may see."""

    serializer_class = PersonShape
    queryset = User.objects.none()

    def get_queryset(self) -> Any:
        """Active people, no robots."""
        return User.objects.get_queryset().visible_to(self.request.user).people()


class Teams(mixins.ListModelMixin, viewsets.GenericViewSet[Team]):
    """Teams of experts to whom a ticket can be escalated."""

    serializer_class = TeamShape
    queryset = Team.objects.none()

    def get_queryset(self) -> Any:
        """Those that take requests."""
        return Team.objects.visible_to(self.request.user).filter(is_active=True)
