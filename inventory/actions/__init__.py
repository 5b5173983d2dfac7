"""Everything that changes the inventory: one file per occasion, one name for all of them."""

from inventory.actions.assets import attach, attach_all, change, move_state, put_in_use, register, verify
from inventory.actions.counting import (
    ask_passkey,
    cancel_count,
    count,
    end_count,
    figures,
    hash_of,
    must_be_signable,
    open_take,
    prove_and_sign,
    reopen_count,
    sign_count,
)
from inventory.actions.custody import MOST_ITEMS, Item, decided, hand_over, take_back
from inventory.actions.maintenance import (
    drop_task,
    end_plan,
    finish_task,
    keep_plan,
    plan_ahead,
    reassign_task,
    tell_overdue,
)
from inventory.actions.reference import keep_room, keep_type
from inventory.actions.software import tell_software
from inventory.actions.verification import look_after

__all__ = [
    "MOST_ITEMS", "Item", "ask_passkey", "attach", "attach_all", "cancel_count", "change", "count", "decided",
    "drop_task", "end_count", "end_plan", "figures", "finish_task", "hand_over", "hash_of", "keep_plan", "keep_room",
    "keep_type", "look_after", "move_state", "must_be_signable", "open_take", "plan_ahead", "prove_and_sign",
    "put_in_use", "reassign_task", "register", "reopen_count", "sign_count", "take_back", "tell_overdue",
    "tell_software", "verify",
]  # fmt: skip
