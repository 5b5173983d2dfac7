"""Publishing who must decide, as a new version; what it would mean for one request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import Branch, User
from approvals import asking
from approvals.actions._parts import eligible
from approvals.enums import ASKABLE, ApprovalEvent, Kind, Quorum, TimeOut
from approvals.models import Policy
from approvals.rules import asks_deciders, asks_the_holder_alone, begins_with_the_tester, late_ones_may
from core.errors import NotPossible, PermissionDenied
from core.rules import Rule
from events import actions as events
from events.enums import Audience

MOST_RULES, MOST_STEPS, MOST_PEOPLE = 50, 20, 1000
_SIGNED_BY = {
    Kind.BRM: asks_deciders, Kind.UAT: begins_with_the_tester, Kind.BAST: asks_the_holder_alone,
}  # fmt: skip
FIGURES = ("hours_over", "hours_up_to", "cost_over", "cost_up_to")


@transaction.atomic
def publish(
    *,
    kind: Kind,
    rules: list[dict[str, Any]],
    note: str,
    by: User,
    timing: Mapping[str, Any],
    after: int | None = None,
    **settings: Decimal,
) -> Policy:
    """Say who decides on forms of `kind` from now on; open forms keep the version they were opened under.

    `rules` as `Policy` describes them; `settings` are threshold_hours and man_day_hours, those left out stay; `timing`
    are reminders and time-outs in hours; `after` is the version that somebody changed, if they read one. Raises
    NotPossible for rules that nobody could keep or that the SOP forbids (SOP-A5, SOP-A6, SOP-B4.1.1), and when another
    version came after that one; PermissionDenied for anybody but administrators.
    """
    if not by.holds(Role.ADMINISTRATOR):
        raise PermissionDenied
    kept = clean(kind=kind, rules=rules)
    if not note.strip():
        raise NotPossible(_("Say what changes; it stands in the history."))
    before = Policy.objects.current(kind)
    if after is not None and after != before.pk:
        raise NotPossible(
            _("Somebody has published another version meanwhile. Read it, and change that one.")
        )
    policy = Policy.objects.create(
        kind=kind, rules=kept, note=note.strip()[:200], published_by=by,
        threshold_hours=settings.get("threshold_hours", before.threshold_hours),
        man_day_hours=settings.get("man_day_hours", before.man_day_hours), **_timing(kind, timing),
    )  # fmt: skip
    events.record(
        ApprovalEvent.POLICY_PUBLISHED, policy, by=by, audience=Audience.STAFF, policy=policy.pk, kind=kind,
        note=policy.note,
    )  # fmt: skip
    return policy


def _timing(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Reminders and time-outs, complete and possible."""
    follows = TimeOut(given.get("on_time_out") or TimeOut.NOTHING)
    to = given.get("escalate_to") or ""
    if follows != TimeOut.NOTHING and not given.get("time_out_hours"):
        raise NotPossible(_("Say after how many hours the time to decide has run out."))
    if follows == TimeOut.ESCALATE:
        _must(late_ones_may, Policy(kind=kind, escalate_to=to))
    return {
        "remind_after_hours": given.get("remind_after_hours"),
        "remind_every_hours": given.get("remind_every_hours"),
        "time_out_hours": given.get("time_out_hours"),
        "on_time_out": follows,
        "escalate_to": to if follows == TimeOut.ESCALATE else "",
        "question_pauses": bool(given.get("question_pauses")),
    }


# What a policy may say ------------------------------------------------------------------------------------------------


