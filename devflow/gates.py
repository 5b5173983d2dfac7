"""The gates as PostgreSQL holds them: the same clauses as in `rules.py`, for whoever comes past the actions."""

from accounts.gates import holds_role
from core.database import gate
from tickets.gates import same_purpose

# Of every development `o` of the purpose: its estimate, or what is booked where that is more. What ended without being
# built counts by what was booked on it.
_HOURS = """SELECT COALESCE(SUM(CASE WHEN o.status IN ('rejected', 'cancelled') THEN w.booked
        ELSE GREATEST(COALESCE(o.estimate_hours, 0), w.booked) END), 0)
    FROM purpose JOIN tickets_ticket o ON o.id = purpose.id AND o.kind = 'development'
    CROSS JOIN LATERAL (SELECT COALESCE(SUM(h.hours), 0) AS booked FROM devflow_hourentry h
        JOIN devflow_developmentrequest q ON q.id = h.request_id WHERE q.ticket_id = o.id) w"""
# What Director and Board allow for it: never by an approval on which the requester of this very ticket could decide.
_ALLOWED = """SELECT COALESCE(MAX((a.content->>'estimate_hours')::numeric), 0)
    FROM purpose JOIN devflow_developmentrequest q ON q.ticket_id = purpose.id
    JOIN approvals_approval a ON a.subject_type = 'devflow.developmentrequest' AND a.subject_id = q.id
    WHERE a.kind = 'brm' AND a.state = 'approved' AND {requester} = ANY(a.barred)"""
# Hours that count, and hours that are allowed, of the request `r` with its ticket `t` (SOP-A5).
_EFFORT = f"({same_purpose('t.id')} {_HOURS})"
_APPROVED = f"({same_purpose('t.id')} {_ALLOWED.format(requester='t.requester_id')})"
_OVER = f"{_EFFORT} > GREATEST(r.brm_threshold_hours, {_APPROVED})"
# The same for a row of `devflow_developmentrequest` in a list: what the others add, and what is allowed for all.
_ROW = '"devflow_developmentrequest"."ticket_id"'
_ASKED_BY = f"(SELECT k.requester_id FROM tickets_ticket k WHERE k.id = {_ROW})"
PURPOSE = (
    f"({same_purpose(_ROW)} SELECT jsonb_build_object('hours', ({_HOURS} WHERE o.id <> {_ROW})::text,"
    f" 'approved', ({_ALLOWED.format(requester=_ASKED_BY)})::text))"
)
_UAT_SIGNED = """EXISTS (SELECT 1 FROM approvals_approval a WHERE a.kind = 'uat' AND a.state = 'approved'
    AND a.subject_type = 'devflow.build' AND a.subject_id = {build})"""
_RAN_ON = """EXISTS (SELECT 1 FROM devflow_deployment d JOIN devflow_environment n ON n.id = d.environment_id
    WHERE d.build_id = {build} AND n.kind = '{kind}' AND d.result = 'succeeded')"""

_RELEASED_BY_IT_MANAGER = holds_role(role="'it_manager'", person="NEW.deployed_by_id", branch="t.branch_id")

