"""The pages of talking: answers and notes, changed words, canned answers, following, and who has it open."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.who import me
from core.errors import NotPossible, PermissionDenied
from core.http import acts, attempt, bound, reads
from core.transitions import why_not
from tickets import actions, forms, rules
from tickets.models import CannedAnswer, Comment, Presence, Ticket
from tickets.querysets import offered_to_mention
from tickets.views.reading import said, unsent


def _ticket(request: HttpRequest, pk: int) -> Ticket:
    found: Ticket = get_object_or_404(Ticket.objects.visible_to(me(request)).with_list_columns(), pk=pk)
    return found


@acts
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Write to everyone in the case; `?canned=3` puts a canned answer into the form."""
    return _write(request, pk, move="answer", form_class=forms.Answer, act=actions.answer)


@acts
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write among IT."""
    return _write(request, pk, move="note", form_class=forms.Note, act=actions.note)


def _write(request: HttpRequest, pk: int, *, move: str, form_class: Any, act: Any) -> HttpResponse:
    """The form on a page of its own. Who was slower reads what was written meanwhile; nothing typed is lost (409)."""
    user, ticket = me(request), _ticket(request, pk)
    refusal = why_not(ticket, move, user)
    if isinstance(refusal, PermissionDenied):
        raise refusal
    kept = unsent(ticket, user, move=move)
    canned = _canned_text(request, ticket, user)
    form = bound(request, form_class, initial={"text": canned or (kept.text if kept else "")})
    seen = _number(request.POST.get("seen", ""))
    if request.method == "POST" and form.is_valid():
        written: list[Comment] = []
        uploads = [(file.name, file) for file in form.cleaned_data["attachments"]]
        facts = {
            "ticket": ticket,
            "text": form.cleaned_data["text"],
            "uploads": uploads,
            "seen": seen,
            "by": user,
        }
        if attempt(form, lambda: written.append(act(**facts))):
            _say_who_is_unclear(request, written[0])
            return redirect(f"{ticket.url}#c{written[0].pk}")
        refusal = form.refusal
    news = said(ticket, user, {}, after=seen) if seen is not None else []
    context = {
        "ticket": ticket, "form": form, "move": move, "news": [c for c in news if c.author_id != user.pk],
        "refused": refusal.reason if refusal and request.method == "GET" else "",
        "rule": refusal.rule if refusal else "", "seen": _newest(ticket, user), "lost": bool(request.FILES),
        "keep": f"{move}-{ticket.pk}", "kept_at": kept.updated_at if kept and not canned else None,
    }  # fmt: skip
    status = 200 if request.method != "POST" else 409 if refusal else 422
    return render(request, "tickets/write.html", context, status=status)


@acts
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody has typed so far, sent by the page while they write; `?note=1` among IT."""
    user, ticket = me(request), _ticket(request, pk)
    if request.method != "POST":
        return redirect(ticket)
    text = request.POST.get("text", "")
    actions.keep_unsent(ticket=ticket, text=text, is_internal="note" in request.GET, by=user)
    return HttpResponse(status=204)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 19 else None


def _newest(ticket: Ticket, user: User) -> int:
    rows = Comment.objects.visible_to(user).filter(ticket=ticket).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def _say_who_is_unclear(request: HttpRequest, comment: Comment) -> None:
    """It was sent; but a name after an @ reached nobody, and the writer should know."""
    for name, people in comment.unclear_mentions.items():
        if people:
            names = ", ".join(str(p) for p in people)
            text = _("“@%(name)s” could be %(names)s: nobody was told. Write the full name.")
            messages.warning(request, text % {"name": name, "names": names})
        else:
            text = _("“@%(name)s” is nobody who can read this: nobody was told.")
            messages.warning(request, text % {"name": name})


# Canned answers ----------------------------------------------------------------------------------------------------


def _canned(ticket: Ticket, user: User) -> Any:
    return CannedAnswer.objects.visible_to(user).filter(kind__in=("", ticket.kind)).order_by("title", "pk")


def _canned_text(request: HttpRequest, ticket: Ticket, user: User) -> str:
    asked = _number(request.GET.get("canned", ""))
    found = _canned(ticket, user).filter(pk=asked).first() if asked is not None else None
    return found.filled(ticket, user) if found else ""


@reads
def canned(request: HttpRequest, pk: int) -> HttpResponse:
    """The sentences that IT writes often, with their places filled for this request."""
    user, ticket = me(request), _ticket(request, pk)
    if not rules.is_it_staff(ticket, user):
        raise PermissionDenied
    start = reverse("tickets:answer", args=[ticket.pk])
    found = [
        {"title": row.title, "text": row.filled(ticket, user), "url": f"{start}?canned={row.pk}"}
        for row in _canned(ticket, user)[:100]
    ]
    return render(request, "tickets/canned.html", {"ticket": ticket, "canned": found})


# Mentions ----------------------------------------------------------------------------------------------------------

MOST_NAMES = 8  # a longer list is not read while one writes


@reads
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom the writer may mention and whose name begins so (`q`), as options; with `note` in an internal note."""
    user, ticket, note = me(request), _ticket(request, pk), bool(request.GET.get("note"))
    if isinstance(why_not(ticket, "note" if note else "answer", user), PermissionDenied):
        raise PermissionDenied
    typed = " ".join(request.GET.get("q", "")[:60].split())
    rows = offered_to_mention(ticket, typed, by=user, internal=note).select_related("branch")
    return render(request, "tickets/people.html", {"people": list(rows[:MOST_NAMES])})


# Changed words -----------------------------------------------------------------------------------------------------


@acts
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own words; how they read before stays."""
    rows = Comment.objects.visible_to(me(request)).select_related("ticket", "author")
    comment = get_object_or_404(rows, pk=pk)
    if not rules.may_edit(comment, me(request)):
        raise PermissionDenied
    form = bound(request, forms.Edit, initial={"text": comment.text})
    if request.method == "POST" and form.is_valid():
        if attempt(form, actions.edit, comment=comment, text=form.cleaned_data["text"], by=me(request)):
            return redirect(f"{comment.ticket.url}#c{comment.pk}")
        return render(request, "tickets/edit.html", {"comment": comment, "form": form}, status=409)
    return render(
        request, "tickets/edit.html", {"comment": comment, "form": form}, status=422 if form.errors else 200
    )


# Following, and who has it open ------------------------------------------------------------------------------------


@acts
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow it, or no longer (`on` is empty); IT may name somebody else to be let go (`person`)."""
    ticket, user = _ticket(request, pk), me(request)
    if request.method == "POST":
        act = actions.watch if request.POST.get("on") else actions.unwatch
        key = _number(request.POST.get("person", ""))
        person = get_object_or_404(User.objects.get_queryset().visible_to(user), pk=key) if key else user
        try:
            act(ticket=ticket, person=person, by=user)
        except NotPossible as refusal:
            messages.error(request, str(refusal))
    return redirect(ticket)


@acts
def presence(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of IT has it open, besides the reader; posting says that the reader is here (`writing`: and writes)."""
    ticket, user = _ticket(request, pk), me(request)
    if request.method == "POST":
        actions.be_here(ticket=ticket, is_writing=bool(request.POST.get("writing")), by=user)
    fresh = Presence.objects.visible_to(user).filter(ticket=ticket, seen_at__gt=timezone.now() - actions.HERE)
    others = fresh.exclude(person=user).select_related("person").order_by("-is_writing", "person__name")
    shown = list(others[:10]) if rules.is_it_staff(ticket, user) else []
    return render(request, "tickets/presence.html", {"people": shown})
