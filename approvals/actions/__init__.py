"""Everything that changes a form: one file per occasion, one name for all of them."""

from approvals.actions.deciding import decide, submit, why_not_decide
from approvals.actions.documents import paper, render_documents
from approvals.actions.signing import Ink
from approvals.actions.writing import add_scenarios, draft, record_results, save_draft, withdraw

__all__ = [
    "Ink", "add_scenarios", "decide", "draft", "paper", "record_results", "render_documents", "save_draft", "submit",
    "why_not_decide", "withdraw",
]  # fmt: skip
