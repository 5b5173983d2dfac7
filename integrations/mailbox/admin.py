"""Domains whose people may write without an account."""

from django.contrib import admin

from core.admin import Reference
from events.actions import keep_reference
from integrations.mailbox.models import AdmittedDomain


@admin.register(AdmittedDomain)
class DomainPage(Reference):
    """Admitted mail domains."""

    keep = staticmethod(keep_reference)
    list_display = ["domain", "branch", "is_active"]
    list_select_related = ["branch"]
    list_filter = ["is_active", "branch"]
    search_fields = ["domain"]
    ordering = ["domain"]
