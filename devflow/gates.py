"""The gates as PostgreSQL holds them: the same clauses as in `rules.py`, for whoever comes past the actions."""

from django.conf import settings

from accounts.gates import holds_role
from core.database import gate
from devflow.enums import HOURS_OF_A_DAY, RISKS, SEATS, WORD_COUNTS
from tickets.gates import MOST_TOGETHER, same_purpose

# Each row of the purpose is looked up by itself: joined, PostgreSQL might read all developments for one of them.
_BOOKED = """(SELECT COALESCE(SUM(h.hours), 0) FROM devflow_developmentrequest q
    JOIN devflow_hourentry h ON h.request_id = q.id WHERE q.ticket_id = o.id)"""
# Of every development of the purpose: its estimate, or what is booked where that is more. What ended without being
# built counts by what was booked on it.
_HOURS = f"""SELECT COALESCE(SUM((SELECT CASE WHEN o.status IN ('rejected', 'cancelled') THEN {_BOOKED}
        ELSE GREATEST(COALESCE(o.estimate_hours, 0), {_BOOKED}) END
    FROM tickets_ticket o WHERE o.id = purpose.id AND o.kind = 'development')), 0) FROM purpose"""
# What Director and Board allow for it: never by an approval on which the requester of this very ticket could decide.
_ALLOWED = """SELECT COALESCE(MAX((SELECT MAX((a.content->>'estimate_hours')::numeric)
    FROM devflow_developmentrequest q JOIN approvals_approval a ON a.subject_id = q.id
    WHERE q.ticket_id = purpose.id AND a.subject_type = 'devflow.developmentrequest' AND a.kind = 'brm'
      AND a.state = 'approved' AND {requester} = ANY(a.barred))), 0) FROM purpose"""
# More hang together than are looked through: their hours cannot be counted, and nothing moves until they are untied.
_CROWD = f"(SELECT count(*) > {MOST_TOGETHER} FROM purpose)"
# The request `r` with its ticket `t`: do the hours that count exceed those that are allowed (SOP-A5)?
_OVER = (
    f"({same_purpose('t.id')} SELECT {_CROWD} OR ({_HOURS}) > GREATEST(r.brm_threshold_hours,"
    f" ({_ALLOWED.format(requester='t.requester_id')})))"
)
# The same for a row of `devflow_developmentrequest` in a list: what the others add, and what is allowed for all.
_ROW = '"devflow_developmentrequest"."ticket_id"'
_ASKED_BY = f"(SELECT k.requester_id FROM tickets_ticket k WHERE k.id = {_ROW})"
PURPOSE = (
    f"({same_purpose(_ROW)} SELECT jsonb_build_object('hours', ({_HOURS} WHERE purpose.id <> {_ROW})::text,"
    f" 'approved', ({_ALLOWED.format(requester=_ASKED_BY)})::text, 'crowd', {_CROWD}))"
)
_UAT_SIGNED = """EXISTS (SELECT 1 FROM approvals_approval a WHERE a.kind = 'uat' AND a.state = 'approved'
    AND a.subject_type = 'devflow.build' AND a.subject_id = {build})"""
_RAN_ON = """EXISTS (SELECT 1 FROM devflow_deployment d JOIN devflow_environment n ON n.id = d.environment_id
    WHERE d.build_id = {build} AND n.kind = '{kind}' AND d.result = 'succeeded')"""
_TAKEN_BACK = (
    """EXISTS (SELECT 1 FROM devflow_deployment d WHERE d.build_id = {build} AND d.result = 'rolled_back')"""
)

# The newest deployment on this kind of server that changed something put this very build there.
_RUNS_ON = """COALESCE((SELECT d.build_id = {build} AND d.result <> 'rolled_back' FROM devflow_deployment d
    JOIN devflow_environment n ON n.id = d.environment_id WHERE n.system_id = {system} AND n.kind = '{kind}'
    AND d.result <> 'failed' ORDER BY d.id DESC LIMIT 1), false)"""

# What the two agree to, of the fix `{fix}` with its build `b` and request `r`; `content_hash` of the model is the same.
_RISKS_SAID = """(SELECT COALESCE(string_agg(k.key || '=' || k.value, ',' ORDER BY k.key COLLATE "C"), '')
    FROM jsonb_each_text(r.risks) k)"""
