"""Everything that changes developments and systems: one file per occasion, one name for all of them."""

from accounts.actions import Given
from devflow.actions.agreeing import agree_emergency, ask_passkey, needs_factor, prove_and_agree
from devflow.actions.checking import look_at_versions, look_now
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
    open_uats,
    open_work,
    plan,
    register_build,
    start,
    take_back_hours,
    uat_decided,
    why_not_sign,
)
from devflow.actions.emergency import ask_emergency, look_after, review_emergency
from devflow.actions.releases import give_release, given_to_robot, withdraw_release
from devflow.actions.stopping import end, end_work, hold, resume, roll_back
from devflow.actions.systems import keep_server, keep_system
from devflow.actions.windows import add_freeze, add_window, end_freeze, end_window
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
    "MOVES", "Given", "add_freeze", "add_window", "agree_emergency", "ask_emergency", "ask_passkey",
    "back_to_trial", "book_hours", "brm_decided", "brms_of_purpose", "deploy", "drop_timer", "end", "end_freeze",
    "end_window", "end_work", "give_release", "given_to_robot", "hold", "hold_if_needed", "hold_purpose",
    "hold_too", "hours_of", "keep_checklist", "keep_server", "keep_system", "link_commit", "look_after",
    "look_at_versions", "look_now", "needs_factor", "open_brm", "open_uats", "open_work", "plan", "prepare",
    "prove_and_agree", "register_build", "resume", "review_emergency", "roll_back", "start", "start_timer",
    "stop_forgotten", "stop_timer", "take_back_hours", "uat_decided", "why_not_sign", "withdraw_release",
]  # fmt: skip
