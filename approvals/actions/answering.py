"""The one way in which a person decides, on the page and through the API: proof first, then the decision."""

from django.db.models import Q

from accounts.actions import Given
from accounts.models import User
from approvals.actions.deciding import check_outcome, decide, why_not_decide
from approvals.actions.signing import Ink, check_consent, check_ink, prove
from approvals.enums import Outcome
from approvals.models import Approval, Decision


def prove_and_decide(
    *,
    approval: Approval,
    outcome: Outcome,
    by: User,
    given: Given,
    shown_hash: str,
    consent_version: str = "",
    reason: str = "",
    ink: Ink,
) -> Approval:
    """Check who it is, by `given`, over exactly what was shown; then decide. Not inside a transaction.

    `consent_version` names the sentence that was shown to whoever approves (`approvals.enums.CONSENT`).
    Raises what `prove` and `decide` raise. What cannot be decided so is refused before a code is used up.
    """
    if refusal := why_not_decide(approval=approval, by=by):
        raise refusal
    check_outcome(approval=approval, outcome=outcome, reason=reason.strip())
    if outcome == Outcome.APPROVE:
        check_consent(version=consent_version)
        check_ink(ink=ink, by=by)
    proof = prove(approval=approval, by=by, given=given, shown_hash=shown_hash, ink=ink)
    return decide(
        approval=approval, outcome=outcome, by=by, proof=proof, shown_hash=shown_hash, reason=reason, ink=ink
    )


def decided_by(*, approval: Approval, by: User) -> Decision | None:
    """What the person, or somebody in their place, has decided on this version of the form."""
    mine = Q(decided_by=by) | Q(on_behalf_of=by)
    return approval.decisions.filter(mine, edition=approval.edition).order_by("pk").first()