_PARTS = (
    "b.id::text", "b.version", "b.commit", "b.artefact_hash", "r.system_id::text", "{fix}.reason", "r.rollback_plan",
    _RISKS_SAID,
)  # fmt: skip
EMERGENCY_CONTENT = (
    "encode(sha256(convert_to("
    + " || ".join(f"length({part}) || ':' || {part}" for part in _PARTS)
    + ", 'UTF8')), 'hex')"
)
_DAY = f"interval '{WORD_COUNTS.total_seconds():.0f} seconds'"
# A word counts for a day, over the content that was read.
_COUNTS = "({fix}.{seat}_hash = " + EMERGENCY_CONTENT + " AND {fix}.{seat}_agreed_at > now() - " + _DAY + ")"
# Two have agreed that this build goes to Production before its UAT, and their words count.
EMERGENCY_AGREED = (
    "EXISTS (SELECT 1 FROM devflow_emergencyfix f WHERE f.build_id = {build}"
    " AND f.manager_id IS NOT NULL AND f.second_id IS NOT NULL AND "
    + " AND ".join(_COUNTS.format(fix="f", seat=seat) for seat in SEATS)
    + ")"
)

_IS_ROBOT = "COALESCE((SELECT u.is_robot FROM accounts_user u WHERE u.id = {person}), false)"
_RELEASED_BY_IT_MANAGER = holds_role(role="'it_manager'", person="NEW.deployed_by_id", branch="t.branch_id")
# By the manager in person, or by a robot to which the manager has given this very build.
_RELEASED = (
    "(" + _RELEASED_BY_IT_MANAGER + " OR " + _IS_ROBOT.format(person="NEW.deployed_by_id")
    + """ AND EXISTS (SELECT 1 FROM devflow_release w WHERE w.build_id = b.id AND w.environment_id = e.id
        AND w.withdrawn_at IS NULL AND now() < w.until_at AND """
    + holds_role(role="'it_manager'", person="w.given_by_id", branch="t.branch_id") + "))"
)  # fmt: skip
_BUILT_IT = "NEW.deployed_by_id = b.registered_by_id AND NOT " + _IS_ROBOT.format(person="NEW.deployed_by_id")

