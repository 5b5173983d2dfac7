"""Kinds, states and words of approvals."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from events.registry import event_types, words


class Kind(models.TextChoices):
    """Which form is decided on."""

    BRM = "brm", _("Business Request Management form")
    UAT = "uat", _("User Acceptance Test")
    BAST = "bast", _("Hand-over record")  # berita acara serah terima: what somebody received or gave back


# The clause behind a refusal, by the kind of the form.
CLAUSES = {Kind.BRM: "SOP-A5", Kind.UAT: "SOP-A6", Kind.BAST: "SOP-B4.1.1"}


class ApprovalState(models.TextChoices):
    """Where the form stands."""

    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for decision")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    SUPERSEDED = "superseded", _("No longer valid")


# The moves that PostgreSQL lets through; a test keeps them equal to the transitions of the model.
FORM_MOVES = [
    ("approved", "superseded"),
    ("draft", "pending"),
    ("draft", "withdrawn"),
    ("pending", "approved"),
    ("pending", "draft"),
    ("pending", "refused"),
    ("pending", "withdrawn"),
]


class Outcome(models.TextChoices):
    """What one person decides."""

    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Refuse")
    REVISE = "revise", _("Send back for revision")


# The same afterwards, on papers and pages: what was decided.
DECIDED = {Outcome.APPROVE: _("Approved"), Outcome.REFUSE: _("Refused"), Outcome.REVISE: _("Sent back")}


class Quorum(models.TextChoices):
    """How many of those whom a step names must approve."""

    ONE = "one", _("one of them")
    ALL = "all", _("all of them")
    MAJORITY = "majority", _("more than half of them")
    NUMBER = "number", _("so many of them")


class TimeOut(models.TextChoices):
    """What follows when nobody decided in time."""

    NOTHING = "nothing", _("nothing but a note in the history")
    REFUSE = "refuse", _("the form is refused")
    ESCALATE = "escalate", _("another role may decide as well")


# Roles that a policy may ask. SOP-A5: a BRM is never approved without Director or Board.
ASKABLE = (Role.DIRECTOR, Role.BOD, Role.IT_MANAGER, Role.DB_MANAGER, Role.BRANCH_HEAD)


class Method(models.TextChoices):
    """How a signature was given."""

    DRAWN = "drawn", _("drawn")
    TYPED = "typed", _("typed")


class Result(models.TextChoices):
    """How a test scenario went."""

    NOT_RUN = "not_run", _("Not run")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")


class Level(models.TextChoices):
    """What kind of electronic signature the documents carry (UU ITE art. 11, PP 71/2019 art. 60)."""

    NOT_CERTIFIED = "not_certified", _("Electronic signature, not certified")
    CERTIFIED = "certified", _("Certified electronic signature")


class Layer(models.TextChoices):
    """What was added to a document."""

    FORM = "form", _("the form as it was submitted")
    SIGNATURE = "signature", _("a signature")
    CERTIFICATE = "certificate", _("the certificate of how it was decided")
    STAMP = "stamp", _("a time stamp")
    CERTIFICATE_STAMP = "audit_stamp", _("a time stamp of the certificate")


class Verdict(models.TextChoices):
    """What is said of a file that somebody brings."""

    GENUINE = "genuine", _("Genuine and unchanged")
    CHANGED = "changed", _("Changed after it was signed")
    UNKNOWN = "unknown", _("Signed by us, but not among our records")
    FOREIGN = "foreign", _("Not a document of Kumala Group")
    UNREADABLE = "unreadable", _("Cannot be read")


class Rank(models.TextChoices):
    """Which authority: the one that is believed, or the one below it that signs."""

    ROOT = "root", _("Root")
    ISSUING = "issuing", _("Issuing authority")


class Conclusion(models.TextChoices):
    """What the tester makes of a build."""

    ACCEPTED = "accepted", _("Accepted")
    WITH_NOTES = "accepted_with_notes", _("Accepted with notes")
    REJECTED = "rejected", _("Rejected")


@event_types
class ApprovalEvent(models.TextChoices):
    """What happens to a form."""

    DRAFTED = "approval.drafted", _("opened the form %(number)s")
    SUBMITTED = "approval.submitted", _("submitted %(number)s for decision")
    STEP_APPROVED = "approval.step_approved", _("approved and signed %(number)s as %(role)s")
    SIGNED = "approval.signed", _("signed %(number)s")
    APPROVED = "approval.approved", _("declared %(number)s approved")
    REFUSED = "approval.refused", _("refused %(number)s: %(reason)s")
    WITHDRAWN = "approval.withdrawn", _("withdrew %(number)s")
    TESTER_NAMED = "approval.tester_named", _("named %(tester)s to test and sign %(number)s")
    SCENARIOS_KEPT = "approval.scenarios_kept", _("kept the scenarios of %(number)s as “%(name)s”")
    SEALED = "approval.sealed", _("made the document of %(number)s")
    STAMPED = "approval.stamped", _("added a time stamp to the document of %(number)s")
    PAPER_RETRIED = "approval.paper_retried", _("had the document of %(number)s tried again")
    AUTHORITY_MADE = "authority.made", _("made the certificate authority of signatures")
    CERTIFICATE_ISSUED = "certificate.issued", _("issued a certificate to sign with, number %(serial)s")
    CERTIFICATE_REVOKED = "certificate.revoked", _("revoked the certificate %(serial)s: %(reason)s")
    CASE_FILE_ASKED = "case_file.asked", _("asked for the case file")
    CASE_FILE_MADE = "case_file.made", _("made the case file")
    SENT_BACK = "approval.sent_back", _("sent %(number)s back for revision: %(reason)s")
    ASKED = "approval.asked", _("asked about %(number)s: %(text)s")
    ANSWERED = "approval.answered", _("answered about %(number)s: %(text)s")
    SUPERSEDED = "approval.superseded", _("noted that the approval %(number)s no longer counts: %(reason)s")
    BLOCKED = "approval.blocked", _("noted that too few are left who could decide %(number)s")
    UNBLOCKED = "approval.unblocked", _("noted that %(number)s can be decided again")
    REMINDED = "approval.reminded", _("reminded those who must decide %(number)s")
    TIMED_OUT = "approval.timed_out", _("noted that the time to decide %(number)s has run out")
    GATHERED = "approval.gathered", _("gathered what waits for a signature")
    POLICY_PUBLISHED = "approval_policy.published", _("published who decides: %(note)s")


# The sentence one consents to; its version is stored with every signature.
CONSENT_VERSION = "1"
CONSENT = _(
    "I have read this form. I sign it electronically, in my own name, and my signature counts like one on paper."
)
CONSENT_TO_HAND_OVER = _(
    "I have seen the items in this record. They were handed over as it says, in the condition that it describes."
    " I sign it electronically, in my own name, and my signature counts like one on paper."
)


def consent_to(kind: str) -> str:
    """The sentence that whoever signs a form of this kind consents to, in the reader's language."""
    return str(CONSENT_TO_HAND_OVER if kind == Kind.BAST else CONSENT)


words(conclusion=Conclusion, outcome=Outcome, result=Result)
