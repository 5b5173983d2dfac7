"""What several pages of the inventory need."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest

from accounts.models import User
from accounts.who import me
from core import files
from events.models import Event
from inventory import rules

_ICONS = {
    "asset.registered": "plus",
    "asset.changed": "pencil",
    "asset.state_changed": "arrows-exchange",
    "asset.verified": "circle-check",
    "asset.file_added": "paperclip",
    "asset.offered": "transfer",
    "asset.received": "signature",
    "asset.given_back": "arrow-back-up",
    "asset.not_taken": "x",
    "renewable.written": "plus",
    "renewable.changed": "pencil",
    "renewable.renewed": "refresh",
    "renewable.ended": "x",
    "renewable.file_added": "paperclip",
    "renewable.expiring": "alarm",
}


def reader(request: HttpRequest) -> User:
    """Who reads what is installed and what runs out; for everybody else these pages are not there."""
    user = me(request)
    if not rules.reads_records(None, user):
        raise Http404
    return user


def entry(event: Event) -> dict[str, Any]:
    """An event as the timeline shows it."""
    return {
        "icon": _ICONS.get(event.type, "point"),
        "who": event.who,
        "what": event.sentence,
        "at": event.at,
        "note": event.facts.get("note", ""),
    }


def opened(row: Any) -> FileResponse:
    """A stored file: pictures and PDFs open, everything else is saved; nothing in it can act. 404 if it is gone."""
    stored = files.path_of(row.sha256)
    if not stored.exists():
        raise Http404
    shown = row.content_type in files.SHOWN_INLINE
    return harmless(
        FileResponse(
            stored.open("rb"), as_attachment=not shown, filename=row.name, content_type=row.content_type
        )
    )


def harmless(answer: FileResponse) -> FileResponse:
    """A browser that shows it runs nothing in it."""
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