# The newest deployment on the Production server that changed something put a build of this request there.
_IS_LIVE = """COALESCE((SELECT d.result <> 'rolled_back' AND x.request_id = {request} FROM devflow_deployment d
    JOIN devflow_environment n ON n.id = d.environment_id JOIN devflow_build x ON x.id = d.build_id
    WHERE n.system_id = {system} AND n.kind = 'production' AND d.result <> 'failed'
    ORDER BY d.id DESC LIMIT 1), false)"""

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
        "TG_OP = 'UPDATE' AND NEW.stage NOT IN ('waiting', 'on_hold', 'cancelled') AND NEW.system_id IS NULL",
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
        "SOP-A2",
        "TG_OP = 'UPDATE' AND NEW.signed_build_id IS NOT NULL AND OLD.signed_build_id IS DISTINCT FROM"
        " NEW.signed_build_id AND NOT ("
        + " OR ".join(
            _RUNS_ON.format(build="NEW.signed_build_id", system="NEW.system_id", kind=kind)
            for kind in ("training", "production")
        )
        + ")",
        "The signed build is not on Training any more.",
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
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.stage = 'done' AND OLD.stage <> 'done' AND EXISTS ("
        "SELECT 1 FROM devflow_emergencyfix f JOIN devflow_build b ON b.id = f.build_id"
        " WHERE b.request_id = NEW.id AND f.reviewed_at IS NULL AND "
        + _RAN_ON.format(build="b.id", kind="production")
        + ")",
        "An emergency fix of this request was not reviewed.",
    )
    + gate(
        "SOP-A2",
        "TG_OP = 'UPDATE' AND NEW.stage = 'on_hold' AND OLD.stage <> 'on_hold' AND NEW.held_from <> OLD.stage",
        "What is on hold remembers where it stood.",
    )
    + gate(
        "SOP-A2",
        "TG_OP = 'UPDATE' AND OLD.stage = 'on_hold' AND (NEW.stage NOT IN ('on_hold', 'cancelled', OLD.held_from)"
        " OR NEW.stage = 'on_hold' AND NEW.held_from <> OLD.held_from AND (OLD.held_from NOT IN ('training', 'ready')"
        " OR NEW.held_from <> 'trial' AND (NEW.held_from <> 'ready' OR NEW.signed_build_id IS NULL)))",
        "What was on hold goes on where it stood.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND NEW.stage = 'cancelled' AND t.status <> 'cancelled'",
        "A development ends with its request.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND NEW.stage = 'cancelled' AND OLD.stage <> 'cancelled'"
        " AND COALESCE(NULLIF(OLD.held_from, ''), OLD.stage) <> 'waiting' AND (NEW.end_reason = '' OR NOT "
        + holds_role(role="'it_manager'", person="NEW.ended_by_id", branch="t.branch_id")
        + ")",
        "Begun work is ended by the IT Manager, with a reason.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.stage = 'cancelled' AND OLD.stage <> 'cancelled' AND "
        + _IS_LIVE.format(request="NEW.id", system="NEW.system_id"),
        "What is ended leaves no build in Production.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.stage = 'cancelled' AND OLD.stage <> 'cancelled' AND EXISTS ("
        "SELECT 1 FROM devflow_emergencyfix f JOIN devflow_build b ON b.id = f.build_id"
        " WHERE b.request_id = NEW.id AND f.due_date IS NOT NULL AND f.reviewed_at IS NULL)",
        "An emergency fix of this request was not reviewed.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND OLD.stage = 'cancelled'"
        " AND (NEW.end_reason, NEW.ended_by_id) IS DISTINCT FROM (OLD.end_reason, OLD.ended_by_id)",
        "Who ended the work and why is history.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND OLD.stage = 'done' AND NEW.stage = 'trial' AND (NEW.signed_build_id IS NOT NULL OR NOT "
        + _TAKEN_BACK.format(build="OLD.signed_build_id")
        + ")",
        "Only what was taken out of Production begins again.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.signed_build_id IS NOT NULL AND OLD.signed_build_id IS DISTINCT FROM"
        " NEW.signed_build_id AND " + _TAKEN_BACK.format(build="NEW.signed_build_id"),
        "This build was taken out of Production.",
    )
    + " RETURN NEW;"
)

# The row before this one on the server, failed tries aside: what runs there, or what was taken off it.
_BEFORE = """(SELECT {what} FROM devflow_deployment d
    WHERE d.environment_id = NEW.environment_id AND d.result <> 'failed' ORDER BY d.id DESC LIMIT 1)"""
