# ruff: noqa: E501 - a condition in SQL reads better on one line
"""The rules of approving in PL/pgSQL: the same as in `rules.py` and `asking.py`, for whoever comes past the actions.

What opens the gate is never believed from the row that claims it: the rule that applies, the number needed and the hash are
computed here once more, from the version of the policy that the form was opened under (SOP-A5, SOP-A6).
"""

from accounts.gates import acts_for, is_administrator
from approvals.asking import NAMED
from approvals.enums import CLAUSES, Kind
from core.database import gate


def form_gate(form: str, condition: str, message: str) -> str:
    """The same refusal under the clause of the form; what is no kind that we know is refused as a BRM is."""
    others = [kind for kind in CLAUSES if kind != Kind.BRM]
    return "".join(
        gate(CLAUSES[kind], f"{form}.kind = '{kind.value}' AND ({condition})", message) for kind in others
    ) + gate(CLAUSES[Kind.BRM], f"({condition})", message)


# Policies ------------------------------------------------------------------------------------------------------------

_STEPS = "jsonb_array_elements(NEW.rules) r, jsonb_array_elements(r->'steps') s"
_DECIDERS = '\'["director", "bod"]\'::jsonb'
POLICY_GATES = (
    gate(
        "SOP-A5",
        "(NEW.published_by_id IS NULL AND EXISTS (SELECT 1 FROM approvals_policy p WHERE p.kind = NEW.kind))"
        f" OR (NEW.published_by_id IS NOT NULL AND NOT {is_administrator('NEW.published_by_id')})",
        "Only an administrator says who decides.",
    )
    + gate(
        "SOP-A5",
        "jsonb_typeof(NEW.rules) <> 'array' OR jsonb_array_length(NEW.rules) = 0"
        " OR COALESCE(NEW.rules->-1->'when', '{}') <> '{}'"
        " OR EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.rules) r WHERE jsonb_array_length(r->'steps') = 0)"
        f" OR EXISTS (SELECT 1 FROM {_STEPS} WHERE s->'people' = '[]' AND s->'roles' = '[]'"
        " AND NOT COALESCE((s->>'tester')::boolean, false))",
        "The last rule is for everything else, every rule has a step, and every step names somebody.",
    )
    + gate(
        "SOP-A5",
        "NEW.kind = 'brm' AND EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.rules) r WHERE NOT EXISTS"
        " (SELECT 1 FROM jsonb_array_elements(r->'steps') s WHERE s->'people' = '[]' AND s->'roles' <> '[]'"
        f" AND s->'roles' <@ {_DECIDERS} AND NOT COALESCE((s->>'tester')::boolean, false)))",
        "Every rule for a BRM has a step that only Director or Board can take.",
    )
    + gate(
        "SOP-A5",
        "NEW.kind = 'brm' AND NEW.escalate_to NOT IN ('', 'director', 'bod')",
        "Only Director or Board decide on a BRM when the others are late.",
    )
    + gate(
        "SOP-A6",
        "NEW.kind = 'uat' AND EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.rules) r"
        " WHERE NOT COALESCE((r->'steps'->0->>'tester')::boolean, false) OR r->'steps'->0->'roles' <> '[]'"
        " OR r->'steps'->0->'people' <> '[]')",
        "The test is signed first by the one who tested.",
    )
    + gate(
        "SOP-B4.1.1",
        "NEW.kind = 'bast' AND EXISTS (SELECT 1 FROM jsonb_array_elements(NEW.rules) r"
        " WHERE jsonb_array_length(r->'steps') <> 1 OR NOT COALESCE((r->'steps'->0->>'tester')::boolean, false)"
        " OR r->'steps'->0->'roles' <> '[]' OR r->'steps'->0->'people' <> '[]')",
        "A hand-over is signed by the one who receives or gives back, and by nobody else.",
    )
    + " RETURN NEW;"
)

# Forms ---------------------------------------------------------------------------------------------------------------

_FIGURE = r"^\d+(\.\d+)?$"
_CONTENT = {"hours": "estimate_hours", "cost": "cost"}


def _figure(name: str) -> str:
    return f"COALESCE(NULLIF(NEW.content->>'{_CONTENT[name]}', ''), '0')"


def _within(name: str) -> str:
    value = f"{_figure(name)}::numeric"
    return (
        f"(w->>'{name}_over' IS NULL OR {value} > (w->>'{name}_over')::numeric)"
        f" AND (w->>'{name}_up_to' IS NULL OR {value} <= (w->>'{name}_up_to')::numeric)"
    )


def _names(name: str, answers: tuple[str, ...]) -> str:
    said = ", ".join(f"NEW.content->>'{answer}'" for answer in answers)
    return (
        f"(COALESCE(w->'{name}', '[]') = '[]' OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(w->'{name}') n"
        f" WHERE position(lower(n) IN lower(COALESCE({said}, ''))) > 0))"
    )


