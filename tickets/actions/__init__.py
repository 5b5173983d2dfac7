"""Everything that changes a ticket: one file per occasion, one name for all of them."""

from tickets.actions._parts import MOST_FILES
from tickets.actions.asking import (
    attach_to_draft,
    begin_draft,
    detach,
    discard,
    open_ticket,
    say_it_helped,
    send,
    write_down,
    write_down_for_stranger,
    write_draft,
)
from tickets.actions.lists import change_view, delete_view, save_view
from tickets.actions.relations import adopt, disown, merge, merge_each, note_end_elsewhere, split, tie, untie
from tickets.actions.talk import (
    HERE,
    answer,
    be_here,
    edit,
    forget_presences,
    keep_unsent,
    note,
    unwatch,
    watch,
)
from tickets.actions.things import name_asset, note_assets, unname_asset
from tickets.actions.triage import (
    Decided,
    accept,
    ask_back,
    assign,
    cancel,
    decide_each,
    estimate,
    plan,
    prioritise,
    reclassify,
    reject,
)
from tickets.actions.work import (
    close_unconfirmed,
    confirm,
    end_begun,
    escalate,
    follow,
    hand_over,
    rate,
    reopen,
    send_back,
    start,
    take,
    watch_tests,
)

__all__ = [
    "HERE", "MOST_FILES", "Decided", "accept", "adopt", "answer", "ask_back", "assign", "attach_to_draft",
    "be_here", "begin_draft", "cancel", "change_view", "close_unconfirmed", "confirm", "decide_each", "delete_view",
    "detach", "discard", "disown", "edit", "end_begun", "escalate", "estimate", "follow", "forget_presences",
    "hand_over",
    "keep_unsent", "merge", "merge_each", "name_asset", "note", "note_assets", "note_end_elsewhere",
    "open_ticket", "plan", "prioritise", "rate",
    "reclassify", "reject", "reopen", "save_view", "say_it_helped", "send", "send_back", "split", "start", "take",
    "tie", "unname_asset", "untie", "unwatch", "watch", "watch_tests", "write_down", "write_down_for_stranger",
    "write_draft",
]  # fmt: skip
