"""Systems and their three servers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from core.admin import Reference, Rows
from devflow.models import Environment, System
from events.actions import keep_reference


class ServerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A server keeps its kind: what ran on Trial would otherwise count as tested on Training (SOP-A2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].disabled = self.instance.pk is not None


class EnvironmentRows(Rows):
    """Trial, Training and Production of a system."""

    model = Environment
    form = ServerForm
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
