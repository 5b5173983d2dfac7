"""Everything that changes people, their roles, substitutes and tokens."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import proofs
from accounts.enums import AccountEvent, Role, Scope, Unproven
from accounts.models import (
    ApiToken,
    Branch,
    Challenge,
    Confirmation,
    RoleAssignment,
    Substitution,
    Team,
    TeamMember,
    User,
    office_date,
)
from accounts.proofs import LIFE, MOST_TRIES, Given, Occasion, Proof, asks_for_code, enrolled
from core import locks
from core.errors import NotPossible, PermissionDenied
from events import actions as events
from events.enums import Audience

__all__ = ["MOST_TRIES", "Given", "Occasion", "Proof", "asks_for_code", "enrolled"]  # of `accounts.proofs`
STAFF = Audience.STAFF
TOKEN_LIFE = timedelta(days=90)


def robot(name: str) -> User:
    """The robot of this name, made on first use: programs of ours act as users too (`robot:sla`)."""
    user: User
    user, _made = User.objects.get_or_create(
        email=f"{name}@robots.invalid", defaults={"name": f"robot:{name}", "is_robot": True}
    )
    return user


@transaction.atomic
def enrol(*, email: str, name: str, branch: Branch | None, password: str | None, **details: Any) -> User:
    """A new person, without any role; `details` are job_title, phone and language."""
    user = User(email=email.lower(), name=name, branch=branch, **details)
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    return user


@transaction.atomic
def grant_role(*, user: User, role: Role, branch: Branch | None = None, by: User) -> RoleAssignment:
    """Give a role, for the whole group or one branch. Giving it twice changes nothing."""
    _administrators_only(by)
    held, new = RoleAssignment.objects.get_or_create(user=user, role=role, branch=branch)
    if new:
        events.record(
            AccountEvent.ROLE_GRANTED, user, by=by, audience=STAFF, role=role, branch=str(branch or "")
        )
    return held


@transaction.atomic
def revoke_role(*, held: RoleAssignment, by: User) -> None:
    """Take a role back; it ends with the commit."""
    _administrators_only(by)
    events.record(AccountEvent.ROLE_REVOKED, held.user, by=by, audience=STAFF, role=held.role)
    held.delete()


@transaction.atomic
def keep_team(*, team: Team, members: Iterable[User], fields: list[str], by: User) -> Team:
    """Save a team of experts (SOP-B4.3.2) with exactly these members; the ledger says which fields changed.

    Raises PermissionDenied for anyone but administrators and the product's own robots.
    """
    events.keep_reference(row=team, fields=fields, by=by)
    wanted = {person.pk for person in members}
    TeamMember.objects.filter(team=team).exclude(person__in=wanted).delete()
    there = set(TeamMember.objects.filter(team=team).values_list("person_id", flat=True))
    TeamMember.objects.bulk_create(TeamMember(team=team, person_id=key) for key in sorted(wanted - there))
    return team


@transaction.atomic
def name_substitute(
    *, absent: User, substitute: User, first: date, last: date, reason: str, by: User
) -> Substitution:
    """Let somebody act for a colleague between two dates, both included. The absent person or an administrator says so.

    Raises NotPossible for a period that ends before it begins or lies in the past, and for oneself.
    """
    if by.pk != absent.pk:
        _administrators_only(by)
    if absent.pk == substitute.pk:
        raise NotPossible(_("A substitute is another person. Choose a colleague."))
    if last < first or last < office_date():
        raise NotPossible(_("The last day lies before the first day or in the past."))
    if substitute.is_robot or not substitute.is_active:
        raise NotPossible(_("%(name)s cannot sign in, so they cannot stand in.") % {"name": substitute})
    row = Substitution.objects.create(
        absent=absent, substitute=substitute, first_date=first, last_date=last, reason=reason
    )
    events.record(
        AccountEvent.SUBSTITUTE_NAMED, absent, by=by, audience=STAFF,
        substitute=str(substitute), first=first, last=last, reason=reason,
    )  # fmt: skip
    return row


@transaction.atomic
def set_preferences(*, user: User, language: str | None = None, theme: str | None = None) -> User:
    """Change one's own language or theme."""
    user = User.objects.get_queryset().lock(user)
    user.language, user.theme = language or user.language, theme or user.theme
    user.save(update_fields=["language", "theme"])
    return user


