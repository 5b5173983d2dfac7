"""The policies of approval in the administration: looked at there, published on their own pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from approvals.models import Policy
from core.admin import AddOnly, Reference


@admin.register(Policy)
class PolicyPage(AddOnly, Reference):
    """Who decided on what, and since when."""

    list_display = ["kind", "threshold_hours", "man_day_hours", "note", "published_by", "valid_from"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version is published where it can be tried first."""
        return False
