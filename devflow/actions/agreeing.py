"""The word of the two on an emergency fix: proof first, then the word; it counts for a day, over what was read."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import actions as accounts
from accounts.actions import Given, Occasion, Proof, robot
from accounts.enums import Factor, Role
from accounts.models import User
from core.errors import NotPossible
from core.transitions import why_not
from devflow import rules
from devflow.actions._parts import lock_build
from devflow.enums import SEATS, DevelopmentEvent, Stage
from devflow.models import Build, DevelopmentRequest, EmergencyFix
from events import actions as events


def needs_factor(*, build: Build, by: User) -> bool:
    """Whether a password is not enough here: SIGNING_FACTOR_REQUIRED, for a Director, as on forms."""
    directs = by.holds(Role.DIRECTOR, branch_id=build.request.branch_id)
    return bool(
        settings.SIGNING_FACTOR_REQUIRED and directs and rules.seat(build, by, timezone.now()) == "second"
    )


def ask_passkey(*, build: Build, by: User) -> dict[str, Any]:
    """What one's passkey is asked to sign over this fix as it stands. Raises the refusal that agreeing would raise."""
    if refusal := why_not(build, "agree_emergency", by):
        raise refusal
    return accounts.challenge(by=by, about=build.emergency.content_hash)


def prove_and_agree(
    *, build: Build, by: User, given: Given, shown_hash: str, address: str | None = None, browser: str = ""
) -> EmergencyFix:
    """Check who it is, by `given`, over exactly what was shown; then agree. Not inside a transaction.

    What cannot be agreed to is refused before a code is used up. Raises what `agree_emergency` raises.
    """
    if refusal := why_not(build, "agree_emergency", by):
        raise refusal
    _check_shown(build.emergency, shown_hash)
    occasion = Occasion(
        about=shown_hash, name=f"{build.request.ticket.number} {build.version}", chain=build.request.case,
        address=address, browser=browser, needs_factor=needs_factor(build=build, by=by),
    )  # fmt: skip
    proof = accounts.confirm(by=by, secret=given.secret, credential=given.credential, occasion=occasion)
    return agree_emergency(
        build=build, by=by, proof=proof, shown_hash=shown_hash, address=address, browser=browser
    )


@transaction.atomic
def agree_emergency(
    *, build: Build, by: User, proof: Proof, shown_hash: str, address: str | None = None, browser: str = ""
) -> EmergencyFix:
    """One of the two agrees; with the second word the IT Manager may release it. Nobody agrees for both, or to their
    own work (SOP-A6). A word counts for a day; whoever gave one that no longer counts may give it again.

    Raises NotPossible for a proof that is old, somebody else's or over something else.
    """
    build = lock_build(build)
    if refusal := why_not(build, "agree_emergency", by):
        raise refusal
    fix, now = build.emergency, timezone.now()
    seat = rules.seat(build, by, now)
    _check_shown(fix, shown_hash)
    if not proof.covers(by, shown_hash) or (
        proof.factor == Factor.PASSWORD and needs_factor(build=build, by=by)
    ):
        raise NotPossible(_("Confirm again that it is you; the last confirmation is too old."), rule="SOP-A6")
    _sit(fix, seat, by, proof, {"address": address, "browser": browser[:300]})
    role = _role(seat, by, build.request.branch_id)
    events.record(
        DevelopmentEvent.EMERGENCY_AGREED, build.request.ticket, by=by,
        on_behalf_of=by.stands_in_for(role, branch_id=build.request.branch_id), build=build.version, role=role,
        is_complete=fix.is_agreed_at(now), factor=proof.factor, content_hash=shown_hash,
    )  # fmt: skip
    return fix


def _check_shown(fix: EmergencyFix, shown_hash: str) -> None:
    if shown_hash != fix.content_hash:
        raise NotPossible(
            _("The emergency fix is not the one you saw. Read it again before you agree."), rule="SOP-A6"
        )


def _sit(fix: EmergencyFix, seat: str, by: User, proof: Proof, where: dict[str, Any]) -> None:
    facts = {
        "": by,
        "_agreed_at": timezone.now(),
        "_hash": proof.about,
        "_proof": {"factor": proof.factor, "evidence": proof.evidence, **where},
    }
    for name, value in facts.items():
        setattr(fix, seat + name, value)
    fix.save(update_fields=[seat + name for name in facts])


def _role(seat: str, by: User, branch_id: int) -> Role:
    if seat == "manager":
        return Role.IT_MANAGER
    return Role.DB_MANAGER if by.holds(Role.DB_MANAGER, branch_id=branch_id) else Role.DIRECTOR


def ask_again(*, request: DevelopmentRequest) -> None:
    """Risks or roll-back plan have changed: words over the former ones no longer count, and the two are asked again.

    Called by the action that changed them, inside its transaction.
    """
    if request.stage == Stage.WAITING:
        return
    fixes = EmergencyFix.objects.filter(build__request=request, due_date=None).select_related("build")
    for fix in fixes.select_for_update(of=("self",)):
        fix.build.request = request
        lapsed = [
            s for s in SEATS if getattr(fix, f"{s}_id") and getattr(fix, f"{s}_hash") != fix.content_hash
        ]
        for seat in lapsed:
            setattr(fix, seat, None)
            setattr(fix, f"{seat}_agreed_at", None)
        if lapsed:
            fix.save()
            events.record(
                DevelopmentEvent.EMERGENCY_LAPSED, request.ticket, by=robot("devflow"), build=fix.build.version
            )  # fmt: skip
