"""Everything that changes developments and systems: one file per occasion, one name for all of them."""

from devflow.actions.development import (
    MOVES,
    back_to_trial,
    book_hours,
    brm_decided,
    brms_of_purpose,
    deploy,
    hold_if_needed,
    hold_purpose,
    hold_too,
    open_brm,
    open_work,
    plan,
    register_build,
    start,
    uat_decided,
)
from devflow.actions.emergency import agree_emergency, ask_emergency, look_after, review_emergency
from devflow.actions.stopping import end_work, hold, resume, roll_back

__all__ = [
    "MOVES", "agree_emergency", "ask_emergency", "back_to_trial", "book_hours", "brm_decided", "brms_of_purpose",
    "deploy", "end_work", "hold", "hold_if_needed", "hold_purpose", "hold_too", "look_after", "open_brm", "open_work",
    "plan", "register_build", "resume", "review_emergency", "roll_back", "start", "uat_decided",
]  # fmt: skip
