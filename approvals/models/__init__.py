"""Tables of approvals, with the triggers that hold their rules whoever comes."""

from approvals.models.casefiles import CaseFile
from approvals.models.decisions import Decision, Question, Step
from approvals.models.documents import Document, Sealing
from approvals.models.forms import Approval, Edition
from approvals.models.keys import Authority, Certificate, RevocationList
from approvals.models.policies import Policy
from approvals.models.signatures import Signature
from approvals.models.uat import FormFile, ScenarioSet

__all__ = [
    "Approval", "Authority", "CaseFile", "Certificate", "Decision", "Document", "Edition", "FormFile", "Policy",
    "Question", "RevocationList", "ScenarioSet", "Sealing", "Signature", "Step",
]  # fmt: skip
