"""Pages of tickets."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.who import me
from core import files
from core.errors import NotPossible
from core.http import acts, attempt, bound, reads
from core.numbers import plain
from core.pages import page
from core.transitions import why_not
from events.models import Event
from events.verbs import offers, perform
from tickets import actions, forms
from tickets.cards import kind_cards
from tickets.enums import Kind
from tickets.models import Attachment, Comment, Draft, Ticket
from tickets.verbs import VERBS

# Asking --------------------------------------------------------------------------------------------------------


@acts
def new(request: HttpRequest) -> HttpResponse:
    """Which kind of request? Choosing one opens a draft, or the unfinished one."""
    if request.method == "POST" and request.POST.get("kind") in Kind.values:
        draft = actions.begin_draft(kind=Kind(request.POST["kind"]), by=me(request))
        return redirect("tickets:draft", draft.pk, 1)
    drafts = Draft.objects.visible_to(me(request)).filter(ticket=None).exclude(fields={}).order_by("-pk")[:5]
    return render(request, "tickets/new.html", {"choices": kind_cards(), "drafts": drafts})


@acts
def draft(request: HttpRequest, pk: int, step: int) -> HttpResponse:
    """One of the three short steps. Every step is kept at once, so nothing typed is ever lost."""
    row = get_object_or_404(Draft.objects.visible_to(me(request)).select_related("ticket"), pk=pk)
    if row.ticket is not None:
        return redirect(row.ticket)
    if step == 3:
        return _last_step(request, row)
    form = bound(request, forms.What if step == 1 else forms.DETAILS[row.kind], initial=row.fields)
    if request.method == "POST":
        _keep(row, form, request)
        if form.is_valid() and attempt(
            form, actions.write_draft, draft=row, fields=form.cleaned_data, by=me(request)
        ):
            return redirect("tickets:draft", row.pk, step + 1)
    return _show_step(request, row, step, form)


def _keep(row: Draft, form: Any, request: HttpRequest) -> None:
    """Also what is not right yet is kept in the draft, as it was typed."""
    typed = {name: str(form.data.get(name, ""))[:20000] for name in form.fields if name in form.data}
    actions.write_draft(draft=row, fields=typed, by=me(request))


def _last_step(request: HttpRequest, row: Draft) -> HttpResponse:
    """Files are stored as they come; sending needs no file."""
    form = bound(request, forms.Files)
    if request.method == "POST" and form.is_valid() and _stored(form, row, request):
        if "add" in request.POST:
            return redirect("tickets:draft", row.pk, 3)
        if attempt(form, actions.send, draft=row, by=me(request)):
            row.refresh_from_db()
            assert row.ticket is not None
            messages.success(
                request, _("Your request %(number)s has arrived.") % {"number": row.ticket.number}
            )
            return redirect(row.ticket)
    return _show_step(request, row, 3, form)


def _stored(form: forms.Files, row: Draft, request: HttpRequest) -> bool:
    """All chosen files that can be taken are taken; the others are named with their reason."""
    chosen = form.cleaned_data["attachments"]
    refused = [f for f in chosen if not attempt(form, _attach, draft=row, file=f, by=me(request))]
    return not refused


def _attach(*, draft: Draft, file: Any, by: Any) -> Attachment:
    try:
        return actions.attach_to_draft(draft=draft, name=file.name, file=file, by=by)
    except NotPossible as refusal:
        raise NotPossible(f"{file.name}: {refusal}") from None


def _show_step(request: HttpRequest, row: Draft, step: int, form: Any) -> HttpResponse:
    first_missing = not row.fields.get("title") or not row.fields.get("description")
    if step > 1 and first_missing and request.method != "POST":
        return redirect("tickets:draft", row.pk, 1)
    line = [
        {
            "label": label,
            "state": "done" if n < step else "current" if n == step else "todo",
            "url": reverse("tickets:draft", args=[row.pk, n]),
        }
        for n, label in enumerate((_("What"), _("Details"), _("Files and sending")), start=1)
    ]
    context = {
        "draft": row,
        "form": form,
        "step": step,
        "line": line,
        "summary": _summary(row) if step == 3 else [],
    }
    context["files"] = list(row.attachments.order_by("pk")) if step == 3 else []
    return render(request, "tickets/draft.html", context, status=422 if form.errors else 200)


def _summary(row: Draft) -> list[dict[str, Any]]:
    """What will be sent, with the questions it answers."""
    shown = [*forms.What.base_fields.items(), *forms.DETAILS[row.kind].base_fields.items()]
    return [
        {"label": f.label, "value": _answer_label(f, row.fields[name])}
        for name, f in shown
        if row.fields.get(name)
    ]


def _answer_label(field: Any, value: Any) -> Any:
    return dict(getattr(field, "choices", None) or {}).get(value, value)


@acts
def detach(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file off a draft."""
    row = get_object_or_404(
        Attachment.objects.visible_to(me(request)).filter(draft__owner=me(request)), pk=pk
    )
    if request.method == "POST":
        actions.detach(attachment=row, by=me(request))
    return redirect("tickets:draft", row.draft_id, 3)


