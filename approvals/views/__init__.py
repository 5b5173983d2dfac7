"""Pages of forms."""

from approvals.views.asking import ask
from approvals.views.casefiles import case_file, case_file_pdf
from approvals.views.deciding import challenge, decide
from approvals.views.papers import certificate
from approvals.views.policies import new_policy, policies, policy
from approvals.views.reading import detail, document, file, for_case, index
from approvals.views.verification import code, drop, revocations, root
from approvals.views.writing import detach, edit, of_uat, remove_scenario, withdraw

__all__ = [
    "ask", "case_file", "case_file_pdf", "certificate", "challenge", "code", "decide", "detach", "detail",
    "document", "drop", "edit", "file", "for_case", "index", "new_policy", "of_uat", "policies", "policy",
    "remove_scenario", "revocations", "root", "withdraw",
]  # fmt: skip
