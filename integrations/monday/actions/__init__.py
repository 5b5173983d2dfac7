"""Everything that changes the mirror: one file per occasion, one name for all of them."""

from integrations.monday.actions._parts import ready, token_of, without_board
from integrations.monday.actions.connecting import (
    SETTINGS,
    Entered,
    enter_person,
    keep_connection,
    keep_person,
    look,
    match_people,
    may_administer,
    try_now,
    watch,
    webhook_url,
)
from integrations.monday.actions.deciding import (
    compare,
    leave,
    renew,
    resume,
    retry,
    retry_remark,
    see,
    why_not_compare,
)
from integrations.monday.actions.delivering import deliver
from integrations.monday.actions.hearing import hear, refuse
from integrations.monday.actions.making import TITLE, make_place, make_seen_place, plan_place
from integrations.monday.actions.marking import link_all, mark, mark_people, say
from integrations.monday.actions.strays import adopt
from integrations.monday.actions.sweeping import sweep

__all__ = [
    "SETTINGS", "TITLE", "Entered", "adopt", "compare", "deliver", "enter_person", "hear", "keep_connection",
    "keep_person", "leave", "link_all", "look", "make_place", "make_seen_place", "mark", "mark_people",
    "match_people", "may_administer", "plan_place", "ready", "refuse", "renew", "resume", "retry",
    "retry_remark", "say", "see", "sweep", "token_of", "try_now", "watch", "webhook_url", "why_not_compare",
    "without_board",
]  # fmt: skip
