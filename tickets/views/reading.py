"""The pages of reading: one ticket, its history, its files."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery, prefetch_related_objects
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.who import me
from core import files, thumbnails, times
from core.http import reads, unless_unchanged
from core.numbers import shown
from core.templatetags.kumala import day
from core.transitions import fits_state, why_not
from events.models import Event
from events.verbs import Verb, offers
from tickets import forms, rules
from tickets.cards import answer_label
from tickets.models import AboutAsset, Attachment, Comment, Ticket, Tie, Unsent, Watcher
from tickets.related import Relation, related
from tickets.verbs import VERBS

LIVE = "talk"  # the part of the page that renews itself, and with it where the ticket stands


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket: where it stands, whose turn it is, what was said, what one can do."""
    user = me(request)
    ticket = _ticket(user, pk)
    files = _files(ticket, user)
    context = _talk(ticket, user, files) | _standing(ticket, user)
    if getattr(request, "htmx", None) and request.htmx.target == LIVE:  # type: ignore[attr-defined]
        return unless_unchanged(request, render(request, "tickets/renewed.html", context | {"renews": True}))
    context |= {
        "kept_at": ticket.kept_at,
        "files": files.get(None, []),
        "facts": _facts(ticket),
        "rating": ticket.rating if ticket.is_rated else None,
        "may_note": why_not(ticket, "note", user) is None,
        "answer_form": forms.Answer(initial={"text": ticket.kept_text or ""}),
    }
    return render(request, "tickets/detail.html", context)


def _standing(ticket: Any, user: User) -> dict[str, Any]:
    """Whose turn it is, and what the reader can do about it."""
    found = offers(ticket, user, _fitting(ticket), lambda verb: _url(verb.name, ticket))
    possible = [offer for offer in found if offer.refusal is None]
    held = [offer for offer in found if offer.refusal and fits_state(ticket, offer.verb.move)]
    return {
        "offers": [offer for offer in possible if not offer.verb.more],
        "more": [offer for offer in possible if offer.verb.more],
        "held": held,
        "waits_for_me": bool(ticket.asked_back_at) and rules.is_requester(ticket, user),
    }


def _talk(ticket: Any, user: User, files: dict[int | None, list[dict[str, Any]]]) -> dict[str, Any]:
    """The conversation, which renews itself; `seen` is its last answer."""
    comments = said(ticket, user, files)
    return {
        "ticket": ticket,
        "comments": comments,
        "seen": comments[-1].pk if comments else 0,
        "may_answer": why_not(ticket, "answer", user) is None,
        "may_split": rules.is_it_staff(ticket, user) and why_not(ticket, "split", user) is None,
        "live": LIVE,
    }


def _ticket(user: User, pk: int) -> Any:
    """With everything that stands on its page; 404 for whoever may not see it."""
    rows = Ticket.objects.visible_to(user).with_list_columns().select_related("rating")
    ties = Tie.objects.visible_to(user).filter(Q(first=OuterRef("pk")) | Q(second=OuterRef("pk")))
    mine = Unsent.objects.visible_to(user).filter(ticket=OuterRef("pk"), is_internal=False)
    things = AboutAsset.objects.visible_to(user).filter(ticket=OuterRef("pk"))
    found = rows.annotate(
        is_tied=Exists(ties),
        names_asset=Exists(things),
        kept_text=Subquery(mine.values("text")),
        kept_at=Subquery(mine.values("updated_at")),
    )
    return get_object_or_404(found, pk=pk)


def _fitting(ticket: Any) -> list[Verb]:
    """All verbs but those for which there is nothing: no whole to leave, or one already; no link, no asset; a rating.

    A development starts, is tested and ends in its own panel, which says what holds it there.
    """
    without = {"disown"} if ticket.parent_id is None else {"adopt"}
    without |= {"rate"} if ticket.is_rated else set()
    without |= set() if ticket.is_tied else {"untie"}
    without |= set() if ticket.names_asset else {"unname-asset"}
    without |= (
        {"start", "hand-over", "confirm", "send-back", "reopen", "split"} if ticket.is_development else set()
    )
    return [verb for verb in VERBS.values() if verb.name not in without]