_TAKES_WHAT_RUNS = _BEFORE.format(what="d.build_id = NEW.build_id AND d.result <> 'rolled_back'")
_SERVER_IS_EMPTY = _BEFORE.format(what="d.result = 'rolled_back'")
# As many answers as there were questions: those of everybody, and those that the system had when it was chosen.
_UNANSWERED = (
    "cardinality(r.own_questions) > 0 AND (SELECT count(*) FROM jsonb_object_keys(r.risks))"
    f" < {len(RISKS)} + cardinality(r.own_questions)"
)
DEPLOYMENT_GATES = (
    " SELECT * INTO b FROM devflow_build WHERE id = NEW.build_id;"
    " SELECT * INTO r FROM devflow_developmentrequest WHERE id = b.request_id FOR UPDATE;"
    " SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;"
    " SELECT * INTO e FROM devflow_environment WHERE id = NEW.environment_id;"
    # Deployments on one system take turns here, also past the action: what runs on Trial is known when it is asked.
    " PERFORM pg_advisory_xact_lock(hashtextextended('deployments on ' || e.system_id, 0));"
    + gate("SOP-A2", "e.system_id IS DISTINCT FROM r.system_id", "This server belongs to another system.")
    + gate(
        "SOP-A6",
        "NEW.result IN ('rolled_back', 'restored') AND (e.kind <> 'production' OR NOT " + _RELEASED_BY_IT_MANAGER
        + " OR NOT " + _RAN_ON.format(build="b.id", kind="production")
        + " OR " + _TAKEN_BACK.format(build="b.id") + ")",
        "The IT Manager takes a build out of Production, or puts one back that was released there.",
    )
    + gate(
        "SOP-A6",
        "NEW.result = 'rolled_back' AND " + _TAKES_WHAT_RUNS + " IS NOT TRUE",
        "Only what runs in Production is taken out of it.",
    )
    + gate(
        "SOP-A6",
        "NEW.result = 'restored' AND " + _SERVER_IS_EMPTY + " IS NOT TRUE",
        "A build is put back only in place of one that was taken out.",
    )
    + " IF NEW.result IN ('rolled_back', 'restored') THEN RETURN NEW; END IF;"
    + gate("SOP-A2", "r.stage = 'on_hold'", "The work is on hold.")
    + gate("SOP-A1", "r.stage = 'cancelled'", "The request has ended.")
    + gate("SOP-A6", _TAKEN_BACK.format(build="b.id"), "This build was taken out of Production.")
    + gate("SOP-A2", "r.stage = 'waiting'", "The work has not started.")
    + gate("SOP-A5", _OVER, "The hours exceed what is approved; a BRM is needed.")
    + gate(
        "SOP-A2",
        "e.kind = 'training' AND NOT " + _RUNS_ON.format(build="b.id", system="e.system_id", kind="trial"),
        "This build is not on Trial.",
    )
    + gate(
        "SOP-A2",
        "e.kind = 'production' AND NOT " + _RAN_ON.format(build="b.id", kind="training"),
        "This build was never on Training.",
    )
    + gate(
        "SOP-A6",
        "e.kind = 'production' AND (r.signed_build_id IS DISTINCT FROM b.id OR NOT "
        + _UAT_SIGNED.format(build="b.id") + ") AND NOT " + EMERGENCY_AGREED.format(build="b.id"),
        "This is not the build whose UAT was signed.",
    )
    + gate(
        "SOP-A6",
        "e.kind = 'production' AND ("
        + _BUILT_IT + " OR NOT " + _RELEASED + ")",
        "The IT Manager releases to Production, never the one who built it.",
    )
    + gate(
        "SOP-B4.5",
        "e.kind = 'production' AND (r.rollback_plan = '' OR r.risks = '{}' OR " + _UNANSWERED + ")",
        "A release needs answered risk questions and a roll-back plan.",
    )
    + " RETURN NEW;"
)  # fmt: skip

_SECOND_AGREES = holds_role(
    role="ANY(ARRAY['db_manager', 'director'])", person="NEW.second_id", branch="t.branch_id"
)
_REVIEWED_BY_IT_MANAGER = holds_role(role="'it_manager'", person="NEW.reviewed_by_id", branch="t.branch_id")
_MANAGER_AGREES = holds_role(role="'it_manager'", person="NEW.manager_id", branch="t.branch_id")
_NOW = "BETWEEN now() - interval '10 minutes' AND now() + interval '10 minutes'"


def _word(row: str, seat: str) -> str:
    return f"({row}.{seat}_id, {row}.{seat}_agreed_at, {row}.{seat}_hash, {row}.{seat}_proof)"


def _given(seat: str) -> str:
    """Somebody agrees with this statement, for the first time or anew."""
    return f"(NEW.{seat}_id IS NOT NULL AND {_word('NEW', seat)} IS DISTINCT FROM {_word('OLD', seat)})"


def _proven(seat: str) -> str:
    """By whoever it is, over this content, minutes ago."""
    content = EMERGENCY_CONTENT.format(fix="NEW")
    return (
        f"(NEW.{seat}_hash = {content} AND NEW.{seat}_agreed_at {_NOW}"
        f" AND EXISTS (SELECT 1 FROM accounts_confirmation c WHERE c.user_id = NEW.{seat}_id"
        f" AND c.about = {content} AND c.refusal = '' AND c.tried_at {_NOW}))"
    )