@transaction.atomic
def issue_token(
    *, user: User, name: str, by: User, scope: Scope = Scope.WRITE, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new API token and its secret, which is shown once and kept only as a hash. One's own, or by administrators.

    Raises NotPossible for a robot that would get more than the scope `deploy`: inside, a robot is the product itself.
    """
    if by.pk != user.pk:
        _administrators_only(by)
    if user.is_robot and scope != Scope.DEPLOY:
        raise NotPossible(_("A robot reports builds and deployments; its token has the scope “deploy”."))
    secret = f"kumala_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        scope=scope,
        digest=digest(secret),
        expires_at=expires_at or timezone.now() + TOKEN_LIFE,
    )
    events.record(AccountEvent.TOKEN_ISSUED, user, by=by, audience=STAFF, name=name, scope=scope)
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> None:
    """End a token at once."""
    if by.pk != token.user_id:
        _administrators_only(by)
    token = ApiToken.objects.lock(token)
    token.revoked_at = token.revoked_at or timezone.now()
    token.save(update_fields=["revoked_at"])
    events.record(AccountEvent.TOKEN_REVOKED, token.user, by=by, audience=STAFF, name=token.name)


def note_token_use(*, token: ApiToken, now: datetime) -> None:
    """Remember when a token was last used, to the minute: more would make every read a write."""
    if token.used_at is None or now - token.used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)


def digest(secret: str) -> str:
    """SHA-256 of a token's secret; secrets are 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _administrators_only(by: User) -> None:
    if not (by.holds(Role.ADMINISTRATOR) or by.is_robot):
        raise PermissionDenied


# Confirming that it is really you, at the moment of a grave act ------------------------------------------------

MOST_CHALLENGES = 20  # within five minutes; a person needs one
_NOTHING_NAMED = Occasion()


@transaction.atomic
def challenge(*, by: User, about: str) -> dict[str, Any]:
    """What the person's passkeys are asked to sign over `about`, as a browser's `navigator.credentials.get` wants it.

    Good once, for five minutes. Raises NotPossible without a passkey, and for somebody who asks for dozens.
    """
    locks.wait_for("tries", by.pk)
    since = timezone.now() - LIFE
    if Challenge.objects.filter(user=by, issued_at__gt=since).count() >= MOST_CHALLENGES:
        raise NotPossible(_("Too many tries. Wait five minutes, then try again."))
    if not proofs.has_passkey(by):
        raise NotPossible(_("You have no passkey yet. Set one up under “Second factor”."))
    nonce = secrets.token_hex(32)
    row = Challenge.objects.create(
        user=by, about=about, nonce=nonce, digest=proofs.challenge_digest(nonce=nonce, about=about)
    )
    return proofs.passkey_options(by, row)


def confirm(
    *, by: User, secret: str = "", credential: str = "", occasion: Occasion = _NOTHING_NAMED
) -> Proof:
    """Prove who one is: a passkey's answer to `challenge`, the code of the authenticator app, or the password where
    neither is set up. Not inside a transaction: a refused try must stay counted.

    Five tries in five minutes. A code counts once, a challenge once and for its content only. Raises NotPossible with
    the reason; every refusal stands in the ledger, in the chain that `occasion` names or in the person's own.
    """
    with transaction.atomic():
        locks.wait_for("tries", by.pk)
        given = Given(secret.strip() if proofs.enrolled(by) else secret, credential)
        found = proofs.check(by, given, occasion)
        _note_try(by, found, occasion)
    if isinstance(found, Unproven):
        raise NotPossible(proofs.sentence(by, found, given))
    return found


def _note_try(by: User, found: Proof | Unproven, occasion: Occasion) -> None:
    """Count this try, use up what was used, and tell the ledger of a refusal."""
    row = Confirmation(
        user=by, about=occasion.about, address=occasion.address, browser=occasion.browser[:300]
    )
    if isinstance(found, Unproven):
        row.refusal = found
        row.save(force_insert=True)
        events.record(
            AccountEvent.CONFIRMATION_REFUSED, occasion.chain or by, by=by, audience=STAFF, refusal=found,
            over=occasion.name or str(by), about=occasion.about, address=occasion.address,
        )  # fmt: skip
        return
    row.factor, row.step = found.factor, found.evidence.get("step")
    row.save(force_insert=True)
    Challenge.objects.filter(user=by, digest=found.evidence.get("challenge", "")).update(used_at=found.at)
    if (authenticator := proofs.authenticator_of(found)) is not None:
        authenticator.record_usage()
