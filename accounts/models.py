"""Tables of people, branches, roles, substitutes and tokens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.enums import DECIDERS, IT_STAFF, Factor, Role, Scope, Theme, TimeZone, Unproven
from accounts.querysets import (
    BranchRows,
    ChallengeRows,
    ConfirmationRows,
    RoleRows,
    SubstitutionRows,
    TeamMemberRows,
    TeamRows,
    TokenRows,
    UserManager,
)


def office_date() -> date:
    """Today at head office: the dates of substitutions are counted there, here and in PostgreSQL."""
    return timezone.localdate(timezone=ZoneInfo(settings.TIME_ZONE))


class Branch(models.Model):
    """A branch of the group, with its own clock on the wall."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=100)
    city = models.CharField(_("city"), max_length=60)
    time_zone = models.CharField(_("time zone"), max_length=40, choices=TimeZone, default=TimeZone.WIB)
    is_active = models.BooleanField(_("open"), default=True)

    objects = BranchRows.as_manager()

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(time_zone__in=TimeZone.values), name="branch_time_zone_is_indonesian"
            )
        ]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Authority:
    """A role that a person may use today: their own, or that of the colleague `in_place_of`."""

    role: str
    branch_id: int | None
    in_place_of: "User | None"

    def covers(self, branch_id: int | None) -> bool:
        """True for the whole group, or for this very branch."""
        return self.branch_id is None or self.branch_id == branch_id


class User(AbstractBaseUser):
    """Somebody who acts: a person, or a robot of ours or of another program."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    job_title = models.CharField(_("job title"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
    )
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="id")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_robot = models.BooleanField(_("is a program"), default=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case")]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Up to two letters for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the person's branch; head office time for those without one."""
        return ZoneInfo(self.branch.time_zone if self.branch else settings.TIME_ZONE)

    @cached_property
    def authorities(self) -> tuple[Authority, ...]:
        """Every role this person may use today. Read once per request."""
        rows = RoleAssignment.objects.usable_by(self, on=office_date())
        return tuple(
            Authority(row.role, row.branch_id, None if row.user_id == self.pk else row.user) for row in rows
        )

    @cached_property
    def team_ids(self) -> frozenset[int]:
        """The teams of experts this person belongs to. Read once per request."""
        return frozenset(TeamMember.objects.filter(person=self).values_list("team_id", flat=True))

    def holds(self, *roles: str, branch_id: int | None = None) -> bool:
        """May this person act in one of the roles, for the whole group or this branch, today?"""
        return any(a.role in roles and a.covers(branch_id) for a in self.authorities)

    def holds_anywhere(self, *roles: str) -> bool:
        """Does this person hold one of the roles for any branch?"""
        return any(a.role in roles for a in self.authorities)

    def stands_in_for(
        self, *roles: str, branch_id: int | None = None, barred: Collection[int] = ()
    ) -> "User | None":
        """The colleague, none of the `barred`, in whose place this person uses the role here; None: own."""
        usable = [a for a in self.authorities if a.role in roles and a.covers(branch_id)]
        places = [a.in_place_of for a in usable]
        if None in places:
            return None
        return next((absent for absent in places if absent is not None and absent.pk not in barred), None)

    @property
    def is_it_staff(self) -> bool:
        """Works in the IT division."""
        return self.holds_anywhere(*IT_STAFF)

    @property
    def is_staff_member(self) -> bool:
        """Reads what IT writes among itself: IT staff and auditors."""
        return self.holds_anywhere(*IT_STAFF, Role.AUDITOR)

    @property
    def is_decider(self) -> bool:
        """Director or Board."""
        return self.holds_anywhere(*DECIDERS)

    def reads_notes(self, branch_id: int | None) -> bool:
        """Reads what IT writes among itself about this branch; None asks for every branch."""
        return self.holds(*IT_STAFF, Role.AUDITOR, branch_id=branch_id)

    @property
    def note_areas(self) -> list[int | None]:
        """The branches whose internal notes this person reads; None among them means all."""
        return [a.branch_id for a in self.authorities if a.role in (*IT_STAFF, Role.AUDITOR)]

    @property
    def reads_everything(self) -> bool:
        """IT staff and auditors of the whole group: a role for one branch shows no other branch."""
        return self.reads_notes(None)

    @property
    def runs_operations(self) -> bool:
        """Looks after queues and dead letters, which are those of every branch."""
        return self.holds(Role.IT_MANAGER, Role.ADMINISTRATOR)

    @property
    def is_staff(self) -> bool:
        """May enter the administration of reference data."""
        return self.is_active and self.holds(Role.ADMINISTRATOR)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django admin asks; administrators may do there what it offers."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Django admin asks."""
        return self.is_staff