EMERGENCY_GATES = (
    " SELECT * INTO b FROM devflow_build WHERE id = NEW.build_id;"
    " SELECT * INTO r FROM devflow_developmentrequest WHERE id = b.request_id;"
    " SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;"
    + gate(
        "SOP-A6",
        "TG_OP = 'INSERT' AND (b.reached <> 'training' OR NEW.manager_id IS NOT NULL OR NEW.second_id IS NOT NULL"
        " OR NEW.due_date IS NOT NULL OR NEW.reviewed_at IS NOT NULL OR NEW.settled_at IS NOT NULL)",
        "An emergency fix is asked for, for a build that users test on Training.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND ((NEW.build_id, NEW.reason, NEW.asked_by_id, NEW.asked_at)"
        " IS DISTINCT FROM (OLD.build_id, OLD.reason, OLD.asked_by_id, OLD.asked_at)"
        + "".join(
            f" OR OLD.{s}_id IS NOT NULL AND {_word('NEW', s)} IS DISTINCT FROM {_word('OLD', s)}"
            f" AND (OLD.due_date IS NOT NULL OR {_COUNTS.format(fix='OLD', seat=s)})"
            for s in SEATS
        )
        +
        " OR OLD.due_date IS NOT NULL AND NEW.due_date IS DISTINCT FROM OLD.due_date"
        " OR OLD.reviewed_at IS NOT NULL AND (NEW.review, NEW.reviewed_by_id)"
        " IS DISTINCT FROM (OLD.review, OLD.reviewed_by_id))",
        "Who asked for an emergency fix and why, who agreed, and how it was reviewed, is history.",
    )
    + gate(
        "SOP-A6",
        "NEW.manager_id = NEW.second_id OR b.registered_by_id IN (NEW.manager_id, NEW.second_id)"
        " OR (t.assignee_id IN (NEW.manager_id, NEW.second_id) AND "
        + _IS_ROBOT.format(person="b.registered_by_id") + ")",
        "Two different people agree to an emergency fix, never the one who built it.",
    )
    + gate(
        "SOP-A6",
        f"TG_OP = 'UPDATE' AND ({_given('manager')} AND NOT " + _MANAGER_AGREES
        + f" OR {_given('second')} AND NOT " + _SECOND_AGREES + ")",
        "The IT Manager, and a Database Manager or Director, agree to an emergency fix.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND (" + " OR ".join(f"{_given(s)} AND NOT {_proven(s)}" for s in SEATS) + ")",
        "Whoever agrees to an emergency fix confirms just now, over what they read, that it is really them.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND OLD.reviewed_at IS NULL AND NEW.reviewed_at IS NOT NULL AND NOT "
        + _REVIEWED_BY_IT_MANAGER,
        "The IT Manager reviews an emergency fix.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.settled_at IS NOT NULL AND (NEW.reviewed_at IS NULL OR NOT ("
        + _UAT_SIGNED.format(build="b.id") + " OR " + _TAKEN_BACK.format(build="b.id") + " OR r.stage = 'done'))",
        "An emergency fix is settled when its UAT is signed, or it was replaced, and its review is written.",
    )
    + " RETURN NEW;"
)  # fmt: skip

MARKS_HOURS = (
    " SELECT * INTO r FROM devflow_developmentrequest WHERE id = NEW.request_id;"
    " SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;"
    f" NEW.while_held := r.stage = 'on_hold' OR {_OVER}; RETURN NEW;"
)

_MANAGER_TAKES_BACK = holds_role(role="'it_manager'", person="NEW.taken_back_by_id", branch="t.branch_id")
_DAY_OF = f"({{at}} AT TIME ZONE '{settings.TIME_ZONE}')::date"
# Director and Board are asked about the purpose, or will be.
_ASKED = """SELECT EXISTS (SELECT 1 FROM purpose JOIN devflow_developmentrequest q ON q.ticket_id = purpose.id
    JOIN approvals_approval a ON a.subject_id = q.id WHERE a.subject_type = 'devflow.developmentrequest'
      AND a.kind = 'brm' AND a.state IN ('draft', 'pending'))"""
