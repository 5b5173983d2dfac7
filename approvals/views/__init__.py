"""Pages of forms."""

from approvals.views.casefiles import case_file, case_file_pdf
from approvals.views.deciding import challenge, decide
from approvals.views.reading import detail, document, file, for_case, index
from approvals.views.writing import detach, edit, of_uat, remove_scenario, withdraw
from approvals.views.papers import certificate
from approvals.views.verification import code, drop, revocations, root

__all__ = [
    "case_file", "case_file_pdf", "certificate", "challenge", "code", "decide", "detach", "detail", "document", "drop", "edit", "file", "for_case", "index", "of_uat",
    "remove_scenario", "revocations", "root", "withdraw",
]  # fmt: skip
