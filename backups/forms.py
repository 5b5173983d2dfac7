"""What may be typed about backups."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from backups.enums import DATABASES, RepositoryKind, RunKind, RunState, TargetKind
from backups.models import BackupPolicy, Repository, Target

_HIDDEN = forms.PasswordInput(attrs={"autocomplete": "new-password"})


def _secret(label: Any, **facts: Any) -> forms.CharField:
    """Typed, sealed, and never shown again; left empty it stays what it is."""
    return forms.CharField(label=label, required=False, widget=_HIDDEN, max_length=400, **facts)


class _Keep(forms.ModelForm):  # type: ignore[type-arg]
    """Facts on record, and secrets that are only taken in."""

    secrets: tuple[str, ...] = ()

    def given(self) -> dict[str, str]:
        """The secrets that were typed."""
        return {name: self.cleaned_data[name] for name in self.secrets if self.cleaned_data.get(name)}

    def changes(self) -> list[str]:
        """Which facts were changed, without the secrets."""
        return [name for name in self.changed_data if name not in self.secrets]

    def require(self, *names: str) -> None:
        """Facts without which this kind cannot be reached."""
        for name in names:
            if not self.cleaned_data.get(name):
                self.add_error(name, _("This kind needs it."))


class KeepTarget(_Keep):
    """Something that must not be lost."""

    secrets = ("password", "key", "restore_user", "restore_password")
    password = _secret(_("Password"), help_text=_("Of the user who may only read."))
    key = forms.CharField(
        label=_("Private key for SSH"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=8000,
    )
    restore_user = forms.CharField(
        label=_("User who may restore"), required=False, max_length=100,
        help_text=_("Only for restores into this server; used when two have agreed, or beside the source."),
    )  # fmt: skip
    restore_password = _secret(_("Password of the user who may restore"))

    class Meta:
        model = Target
        fields = [
            "name", "kind", "branch", "is_sop", "host", "port", "database", "path", "username", "host_key",
            "newest_in", "newest_hours", "period_hours", "grace_minutes", "drill_days", "is_active",
        ]  # fmt: skip
        widgets = {"host_key": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branch: Any = self.fields["branch"]
        branch.queryset = Branch.objects.open()
        if self.instance.pk:
            self.fields["kind"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Each kind has what it needs to be reached."""
        kind = self.cleaned_data.get("kind")
        if kind in DATABASES:
            self.require("host", "database", "username")
        if kind == TargetKind.DIRECTORY:
            self.require("path")
        if kind == TargetKind.FILES:
            self.require("host", "path", "username", "host_key")
        path = self.cleaned_data.get("path") or ""
        if kind in (TargetKind.DIRECTORY, TargetKind.FILES) and path and not path.startswith("/"):
            self.add_error("path", _("A path from the root, as /srv/documents."))
        newest = self.cleaned_data.get("newest_in") or ""
        if newest and newest.count(".") not in (1, 2):
            self.add_error("newest_in", _("Table and column with a point between, as orders.created_at."))
        return self.cleaned_data


class KeepRepository(_Keep):
    """A place of copies."""

    secrets = ("password", "key", "access_key", "secret_key")
    password = _secret(
        _("Password of the repository"),
        help_text=_("Left empty for a new one, a long one is made."),
    )
    key = forms.CharField(
        label=_("Private key for SSH"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=8000,
    )
    access_key = forms.CharField(label=_("Access key (S3)"), required=False, max_length=200)
    secret_key = _secret(_("Secret key (S3)"))

    class Meta:
        model = Repository
        fields = [
            "name", "kind", "path", "host", "port", "username", "host_key", "is_offsite", "limit_kib", "is_active",
        ]  # fmt: skip
        widgets = {"host_key": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["kind"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Each kind has what it needs to be reached."""
        kind = self.cleaned_data.get("kind")
        if kind in (RepositoryKind.SFTP, RepositoryKind.APPEND):
            self.require("host", "username", "host_key")
        if kind == RepositoryKind.S3:
            self.require("host")
        path = self.cleaned_data.get("path") or ""
        if kind in (RepositoryKind.LOCAL, RepositoryKind.SFTP) and path and not path.startswith("/"):
            self.add_error("path", _("A path from the root, as /srv/backups."))
        return self.cleaned_data


class AddPolicy(forms.ModelForm):  # type: ignore[type-arg]
    """When a target is backed up where."""

    weekday = forms.TypedChoiceField(
        label=_("Day of the week"), required=False, coerce=int, empty_value=None,
        choices=[("", _("(weekly only)")), *WEEKDAYS.items()],
    )  # fmt: skip
    contacts = forms.ModelMultipleChoiceField(
        label=_("Also alarmed"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        label=_("If it does not lie apart from the main server: why it may"), required=False, max_length=250,
        help_text=_("Leave it empty otherwise. It is shown red with your name ever after."),
    )  # fmt: skip

    class Meta:
        model = BackupPolicy
        fields = [
            "repository", "rhythm", "at", "weekday", "day", "window_minutes", "keep_daily", "keep_weekly",
            "keep_monthly", "limit_kib",
        ]  # fmt: skip
        widgets = {"at": forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M")}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["repository"].queryset = Repository.objects.visible_to(user).in_use()
        fields["contacts"].queryset = User.objects.get_queryset().in_it().order_by("name", "pk")

    def _post_clean(self) -> None:
        """The action says what is wrong, for page and API alike."""


class AskRestore(forms.Form):
    """What is restored, and where to."""

    over_source = forms.TypedChoiceField(
        label=_("Where to"), coerce=lambda value: value == "over", initial="beside", widget=forms.RadioSelect,
        choices=[
            ("beside", _("Beside the source, under a name of its own")),
            ("over", _("Over the source: IT Manager and Database Manager must both agree")),
        ],
    )  # fmt: skip
    destination = forms.CharField(
        label=_("Name of the restored copy"), required=False, max_length=51,
        help_text=_("Small letters, digits and underscores, as before_the_mistake. For a copy beside the source."),
    )  # fmt: skip
    path = forms.CharField(
        label=_("Only this file or directory"), required=False, max_length=500,
        help_text=_("Left empty: all of it. Of databases only the whole."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Why"), max_length=500)


class Refuse(forms.Form):
    """Why not."""

    reason = forms.CharField(label=_("Why not"), max_length=500)


class Sure(forms.Form):
    """Nothing to fill in: the button is the decision."""


class WhichRuns(forms.Form):
    """Which runs a list shows."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *RunKind.choices])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *RunState.choices])
