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
from devflow.actions.working import (
    drop_timer,
    hours_of,
    keep_checklist,
    link_commit,
    prepare,
    start_timer,
    stop_forgotten,
    stop_timer,
)

__all__ = [
    "MOVES", "agree_emergency", "ask_emergency", "back_to_trial", "book_hours", "brm_decided", "brms_of_purpose",
    "deploy", "drop_timer", "end_work", "hold", "hold_if_needed", "hold_purpose", "hold_too", "hours_of",
    "keep_checklist", "link_commit", "look_after", "open_brm", "open_work", "plan", "prepare", "register_build",
    "resume", "review_emergency", "roll_back", "start", "start_timer", "stop_forgotten", "stop_timer", "uat_decided",
]  # fmt: skip
