"""Everything that changes a form: one file per occasion, one name for all of them."""

from accounts.actions import Given
from approvals.actions._parts import missing
from approvals.actions.answering import decided_by, prove_and_decide
from approvals.actions.casefiles import ask_case_file, hand_over, make_case_files, may_have_case_file
from approvals.actions.deciding import (
    decide,
    expire,
    submit,
    supersede,
    why_nobody_approves,
    why_not_decide,
)
from approvals.actions.documents import render_documents, retry_paper, stamp_documents
from approvals.actions.keys import publish_revocations, published_revocations, revoke_certificate
from approvals.actions.policies import MOST_STEPS, clean, foresee, publish
from approvals.actions.questions import answer, ask
from approvals.actions.reminding import gather, look_after
from approvals.actions.signing import Ink, challenge, needs_factor
from approvals.actions.testing import (
    add_scenarios,
    attach_evidence,
    keep_scenarios,
    name_tester,
    record_results,
    remove_scenario,
    take_scenarios,
)
from approvals.actions.writing import attach, detach, draft, save_draft, withdraw

__all__ = [
    "MOST_STEPS",
    "Given",
    "Ink",
    "add_scenarios",
    "answer",
    "ask",
    "ask_case_file",
    "attach",
    "attach_evidence",
    "challenge",
    "clean",
    "decide",
    "decided_by",
    "detach",
    "draft",
    "expire",
    "foresee",
    "gather",
    "hand_over",
    "keep_scenarios",
    "look_after",
    "make_case_files",
    "may_have_case_file",
    "missing",
    "name_tester",
    "needs_factor",
    "prove_and_decide",
    "publish",
    "publish_revocations",
    "published_revocations",
    "record_results",
    "remove_scenario",
    "render_documents",
    "retry_paper",
    "revoke_certificate",
    "save_draft",
    "stamp_documents",
    "submit",
    "supersede",
    "take_scenarios",
    "why_nobody_approves",
    "why_not_decide",
    "withdraw",
]  # fmt: skip