# The number of the first rule of the policy `p` whose conditions the form NEW meets, from 0.
_FIRST_RULE = f"""(SELECT r.nth - 1 FROM jsonb_array_elements(p.rules) WITH ORDINALITY r (rule, nth)
    CROSS JOIN LATERAL (SELECT COALESCE(r.rule->'when', '{{}}') w) c
    WHERE {_within("hours")} AND {_within("cost")}
      AND (COALESCE(w->'branches', '[]') = '[]' OR w->'branches' @> to_jsonb(NEW.branch_id))
      AND {" AND ".join(_names(*pair) for pair in NAMED.items())}
    ORDER BY r.nth LIMIT 1)"""
_SUBMITS = "TG_OP = 'UPDATE' AND OLD.state = 'draft' AND NEW.state = 'pending'"
_APPROVES = "TG_OP = 'UPDATE' AND OLD.state <> 'approved' AND NEW.state = 'approved'"
_FROZEN = (
    "content", "content_hash", "title", "barred", "kind", "case_type", "case_id", "subject_type", "subject_id",
    "requested_by_id", "requester_id", "tester_id", "branch_id", "rule", "submitted_at",
)  # fmt: skip
_ORIGIN = (
    "case_type", "case_id", "subject_type", "subject_id", "requested_by_id", "requester_id", "branch_id",
)  # fmt: skip
_THIS_EDITION = "approval_id = NEW.id AND {row}.edition = NEW.edition"


def _row(record: str, names: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"{record}.{name}" for name in names) + ")"


FORM_GATES = (
    " SELECT * INTO p FROM approvals_policy WHERE id = NEW.policy_id;"
    + form_gate("NEW", "TG_OP = 'INSERT' AND NEW.state <> 'draft'", "A form begins as a draft.")
    + form_gate(
        "NEW",
        "TG_OP = 'INSERT' AND (NEW.edition <> 1 OR NEW.policy_id IS DISTINCT FROM"
        " (SELECT c.id FROM approvals_policy c WHERE c.kind = NEW.kind ORDER BY c.id DESC LIMIT 1))",
        "A form begins under the policy in force.",
    )
    + form_gate(
        "NEW",
        "NEW.tester_id IS NOT NULL AND (NEW.kind <> 'uat' OR NEW.tester_id = ANY(NEW.barred))",
        "Whoever built it does not test it.",
    )
    + form_gate(
        "NEW",
        "TG_OP = 'UPDATE' AND (NEW.policy_id, NEW.kind) IS DISTINCT FROM (OLD.policy_id, OLD.kind)",
        "A form keeps the policy it was opened under.",
    )
    + form_gate(
        "NEW",
        f"TG_OP = 'UPDATE' AND {_row('NEW', _ORIGIN)} IS DISTINCT FROM {_row('OLD', _ORIGIN)}",
        "Who asked, and for what, is history.",
    )
    + form_gate(
        "NEW",
        f"TG_OP = 'UPDATE' AND OLD.state <> 'draft' AND {_row('NEW', _FROZEN)} IS DISTINCT FROM {_row('OLD', _FROZEN)}",
        "A submitted form is frozen.",
    )
    + form_gate(
        "NEW",
        "TG_OP = 'UPDATE' AND NEW.edition IS DISTINCT FROM OLD.edition +"
        " CASE WHEN OLD.state = 'pending' AND NEW.state = 'draft' THEN 1 ELSE 0 END",
        "Each time it is sent back, the form becomes its next version.",
    )
    + form_gate(
        "NEW",
        "TG_OP = 'UPDATE' AND OLD.state = 'pending' AND NEW.state = 'draft' AND NOT EXISTS (SELECT 1 FROM"
        " approvals_decision d WHERE d.approval_id = NEW.id AND d.edition = OLD.edition AND d.outcome = 'revise')",
        "Nobody has sent this form back.",
    )
    + form_gate(
        "NEW",
        f"{_SUBMITS} AND NEW.kind = 'brm' AND ({_figure('hours')} !~ '{_FIGURE}' OR {_figure('cost')} !~ '{_FIGURE}')",
        "Hours and cost are figures.",
    )
    + form_gate(
        "NEW",
        f"{_SUBMITS} AND NEW.rule IS DISTINCT FROM {_FIRST_RULE}",
        "Those who are asked are not those whom the policy names.",
    )
    + form_gate(
        "NEW",
        f"{_SUBMITS} AND NEW.kind = 'brm' AND NOT NEW.barred @> ARRAY[NEW.requester_id, NEW.requested_by_id]::bigint[]",
        "Nobody decides on what they asked for or built themselves.",
    )
    + form_gate(
        "NEW",
        f"{_SUBMITS} AND NOT EXISTS (SELECT 1 FROM approvals_edition e WHERE e.approval_id = NEW.id"
        " AND (e.number, e.content_hash, e.content, e.title, e.rule) ="
        " (NEW.edition, NEW.content_hash, NEW.content, NEW.title, NEW.rule)"
        " AND (NEW.kind <> 'brm' OR e.submitted_by_id = ANY(NEW.barred)))",
        "What is submitted is kept exactly as it is.",
    )
    + form_gate(
        "NEW",
        "TG_OP = 'UPDATE' AND NEW.state = 'superseded' AND NEW.kind <> 'brm'",
        "A test is not outgrown: the next build is tested anew.",
    )
    + form_gate(
        "NEW",
        f"{_APPROVES} AND (SELECT count(*) FROM approvals_step s WHERE s.{_THIS_EDITION.format(row='s')})"
        " IS DISTINCT FROM jsonb_array_length(p.rules->NEW.rule->'steps')",
        "Those who approved are not those whom the policy names.",
    )
    + form_gate(
        "NEW",
        f"{_APPROVES} AND (EXISTS (SELECT 1 FROM approvals_step s WHERE s.{_THIS_EDITION.format(row='s')}"
        " AND s.needed > (SELECT count(*) FROM approvals_decision d WHERE d.step_id = s.id AND d.outcome = 'approve'))"
        f" OR EXISTS (SELECT 1 FROM approvals_decision d WHERE d.{_THIS_EDITION.format(row='d')}"
        " AND d.outcome <> 'approve'))",
        "Not everybody who must decide has approved.",
    )
    + form_gate(
        "NEW",
        f"{_APPROVES} AND EXISTS (SELECT 1 FROM approvals_decision d"
        f" WHERE d.{_THIS_EDITION.format(row='d')} AND NOT EXISTS (SELECT 1 FROM approvals_signature g"
        " WHERE g.decision_id = d.id AND g.content_hash = NEW.content_hash))",
        "An approval is signed.",
    )
    + " RETURN NEW;"
)

