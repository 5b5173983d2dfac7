"""Everything that changes the inventory: one file per occasion, one name for all of them."""

from inventory.actions.assets import attach, attach_all, change, move_state, put_in_use, register, verify
from inventory.actions.certificates import keep_certificate, renew_certificate
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
from inventory.actions.importing import ask_check, ask_import, bring_in, cancel_import, perform_import, upload
from inventory.actions.maintenance import (
    drop_task,
    end_plan,
    finish_task,
    keep_plan,
    plan_ahead,
    reassign_task,
    tell_overdue,
)
from inventory.actions.reference import MOST_FIELDS, keep_room, keep_type
from inventory.actions.renewables import (
    LONGEST_NAMES,
    MOST_LEADS,
    attach_document,
    count_seats,
    end_renewable,
    keep_renewable,
    renew,
    tell_expiring,
)
from inventory.actions.software import tell_software
from inventory.actions.verification import look_after

__all__ = [
    "LONGEST_NAMES", "MOST_FIELDS", "MOST_ITEMS", "MOST_LEADS", "Item", "ask_check", "ask_import", "ask_passkey",
    "attach", "attach_all", "attach_document", "bring_in", "cancel_count", "cancel_import", "change", "count",
    "count_seats", "decided", "drop_task", "end_count", "end_plan", "end_renewable", "figures", "finish_task",
    "hand_over", "hash_of", "keep_certificate", "keep_plan", "keep_renewable", "keep_room", "keep_type",
    "look_after", "move_state", "must_be_signable", "open_take", "perform_import", "plan_ahead", "prove_and_sign",
    "put_in_use", "reassign_task", "register", "renew", "renew_certificate", "reopen_count", "sign_count",
    "take_back", "tell_expiring", "tell_overdue", "tell_software", "upload", "verify",
]  # fmt: skip
