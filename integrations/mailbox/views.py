"""Pages of letters that came in: the list of what waits, one letter, what was decided."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.who import me
from core.endpoints import download
from core.http import acts, reads
from core.pages import page
from events.verbs import offers, perform
from integrations.mailbox import forms
from integrations.mailbox.client import name_of
from integrations.mailbox.enums import State
from integrations.mailbox.models import Mailbox, Message
from integrations.mailbox.verbs import VERBS


def _reader(request: HttpRequest) -> User:
    """Who may open these pages; for everybody else they are not there."""
    user = me(request)
    if not user.reads_everything:
        raise Http404
    return user


@reads
def index(request: HttpRequest) -> HttpResponse:
    """The letters that wait for a decision, or those of a state."""
    user = _reader(request)
    rows = Message.objects.visible_to(user).with_list_columns()
    form = forms.Filter(request.GET)
    wanted = form.cleaned_data["state"] if form.is_valid() else ""
    if wanted != "all":
        rows = rows.filter(state=State(wanted)) if wanted else rows.waiting()
    context = page(request, rows) | {"form": form, "wanted": wanted, "box": _box(user)}
    return render(request, "mailbox/list.html", context)


@reads
def status(request: HttpRequest) -> HttpResponse:
    """How the mailbox does, for the page of those who run operations."""
    user = me(request)
    if not user.reads_everything and not user.runs_operations:
        raise Http404
    part = bool(getattr(request, "htmx", False))
    answer = render(
        request, "mailbox/status.html" if part else "mailbox/status_page.html", {"box": _box(user)}
    )
    answer["Vary"] = "HX-Request"
    return answer


def _box(user: User) -> Mailbox | None:
    """The mailbox that is read; None where none is."""
    if not settings.MAIL_IN_URL:
        return None
    return Mailbox.objects.visible_to(user).filter(name=name_of(settings.MAIL_IN_URL)).first()


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter: what it says, why it waits, what can be done."""
    message = _message(request, pk)
    found = offers(message, me(request), list(VERBS.values()), lambda verb: _url(verb.name, message))
    context = {"message": message, "offers": [o for o in found if not o.refusal], "facts": _facts(message)}
    return render(request, "mailbox/detail.html", context)


def _message(request: HttpRequest, pk: int) -> Message:
    return get_object_or_404(Message.objects.visible_to(_reader(request)).with_list_columns(), pk=pk)


def _url(verb: str, message: Message) -> str:
    return reverse(f"mailbox:{verb}", args=[message.pk])


def _facts(message: Message) -> list[dict[str, Any]]:
    shown = [
        (_("Written by"), message.sender),
        (_("Written to"), message.to),
        (_("Sender here"), message.person),
        (_("Decided by"), message.decided_by),
        (_("Remark"), message.remark),
    ]
    return [{"label": label, "value": value} for label, value in shown if value]


@reads
def raw(request: HttpRequest, pk: int) -> FileResponse:
    """The letter as it came, to be opened with a mail program; never shown as a part of our site."""
    message = _message(request, pk)
    return download(message.sha256, name=f"letter-{message.pk}.eml", content_type="message/rfc822")


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb."""
    message = _message(request, pk)
    return perform(
        request, verb=VERBS[verb], thing=message, case=message, back=message.url, over=str(message)
    )