def clean(*, kind: Kind, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rules as they are kept. Raises NotPossible with the sentence that says what is wrong with which rule."""
    if not 0 < len(rules) <= MOST_RULES:
        raise NotPossible(_("Write at least one rule, and no more than %(most)s.") % {"most": MOST_RULES})
    kept = [_rule(kind, rule, number) for number, rule in enumerate(rules, start=1)]
    if kept[-1]["when"]:
        raise NotPossible(
            _("The last rule has no conditions: it is for everything that no other rule covers.")
        )
    if any(not rule["when"] for rule in kept[:-1]):
        raise NotPossible(_("Only the last rule has no conditions; rules below it would never be asked."))
    return kept


def _must(wanted: Rule, thing: Any) -> None:
    if not wanted(thing):
        raise NotPossible(wanted.message, rule=wanted.clause)


def _rule(kind: Kind, rule: Any, number: int) -> dict[str, Any]:
    steps = rule.get("steps") or []
    if not 0 < len(steps) <= MOST_STEPS:
        raise NotPossible(_("Rule %(number)s needs at least one step.") % {"number": number})
    kept = [_step(step, number) for step in steps]
    if kind == Kind.BRM and any(step.get("tester") for step in kept):
        raise NotPossible(_("Nobody tests a BRM. Name a role or a person."))
    _must(_SIGNED_BY[kind], kept)
    return {"when": _when(rule.get("when") or {}, number), "steps": kept}


def _step(step: Any, number: int) -> dict[str, Any]:
    roles, people = list(dict.fromkeys(step.get("roles") or [])), sorted({*(step.get("people") or [])})
    if not roles and not people and not step.get("tester"):
        raise NotPossible(_("A step of rule %(number)s names nobody.") % {"number": number})
    if not set(roles) <= set(ASKABLE):
        raise NotPossible(
            _("A step of rule %(number)s names a role that decides nothing.") % {"number": number}
        )
    if len(people) > MOST_PEOPLE or len(people) != User.objects.people().filter(pk__in=people).count():
        raise NotPossible(
            _("A step of rule %(number)s names somebody who cannot sign in.") % {"number": number}
        )
    quorum = Quorum(step.get("quorum") or Quorum.ONE)
    kept: dict[str, Any] = {"roles": [str(role) for role in roles], "people": people, "quorum": quorum.value}
    if quorum == Quorum.NUMBER:
        kept["number"] = int(step.get("number") or 0)
        if not 0 < kept["number"] <= MOST_PEOPLE:
            raise NotPossible(_("Say in rule %(number)s how many must approve.") % {"number": number})
    return kept | ({"tester": True} if step.get("tester") else {})


def _when(when: dict[str, Any], number: int) -> dict[str, Any]:
    """Only the conditions that are set; amounts as text, so that no figure is rounded."""
    kept: dict[str, Any] = {}
    for name in FIGURES:
        if when.get(name) not in (None, ""):
            try:
                kept[name] = str(asking.figure(str(when[name])))
            except ValueError:
                raise NotPossible(
                    _("Write the figures of rule %(number)s without words.") % {"number": number}
                ) from None
    for name in ("hours", "cost"):
        over, up_to = kept.get(f"{name}_over"), kept.get(f"{name}_up_to")
        if over is not None and up_to is not None and Decimal(over) >= Decimal(up_to):
            raise NotPossible(
                _("In rule %(number)s nothing is more than the first figure and up to the second.")
                % {"number": number}
            )
    if branches := sorted({*(when.get("branches") or [])}):
        kept["branches"] = branches
    for condition in asking.NAMED:
        if any("," in str(n) for n in when.get(condition) or []):
            raise NotPossible(
                _("Leave the commas out of the names in rule %(number)s; on the page they part names.")
                % {"number": number}
            )
        if names := [" ".join(str(n).split())[:100] for n in when.get(condition) or [] if str(n).strip()]:
            kept[condition] = names
    return kept


# What it would mean ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Foreseen:
    """One step of a request that does not exist yet: who would be asked, how many needed, how many there are."""

    asked: dict[str, Any]
    needed: int
    people: list[User] = field(default_factory=list)

    @property
    def blocks(self) -> bool:
        """Too few could decide."""
        return len(self.people) < self.needed


def foresee(
    *,
    rules: list[dict[str, Any]],
    hours: Decimal,
    cost: Decimal,
    branch: Branch,
    systems: str,
    unit: str,
    requester: User | None,
) -> tuple[int, list[Foreseen]]:
    """Which rule (from 0) a request of such a size would fall under, and whom it would ask today.

    `rules` are clean. Nothing is written. `requester`, if given, decides on nothing they asked for.
    """
    content = {
        "estimate_hours": f"{hours:f}", "cost": f"{cost:f}", "systems": systems, "business_unit": unit
    }  # fmt: skip
    number = asking.first_rule(rules, content, branch.pk)
    assert number is not None, "the last rule has no conditions"
    return number, [_foreseen(step, branch, requester) for step in rules[number]["steps"]]


def _foreseen(step: dict[str, Any], branch: Branch, requester: User | None) -> Foreseen:
    people, barred = step["people"], [requester.pk] if requester and not step.get("tester") else []
    if step.get("tester"):
        people = [requester.pk] if requester else []
    may = eligible(roles=step["roles"], people=people, branch_id=branch.pk, barred=barred)
    found = list(may[:MOST_PEOPLE])
    return Foreseen(asked=step, needed=asking.needed(step, len(found)), people=found)
