"""What people may type about developments and systems."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.confirming import Confirmed
from accounts.enums import TimeZone
from accounts.models import User
from core import widgets
from devflow.enums import TRIED, DeploymentResult, EnvironmentKind
from devflow.evasion import LEASTS, SHARES, Asked
from devflow.models import Build, CheckItem, DevelopmentRequest, Environment, System
from devflow.models.windows import MOST_FROZEN_DAYS
from devflow.models.work import HASH

MOST_LINES, MOST_QUESTIONS, LONGEST_LINE = 50, 10, 200  # of a checklist, of risk questions, characters
MOST_TO_RESTORE = 20  # older builds than these are not put back


class _Time(forms.TimeInput):
    """A time of day, picked with the browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "short"}, format="%H:%M")


class _Instant(forms.DateTimeInput):
    """A day and a time, in the reader's own time zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "short"}, format="%Y-%m-%dT%H:%M")


class Narrow(forms.Form):
    """Which developments a board, a timeline or a list shows."""

    system = forms.ChoiceField(label=_("System"), required=False)
    branch = forms.ChoiceField(label=_("Branch"), required=False)
    assignee = forms.ChoiceField(label=_("Who does it"), required=False)

    def __init__(self, data: Any, *, choices: dict[str, list[tuple[str, str]]]) -> None:
        super().__init__(data)
        for name, field in self.fields.items():
            field.choices = choices.get(name, [("", _("All"))])  # type: ignore[attr-defined]


class Plan(forms.Form):
    """Which system is changed."""

    system = forms.ModelChoiceField(label=_("System"), queryset=System.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].queryset = System.objects.in_use()  # type: ignore[attr-defined]


class Hours(forms.Form):
    """Hours that were worked."""

    day = forms.DateField(label=_("Day"), widget=widgets.Day, initial=timezone.localdate)
    hours = forms.DecimalField(
        label=_("Hours"), min_value=0.25, max_value=24, max_digits=4, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
    )  # fmt: skip
    note = forms.CharField(label=_("What was done"), max_length=250)


class TakeBack(forms.Form):
    """Why booked hours are taken back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=250, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stands in the history of the request."),
    )  # fmt: skip


class NewBuild(forms.Form):
    """A build, known by its version and its artefact."""

    version = forms.CharField(label=_("Version"), max_length=60)
    commit = forms.CharField(label=_("Commit"), max_length=64, required=False)
    artefact_hash = forms.CharField(label=_("Hash of the artefact"), max_length=128, required=False)


