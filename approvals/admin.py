"""The policies of approval in the administration: looked at there, published on their own pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from approvals import actions
from approvals.models import Certificate, Policy
from core.admin import AddOnly, Reference


@admin.register(Policy)
class PolicyPage(AddOnly, Reference):
    """Who decided on what, and since when."""

    list_display = ["kind", "threshold_hours", "man_day_hours", "note", "published_by", "valid_from"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version is published where it can be tried first."""
        return False


@admin.register(Certificate)
class CertificatePage(Reference):
    """Who signs with which certificate. Writing a reason revokes it, for good."""

    list_display = ["person", "serial", "issued_at", "expires_at", "revoked_at"]
    list_select_related = ["person"]
    search_fields = ["person__name", "serial"]
    ordering = ["-pk"]
    fields = ["person", "serial", "issued_at", "expires_at", "revoked_at", "revoked_reason"]
    readonly_fields = ["person", "serial", "issued_at", "expires_at", "revoked_at"]

    def keep(self, *, row: Any, fields: list[str], by: Any) -> Any:
        """Revoke it, for the reason that was written."""
        return actions.revoke_certificate(certificate=row, reason=row.revoked_reason, by=by)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Issued with the first signature, never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Once revoked it stays so."""
        return super().has_change_permission(request, obj) and (obj is None or obj.revoked_at is None)