@acts
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    row = get_object_or_404(Draft.objects.visible_to(me(request)).filter(ticket=None), pk=pk)
    if request.method == "POST":
        actions.discard(draft=row, by=me(request))
        return redirect("portal:home")
    return render(request, "tickets/discard.html", {"draft": row})


# Reading -------------------------------------------------------------------------------------------------------


@reads
def index(request: HttpRequest) -> HttpResponse:
    """The list: what one may see, filtered by the address."""
    form = forms.Filter(request.GET)
    form.is_valid()
    rows = Ticket.objects.visible_to(me(request)).matching(**form.cleaned_data).with_list_columns()
    context = page(request, rows) | {"form": form, "triage": False}
    return render(request, "tickets/list.html", context)


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One ticket: where it stands, whose turn it is, what was said, what one can do."""
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)).with_list_columns(), pk=pk)
    user = me(request)
    comments = Comment.objects.visible_to(user).filter(ticket=ticket).select_related("author").order_by("pk")
    found = Attachment.objects.visible_to(user).filter(ticket=ticket).order_by("pk")
    context = {
        "ticket": ticket,
        "offers": offers(ticket, user, list(VERBS.values()), lambda verb: _url(verb.name, ticket)),
        "comments": list(comments.prefetch_related("attachments")),
        "files": [
            {"name": a.name, "url": reverse("tickets:file", args=[a.pk]), "size": a.size} for a in found
        ],
        "facts": _facts(ticket),
        "may_answer": why_not(ticket, "answer", user) is None,
        "may_note": why_not(ticket, "note", user) is None,
        "answer_form": forms.Answer(),
    }
    return render(request, "tickets/detail.html", context)


def _url(verb: str, ticket: Ticket) -> str:
    return reverse(f"tickets:{verb}", args=[ticket.pk])


def _facts(ticket: Ticket) -> list[dict[str, Any]]:
    """The answers of the request form, with their questions, then who and where."""
    questions = forms.DETAILS[ticket.kind].base_fields
    asked = [
        {"label": questions[name].label, "value": _answer_label(questions[name], value)}
        for name, value in ticket.details.items()
        if name in questions and value
    ]
    hours = ticket.estimate_hours
    who = [
        (_("Kind"), ticket.get_kind_display()),
        (_("Requester"), ticket.requester),
        (_("Branch"), ticket.branch),
        (_("Who does it"), ticket.assignee),
        (_("Estimate"), _("%(hours)s hours") % {"hours": plain(hours)} if hours is not None else None),
    ]
    return [*asked, *({"label": label, "value": value} for label, value in who if value)]


@reads
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole history of one ticket: who, what, when."""
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)), pk=pk)
    rows = Event.objects.about(ticket).visible_to(me(request), branch_id=ticket.branch_id).with_list_columns()
    return render(request, "tickets/timeline.html", {"ticket": ticket, "events": [_entry(e) for e in rows]})


def _entry(event: Event) -> dict[str, Any]:
    said = event.facts.get("excerpt", "")
    return {"icon": _icon(event.type), "who": event.who, "what": event.sentence, "at": event.at, "note": said}


_ICONS = (
    ("ticket.opened", "inbox"), ("ticket.accepted", "checks"), ("ticket.re", "x"), ("ticket.cancelled", "x"),
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
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


# Acting --------------------------------------------------------------------------------------------------------


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb of the ticket."""
    ticket = get_object_or_404(Ticket.objects.visible_to(me(request)).with_list_columns(), pk=pk)
    return perform(request, verb=VERBS[verb], thing=ticket, case=ticket, back=ticket.url, over=str(ticket))
