"""The inventory's share of the SOP in PL/pgSQL: it holds whoever writes."""

from django.conf import settings

from accounts.gates import holds_role
from core.database import gate

_ZONE = settings.TIME_ZONE

# When an asset must be seen again follows from when it was seen, and from nothing that somebody writes (SOP-B4.1.1).
DUE = (
    gate(
        "SOP-B4.1.1",
        "TG_OP = 'UPDATE' AND OLD.verified_at IS NOT NULL"
        " AND (NEW.verified_at IS NULL OR NEW.verified_at < OLD.verified_at)",
        "An asset that was verified is not made unverified.",
    )
    + gate(
        "SOP-B4.1.1",
        "NEW.verified_at > now() + interval '5 minutes'",
        "An asset is verified when it is seen, not before.",
    )
    + f"""
    NEW.due_at = (COALESCE(NEW.verified_at, NEW.created_at) AT TIME ZONE '{_ZONE}' + interval '6 months')
        AT TIME ZONE '{_ZONE}';
    IF TG_OP = 'UPDATE' AND NEW.verified_at IS DISTINCT FROM OLD.verified_at THEN
        NEW.told = '';
    END IF;
    RETURN NEW;"""
)

# Maintenance happens at least once a month (SOP-B4.1.2).
MONTHLY = (
    gate(
        "SOP-B4.1.2",
        "NEW.times_a_month < 1",
        "Maintenance happens at least once a month.",
    )
    + " RETURN NEW;"
)
DONE = (
    gate(
        "SOP-B4.1.2",
        "OLD.state <> 'open' AND (NEW.state, NEW.results::text, NEW.done_at, NEW.done_by_id, NEW.asset_id)"
        " IS DISTINCT FROM (OLD.state, OLD.results::text, OLD.done_at, OLD.done_by_id, OLD.asset_id)",
        "What was done, and what was found, is history.",
    )
    + " RETURN NEW;"
)

# What the head of the branch signed is what was counted (SOP-B4.1.1).
COUNT = (
    gate(
        "SOP-B4.1.1",
        "OLD.state IN ('signed', 'cancelled')"
        " AND (NEW.state, NEW.branch_id, NEW.room_id, NEW.signed_by_id, NEW.signed_at)"
        " IS DISTINCT FROM (OLD.state, OLD.branch_id, OLD.room_id, OLD.signed_by_id, OLD.signed_at)",
        "A signed stock-take is history.",
    )
    + gate(
        "SOP-B4.1.1",
        "NEW.state = 'signed' AND OLD.state <> 'signed' AND (NEW.signed_by_id IS NULL OR NOT "
        + holds_role(role="'branch_head'", person="NEW.signed_by_id", branch="NEW.branch_id")
        + ")",
        "Only the head of the branch signs its stock-take.",
    )
    + " RETURN NEW;"
)
LINE = (
    gate(
        "SOP-B4.1.1",
        "(SELECT t.state FROM inventory_stocktake t"
        " WHERE t.id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.take_id ELSE NEW.take_id END)) IN ('signed', 'cancelled')",
        "A signed stock-take is history.",
    )
    + " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
)
