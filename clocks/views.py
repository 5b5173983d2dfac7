"""Pages of promises: one clock explained, what is promised, and which hours count."""

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from accounts.models import Branch
from accounts.who import me
from clocks import actions, forms, indonesia, rules
from clocks.enums import DayOff, Promise
from clocks.explaining import explanation, state_of
from clocks.models import Calendar, CalendarVersion, Clock, ClockPolicy, Pause
from clocks.verbs import VERBS
from core.http import acts, attempt, bound, reads
from core.pages import page
from events.verbs import offers, perform


def _clock(request: HttpRequest, pk: int) -> Clock:
    return get_object_or_404(Clock.objects.visible_to(me(request)).with_facts(), pk=pk)


@reads
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One clock: the figure, and line by line how it came about."""
    clock, now = _clock(request, pk), timezone.now()
    asked = Pause.objects.visible_to(me(request)).filter(clock=clock).select_related("by", "ended_by")
    pauses = list(asked.order_by("started_at"))
    context = {
        "clock": clock,
        "state": state_of(clock, now),
        "told": explanation(clock, now, pauses),
        "pauses": pauses,
        "paused_now": pauses[-1] if clock.is_paused and pauses else None,
        "case_url": case_url(clock),
        "case": _case(clock, me(request)),
        "offers": offers(
            clock, me(request), _fitting(clock), lambda v: reverse(f"clocks:{v.name}", args=[pk])
        ),
    }
    return render(request, "clocks/detail.html", context)


def _fitting(clock: Clock) -> list[Any]:
    """One of the two: a clock that runs can be paused, one that is paused can run again."""
    if not clock.is_running:
        return []
    return [VERBS["resume" if clock.is_paused else "pause"]]


def case_url(clock: Clock) -> str:
    """The page of the case; clocks do not know what it is, only where it is."""
    app, _dot, _model = clock.case_type.partition(".")
    return reverse(f"{app}:detail", args=[clock.case_id])


def _case(clock: Clock, user: Any) -> str:
    """What the clock is about, as its own app calls it: "T-00017 The printer is out"."""
    model: Any = apps.get_model(clock.case_type)
    return str(model.objects.visible_to(user).filter(pk=clock.case_id).first() or "")


@acts
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """The page of one verb: its form, or the reason why not."""
    clock = _clock(request, pk)
    back = reverse("clocks:detail", args=[pk])
    over = clock.get_promise_display()
    return perform(request, verb=VERBS[verb], thing=clock, case=clock.case, back=back, over=over)


@reads
def for_case(request: HttpRequest, case_type: str, case_id: int) -> HttpResponse:
    """The clocks of one case, as a part of its page."""
    rows = Clock.objects.visible_to(me(request)).in_case(case_type, case_id)
    now = timezone.now()
    found = [{"clock": clock, "state": state_of(clock, now)} for clock in rows]
    return render(request, "clocks/for_case.html", {"rows": found})


# What is promised --------------------------------------------------------------------------------------------------


@reads
def policies(request: HttpRequest) -> HttpResponse:
    """Every policy there ever was, newest first; those in force for new requests are marked."""
    user, now = me(request), timezone.now()
    rows = ClockPolicy.objects.visible_to(user).with_list_columns()
    context = page(request, rows)
    in_force = ClockPolicy.objects.visible_to(user).in_force_ids(now)
    context |= {"in_force": in_force, "may_set": rules.may_set(None, user)}
    return render(request, "clocks/policies.html", context | {"new_url": _to_publish(request, "new-policy")})


@acts
def new_policy(request: HttpRequest) -> HttpResponse:
    """Another length, calendar or permission to pause, for clocks that start from then on."""
    _administrators_only(request)
    form = bound(request, forms.NewPolicy)
    if request.method == "POST" and form.is_valid() and attempt(form, _set, form=form, by=me(request)):
        messages.success(request, _("It counts for new promises; those that run keep theirs."))
        return redirect("clocks:list")
    return render(request, "clocks/new_policy.html", {"form": form}, status=422 if form.errors else 200)


@acts
def return_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """The branch of this policy is as all branches again."""
    _administrators_only(request)
    policy = get_object_or_404(ClockPolicy.objects.visible_to(me(request)).of_branches(), pk=pk)
    form = bound(request, forms.Return)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, _return, form=form, policy=policy, by=me(request))
    ):
        said = _("%(branch)s is as all branches again; promises that run keep theirs.")
        messages.success(request, said % {"branch": policy.branch})
        return redirect("clocks:list")
    group = ClockPolicy.objects.visible_to(me(request)).in_force(
        policy.promise, branch_id=None, at=timezone.now()
    )
    context = {"form": form, "policy": policy, "group": group}
    refused = hasattr(form, "refusal")
    return render(
        request, "clocks/return_policy.html", context, status=409 if refused else 422 if form.errors else 200
    )


def _return(*, form: forms.Return, policy: ClockPolicy, by: Any) -> None:
    actions.return_policy(
        promise=Promise(policy.promise),
        branch=_branch_of(policy),
        valid_from=form.cleaned_data["valid_from"],
        by=by,
    )


def _branch_of(policy: ClockPolicy) -> Branch:
    assert policy.branch is not None  # one of `of_branches`
    return policy.branch


def _set(*, form: forms.NewPolicy, by: Any) -> None:
    actions.publish_policy(by=by, **form.facts())


# Which hours count -------------------------------------------------------------------------------------------------


@reads
def calendars(request: HttpRequest) -> HttpResponse:
    """All calendars."""
    rows = Calendar.objects.visible_to(me(request)).with_newest().order_by("name")
    return render(
        request, "clocks/calendars.html", {"rows": rows, "new_url": _to_publish(request, "new-calendar")}
    )


@reads
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One calendar as it counts now, and its versions."""
    row = get_object_or_404(Calendar.objects.visible_to(me(request)), pk=pk)
    asked = CalendarVersion.objects.visible_to(me(request)).filter(calendar=row)
    versions = list(asked.select_related("published_by").order_by("-number"))
    today = timezone.localdate().isoformat()
    context = {
        "calendar": row,
        "version": versions[0],
        "week": [
            {
                "label": WEEKDAYS[day],
                "value": forms.hours_text(versions[0].segments.get(str(day), [])) or _("closed"),
            }
            for day in forms.DAYS
        ],
        "coming": [_day(d) for d in versions[0].holidays if d["date"] >= today],
        "versions": versions,
        "new_url": _to_publish(request, "publish", pk),
    }
    return render(request, "clocks/calendar.html", context)