# What was submitted, as it was ----------------------------------------------------------------------------------------

EDITION_GATES = (
    " SELECT * INTO a FROM approvals_approval WHERE id = NEW.approval_id FOR UPDATE;"
    " SELECT * INTO p FROM approvals_policy WHERE id = a.policy_id; said := NEW.canonical::jsonb;"
    + form_gate("a", "a.state <> 'draft' OR NEW.number <> a.edition", "A form is submitted once from each draft.")
    + form_gate(
        "a",
        "NEW.content_hash <> encode(sha256(convert_to(NEW.canonical, 'UTF8')), 'hex')",
        "The hash is not that of the form.",
    )
    + form_gate(
        "a",
        "(said->'content', said->>'title', said->>'edition', said->>'form', said->'steps') IS DISTINCT FROM"
        " (NEW.content, NEW.title::text, NEW.number::text, a.id::text, p.rules->NEW.rule->'steps')",
        "The text that is signed is not the form.",
    )
    + " RETURN NEW;"
)  # fmt: skip

# Whom the form asks ---------------------------------------------------------------------------------------------------

_NAMES = "ARRAY(SELECT jsonb_array_elements_text(w->'{name}'))"
_ELIGIBLE = """(SELECT count(*) FROM accounts_user u WHERE u.is_active AND NOT u.is_robot AND u.id <> ALL(a.barred)
    AND (u.id = ANY(NEW.people) OR EXISTS (SELECT 1 FROM accounts_roleassignment g WHERE g.user_id = u.id
         AND g.role = ANY(NEW.roles) AND (g.branch_id IS NULL OR g.branch_id = a.branch_id))))"""
_NEEDED = f"""CASE w->>'quorum' WHEN 'one' THEN 1 WHEN 'number' THEN (w->>'number')::int
    WHEN 'all' THEN GREATEST({_ELIGIBLE}, 1) ELSE {_ELIGIBLE} / 2 + 1 END"""
STEP_GATES = (
    " SELECT * INTO a FROM approvals_approval WHERE id = NEW.approval_id FOR UPDATE;"
    " SELECT rules->a.rule->'steps'->(NEW.position - 1) INTO w FROM approvals_policy WHERE id = a.policy_id;"
    + form_gate(
        "a",
        "a.state <> 'pending' OR NEW.edition <> a.edition OR EXISTS (SELECT 1 FROM approvals_decision d"
        " WHERE d.approval_id = a.id AND d.edition = a.edition)",
        "Who decides is settled when the form is submitted.",
    )
    + form_gate(
        "a",
        f"w IS NULL OR NEW.position < 1 OR NEW.roles::text[] <> {_NAMES.format(name='roles')}"
        " OR NEW.people <> CASE WHEN COALESCE((w->>'tester')::boolean, false) THEN ARRAY[COALESCE(a.tester_id, a.requester_id)]"
        f" ELSE {_NAMES.format(name='people')}::bigint[] END"
        f" OR NEW.needed IS DISTINCT FROM {_NEEDED}",
        "Those who are asked are not those whom the policy names.",
    )
    + " RETURN NEW;"
)

