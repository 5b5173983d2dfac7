"""Calendars in the administration: their name, and whether a policy may choose them. Hours have their own pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from clocks.models import Calendar
from core.admin import Reference
from events.actions import keep_reference


@admin.register(Calendar)
class CalendarPage(Reference):
    """Rename it, or take it out of use."""

    keep = staticmethod(keep_reference)
    list_display = ["name", "is_active"]
    ordering = ["name"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A calendar begins with its first version, on its own page."""
        return False
