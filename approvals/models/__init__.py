"""Tables of approvals, with the triggers that hold their rules whoever comes."""

from approvals.models.decisions import Decision, Step
from approvals.models.documents import Document
from approvals.models.forms import Approval
from approvals.models.policies import Policy
from approvals.models.signatures import Signature

__all__ = ["Approval", "Decision", "Document", "Policy", "Signature", "Step"]
