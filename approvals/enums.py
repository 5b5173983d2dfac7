"""Kinds, states and words of approvals."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.registry import event_types, words


class Kind(models.TextChoices):
    """Which form is decided on."""

    BRM = "brm", _("Business Request Management form")
    UAT = "uat", _("User Acceptance Test")


class ApprovalState(models.TextChoices):
    """Where the form stands."""

    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for decision")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# The moves that PostgreSQL lets through; a test keeps them equal to the transitions of the model.
FORM_MOVES = [
    ("draft", "pending"),
    ("draft", "withdrawn"),
    ("pending", "approved"),
    ("pending", "refused"),
    ("pending", "withdrawn"),
]


class Outcome(models.TextChoices):
    """What one person decides."""

    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Refuse")


class Method(models.TextChoices):
    """How a signature was given."""

    DRAWN = "drawn", _("drawn")
    TYPED = "typed", _("typed")


class Result(models.TextChoices):
    """How a test scenario went."""

    NOT_RUN = "not_run", _("Not run")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")


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
    SEALED = "approval.sealed", _("made the document of %(number)s")


# The sentence one consents to; its version is stored with every signature.
CONSENT_VERSION = "1"
CONSENT = _(
    "I have read this form. I sign it electronically, in my own name, and my signature counts like one on paper."
)

words(outcome=Outcome, result=Result)
