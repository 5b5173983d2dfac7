"""Who is calling: tokens, scopes, and the caller's own record."""

from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.enums import Scope
from accounts.models import ApiToken, Branch, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token kumala_...`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user; 401 for a token that is unknown, expired, revoked or of somebody who left."""
        scheme, _space, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "token":
            return None
        now = timezone.now()
        token = ApiToken.objects.valid(now).select_related("user__branch").filter(digest=actions.digest(secret)).first()
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is not valid or has expired."))
        actions.note_token_use(token=token, now=now)
        translation.activate(token.user.language)
        timezone.activate(token.user.zone)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing token a 401 instead of a 403."""
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the token in the OpenAPI document."""

    target_class = "accounts.api.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The header, as OpenAPI has it."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token kumala_…`"}


class SignedInWithScope(BasePermission):
    """A person, or a token whose scope covers the verb."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Reading tokens may not act."""
        if not request.user.is_authenticated:
            return False
        reads_only = isinstance(request.auth, ApiToken) and request.auth.scope == Scope.READ
        return request.method in SAFE_METHODS or not reads_only


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
