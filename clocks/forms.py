"""What may be typed about calendars, policies and pauses."""

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from clocks.enums import DayOff, Promise
from clocks.models import Calendar, CalendarVersion
from clocks.working_time import Hours, Malformed, NoWorkingTime

DAYS = range(7)
_TIMES = re.compile(r"^(\d{1,2})[:.](\d\d)\s*[-–—]\s*(\d{1,2})[:.](\d\d)$")
_DAY = re.compile(r"^(\d{4}-\d\d-\d\d)\s+(.+)$")


class Pausing(forms.Form):
    """Why the time stands still."""

    reason = forms.CharField(
        label=_("Why?"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The requester reads it. Only the time from now on is left out."),
    )  # fmt: skip


class Resuming(forms.Form):
    """Nothing to type."""


class HoursField(forms.CharField):
    """The hours of one day as a person writes them: `08:00-12:00, 13:00-17:00`; empty is closed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=200, **kwargs)

    def clean(self, value: Any) -> Any:
        """A list of pairs, `[["08:00", "12:00"]]`. Raises ValidationError for what is no time or overlaps."""
        found = []
        for part in re.split(r"[,;]", super().clean(value) or ""):
            if not part.strip():
                continue
            match = _TIMES.match(part.strip())
            if match is None:
                raise forms.ValidationError(_("Write the hours like this: 08:00-12:00, 13:00-17:00"))
            begin, first, end, last = match.groups()
            found.append([f"{begin:0>2}:{first}", f"{end:0>2}:{last}"])
        try:
            Hours.of({"0": found})
        except Malformed:
            raise forms.ValidationError(
                _("Times go from 00:00 to 24:00, one after the other. Write a night shift as two days.")
            ) from None
        except NoWorkingTime:
            pass  # closed on this day
        return found


class DaysField(forms.CharField):
    """Days off, one in a line: `2026-12-25 Natal`."""

    widget = forms.Textarea(attrs={"rows": 8, "class": "figures"})

    def __init__(self, *, kind: DayOff, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=20000, **kwargs)
        self.kind = kind

    def clean(self, value: Any) -> Any:
        """A list of `{"date", "name", "kind"}`. Raises ValidationError that names the line that cannot be read."""
        found = []
        for line in (super().clean(value) or "").splitlines():
            if not line.strip():
                continue
            match = _DAY.match(line.strip())
            if match is None or not _is_day(match[1]):
                raise forms.ValidationError(
                    _("This line is no day with a name, like 2026-12-25 Natal: “%(line)s”"),
                    params={"line": line[:80]},
                )
            found.append({"date": match[1], "name": match[2].strip()[:100], "kind": self.kind.value})
        return found


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


class Week(forms.Form):
    """One version of a calendar: a line of hours for each day, and the days off."""

    note = forms.CharField(
        label=_("What changes?"),
        max_length=200,
        help_text=_("It stands beside every figure that moves by it."),
    )
    holidays = DaysField(
        kind=DayOff.HOLIDAY, label=_("Public holidays"), help_text=_("One in a line: date and name.")
    )
    leave = DaysField(
        kind=DayOff.LEAVE, label=_("Collective leave"), help_text=_("One in a line: date and name.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in DAYS:
            self.fields[f"day{day}"] = HoursField(
                label=WEEKDAYS[day],
                widget=forms.TextInput(attrs={"class": "figures", "placeholder": _("closed")}),
            )
        first = [name for name in ("name", "note") if name in self.fields]
        self.order_fields([*first, *(f"day{day}" for day in DAYS), "holidays", "leave"])

    def clean(self) -> dict[str, Any]:
        """A week without any working time is refused here, before anything else is asked."""
        typed: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(typed[f"day{day}"] for day in DAYS):
            self.add_error(
                None, _("Give at least one day hours: without any working time no promise would come due.")
            )
        return typed

    def segments(self) -> dict[str, Any]:
        """The week as the database keeps it."""
        return {str(day): self.cleaned_data[f"day{day}"] for day in DAYS}

    def days_off(self) -> list[dict[str, str]]:
        """Holidays and leave by date; a day that is both is a holiday."""
        found = {day["date"]: day for day in [*self.cleaned_data["leave"], *self.cleaned_data["holidays"]]}
        return [found[day] for day in sorted(found)]


class NewCalendar(Week):
    """A calendar that was not there before."""

    name = forms.CharField(label=_("Name"), max_length=60)


class NewPolicy(forms.Form):
    """How long a promise lasts from now on."""

    promise = forms.ChoiceField(label=_("Promise"), choices=Promise)
    branch = forms.ModelChoiceField(
        label=_("Only for branch"), queryset=Branch.objects.none(), required=False, empty_label=_("All branches"),
        help_text=_("What is set for a branch goes before what is set for all."),
    )  # fmt: skip
    hours = forms.DecimalField(
        label=_("Hours"), min_value=0, max_value=8784, max_digits=7, decimal_places=2,
        help_text=_("Working time where a calendar is chosen, else round the clock. 168 is a week."),
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    calendar = forms.ModelChoiceField(
        label=_("Working calendar"), queryset=Calendar.objects.none(), required=False, empty_label=_("Round the clock"),
    )  # fmt: skip
    may_pause = forms.BooleanField(label=_("The IT Manager may pause it, with a reason"), required=False)
    valid_from = forms.DateTimeField(
        label=_("From"), required=False, help_text=_("Empty: from now on. What runs already stays as promised."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "short"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = Branch.objects.get_queryset().open()  # type: ignore[attr-defined]
        self.fields["calendar"].queryset = Calendar.objects.get_queryset().active()  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """For the action."""
        typed = dict(self.cleaned_data)
        hours = typed.pop("hours")
        return typed | {"length": timedelta(seconds=int(hours * 3600))}


class Return(forms.Form):
    """From when on a branch is as all branches again."""

    valid_from = forms.DateTimeField(
        label=_("From"), required=False, help_text=_("Empty: from now on. What runs already stays as promised."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "short"}),
    )  # fmt: skip


def as_typed(version: CalendarVersion) -> dict[str, str]:
    """A version as somebody would type it, to be changed."""
    return {
        **{f"day{day}": hours_text(version.segments.get(str(day), [])) for day in DAYS},
        "holidays": days_text(version.holidays, DayOff.HOLIDAY),
        "leave": days_text(version.holidays, DayOff.LEAVE),
    }


def hours_text(segments: list[list[str]]) -> str:
    """`08:00-12:00, 13:00-17:00`"""
    return ", ".join("-".join(pair) for pair in segments)


def days_text(days: list[dict[str, str]], kind: DayOff) -> str:
    """One in a line."""
    return "\n".join(f"{day['date']} {day['name']}" for day in days if day["kind"] == kind)