class Deploy(forms.Form):
    """How putting a build on a server went."""

    result = forms.ChoiceField(
        label=_("Result"), choices=[(r.value, r.label) for r in TRIED], initial=DeploymentResult.SUCCEEDED,
        widget=widgets.Cards(short=True),
    )  # fmt: skip
    notes = forms.CharField(
        label=_("Notes"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class DeployOnTraining(Deploy):
    """On Training, users test: say what."""

    scenarios = forms.CharField(
        label=_("What shall the user test?"), max_length=10000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("One scenario a line. The tester may add more."),
    )  # fmt: skip


class Hold(forms.Form):
    """Why the work stands still."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The requester reads it."),
    )  # fmt: skip


class Released(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A build with the request that it belongs to."""

    def label_from_instance(self, obj: Any) -> str:
        """Versions of two requests may be called the same."""
        return f"{obj.version} ({obj.request.ticket.number})"


class RollBack(forms.Form):
    """Why a build is taken out of Production, and what runs there instead."""

    reason = forms.CharField(
        label=_("What is wrong with it?"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    restore = Released(
        label=_("Put back"), queryset=Build.objects.none(), required=False, empty_label=_("Nothing"),
        help_text=_("The build that runs there again."),
    )  # fmt: skip

    def __init__(self, *args: Any, bad: Build, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = Build.objects.to_restore(bad).values_list("pk", flat=True)[:MOST_TO_RESTORE]
        rows = Build.objects.filter(pk__in=list(newest)).select_related("request__ticket").order_by("-pk")
        self.fields["restore"].queryset = rows  # type: ignore[attr-defined]


class Emergency(forms.Form):
    """Why a build cannot wait for its test."""

    reason = forms.CharField(
        label=_("Why can it not wait for the test?"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The IT Manager, and a Database Manager or Director, read it before they agree."),
    )  # fmt: skip


class Agree(Confirmed):
    """To agree is to confirm who one is, over what was shown."""

    shown = forms.CharField(widget=forms.HiddenInput)
    field_order = ["shown", "credential", "password"]


class End(forms.Form):
    """Why begun work ends."""

    reason = forms.CharField(
        label=_("Why does the work end?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The requester reads it."),
    )  # fmt: skip


class StopTimer(forms.Form):
    """What a timer becomes: hours, or nothing."""

    hours = forms.DecimalField(
        label=_("Hours"), min_value=0.25, max_value=12, max_digits=4, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.25"}),
        help_text=_("As the timer counted. Make it less if you did something else in between."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What was done"), max_length=250, error_messages={"required": _("Say what was done.")}
    )
    drop = forms.BooleanField(label=_("Throw this time away, nothing was worked"), required=False)

    def clean(self) -> dict[str, Any]:
        """What is booked says what was done; of what is thrown away nothing is asked."""
        typed = super().clean() or {}
        if typed.get("drop"):
            self.errors.clear()
        return typed


def _risk_fields(questions: dict[str, Any]) -> dict[str, forms.Field]:
    choices = [("yes", _("Yes")), ("no", _("No"))]
    return {
        name: forms.ChoiceField(label=question, choices=choices, widget=widgets.Cards(short=True))
        for name, question in questions.items()
    }


class Prepare(forms.Form):
    """What may go wrong with the release, and how it is undone."""

    risk_notes = forms.CharField(
        label=_("About the risks"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    rollback_plan = forms.CharField(
        label=_("Roll-back plan"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How the release is undone if it goes wrong, step by step, and how long that takes."),
    )  # fmt: skip

    def __init__(self, *args: Any, development: DevelopmentRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = development.questions
        self.fields |= _risk_fields(self.questions)
        self.order_fields([*self.questions, "risk_notes", "rollback_plan"])

    @property
    def risks(self) -> dict[str, bool]:
        """The answers."""
        return {name: self.cleaned_data[name] == "yes" for name in self.questions}


class Checklist(forms.Form):
    """The lines that are done, and new ones."""

    done = forms.ModelMultipleChoiceField(
        label=_("Done"),
        queryset=CheckItem.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    new = forms.CharField(
        label=_("New lines"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line."),
    )  # fmt: skip
    of_system = forms.BooleanField(label=_("Add the lines of the system's own checklist"), required=False)

    def __init__(self, *args: Any, development: DevelopmentRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if development.system is None or not development.system.checklist:
            del self.fields["of_system"]
        items = CheckItem.objects.filter(request=development).order_by("pk")
        self.fields["done"].queryset = items  # type: ignore[attr-defined]
        self.fields["done"].initial = [item.pk for item in items if item.done_at]
        if not items:
            del self.fields["done"]


class LinkCommit(forms.Form):
    """A commit and where it lies."""

    commit = forms.CharField(label=_("Commit"), max_length=64, validators=[HASH])
    repository = forms.CharField(
        label=_("Repository"), max_length=200, required=False, validators=[URLValidator(["https"])],
        widget=forms.URLInput(),
    )  # fmt: skip


class Review(forms.Form):
    """What happened, and what is learnt from it."""

    review = forms.CharField(
        label=_("Review"), max_length=10000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What happened, what was changed, and how it is avoided next time."),
    )  # fmt: skip


class GiveRelease(forms.Form):
    """For how long a robot may release the build."""

    hours = forms.IntegerField(
        label=_("Good for how many hours?"), min_value=1, max_value=72, initial=24,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )  # fmt: skip


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""


# Systems ---------------------------------------------------------------------------------------------------------


class LinesField(forms.CharField):
    """Several values, one in a line; empty lines count for nothing."""

    def __init__(self, *, rows: int = 3, most: int = 0, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), max_length=10000, **kwargs)
        self.most = most

    def clean(self, value: Any) -> Any:
        """A list of texts. With `most` each once, and ValidationError for more or longer ones than a list holds."""
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        if not self.most:
            return lines
        if len(lines) > self.most:
            raise ValidationError(_("At most %(most)s lines."), params={"most": self.most})
        if any(len(line) > LONGEST_LINE for line in lines):
            raise ValidationError(_("A line has at most %(most)s characters."), params={"most": LONGEST_LINE})
        return list(dict.fromkeys(lines))


class KeepSystem(forms.Form):
    """An application of the group, and who answers for it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    description = forms.CharField(label=_("What it is for"), max_length=250, required=False)
    owners = forms.ModelMultipleChoiceField(
        label=_("Owners in IT"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("At least one. They hear of it when something is wrong with the system."),
    )  # fmt: skip
    others = LinesField(
        label=_("Other owners"), required=False,
        help_text=_("One e-mail address in a line: whoever answers for the system in the business.")
    )  # fmt: skip
    repositories = LinesField(
        label=_("Repositories"), required=False, help_text=_("One address in a line, beginning with https://")
    )
    checklist = LinesField(
        label=_("Checklist"), required=False, rows=5, most=MOST_LINES,
        help_text=_("One line each. Every request that changes this system begins with these lines."),
    )  # fmt: skip
    risk_questions = LinesField(
        label=_("Risk questions of its own"), required=False, most=MOST_QUESTIONS,
        help_text=_("One line each, to be answered with yes or no before a release, beside the four of every system."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=_("In use: it can be chosen for developments"), required=False, initial=True
    )

    def __init__(self, *args: Any, system: System, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.system = system
        self.fields["owners"].queryset = User.objects.get_queryset().in_it().order_by("name", "pk")  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """Names are used once."""
        name: str = self.cleaned_data["name"]
        if System.objects.exclude(pk=self.system.pk).filter(name__iexact=name).exists():
            raise ValidationError(_("There is a system of this name already."))
        return name

    def clean_repositories(self) -> list[str]:
        """Addresses that a browser opens without sending anything in the clear."""
        for address in self.cleaned_data["repositories"]:
            try:
                URLValidator(["https"])(address)
            except ValidationError:
                raise ValidationError(
                    _("This is no address that begins with https://: “%(line)s”"),
                    params={"line": address[:80]},
                ) from None
        return list(self.cleaned_data["repositories"])

    def clean_others(self) -> list[User]:
        """People who may sign in."""
        found = []
        for address in self.cleaned_data["others"]:
            person = User.objects.get_queryset().people().filter(email__iexact=address).first()
            if person is None:
                raise ValidationError(
                    _("Nobody here has the address %(line)s."), params={"line": address[:80]}
                )
            found.append(person)
        return found

    def people(self) -> list[User]:
        """All owners."""
        return [*self.cleaned_data["owners"], *self.cleaned_data["others"]]

    def changes(self) -> list[str]:
        """Write what was typed into the system, not yet saved; the names of the fields that changed."""
        names = ("name", "description", "repositories", "checklist", "risk_questions", "is_active")
        changed = [name for name in names if getattr(self.system, name) != self.cleaned_data[name]]
        for name in changed:
            setattr(self.system, name, self.cleaned_data[name])
        return changed


def system_as_typed(system: System) -> dict[str, Any]:
    """A system as somebody would type it, to be changed."""
    if system.pk is None:
        return {}
    owners = list(system.owners.order_by("name", "pk"))
    in_it = set(User.objects.get_queryset().in_it().values_list("pk", flat=True))
    return {
        "name": system.name,
        "description": system.description,
        "repositories": "\n".join(system.repositories),
        "checklist": "\n".join(system.checklist),
        "risk_questions": "\n".join(system.risk_questions),
        "is_active": system.is_active,
        "owners": [person.pk for person in owners if person.pk in in_it],
        "others": "\n".join(person.email for person in owners if person.pk not in in_it),
    }


class KeepServer(forms.Form):
    """One server of a system."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        help_text=_("As your people call it; it may stay empty."),
    )
    address = forms.URLField(label=_("Address"), max_length=200, assume_scheme="https")
    version_address = forms.URLField(
        label=_("Address that tells the version"), max_length=200, required=False, assume_scheme="https",
        help_text=_("It answers with the version or commit that runs there, as text or JSON; we look every 15 min."),
    )  # fmt: skip
    deployers = forms.ModelMultipleChoiceField(
        label=_("Who may deploy here?"), queryset=User.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, *args: Any, kind: EnvironmentKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows, field, now = User.objects.get_queryset(), self.fields["deployers"], timezone.now()
        if kind == EnvironmentKind.PRODUCTION:
            field.queryset = rows.deploying_robots(now).order_by("name", "pk")  # type: ignore[attr-defined]
            field.help_text = _("The IT Manager releases. Robots that are ticked may carry out a release.")
        else:
            field.queryset = rows.in_it_or_deploying(now).order_by("is_robot", "name", "pk")  # type: ignore[attr-defined]
            field.help_text = _(
                "Nobody ticked: whoever works on a request. Robots deploy only where they are ticked."
            )


def server_as_typed(server: Environment | None) -> dict[str, Any]:
    """A server as somebody would type it, to be changed."""
    if server is None:
        return {}
    named = list(server.deployers.values_list("person_id", flat=True))
    return {
        "name": server.name,
        "address": server.address,
        "version_address": server.version_address,
        "deployers": named,
    }


class SamePair(forms.Form):
    """From when on the same people approve "nearly always"."""

    share = forms.IntegerField(
        label=_("At least so many percent"), min_value=SHARES[0], max_value=SHARES[1],
        widget=forms.NumberInput({"class": "form-control short"}),
    )  # fmt: skip
    least = forms.IntegerField(
        label=_("Of at least so many forms"), min_value=LEASTS[0], max_value=LEASTS[1],
        widget=forms.NumberInput({"class": "form-control short"}),
    )  # fmt: skip

    def __init__(self, data: Any) -> None:
        usual = Asked()
        super().__init__({"share": data.get("share", usual.share), "least": data.get("least", usual.least)})

    @property
    def asked(self) -> Asked:
        """What is asked for; the usual where the address says nothing that can be."""
        return Asked(**self.cleaned_data) if self.is_valid() else Asked()


class Between(forms.Form):
    """Which releases the notes of a system tell of."""

    since = forms.DateField(label=_("From"), required=False, widget=widgets.Day({"class": "form-control"}))
    until = forms.DateField(label=_("Until"), required=False, widget=widgets.Day({"class": "form-control"}))
    version = forms.CharField(
        label=_("After version"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"class": "form-control"}),
    )
    up_to = forms.CharField(
        label=_("Up to version"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"class": "form-control"}),
    )


# Windows and freezes -----------------------------------------------------------------------------------------------


class NewWindow(forms.Form):
    """Hours of the week in which Production may be released."""

    days = forms.TypedMultipleChoiceField(
        label=_("Days"), choices=list(WEEKDAYS.items()), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    opens = forms.TimeField(label=_("Opens"), widget=_Time)
    closes = forms.TimeField(
        label=_("Closes"), widget=_Time, help_text=_("Earlier than it opens: on the next day.")
    )
    zone = forms.ChoiceField(label=_("Time zone"), choices=TimeZone)


class NewFreeze(forms.Form):
    """Days on which nothing is released."""

    reason = forms.CharField(label=_("Reason"), max_length=120, help_text=_("For example: month-end closing"))
    starts_at = forms.DateTimeField(label=_("From"), required=False, widget=_Instant)
    ends_at = forms.DateTimeField(label=_("Until"), required=False, widget=_Instant)
    last_days = forms.IntegerField(
        label=_("Or every month: its last days"), required=False, min_value=0, max_value=MOST_FROZEN_DAYS, initial=0
    )  # fmt: skip
    first_days = forms.IntegerField(
        label=_("and its first days"), required=False, min_value=0, max_value=MOST_FROZEN_DAYS, initial=0
    )  # fmt: skip
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=TimeZone, help_text=_("By its midnight the days of a month begin.")
    )

    def facts(self) -> dict[str, Any]:
        """For the action."""
        typed = self.cleaned_data
        return typed | {name: typed[name] or 0 for name in ("last_days", "first_days")}
