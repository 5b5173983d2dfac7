"""Pages of release windows and freezes: of one system, or of all."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import TimeZone
from accounts.who import me
from core.http import acts, attempt, bound, reads, status_of
from devflow import actions, forms, rules
from devflow.models import Freeze, System, Window
from devflow.systems import releases

MOST = 100  # of each kind; more rules than that nobody can follow
FORMS = {"window": forms.NewWindow, "freeze": forms.NewFreeze}
TABLES: dict[str, Any] = {"window": Window, "freeze": Freeze}


@reads
def windows(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """When releases are open: what counts for this system, or for all."""
    user, system = me(request), _system(request, pk)
    if not (user.is_staff_member or user.is_staff):
        raise Http404
    context = {
        "system": system,
        "windows": list(_of(Window, request, system)[:MOST]),
        "freezes": list(_of(Freeze, request, system)[:MOST]),
        "keeps": rules.keeps_systems(system, user),
        "add": {kind: _address("add-when", system, kind) for kind in FORMS},
        "state": releases(system) if system else None,
        "others": [] if system else list(System.objects.visible_to(user).with_own_times()[:MOST]),
    }
    return render(request, "devflow/windows.html", context)


def _of(model: Any, request: HttpRequest, system: System | None) -> Any:
    rows = model.objects.visible_to(me(request)).select_related("system", "added_by")
    rows = rows.of_system(system.pk) if system else rows.counting().filter(system=None)
    return rows.order_by("-pk")


def _system(request: HttpRequest, pk: int | None) -> System | None:
    return None if pk is None else get_object_or_404(System.objects.visible_to(me(request)), pk=pk)


def _address(name: str, system: System | None, *rest: Any) -> str:
    """The same page for one system or for all."""
    return (
        reverse(f"devflow:{name}", args=[system.pk, *rest])
        if system
        else reverse(f"devflow:{name}-all", args=rest)
    )


@acts
def add(request: HttpRequest, kind: str, pk: int | None = None) -> HttpResponse:
    """Another window or freeze."""
    system = _system(request, pk)
    if kind not in FORMS:
        raise Http404
    rules.keepers_only(system, me(request))
    form = bound(request, FORMS[kind], initial={"zone": TimeZone.WIB})
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, _add, form=form, system=system, by=me(request))
    ):
        messages.success(request, _("It counts from now on."))
        return redirect(_address("windows", system))
    context = {"form": form, "system": system, "kind": kind, "back": _address("windows", system)}
    return render(request, "devflow/add_when.html", context, status=status_of(form))


def _add(*, form: Any, system: System | None, by: Any) -> None:
    if isinstance(form, forms.NewWindow):
        actions.add_window(system=system, by=by, **form.cleaned_data)
    else:
        actions.add_freeze(system=system, by=by, **form.facts())


@acts
def end(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """A window or freeze that no longer counts."""
    if kind not in TABLES:
        raise Http404
    row = get_object_or_404(TABLES[kind].objects.visible_to(me(request)).select_related("system"), pk=pk)
    rules.keepers_only(row.system, me(request))
    form, back = bound(request, forms.Sure), _address("windows", row.system)
    if request.method == "POST" and form.is_valid() and attempt(form, _end, row=row, by=me(request)):
        messages.success(request, _("It no longer counts."))
        return redirect(back)
    context = {"form": form, "row": row, "kind": kind, "back": back}
    return render(request, "devflow/end_when.html", context, status=status_of(form))


def _end(*, row: Window | Freeze, by: Any) -> None:
    if isinstance(row, Window):
        actions.end_window(window=row, by=by)
    else:
        actions.end_freeze(freeze=row, by=by)