BRM_IS_ASKED = f"({same_purpose(_ROW)} {_ASKED})"
# Two who book for the same person and day take turns here, also past the action.
HOUR_GATES = (
    " IF NEW.takes_back_id IS NULL THEN PERFORM pg_advisory_xact_lock(hashtextextended("
    "'hours of ' || NEW.person_id || ' on ' || NEW.date, 0));"
    + gate(
        "hours_of_all_fit_into_a_day",
        "NEW.hours + (SELECT COALESCE(SUM(h.hours), 0) FROM devflow_hourentry h WHERE h.person_id = NEW.person_id"
        f" AND h.date = NEW.date) > {HOURS_OF_A_DAY}",
        "Nobody works more than 24 hours on one day, over all requests.",
    )
    + " RETURN NEW; END IF;"
    " SELECT * INTO was FROM devflow_hourentry WHERE id = NEW.takes_back_id;"
    " SELECT * INTO r FROM devflow_developmentrequest WHERE id = NEW.request_id;"
    " SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;"
    + gate(
        "hours_are_taken_back_whole",
        "was.takes_back_id IS NOT NULL OR (NEW.request_id, NEW.person_id, NEW.date, NEW.hours)"
        " IS DISTINCT FROM (was.request_id, was.person_id, was.date, -was.hours)",
        "Hours are taken back as they were booked; what takes back is not taken back.",
    )
    + gate(
        "SOP-A5",
        f"NOT {_MANAGER_TAKES_BACK} AND (NEW.taken_back_by_id IS DISTINCT FROM was.person_id OR "
        + _DAY_OF.format(at="was.booked_at") + " <> " + _DAY_OF.format(at="now()") + ")",
        "Whoever booked hours takes them back on the same day; after that the IT Manager does.",
    )
    + gate(
        "SOP-A5",
        f"NOT {_MANAGER_TAKES_BACK} AND ({_OVER} OR ({same_purpose('t.id')} {_ASKED}))",
        "A BRM is needed or asked for; only the IT Manager takes hours back.",
    )
    + " RETURN NEW;"
)  # fmt: skip

TICKET_GATES = (
    " SELECT COALESCE(NULLIF(held_from, ''), stage) INTO at_stage FROM devflow_developmentrequest"
    " WHERE ticket_id = NEW.id;"
    + gate(
        "SOP-A6",
        "NEW.kind = 'development' AND OLD.status = 'done' AND NEW.status <> 'done'"
        " AND at_stage IS DISTINCT FROM 'trial'",
        "A deployed development is not opened again, unless its build was taken out of Production.",
    )
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
    + gate(
        "SOP-A1",
        "NEW.kind = 'development' AND NEW.status = 'cancelled' AND OLD.status IN ('in_progress', 'user_testing')"
        " AND NOT EXISTS (SELECT 1 FROM devflow_developmentrequest q"
        " WHERE q.ticket_id = NEW.id AND q.end_reason <> '' AND "
        + holds_role(role="'it_manager'", person="q.ended_by_id", branch="NEW.branch_id")
        + ")",
        "Begun work is ended by the IT Manager, with a reason.",
    )
    + gate(
        "SOP-A1",
        "NEW.kind <> OLD.kind AND (OLD.status <> 'new' OR NEW.status <> 'new')",
        "A request that the IT Manager has decided on keeps its kind.",
    )
    + " RETURN NEW;"
)

# Since when it stands where it stands: said by PostgreSQL, so that nobody can make work look younger than it is.
STAGE_DATE = (
    " IF TG_OP = 'INSERT' OR NEW.stage IS DISTINCT FROM OLD.stage THEN NEW.stage_at := now();"
    " ELSE NEW.stage_at := OLD.stage_at; END IF; RETURN NEW;"
)

_NAMED = "EXISTS (SELECT 1 FROM devflow_deployer d WHERE d.environment_id = e.id{and_person})"

# Of the system of server `e`: its own windows, else those of all; freezes of both. `devflow.windows` says the same.
_WINDOWS = """devflow_window w WHERE w.ended_at IS NULL AND w.system_id IS NOT DISTINCT FROM (SELECT o.system_id
    FROM devflow_window o WHERE o.ended_at IS NULL AND o.system_id = e.system_id LIMIT 1)"""
_WALL = "(now() AT TIME ZONE {row}.zone)"
_TODAY = "(extract(isodow FROM " + _WALL.format(row="w") + ")::int - 1)"
_OPEN_NOW = f"""(CASE WHEN w.opens < w.closes
    THEN {_TODAY} = ANY(w.days) AND {_WALL.format(row="w")}::time >= w.opens
      AND {_WALL.format(row="w")}::time < w.closes
    ELSE ({_TODAY} = ANY(w.days) AND {_WALL.format(row="w")}::time >= w.opens)
      OR (({_TODAY} + 6) % 7 = ANY(w.days) AND {_WALL.format(row="w")}::time < w.closes) END)"""
