"""Everything that changes a form: one file per occasion, one name for all of them."""

from accounts.actions import Given
from approvals.actions.answering import decided_by, prove_and_decide
from approvals.actions.deciding import decide, expire, submit, supersede, why_not_decide
from approvals.actions.documents import paper, render_documents
from approvals.actions.policies import publish
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
    "Given",
    "Ink",
    "add_scenarios",
    "answer",
    "ask",
    "attach",
    "attach_evidence",
    "challenge",
    "decide",
    "decided_by",
    "detach",
    "draft",
    "expire",
    "gather",
    "keep_scenarios",
    "look_after",
    "name_tester",
    "needs_factor",
    "paper",
    "prove_and_decide",
    "publish",
    "record_results",
    "remove_scenario",
    "render_documents",
    "save_draft",
    "submit",
    "supersede",
    "take_scenarios",
    "why_not_decide",
    "withdraw",
]
