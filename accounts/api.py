"""The caller's own record, branches and people."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Branch, User


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the token in the OpenAPI document."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The header, as OpenAPI has it."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token kumala_…`"}


class BranchShape(serializers.ModelSerializer[Branch]):
    """A branch."""

    class Meta:
        model = Branch
        fields = ["id", "code", "name", "city", "time_zone"]


class PersonShape(serializers.ModelSerializer[User]):
    """A person as colleagues see them."""

    class Meta:
        model = User
        fields = ["id", "name", "email", "job_title"]


class RoleShape(serializers.Serializer[Any]):
    """A role one may use today."""

    role = serializers.CharField()
    branch = serializers.IntegerField(source="branch_id", allow_null=True)
    in_place_of = PersonShape(allow_null=True)


class MeShape(serializers.ModelSerializer[User]):
    """The caller."""

    branch = BranchShape(allow_null=True)
    roles = RoleShape(source="authorities", many=True)

    class Meta:
        model = User
        fields = ["id", "name", "email", "language", "branch", "roles"]


class Me(APIView):
    """Who am I, and in which roles?"""

    @extend_schema(responses=MeShape)
    def get(self, request: Request) -> Response:
        """The caller and the roles they may use today."""
        return Response(MeShape(request.user).data)


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