def _day(day: dict[str, str]) -> dict[str, Any]:
    return day | {"label": DayOff(day["kind"]).label}


@acts
def new_calendar(request: HttpRequest) -> HttpResponse:
    """A calendar, filled with office hours and the days off of Indonesia as far as they are known."""
    _administrators_only(request)
    form = bound(request, forms.NewCalendar, initial=_office_hours())
    if request.method == "POST" and form.is_valid() and attempt(form, _open, form=form, by=me(request)):
        messages.success(request, _("The calendar is there. A policy may name it now."))
        return redirect("clocks:calendars")
    return render(request, "clocks/publish.html", {"form": form}, status=422 if form.errors else 200)


def _office_hours() -> dict[str, str]:
    week = {f"day{day}": "08:00-12:00, 13:00-17:00" for day in range(5)}
    return {"note": _("The first version"), **week, **_known_days(timezone.localdate().year)}


def _known_days(*years: int) -> dict[str, str]:
    days = [day for year in years for day in indonesia.days_off(year)]
    return {"holidays": forms.days_text(days, DayOff.HOLIDAY), "leave": forms.days_text(days, DayOff.LEAVE)}


def _open(*, form: forms.NewCalendar, by: Any) -> None:
    typed = form.cleaned_data
    actions.open_calendar(
        name=typed["name"], segments=form.segments(), holidays=form.days_off(), note=typed["note"], by=by
    )


@acts
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version of a calendar. `?year=2027` adds the days off of that year that are known."""
    _administrators_only(request)
    row = get_object_or_404(Calendar.objects.visible_to(me(request)), pk=pk)
    newest = CalendarVersion.objects.visible_to(me(request)).newest(row.pk)
    form = bound(request, forms.Week, initial=_with_year(forms.as_typed(newest), request.GET.get("year", "")))
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, _publish, form=form, row=row, by=me(request))
    ):
        messages.success(request, _("Published. Promises that run are counted by it within moments."))
        return redirect("clocks:calendar", pk)
    year = timezone.localdate().year
    context = {"form": form, "calendar": row, "years": [str(year), str(year + 1)]}
    return render(request, "clocks/publish.html", context, status=422 if form.errors else 200)


def _with_year(typed: dict[str, str], year: str) -> dict[str, str]:
    if not (year.isdecimal() and 2000 <= int(year) <= 2100):
        return typed
    known = _known_days(int(year))
    return typed | {name: _merged(typed[name], known[name]) for name in known}


def _merged(old: str, new: str) -> str:
    """By date; what the administrator wrote about a day stays."""
    return "\n".join(sorted(({line[:10]: line for line in [*new.splitlines(), *old.splitlines()]}).values()))


def _publish(*, form: forms.Week, row: Calendar, by: Any) -> None:
    actions.publish_calendar(
        calendar=row,
        segments=form.segments(),
        holidays=form.days_off(),
        note=form.cleaned_data["note"],
        by=by,
    )


def _to_publish(request: HttpRequest, name: str, *args: int) -> str:
    """The address, for those who may."""
    return reverse(f"clocks:{name}", args=args) if rules.may_set(None, me(request)) else ""


def _administrators_only(request: HttpRequest) -> None:
    if not rules.may_set(None, me(request)):
        raise PermissionDenied
