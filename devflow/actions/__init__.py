"""Everything that changes developments and systems: one file per occasion, one name for all of them."""

from devflow.actions.development import (
    MOVES,
    back_to_trial,
    book_hours,
    brm_decided,
    deploy,
    end_work,
    hold_if_needed,
    open_brm,
    open_work,
    plan,
    register_build,
    start,
    uat_decided,
)

__all__ = [
    "MOVES", "back_to_trial", "book_hours", "brm_decided", "deploy", "end_work", "hold_if_needed", "open_brm",
    "open_work", "plan", "register_build", "start", "uat_decided",
]  # fmt: skip
