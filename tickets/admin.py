"""Reference data of the service desk: canned answers of IT, and guides for everybody."""

from django.contrib import admin

from core.admin import Reference
from events.actions import keep_reference
from tickets.models import CannedAnswer, Guide


@admin.register(CannedAnswer)
class CannedAnswerPage(Reference):
    """Sentences that IT writes often."""

    keep = staticmethod(keep_reference)
    fields = ["title", "text", "kind", "is_active"]
    list_display = ["title", "kind", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["title", "text"]
    ordering = ["title"]


@admin.register(Guide)
class GuidePage(Reference):
    """How to help oneself."""

    keep = staticmethod(keep_reference)
    fields = ["title", "text", "kind", "language", "is_published"]
    list_display = ["title", "kind", "language", "is_published"]
    list_filter = ["kind", "language", "is_published"]
    search_fields = ["title", "text"]
    ordering = ["title"]
