"""The policies of approval. A change is a new version; requests keep the one they were made under."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from approvals.models import Policy
from core.admin import AddOnly, Reference
from events.actions import keep_reference


@admin.register(Policy)
class PolicyPage(AddOnly, Reference):
    """Who decides, and from how many hours on."""

    keep = staticmethod(keep_reference)
    list_display = ["kind", "threshold_hours", "man_day_hours", "roles", "valid_from"]
    ordering = ["-pk"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new version begins as the newest one."""
        newest = Policy.objects.visible_to(request.user).order_by("-pk").first()
        names = ("kind", "threshold_hours", "man_day_hours", "roles")
        return {name: getattr(newest, name) for name in names} if newest else {}