# Decisions ------------------------------------------------------------------------------------------------------------

# What failed may be accepted only knowingly: with notes, and with nothing left that was not run.
_NOT_ALL_PASSED = """a.kind = 'uat' AND NEW.outcome = 'approve' AND (
    jsonb_array_length(COALESCE(a.content->'scenarios', '[]')) = 0 OR a.content->>'conclusion' = 'rejected' OR EXISTS (
        SELECT 1 FROM jsonb_array_elements(a.content->'scenarios') x WHERE x->>'result' IS DISTINCT FROM 'passed'
        AND NOT COALESCE(x->>'result' = 'failed' AND a.content->>'conclusion' = 'accepted_with_notes'
            AND btrim(a.content->>'notes') <> '', false)))"""
_APPROVALS_OF = (
    "(SELECT count(*) FROM approvals_decision d WHERE d.step_id = {step} AND d.outcome = 'approve')"
)
# When nobody decided in time, counted from when the step began, the policy may let another role decide as well; never for
# the tester of a test or the holder in a hand-over, whose step is the first.
_LATE = """((a.kind = 'brm' OR s.position > 1) AND p.on_time_out = 'escalate' AND NEW.as_role = p.escalate_to AND now() >= make_interval(hours => p.time_out_hours)
    + GREATEST(a.submitted_at, (SELECT max(d.decided_at) FROM approvals_decision d
        WHERE d.approval_id = a.id AND d.edition = a.edition AND d.step_id <> s.id)))"""
_ASKED = f"""CASE WHEN NEW.as_role = ''
    THEN NEW.on_behalf_of_id IS NULL AND NEW.decided_by_id = ANY(s.people)
         AND EXISTS (SELECT 1 FROM accounts_user u WHERE u.id = NEW.decided_by_id AND u.is_active)
    ELSE (NEW.as_role = ANY(s.roles) OR {_LATE})
         AND {acts_for(role="NEW.as_role", person="NEW.decided_by_id", absent="NEW.on_behalf_of_id", branch="a.branch_id")}
    END"""
_COUNTED = """EXISTS (SELECT 1 FROM approvals_decision d WHERE d.approval_id = a.id AND d.edition = a.edition AND (
    d.decided_by_id IN (NEW.decided_by_id, NEW.on_behalf_of_id) OR d.on_behalf_of_id IN (NEW.decided_by_id, NEW.on_behalf_of_id)))"""
DECISION_GATES = (
    " SELECT * INTO a FROM approvals_approval WHERE id = NEW.approval_id FOR UPDATE;"
    " SELECT * INTO s FROM approvals_step WHERE id = NEW.step_id;"
    " SELECT * INTO p FROM approvals_policy WHERE id = a.policy_id;"
    + form_gate(
        "a",
        "s.id IS NULL OR s.approval_id <> a.id OR s.edition <> a.edition OR NEW.edition <> a.edition"
        " OR a.state <> 'pending'",
        "This form does not wait for a decision.",
    )
    + form_gate(
        "a", f"s.needed <= {_APPROVALS_OF.format(step='s.id')}", "Enough have approved in this step already."
    )
    + form_gate(
        "a",
        "EXISTS (SELECT 1 FROM approvals_step o WHERE o.approval_id = a.id AND o.edition = a.edition"
        f" AND o.position < s.position AND o.needed > {_APPROVALS_OF.format(step='o.id')})",
        "An earlier step has not approved yet.",
    )
    + form_gate(
        "a",
        "NEW.decided_by_id = ANY(a.barred) OR NEW.on_behalf_of_id = ANY(a.barred)",
        "Nobody decides on what they asked for or built themselves.",
    )
    + form_gate("a", "NEW.content_hash <> a.content_hash", "What was signed is not what was submitted.")
    + form_gate("a", f"NOT COALESCE({_ASKED}, false)", "This person is not asked by this step.")
    + form_gate("a", _COUNTED, "Nobody counts twice in one request, neither for themselves nor for others.")
    + form_gate("a", "a.kind <> 'brm' AND NEW.outcome = 'revise'", "Only a BRM is sent back for a revision.")
    + gate("SOP-A6", _NOT_ALL_PASSED, "Every scenario must be run and passed before the test is accepted.")
    + " RETURN NEW;"
)
