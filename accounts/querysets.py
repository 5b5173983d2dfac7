"""Which people, branches and tokens one may see."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db.models import Case, F, Func, Q, Value, When

from accounts.enums import IT_STAFF, SUBSTITUTABLE, Role, Scope, Unproven
from core.querysets import Rows

if TYPE_CHECKING:
    from accounts.models import (  # noqa: F401
        ApiToken,
        Branch,
        Challenge,
        Confirmation,
        RoleAssignment,
        Substitution,
        Team,
        TeamMember,
        User,
    )


_NUMBER = re.compile(r"[+\d().-]*\d[\d().-]*|\+")


def _says(word: str, *, how: str = "icontains") -> Q:
    found = Q()
    for name in ("name", "job_title", "email", "branch__name", "branch__city", "branch__code"):
        found |= Q(**{f"{name}__{how}": word})
    return found


def _begins(word: str) -> Q:
    """A word there begins so: "ban" is Bandung rather than every Cabang."""
    return _says(rf"\m{re.escape(word)}", how="iregex")


class UserRows(Rows["User"]):
    """People and robots."""

    def names(self, keys: Iterable[int]) -> dict[int, str]:
        """What those are called, who stand on a page that may be read; nothing is asked of PostgreSQL for none."""
        wanted = set(keys)
        return dict(self.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}

    def visible_to(self, user: Any) -> "UserRows":
        """Staff see everybody; others the people of their own branch and themselves."""
        if user.is_staff_member or user.is_decider:
            return self
        return self.filter(Q(pk=user.pk) | Q(branch_id=user.branch_id, branch__isnull=False))

    def people(self) -> "UserRows":
        """Human beings who may sign in."""
        return self.filter(is_active=True, is_robot=False)

    def matching(self, words: str) -> "UserRows":
        """In whose name, job, address, branch or telephone number every one of the words stands; nobody for no words.

        Numbers are found however they are written: 0812-3456, +62 812 3456, or an extension. First come those of whom
        every word is a beginning.
        """
        rows = self.annotate(
            digits=Func(F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
        )
        numbers = [word for word in words.split() if _NUMBER.fullmatch(word)]
        first = Q(pk__isnull=False)
        for word in [word for word in words.split() if word not in numbers][:6]:
            rows = rows.filter(_says(word))
            first &= _begins(word)
        if numbers:
            digits = re.sub(r"\D", "", "".join(numbers))
            rows = rows.filter(Q(digits__contains=re.sub(r"^(62|0)", "", digits)) | _says(" ".join(numbers)))
        begins = Case(When(first, then=0), default=1)
        return rows.order_by(begins, "name", "pk") if words.split() else self.none()

    def holding(self, *roles: str, branch_id: int | None = None) -> "UserRows":
        """People who hold one of the roles themselves, for the whole group or for this branch."""
        everywhere = Q(roles__branch__isnull=True) | Q(roles__branch_id=branch_id)
        return self.people().filter(everywhere, roles__role__in=roles).distinct().order_by("name", "pk")

    def in_it(self) -> "UserRows":
        """People who work in IT, for the whole group or for a branch."""
        return self.people().filter(roles__role__in=IT_STAFF).distinct()

    def deploying_robots(self, now: Any) -> "UserRows":
        """Robots of other programs: those with a token that reports deployments."""
        tokens = {"tokens__scope": Scope.DEPLOY, "tokens__revoked_at": None, "tokens__expires_at__gt": now}
        return self.filter(is_robot=True, is_active=True, **tokens).distinct()

    def in_it_or_deploying(self, now: Any) -> "UserRows":
        """Whoever can be named for a server: people of IT and robots."""
        people, robots = self.in_it().values("pk"), self.deploying_robots(now).values("pk")
        return self.filter(Q(pk__in=people) | Q(pk__in=robots))

    def acting_as(self, *roles: str, on: Any, branch_id: int | None = None) -> "UserRows":
        """Those who hold one of the roles, and whoever stands in for one of them on that date."""
        own = self.holding(*roles, branch_id=branch_id)
        standing_in = self.people().filter(
            stands_in__absent__in=own.order_by().values("pk"),
            stands_in__first_date__lte=on,
            stands_in__last_date__gte=on,
        )
        both = Q(pk__in=own.order_by().values("pk")) | Q(pk__in=standing_in.values("pk"))
        return self.filter(both).order_by("name", "pk")


class UserManager(BaseUserManager.from_queryset(UserRows)):  # type: ignore[misc]
    """Users are known by their e-mail address."""

    def get_by_natural_key(self, email: str | None) -> Any:
        """The user with this address, whatever its capitals."""
        return self.get(email__iexact=email)


class RoleRows(Rows["RoleAssignment"]):
    """Who holds which role where."""

    def visible_to(self, user: Any) -> "RoleRows":
        """Staff see all; others their own."""
        return self if user.is_staff_member else self.filter(user=user)

    def usable_by(self, user: Any, *, on: Any) -> "RoleRows":
        """Assignments that give `user` authority on that date: own ones, and those of whom they stand in for."""
        standing_in = Q(
            user__absences__substitute=user,
            user__absences__first_date__lte=on,
            user__absences__last_date__gte=on,
            user__is_active=True,
            role__in=SUBSTITUTABLE,
        )
        return self.filter(Q(user=user) | standing_in).select_related("user").distinct().order_by("pk")


class BranchRows(Rows["Branch"]):
    """Branches."""

    def names(self, keys: Iterable[int]) -> dict[int, str]:
        """What those are called; nothing is asked of PostgreSQL for none."""
        wanted = set(keys)
        return dict(self.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}

    def visible_to(self, user: Any) -> "BranchRows":
        """Everybody sees the names of all branches: they stand on every request form."""
        return self

    def open(self) -> "BranchRows":
        """Branches that still exist."""
        return self.filter(is_active=True).order_by("name", "pk")

    def served_by(self, user: Any) -> "BranchRows":
        """Branches that still exist and for whose IT the person works."""
        areas = [a.branch_id for a in user.authorities if a.role in IT_STAFF]
        return self.open() if None in areas else self.open().filter(pk__in=areas)


class SubstitutionRows(Rows["Substitution"]):
    """Who stands in for whom."""

    def visible_to(self, user: Any) -> "SubstitutionRows":
        """Staff see all; others those that concern them."""
        return self if user.is_staff_member else self.concerning(user)

    def concerning(self, user: Any) -> "SubstitutionRows":
        """Those in which the person is absent or stands in."""
        return self.filter(Q(absent=user) | Q(substitute=user))


class TokenRows(Rows["ApiToken"]):
    """API tokens."""

    def visible_to(self, user: Any) -> "TokenRows":
        """Everybody sees their own only."""
        return self.filter(user=user).order_by("-pk")

    def valid(self, now: Any) -> "TokenRows":
        """Neither expired nor revoked, of people who may still sign in."""
        return self.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)


class TeamRows(Rows["Team"]):
    """Groups of experts."""

    def visible_to(self, user: Any) -> "TeamRows":
        """Their names stand on tickets: everybody sees them."""
        return self

    def open(self) -> "TeamRows":
        """Those that take requests."""
        return self.filter(is_active=True).order_by("name", "pk")


class TeamMemberRows(Rows["TeamMember"]):
    """Who belongs to which team."""

    def visible_to(self, user: Any) -> "TeamMemberRows":
        """As the teams: everybody sees them."""
        return self


class ChallengeRows(Rows["Challenge"]):
    """What passkeys are asked to sign."""

    def visible_to(self, user: Any) -> "ChallengeRows":
        """Everybody sees their own only."""
        return self.filter(user=user)


class ConfirmationRows(Rows["Confirmation"]):
    """Tries to prove who one is."""

    def visible_to(self, user: Any) -> "ConfirmationRows":
        """One's own; all of them for auditors and administrators."""
        return self if user.holds(Role.AUDITOR, Role.ADMINISTRATOR) else self.filter(user=user)

    def counted(self, user: Any, since: Any) -> int:
        """Failed tries of the person since then, or since their last success if that is later."""
        last = self.filter(user=user, refusal="").order_by("-tried_at").values_list("tried_at", flat=True)[:1]
        failed = self.filter(user=user, tried_at__gt=max([since, *last]))
        return failed.exclude(refusal__in=[Unproven.TOO_MANY, Unproven.NO_FACTOR]).exclude(refusal="").count()
