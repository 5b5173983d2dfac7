"""Branches, people with their roles, substitutes, and the keys of programs."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import actions
from accounts.enums import IT_STAFF
from accounts.models import ApiToken, Branch, RoleAssignment, Substitution, Team, User, office_date
from core.admin import AddOnly, Reference, Rows
from events.actions import keep_reference


@admin.register(Branch)
class BranchPage(Reference):
    """Branches."""

    keep = staticmethod(keep_reference)
    list_display = ["code", "name", "city", "time_zone", "is_active"]
    list_filter = ["is_active", "time_zone"]
    search_fields = ["code", "name", "city"]
    ordering = ["code"]


class RoleRows(Rows):
    """Roles are given and taken back, never rewritten."""

    model = RoleAssignment
    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Take it back and give another."""
        return False


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What the administrator says about a person; passwords are the person's own."""

    class Meta:
        model = User
        fields = ["name", "email", "job_title", "phone", "branch", "language", "is_active"]

    def clean_email(self) -> str:
        """Addresses are compared without capitals."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class PersonPage(Reference):
    """People."""

    keep = staticmethod(keep_reference)
    form = PersonForm
    inlines = [RoleRows]
    list_display = ["name", "email", "job_title", "branch", "is_active"]
    list_filter = ["is_active", "roles__role", "branch"]
    search_fields = ["name", "email"]
    ordering = ["name"]
    actions = ["send_link"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Robots are nobody's business here."""
        rows: QuerySet[User] = User.objects.get_queryset().filter(is_robot=False)
        return rows.select_related("branch")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """A new person gets no password but a letter with a link to choose one."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            _send_link(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Roles by their actions."""
        given = formset.save(False)  # noqa: FBT003 - collects the rows, writes none
        by: Any = request.user
        for held in formset.deleted_objects:
            actions.revoke_role(held=held, by=by)
        for row in given:
            actions.grant_role(user=row.user, role=row.role, branch=row.branch, by=by)

    @admin.action(description=gettext_lazy("Send a link to choose a password"))
    def send_link(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        """For whoever is new or has forgotten it."""
        for person in rows.filter(is_active=True):
            _send_link(request, person)


def _send_link(request: HttpRequest, person: User) -> None:
    form = ResetPasswordForm(data={"email": person.email})
    if form.is_valid():
        form.save(request)
        messages.success(request, _("%(email)s gets a link to choose a password.") % {"email": person.email})


class SubstitutionForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who acts for whom, and when."""

    def clean(self) -> dict[str, Any]:
        """The same limits that the action has, told beside the form."""
        typed = super().clean() or {}
        if typed.get("last_date") and typed["last_date"] < office_date():
            raise forms.ValidationError(_("The last day lies before the first day or in the past."))
        return typed


@admin.register(Substitution)
class SubstitutionPage(AddOnly, Reference):
    """Substitutes."""

    form = SubstitutionForm
    list_display = ["absent", "substitute", "first_date", "last_date", "reason"]
    list_select_related = ["absent", "substitute"]
    autocomplete_fields = ["absent", "substitute"]
    ordering = ["-last_date"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """By the action that also an absent person uses; the row shown afterwards is the one it made."""
        by: Any = request.user
        days = {"first": obj.first_date, "last": obj.last_date}
        made = actions.name_substitute(
            absent=obj.absent, substitute=obj.substitute, **days, reason=obj.reason, by=by
        )
        obj.pk = made.pk


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A team with its members, who work in IT."""

    people = forms.ModelMultipleChoiceField(
        label=gettext_lazy("members"), queryset=User.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    class Meta:
        model = Team
        fields = ["name", "purpose", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["people"]
        staff = User.objects.get_queryset().people().filter(roles__role__in=IT_STAFF)
        people.queryset = staff.distinct().order_by("name", "pk")
        people.initial = list(self.instance.members.values_list("pk", flat=True)) if self.instance.pk else []


@admin.register(Team)
class TeamPage(Reference):
    """Teams of experts."""

    form = TeamForm
    fields = ["name", "purpose", "people", "is_active"]
    list_display = ["name", "purpose", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "purpose"]
    ordering = ["name"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """The team and its members by one action."""
        by: Any = request.user
        if form.changed_data or not change:
            fields, members = list(form.changed_data), form.cleaned_data["people"]
            actions.keep_team(team=obj, members=members, fields=fields, by=by)


@admin.register(ApiToken)
class TokenPage(AddOnly, Reference):
    """Keys of programs: their secrets are never shown again."""

    list_display = ["name", "user", "scope", "created_at", "expires_at", "used_at", "revoked_at"]
    list_select_related = ["user"]
    list_filter = ["scope"]
    search_fields = ["name", "user__name", "user__email"]
    exclude = ["digest"]
    ordering = ["-pk"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People make their own, robots get theirs by the command."""
        return False

    @admin.action(description=gettext_lazy("Revoke"))
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> None:
        """End them at once."""
        by: Any = request.user
        for token in rows.filter(revoked_at=None):
            actions.revoke_token(token=token, by=by)
