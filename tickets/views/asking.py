"""The pages of asking: kind, three short steps, files."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.who import me
from core.errors import NotPossible
from core.http import acts, attempt, bound, reads
from tickets import actions, forms, rules
from tickets.cards import answer_label, kind_cards
from tickets.enums import Kind
from tickets.models import Attachment, Draft, Guide, Ticket


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
    if step < 3:
        context |= _helpful(request, str(row.fields.get("title", "")))
    return render(request, "tickets/draft.html", context, status=422 if form.errors else 200)


def _summary(row: Draft) -> list[dict[str, Any]]:
    """What will be sent, with the questions it answers."""
    shown = [*forms.What.base_fields.items(), *forms.DETAILS[row.kind].base_fields.items()]
    return [
        {"label": f.label, "value": answer_label(f, row.fields[name])}
        for name, f in shown
        if row.fields.get(name)
    ]


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


# Helping oneself ------------------------------------------------------------------------------------------------

MOST_HINTS = 3  # of each kind: a panel beside a form, not a page of results


def _helpful(request: HttpRequest, title: str) -> dict[str, Any]:
    """Guides and solved requests that may be about the same as a title."""
    user, language = me(request), get_language() or "id"
    guides = Guide.objects.visible_to(user).about(title, language=language)
    solved = Ticket.objects.visible_to(user).solved_like(title, by=user)
    return {"guides": list(guides[:MOST_HINTS]), "solved": list(solved[:MOST_HINTS])}


@reads
def similar(request: HttpRequest, pk: int) -> HttpResponse:
    """What may help with a draft whose title is just being typed."""
    row = get_object_or_404(Draft.objects.visible_to(me(request)), pk=pk)
    context = {"draft": row} | _helpful(request, request.GET.get("title", "")[:150])
    return render(request, "tickets/hints.html", context)


@reads
def guides(request: HttpRequest) -> HttpResponse:
    """Help yourself: all guides in the reader's language first, or those that fit the words."""
    words, language = request.GET.get("q", "")[:150].strip(), get_language() or "id"
    user = me(request)
    rows = Guide.objects.visible_to(user).with_help(user)
    found = rows.about(words, language=language) if words else rows.published(language)
    context = {"guides": list(found[:50]), "words": words, "counts": rules.receives(None, user)}
    return render(request, "tickets/guides.html", context)


@reads
def guide(request: HttpRequest, pk: int) -> HttpResponse:
    """One guide; whoever came from a draft can go back to it, or needs it no more."""
    user = me(request)
    row = get_object_or_404(Guide.objects.visible_to(user).with_help(user), pk=pk)
    context = {"guide": row, "draft": _own_draft(request, request.GET), "counts": rules.receives(row, user)}
    return render(request, "tickets/guide.html", context)


def _own_draft(request: HttpRequest, sent: Any) -> Draft | None:
    """The unsent draft that the reader came from, if it is theirs."""
    number = sent.get("draft", "")
    mine = Draft.objects.visible_to(me(request)).filter(ticket=None)
    return mine.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None


@acts
def helped(request: HttpRequest, pk: int) -> HttpResponse:
    """The guide has helped: it is counted, and a draft that the reader came from is not needed any more."""
    row = get_object_or_404(Guide.objects.visible_to(me(request)), pk=pk)
    if request.method != "POST":
        return redirect(row)
    draft_row = _own_draft(request, request.POST)
    actions.say_it_helped(guide=row, draft=draft_row, by=me(request))
    if draft_row is None:
        messages.success(request, _("Good that it helped. Thank you for telling us."))
        return redirect(row)
    messages.success(request, _("Good that it helped. Nothing was sent, and the draft is gone."))
    return redirect("portal:home")