_OUTSIDE_WINDOWS = (
    f"EXISTS (SELECT 1 FROM {_WINDOWS}) AND NOT EXISTS (SELECT 1 FROM {_WINDOWS} AND {_OPEN_NOW})"
)
_MONTH_LENGTH = (
    "extract(day FROM date_trunc('month', " + _WALL.format(row="f") + ") + interval '1 month - 1 day')"
)
_FROZEN = f"""EXISTS (SELECT 1 FROM devflow_freeze f WHERE f.ended_at IS NULL
    AND (f.system_id IS NULL OR f.system_id = e.system_id) AND (now() >= f.starts_at AND now() < f.ends_at
      OR f.starts_at IS NULL AND (extract(day FROM {_WALL.format(row="f")}) <= f.first_days
        OR extract(day FROM {_WALL.format(row="f")}) > {_MONTH_LENGTH} - f.last_days)))"""
RELEASES_ARE_CLOSED = f"({_FROZEN} OR {_OUTSIDE_WINDOWS})"

_BUILT_BY = (
    """({person} = b.registered_by_id OR {person} = t.assignee_id AND """
    + _IS_ROBOT.format(person="b.registered_by_id")
    + ")"
)

# What a server itself asks of a deployment, whatever the build has earned.
SERVER_GATES = (
    " SELECT * INTO b FROM devflow_build WHERE id = NEW.build_id;"
    " SELECT * INTO r FROM devflow_developmentrequest WHERE id = b.request_id;"
    " SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;"
    " SELECT * INTO e FROM devflow_environment WHERE id = NEW.environment_id;"
    " by_robot := " + _IS_ROBOT.format(person="NEW.deployed_by_id") + ";"
    + gate(
        "SOP-B4.2.2",
        "(e.kind <> 'production' AND " + _NAMED.format(and_person="") + " OR by_robot) AND NOT "
        + _NAMED.format(and_person=" AND d.person_id = NEW.deployed_by_id"),
        "Only those who are named for this server deploy on it.",
    )
    + gate(
        "SOP-A6",
        "e.kind = 'production' AND NOT by_robot AND NEW.result NOT IN ('rolled_back', 'restored') AND "
        + _BUILT_BY.format(person="NEW.deployed_by_id"),
        "The IT Manager releases to Production, never the one who built it.",
    )
    + gate(
        "SOP-A2",
        "e.kind = 'production' AND NEW.result NOT IN ('rolled_back', 'restored') AND "
        + RELEASES_ARE_CLOSED + " AND NOT " + EMERGENCY_AGREED.format(build="b.id"),
        "Releases are closed now: outside the windows of the system, or inside a freeze.",
    )
    + " RETURN NEW;"
)  # fmt: skip

# A release is given for the build that has earned it, by the IT Manager who did not build it.
RELEASE_GATES = (
    " SELECT * INTO b FROM devflow_build WHERE id = NEW.build_id;"
    " SELECT * INTO r FROM devflow_developmentrequest WHERE id = b.request_id;"
    " SELECT * INTO t FROM tickets_ticket WHERE id = r.ticket_id;"
    " SELECT * INTO e FROM devflow_environment WHERE id = NEW.environment_id;"
    + gate(
        "SOP-A2",
        "e.kind <> 'production' OR e.system_id IS DISTINCT FROM r.system_id",
        "A release is given for the Production server of the system.",
    )
    + gate(
        "SOP-A6",
        "r.signed_build_id IS DISTINCT FROM b.id AND NOT " + EMERGENCY_AGREED.format(build="b.id"),
        "This is not the build whose UAT was signed.",
    )
    + gate(
        "SOP-A6",
        _BUILT_BY.format(person="NEW.given_by_id") + " OR NOT "
        + holds_role(role="'it_manager'", person="NEW.given_by_id", branch="t.branch_id"),
        "The IT Manager releases to Production, never the one who built it.",
    )
    + gate(
        "SOP-A6",
        "NEW.until_at > now() + interval '73 hours'",
        "A release is good for three days at the most.",
    )
    + " RETURN NEW;"
)  # fmt: skip
