"""Pages of systems: what runs where, what is being worked on, who answers for it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.who import me
from core.http import acts, attempt, bound, reads, status_of
from core.pages import Order, page
from devflow import actions, forms, rules
from devflow.enums import EnvironmentKind
from devflow.models import Deployment, DevelopmentRequest, Environment, System
from devflow.systems import Place, places, read_timetables, releases
from tickets.models import Ticket

BY_NAME = Order("name", descending=False)
MOST_OPEN = 20  # open requests on the page of a system; the rest is a list of its own


@reads
def index(request: HttpRequest) -> HttpResponse:
    """All systems by name; for IT, what runs where at a glance."""
    user = me(request)
    context = page(request, System.objects.visible_to(user), order=BY_NAME)
    found = [system.pk for system in context["rows"]]
    there = places(Environment.objects.visible_to(user).filter(system__in=found))
    counts = _open_counts(user, found)
    sees = _sees_servers(user)
    if sees:
        read_timetables(context["rows"])
    context["rows"] = [
        {
            "system": s,
            "places": _in_order(there.get(s.pk, [])),
            "open": counts.get(s.pk, 0),
            "state": releases(s) if sees else None,
        }
        for s in context["rows"]
    ]
    context |= {
        "kinds": list(EnvironmentKind),
        "sees_servers": sees,
        "new_url": _new_url(user),
    }
    return render(request, "devflow/systems.html", context)


def _sees_servers(user: User) -> bool:
    return bool(user.is_staff_member or user.is_staff)


def _new_url(user: User) -> str:
    return reverse("devflow:new-system") if rules.keeps_systems(None, user) else ""


def _open_counts(user: User, systems: list[int]) -> dict[int, int]:
    rows = DevelopmentRequest.objects.visible_to(user).open().filter(system__in=systems)
    return dict(rows.values_list("system").annotate(Count("pk")).order_by())


def _in_order(found: list[Place]) -> list[Place | None]:
    """One for each kind of server, in the order of SOP-A2; None where there is none."""
    by_kind = {place.server.kind: place for place in found}
    return [by_kind.get(kind) for kind in EnvironmentKind]


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One system: its servers and what runs there, open requests, owners, deployments."""
    user = me(request)
    system = get_object_or_404(System.objects.visible_to(user), pk=pk)
    servers = Environment.objects.visible_to(user).filter(system=system).prefetch_related("deployers__person")
    context: dict[str, Any] = {
        "system": system,
        "owners": list(system.owners.order_by("name", "pk")),
        "looks": rules.looks(system, user),
        "keeps": rules.keeps_systems(system, user),
        "edit_url": reverse("devflow:edit-system", args=[pk]) if rules.keeps_systems(system, user) else "",
        "sees_servers": _sees_servers(user),
        "state": releases(system),
        "kinds": [
            {"kind": kind, "place": place}
            for kind, place in zip(EnvironmentKind, _in_order(places(servers).get(pk, [])), strict=True)
        ],
        "open": _open(user, system),
        "open_count": _open_counts(user, [pk]).get(pk, 0),
    }
    context["seen"] = _seen_tickets(user, [row["place"] for row in context["kinds"]])
    history = Deployment.objects.visible_to(user).filter(environment__system=system).with_list_columns()
    return render(request, "devflow/system.html", context | page(request, history))


def _open(user: User, system: System) -> list[DevelopmentRequest]:
    rows = DevelopmentRequest.objects.visible_to(user).with_list_columns().open().filter(system=system)
    return list(rows.order_by("-pk")[:MOST_OPEN])


def _seen_tickets(user: User, found: list[Place | None]) -> set[int]:
    """The requests behind what runs now, as far as the reader may see them: others are named by their version only."""
    keys = {place.running.build.request.ticket_id for place in found if place and place.running}
    return set(Ticket.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True))


@acts
def keep(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new system, or other facts about one."""
    system = System() if pk is None else get_object_or_404(System.objects.visible_to(me(request)), pk=pk)
    rules.keepers_only(system, me(request))
    form = bound(request, forms.KeepSystem, system=system, initial=forms.system_as_typed(system))
    if request.method == "POST" and form.is_valid() and attempt(form, _keep, form=form, by=me(request)):
        messages.success(request, _("Kept: %(system)s.") % {"system": system})
        return redirect("devflow:system", system.pk)
    context = {"form": form, "system": system if pk else None}
    return render(request, "devflow/keep_system.html", context, status=status_of(form))


def _keep(*, form: forms.KeepSystem, by: User) -> None:
    changed = form.changes()
    actions.keep_system(system=form.system, owners=form.people(), fields=changed, by=by)


@acts
def server(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One server of a system: its address, and who may deploy there."""
    system = get_object_or_404(System.objects.visible_to(me(request)), pk=pk)
    if kind not in EnvironmentKind.values:
        raise Http404
    rules.keepers_only(system, me(request))
    row = Environment.objects.visible_to(me(request)).filter(system=system, kind=kind).first()
    which = EnvironmentKind(kind)
    form = bound(request, forms.KeepServer, kind=which, initial=forms.server_as_typed(row))
    if request.method == "POST" and form.is_valid():
        facts = {"system": system, "kind": which, "by": me(request)}
        if attempt(form, actions.keep_server, **facts, **form.cleaned_data):
            messages.success(request, _("Kept: %(system)s.") % {"system": f"{system} {which.label}"})
            return redirect("devflow:system", pk)
    context = {"form": form, "system": system, "kind": which}
    return render(request, "devflow/keep_server.html", context, status=status_of(form))


@acts
def look(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask a server at once which version it runs. By POST alone: a link asks nobody anything."""
    servers = Environment.objects.visible_to(me(request)).select_related("system")
    row = get_object_or_404(servers, system=pk, kind=kind)
    if not rules.looks(row.system, me(request)):
        raise PermissionDenied
    form = bound(request, forms.Sure)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, actions.look_now, server=row, by=me(request))
    ):
        return redirect("devflow:system", pk)
    context = {"form": form, "system": row.system, "server": row}
    return render(request, "devflow/look.html", context, status=status_of(form))
