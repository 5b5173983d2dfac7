"""Who is calling the API, and how far their token reaches."""

from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts import actions
from accounts.enums import Scope
from accounts.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token kumala_...`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user; 401 for a token that is unknown, expired, revoked or of somebody who left."""
        scheme, _space, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "token":
            return None
        now = timezone.now()
        token = (
            ApiToken.objects.valid(now)
            .select_related("user__branch")
            .filter(digest=actions.digest(secret))
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is not valid or has expired."))
        actions.note_token_use(token=token, now=now)
        translation.activate(token.user.language)
        timezone.activate(token.user.zone)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes a missing token a 401 instead of a 403."""
        return "Token"


class SignedInWithScope(BasePermission):
    """A person, or a token whose scope covers the act."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Reading tokens may not act; deploying ones reach only what says `open_to_robots`, and one's own record."""
        if not request.user.is_authenticated:
            return False
        scope = request.auth.scope if isinstance(request.auth, ApiToken) else Scope.WRITE
        if scope == Scope.DEPLOY:
            act = getattr(view, "action", None) or (request.method or "").lower()
            return act in getattr(view, "open_to_robots", ())
        return request.method in SAFE_METHODS or scope != Scope.READ
