"""Who may know how the ledger stands."""

from typing import Any


def guards(user: Any) -> bool:
    """Sees seals, checks and findings: who reads everything, and who must act when something is wrong."""
    return bool(user.reads_everything or user.runs_operations)