class RoleAssignment(models.Model):
    """A role held by a person, for the whole group or for one branch."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("only for branch"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = RoleRows.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "branch"],
                name="role_once_per_person_and_branch",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_is_known"),
        ]

    def __str__(self) -> str:
        area = self.branch or _("whole group")
        return f"{self.get_role_display()} ({area})"


class Substitution(models.Model):
    """Somebody acts for an absent colleague between two dates, both included."""

    absent = models.ForeignKey(
        User, verbose_name=_("absent"), on_delete=models.PROTECT, related_name="absences"
    )
    substitute = models.ForeignKey(
        User, verbose_name=_("substitute"), on_delete=models.PROTECT, related_name="stands_in"
    )
    first_date = models.DateField(_("from"))
    last_date = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)

    objects = SubstitutionRows.as_manager()

    class Meta:
        verbose_name = _("substitution")
        verbose_name_plural = _("substitutions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_date__gte=models.F("first_date")),
                name="substitution_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(absent=models.F("substitute")), name="substitution_needs_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.substitute} → {self.absent}"


class ApiToken(models.Model):
    """A key to the API for one user; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.WRITE)
    created_at = models.DateTimeField(_("issued"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = TokenRows.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="token_scope_is_known")
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A group of experts to whom a request can be escalated (SOP-B4.3.2)."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    purpose = models.CharField(_("what it knows"), max_length=200, blank=True)
    members = models.ManyToManyField(
        User, verbose_name=_("members"), related_name="teams", through="TeamMember", blank=True
    )
    is_active = models.BooleanField(_("takes requests"), default=True)

    objects = TeamRows.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """Somebody in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="+")

    objects = TeamMemberRows.as_manager()

    class Meta:
        verbose_name = _("member of a team")
        verbose_name_plural = _("members of teams")
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="team_member_once")]

    def __str__(self) -> str:
        return str(self.person)


class Challenge(models.Model):
    """What a passkey is asked to sign: random, over one content (`about`), for one person, once, for five minutes."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    used_at = models.DateTimeField(_("used"), null=True)

    objects = ChallengeRows.as_manager()

    class Meta:
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        indexes = [models.Index(fields=["user", "issued_at"], name="challenge_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.about[:12]}"


class Confirmation(models.Model):
    """One try to prove who one is: by which factor, or why it was refused. Written once; tries are counted here."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=64, blank=True)
    factor = models.CharField(_("confirmed by"), max_length=10, choices=Factor, blank=True)
    refusal = models.CharField(_("refused"), max_length=10, choices=Unproven, blank=True)
    step = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)
    tried_at = models.DateTimeField(_("tried"), default=timezone.now)

    objects = ConfirmationRows.as_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        indexes = [models.Index(fields=["user", "tried_at"], name="confirmation_of_user")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "step"], condition=models.Q(step__isnull=False), name="code_counts_once"
            ),
            models.CheckConstraint(
                condition=models.Q(factor="") ^ models.Q(refusal=""), name="confirmation_is_given_or_refused"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="confirmation_is_final", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.factor or self.refusal}"