REQUEST_GATES = (
    " r := NEW; SELECT * INTO t FROM tickets_ticket WHERE id = NEW.ticket_id;"
    + gate(
        "SOP-A5",
        "TG_OP = 'INSERT' AND (NEW.stage <> 'waiting' OR NEW.signed_build_id IS NOT NULL OR NEW.brm_threshold_hours"
        " IS DISTINCT FROM (SELECT p.threshold_hours FROM approvals_policy p WHERE p.kind = 'brm'"
        " ORDER BY p.id DESC LIMIT 1))",
        "A development begins waiting, under the policy in force.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'INSERT' AND t.accepted_by_id IS NULL",
        "The IT Manager has not accepted this request.",
    )
    + gate(
        "SOP-A5",
        "TG_OP = 'UPDATE' AND NEW.brm_threshold_hours IS DISTINCT FROM OLD.brm_threshold_hours",
        "A request keeps the threshold it was made under.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND OLD.stage = 'waiting' AND NEW.stage = 'trial'"
        " AND (t.accepted_by_id IS NULL OR t.status <> 'waiting')",
        "The IT Manager has not accepted this request.",
    )
    + gate(
        "SOP-A2",
        "TG_OP = 'UPDATE' AND NEW.stage <> 'waiting' AND NEW.system_id IS NULL",
        "The system is not chosen; its Trial server is where the work begins.",
    )
    + gate(
        "SOP-A2",
        "TG_OP = 'UPDATE' AND OLD.stage <> 'waiting' AND NEW.system_id IS DISTINCT FROM OLD.system_id",
        "What ran on the servers of one system is not released on those of another.",
    )
    + gate(
        "SOP-A5",
        f"TG_OP = 'UPDATE' AND OLD.stage = 'waiting' AND NEW.stage = 'trial' AND (t.estimate_hours IS NULL OR {_OVER})",
        "The hours exceed what is approved; a BRM is needed.",
    )
    + gate(
        "SOP-A2",
        "TG_OP = 'UPDATE' AND NEW.stage = 'training' AND OLD.stage <> 'training' AND NOT EXISTS (SELECT 1 FROM"
        " devflow_build b WHERE b.request_id = NEW.id AND "
        + _RAN_ON.format(build="b.id", kind="training")
        + ")",
        "No build of this development runs on Training.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.signed_build_id IS NOT NULL AND (NOT EXISTS (SELECT 1 FROM devflow_build b WHERE"
        " b.id = NEW.signed_build_id AND b.request_id = NEW.id) OR NOT "
        + _UAT_SIGNED.format(build="NEW.signed_build_id")
        + ")",
        "The UAT of this build is not signed.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.stage IN ('ready', 'done') AND NEW.signed_build_id IS NULL",
        "No UAT is signed.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.stage = 'done' AND OLD.stage <> 'done' AND NOT "
        + _RAN_ON.format(build="NEW.signed_build_id", kind="production"),
        "The signed build is not in production.",
    )
    + " RETURN NEW;"
)

DEPLOYMENT_GATES = (
    " SELECT * INTO b FROM devflow_build WHERE id = NEW.build_id;"
    " SELECT * INTO r FROM devflow_developmentrequest WHERE id = b.request_id FOR UPDATE;"
    " SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;"
    " SELECT * INTO e FROM devflow_environment WHERE id = NEW.environment_id;"
    + gate("SOP-A2", "e.system_id IS DISTINCT FROM r.system_id", "This server belongs to another system.")
    + gate("SOP-A2", "r.stage = 'waiting'", "The work has not started.")
    + gate("SOP-A5", _OVER, "The hours exceed what is approved; a BRM is needed.")
    + gate(
        "SOP-A2",
        "e.kind = 'training' AND NOT " + _RAN_ON.format(build="b.id", kind="trial"),
        "This build was never on Trial.",
    )
    + gate(
        "SOP-A2",
        "e.kind = 'production' AND NOT " + _RAN_ON.format(build="b.id", kind="training"),
        "This build was never on Training.",
    )
    + gate(
        "SOP-A6",
        "e.kind = 'production' AND (r.signed_build_id IS DISTINCT FROM b.id OR NOT "
        + _UAT_SIGNED.format(build="b.id") + ")",
        "This is not the build whose UAT was signed.",
    )
    + gate(
        "SOP-A6",
        "e.kind = 'production' AND (NEW.deployed_by_id = b.registered_by_id OR NOT " + _RELEASED_BY_IT_MANAGER + ")",
        "The IT Manager releases to Production, never the one who built it.",
    )
    + " RETURN NEW;"
)  # fmt: skip

TICKET_GATES = (
    " SELECT stage INTO at_stage FROM devflow_developmentrequest WHERE ticket_id = NEW.id;"
    + gate(
        "SOP-A5",
        "NEW.kind = 'development' AND NEW.status = 'in_progress' AND OLD.status <> NEW.status"
        " AND at_stage IS DISTINCT FROM 'trial'",
        "A development is in progress only while it is on Trial.",
    )
    + gate(
        "SOP-A2",
        "NEW.kind = 'development' AND NEW.status = 'user_testing' AND OLD.status <> NEW.status"
        " AND at_stage IS DISTINCT FROM 'training'",
        "Users test a development only while it is on Training.",
    )
    + gate(
        "SOP-A6",
        "NEW.kind = 'development' AND NEW.status = 'done' AND at_stage IS DISTINCT FROM 'done'",
        "A development is done only when the signed build is in production.",
    )
    + gate("SOP-A1", "NEW.kind <> OLD.kind", "The kind of a request does not change.")
    + " RETURN NEW;"
)

# Since when it stands where it stands: said by PostgreSQL, so that nobody can make work look younger than it is.
STAGE_DATE = (
    " IF TG_OP = 'INSERT' OR NEW.stage IS DISTINCT FROM OLD.stage THEN NEW.stage_at := now();"
    " ELSE NEW.stage_at := OLD.stage_at; END IF; RETURN NEW;"
)
