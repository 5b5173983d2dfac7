# ruff: noqa: E501 - a condition in SQL reads better on one line
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

# Who has a thing follows from what was signed, and from nothing that somebody writes (SOP-B4.1.1). The signed form says which
# things, and is believed only as far as it was approved, which approvals' own gates let nobody else do; its items only lead there.
_SIGNED = """SELECT h.id FROM inventory_handoverline l JOIN inventory_handover h ON h.id = l.handover_id
      JOIN approvals_approval a ON a.id = h.approval_id
    WHERE l.asset_id = NEW.id AND a.state = 'approved' AND h.direction = '{direction}'
      AND a.content->'lines' @> jsonb_build_array(jsonb_build_object('asset', NEW.id))"""
CUSTODY = (
    gate(
        "SOP-B4.1.1",
        "TG_OP = 'INSERT' AND NEW.custody_id IS NOT NULL",
        "Nobody has signed for an asset that is being registered.",
    )
    + " IF TG_OP = 'INSERT' THEN RETURN NEW; END IF;"
    + gate(
        "SOP-B4.1.1",
        "OLD.custody_id IS NOT NULL AND (NEW.holder_id, NEW.custody_id) IS DISTINCT FROM (OLD.holder_id, OLD.custody_id)"
        f" AND (NEW.custody_id IS NOT NULL OR NOT EXISTS ({_SIGNED.format(direction='back')} AND h.id > OLD.custody_id))",
        "Its holder signed for it. Let them sign its return first.",
    )
    + gate(
        "SOP-B4.1.1",
        "NEW.custody_id IS NOT NULL AND OLD.custody_id IS NULL"
        f" AND (NOT EXISTS ({_SIGNED.format(direction='out')} AND h.id = NEW.custody_id AND h.person_id = NEW.holder_id)"
        f" OR EXISTS ({_SIGNED.format(direction='back')} AND h.id > NEW.custody_id))",
        "Whoever holds it has not signed for it.",
    )
    + " RETURN NEW;"
)
# What changes hands is written down once; whoever signs is the one who receives or gives back, or the IT Manager who takes back
# what nobody is there to give.
HANDOVER = (
    gate(
        "SOP-B4.1.1",
        "TG_OP = 'UPDATE' AND (OLD.approval_id IS NOT NULL OR (NEW.direction, NEW.person_id, NEW.signer_id, NEW.branch_id,"
        " NEW.recorded_by_id, NEW.without_reason) IS DISTINCT FROM (OLD.direction, OLD.person_id, OLD.signer_id, OLD.branch_id,"
        " OLD.recorded_by_id, OLD.without_reason))",
        "What was handed over to whom is history.",
    )
    + gate(
        "SOP-B4.1.1",
        "NEW.approval_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval_id"
        " AND a.kind = 'bast' AND a.subject_type = 'inventory.handover' AND a.subject_id = NEW.id"
        " AND a.requester_id = NEW.signer_id)",
        "The form is not that of this hand-over.",
    )
    + gate(
        "SOP-B4.1.1",
        "NEW.signer_id <> NEW.person_id AND (NEW.direction <> 'back' OR NOT "
        + holds_role(role="'it_manager'", person="NEW.signer_id", branch="NEW.branch_id")
        + ")",
        "Whoever receives or gives back signs. Only the IT Manager takes back without that.",
    )
    + " RETURN NEW;"
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