def _files(ticket: Ticket, user: User) -> dict[int | None, list[dict[str, Any]]]:
    """The files one may see: by the answer they came with, and those of the request itself under None."""
    found: dict[int | None, list[dict[str, Any]]] = {}
    for row in Attachment.objects.visible_to(user).filter(ticket=ticket).order_by("pk"):
        shown = {"name": row.name, "url": reverse("tickets:file", args=[row.pk]), "size": row.size}
        if row.content_type in thumbnails.DRAWN:
            shown["small"] = reverse("tickets:small", args=[row.pk])
        found.setdefault(row.comment_id, []).append(shown)
    return found


def said(
    ticket: Ticket, user: User, files: dict[int | None, list[dict[str, Any]]], *, after: int = 0
) -> list[Any]:
    """What one may read of the conversation, oldest first, each with its `files` and `may_edit`."""
    rows = Comment.objects.visible_to(user).filter(ticket=ticket, pk__gt=after).select_related("author")
    comments: list[Any] = list(rows.order_by("pk"))
    prefetch_related_objects([c for c in comments if c.edited_at], "wordings")
    for comment in comments:
        comment.files = files.get(comment.pk, [])
        comment.may_edit = not ticket.has_ended and rules.may_edit(comment, user)
        comment.before = sorted(comment.wordings.all(), key=lambda w: w.pk) if comment.edited_at else []
    return comments


def unsent(ticket: Ticket, user: User, *, move: str) -> Unsent | None:
    """What the person has typed here and not sent yet, on whatever device; `move` is "answer" or "note"."""
    rows = Unsent.objects.visible_to(user).filter(ticket=ticket, is_internal=move == "note")
    return rows.first()


def _url(verb: str, ticket: Ticket) -> str:
    return reverse(f"tickets:{verb}", args=[ticket.pk])


@reads
def around(request: HttpRequest, pk: int) -> HttpResponse:
    """What hangs on a ticket: other requests, as far as one may see them, and who follows it."""
    user = me(request)
    ticket = get_object_or_404(Ticket.objects.visible_to(user), pk=pk)
    watchers = list(
        Watcher.objects.visible_to(user).filter(ticket=ticket).select_related("person").order_by("pk")
    )
    context = {
        "ticket": ticket,
        "groups": _groups(related(ticket, user)),
        "watchers": watchers if user.reads_notes(ticket.branch_id) else [],
        "may_watch": why_not(ticket, "watch", user) is None,
        "watches": any(row.person_id == user.pk for row in watchers),
    }
    return render(request, "tickets/around.html", context)


def _groups(relations: list[Relation]) -> list[dict[str, Any]]:
    """One group for each kind of relation, as they come."""
    groups: dict[str, dict[str, Any]] = {}
    for relation in relations:
        groups.setdefault(relation.code, {"label": relation.label, "relations": []})["relations"].append(
            relation
        )
    return list(groups.values())


def _facts(ticket: Ticket) -> list[dict[str, Any]]:
    """The answers of the request form, with their questions, then who and where."""
    # What was answered before its kind changed stands there as well; where two kinds ask alike, its own words count.
    questions: dict[str, Any] = {}
    for form in (forms.DETAILS[ticket.kind], *forms.DETAILS.values()):
        questions = form.base_fields | questions
    asked = [
        {"label": questions[name].label, "value": answer_label(questions[name], value)}
        for name, value in ticket.details.items()
        if name in questions and value
    ]
    hours = ticket.estimate_hours
    who = [
        (_("Kind"), ticket.get_kind_display()),
        (_("Requester"), ticket.requester),
        (_("Branch"), ticket.branch),
        (_("Channel"), ticket.get_channel_display()),
        (_("When the e-mail came"), _received(ticket)),
        (_("Who does it"), ticket.assignee),
        (_("Team"), ticket.team),
        (_("Planned"), _days(ticket)),
        (_("Estimate"), _("%(hours)s hours") % {"hours": shown(hours)} if hours is not None else None),
    ]
    return [*asked, *({"label": label, "value": value} for label, value in who if value)]


