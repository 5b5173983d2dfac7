"""Systems and their three servers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin import Reference, Rows
from devflow.models import Environment, System
from events.actions import keep_reference


class EnvironmentRows(Rows):
    """Trial, Training and Production of a system."""

    model = Environment
    extra = 0
    max_num = 3

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was deployed there is history."""
        return False


@admin.register(System)
class SystemPage(Reference):
    """Systems."""

    keep = staticmethod(keep_reference)
    list_display = ["name", "description", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["name"]
    inlines = [EnvironmentRows]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Each server by the action."""
        formset.save(False)  # noqa: FBT003 - collects the rows, writes none
        for row in formset.new_objects:
            keep_reference(row=row, fields=["kind", "address"], by=request.user)
        for row, fields in formset.changed_objects:
            keep_reference(row=row, fields=list(fields), by=request.user)
