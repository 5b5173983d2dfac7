"""Every component on one page, with made-up content: for eyes, for axe, for whoever needs the right one."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import widgets


class Sample(forms.Form):
    """One field of every kind."""

    kind = forms.ChoiceField(
        label="What do you need?",
        choices=[("repair", "Something is broken"), ("data", "Data must change"), ("build", "Something new")],
        widget=widgets.Cards(
            icons={"repair": "tool", "data": "database-edit", "build": "code"},
            hints={
                "repair": "A computer, the network, a programme",
                "data": "A correction",
                "build": "A new screen",
            },
        ),
    )
    verdict = forms.ChoiceField(
        label="Result", choices=[("passed", "Passed"), ("failed", "Failed")], widget=widgets.Cards(short=True)
    )
    title = forms.CharField(
        label="In one line", help_text="As you would say it on the telephone.", max_length=120
    )
    details = forms.CharField(label="Details", widget=forms.Textarea, required=False)
    branch = forms.ChoiceField(
        label="Branch", choices=[("", "Choose"), ("bdg", "Bandung"), ("dps", "Denpasar")]
    )
    wanted_date = forms.DateField(label="Wanted by", widget=widgets.Day, required=False)
    attachments = widgets.FilesField(label="Files", help_text="At most 20 MB each.", required=False)
    teams = forms.MultipleChoiceField(
        label="Teams",
        choices=[("net", "Network"), ("db", "Database")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    agree = forms.BooleanField(label="I have read the form")
    signature = forms.Field(label="Your full name", widget=widgets.Signature)
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class Approve(forms.Form):
    """A signature and its confirmation."""

    signature = forms.Field(label="Your full name", widget=widgets.Signature)
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class Refuse(forms.Form):
    """A reason and its confirmation."""

    reason = forms.CharField(label="Why not?", widget=forms.Textarea)
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """The page; 404 outside a demonstration."""
    if not settings.DEMO:
        raise Http404
    data = {"title": ""} if "errors" in request.GET else None
    return render(request, "gallery.html", _content() | {"form": Sample(data), **_decision()})


def _decision() -> dict[str, Any]:
    return {"approve_form": Approve(auto_id="approve_%s"), "refuse_form": Refuse(auto_id="refuse_%s")}


def _content() -> dict[str, Any]:
    now = timezone.now()
    ago = [now - timedelta(minutes=minutes) for minutes in (3000, 900, 40)]
    person = SimpleNamespace(name="Sari Wulandari", initials="SW", email="requester@kumala.example")
    steps = [
        {"label": "Received", "state": "done", "at": ago[0]},
        {"label": "Accepted", "state": "done", "at": ago[1]},
        {"label": "In progress", "state": "current", "at": ago[2]},
        {"label": "Your test", "state": "todo", "at": None},
        {"label": "In use", "state": "todo", "at": None},
    ]
    ticket = {
        "url": "#",
        "number": "KMT-000231",
        "title": "Stock report per warehouse",
        "status": "in_progress",
    }
    return {
        "now": now,
        "soon": now + timedelta(minutes=12),
        "later": now + timedelta(hours=2),
        "past": now - timedelta(minutes=65),
        "person": person,
        "steps": steps,
        "stopped": [*steps[:2], {"label": "Refused", "state": "stopped", "at": ago[2]}],
        "wizard": [
            {"label": "What", "state": "done", "url": "#"},
            {"label": "Details", "state": "current"},
            {"label": "Check", "state": "todo"},
        ],
        "ticket": ticket
        | {"status_label": "In Progress", "sentence": "Answered at 14:32 WIB", "steps": steps},
        "statuses": ["new", "waiting", "in_progress", "user_testing", "done", "rejected", "cancelled"],
        "events": _events(ago),
        "facts": [{"label": "Branch", "value": "Bandung"}, {"label": "Estimate", "value": "24 h"}],
        "files": [{"name": "stock-opname-march.xlsx", "url": "#", "size": 482133}],
        "choices": [
            {
                "label": "Report trouble",
                "hint": "Something does not work",
                "url": "#",
                "icon": "tool",
                "tone": "warm",
            },
            {
                "label": "Change data",
                "hint": "It is wrong",
                "url": "#",
                "icon": "database-edit",
                "tone": "cool",
            },
            {
                "label": "Ask for a development",
                "hint": "Something new",
                "url": "#",
                "icon": "sparkles",
                "tone": "",
            },
        ],
        "tabs": [
            {"label": "Open", "url": "#", "active": True, "count": 12},
            {"label": "Mine", "url": "#", "active": False},
        ],
        "columns": ["Request", "Status", "Answer", "Hours"],
    }


def _events(ago: list[Any]) -> list[dict[str, Any]]:
    return [
        {"icon": "inbox", "who": "Sari Wulandari", "what": "filed the request", "at": ago[0]},
        {
            "icon": "message",
            "who": "Budi Santoso",
            "what": "answered",
            "at": ago[1],
            "note": "We shall look at it this afternoon.\nWhich warehouse comes first?",
        },
        {
            "icon": "signature",
            "who": "Rina",
            "what": "approved the BRM",
            "at": ago[2],
            "acting_for": "Agus Salim",
        },
    ]