def _received(ticket: Ticket) -> str:
    """`3 November 2026, 08:15; taken in on 21 November 2026, 09:00`, where a letter is older than its clock may be."""
    if not (received := parse_datetime(ticket.details.get("received_at", ""))):
        return ""
    when = {"received": times.full(received), "asked": times.full(ticket.created_at)}
    return _("%(received)s; the clock counts from %(asked)s") % when


def _days(ticket: Ticket) -> str:
    """`23 November 2026 – 25 November 2026`; nothing while nothing is planned."""
    if ticket.start_date is None and ticket.finish_date is None:
        return ""
    return " – ".join(day(value) if value else "…" for value in (ticket.start_date, ticket.finish_date))


@reads
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole history of one ticket: who, what, when."""
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)), pk=pk)
    rows = Event.objects.about(ticket).visible_to(me(request), branch_id=ticket.branch_id).with_list_columns()
    return render(request, "tickets/timeline.html", {"ticket": ticket, "events": [_entry(e) for e in rows]})


def _entry(event: Event) -> dict[str, Any]:
    words = event.facts.get("excerpt", "") if event.type in _WITH_WORDS else ""
    return {
        "icon": _icon(event.type),
        "who": event.who,
        "what": event.sentence,
        "at": event.at,
        "note": words,
    }


_WITH_WORDS = ("ticket.answered",)  # others say them in their sentence
_ICONS = (
    ("ticket.opened", "inbox"), ("ticket.accepted", "checks"), ("ticket.reo", "rotate-2"),
    ("ticket.reclassified", "switch-horizontal"), ("ticket.re", "x"),
    ("ticket.asked", "message-question"), ("ticket.esc", "users-group"), ("ticket.taken", "hand-grab"),
    ("ticket.plan", "calendar"), ("ticket.merged", "arrows-join"), ("ticket.abs", "arrows-join"),
    ("ticket.split", "arrows-split"), ("ticket.tied", "link"), ("ticket.untied", "unlink"), ("ticket.rated", "star"),
    ("ticket.adopted", "sitemap"), ("ticket.part", "sitemap"), ("ticket.disowned", "sitemap-off"),
    ("ticket.edited", "pencil"), ("ticket.watched", "eye"), ("ticket.unwatched", "eye-off"), ("ticket.ment", "at"),
    ("ticket.closed", "flag-check"), ("ticket.cancelled", "x"), ("ticket.ended", "x"),
    ("ticket.an", "message"), ("ticket.noted", "note"), ("ticket.done", "flag-check"), ("ticket.est", "hourglass"),
    ("ticket.assigned", "user-share"), ("ticket.started", "player-play"), ("ticket.handed", "user-check"),
    ("ticket.sent", "thumb-down"), ("ticket", "point"),
    ("clock", "clock-hour-4"), ("approval.s", "signature"), ("approval", "file-text"),
    ("development.deploy", "rocket"), ("development.held", "barrier-block"), ("development", "code"),
)  # fmt: skip


def _icon(event_type: str) -> str:
    return next((icon for start, icon in _ICONS if event_type.startswith(start)), "point")


@reads
def file(request: HttpRequest, pk: int) -> FileResponse:
    """A file, for those who may see its ticket. Pictures and PDFs open; everything else is saved."""
    row = get_object_or_404(Attachment.objects.visible_to(me(request)), pk=pk)
    stored = files.path_of(row.sha256)
    if not stored.exists():
        raise Http404
    shown = row.content_type in files.SHOWN_INLINE
    answer = FileResponse(
        stored.open("rb"), as_attachment=not shown, filename=row.name, content_type=row.content_type
    )
    return _harmless(answer)


@reads
def small(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """A small picture of a picture, for those who may see the file; whatever cannot be drawn so leads to the file."""
    row = get_object_or_404(Attachment.objects.visible_to(me(request)), pk=pk)
    stored = files.path_of(row.sha256)
    found = (
        thumbnails.of(row.sha256, stored)
        if row.content_type in thumbnails.DRAWN and stored.exists()
        else None
    )
    if found is None:
        return redirect("tickets:file", pk=pk)
    return _harmless(FileResponse(found.open("rb"), content_type=thumbnails.CONTENT_TYPE))


def _harmless(answer: FileResponse) -> FileResponse:
    """Whatever is in it runs nothing in our origin."""
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer
