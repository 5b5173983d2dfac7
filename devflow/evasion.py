# ruff: noqa: E501 - a table or a sentence reads better on one line
"""What an auditor looks for: developments that stay, perhaps on purpose, below the threshold of SOP-A5 or beside a gate.

A finding is no verdict. Each report is a condition over the developments that the reader may see, newest first. Where the
threshold of a report is a matter of opinion, `Asked` holds it: it stands in the address, and what was counted is shown.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from approvals.enums import ApprovalState, Outcome
from approvals.enums import Kind as FormKind
from approvals.models import Approval, Decision
from core.sheets import Column
from devflow.enums import DevelopmentEvent, Stage
from devflow.models import DevelopmentRequest, EmergencyFix
from devflow.querysets import DevelopmentRows
from events.models import Event
from tickets.enums import TicketEvent
from tickets.models import Tie

READERS = (Role.AUDITOR, Role.IT_MANAGER, Role.BOD)
NEAR = Decimal("0.9")  # of the threshold: from here on an estimate is just under it
TOGETHER = timedelta(days=30)  # requests of the same person for the same system within so long
PAIR_WITHIN = timedelta(days=365)  # looked back for pairs
SHARES, LEASTS = (50, 100), (2, 100)  # what may be asked for
SOON = timedelta(hours=24)  # from going back to Trial until done
# A rejected test or a new build, and what was done, released and taken out of Production again.
_WENT_BACK = (DevelopmentEvent.BACK_TO_TRIAL, DevelopmentEvent.ROLLED_BACK)
_HOURS: Any = DecimalField(max_digits=9, decimal_places=2)
_EFFORT = Greatest(Coalesce("ticket__estimate_hours", Decimal(0)), "booked_hours", output_field=_HOURS)


@dataclass(frozen=True)
class Asked:
    """From which share of a branch's forms of a year (in percent) the same people approve "nearly always", and from how many
    forms on a branch is looked at. Four of five is where a habit shows; of fewer forms a share says nothing.
    """

    share: int = 80
    least: int = 5


Find = Callable[[DevelopmentRows, Asked], DevelopmentRows]


@dataclass(frozen=True)
class Report:
    """One thing to look for: its name in addresses, how it is called, what it means, and what it shows of each row, by the
    names that programs read; whether its threshold can be chosen.
    """

    name: str
    label: str | Promise
    says: str | Promise
    find: Find
    facts: dict[str, Column]
    is_asked: bool = False


def may_read(user: Any) -> bool:
    """Auditors, IT Managers and the Board, of all branches or of one: they read of the cases that they may open."""
    return bool(user.holds_anywhere(*READERS))


# What is looked for ---------------------------------------------------------------------------------------------------


def _just_under(rows: DevelopmentRows) -> DevelopmentRows:
    limit = F("brm_threshold_hours")
    return rows.filter(ticket__estimate_hours__gte=limit * NEAR, ticket__estimate_hours__lte=limit)


def _within_limit(rows: DevelopmentRows) -> DevelopmentRows:
    """Those that need no approval by themselves."""
    return rows.annotate(effort_hours=_EFFORT).filter(
        effort_hours__gt=0, effort_hours__lte=F("brm_threshold_hours"), approved_hours=None
    )


def _summed(rows: DevelopmentRows, others: Any) -> DevelopmentRows:
    """With the number and the hours of `others`; those that cross the threshold together with them."""
    grouped = others.order_by().annotate(one=Value(1)).values("one")
    others_hours = grouped.annotate(total=Sum(_EFFORT)).values("total")
    summed = rows.annotate(
        others_count=Coalesce(Subquery(grouped.annotate(many=Count("pk")).values("many")), 0),
        sum_hours=F("effort_hours") + Coalesce(Subquery(others_hours), Decimal(0), output_field=_HOURS),
    )
    return summed.filter(sum_hours__gt=F("brm_threshold_hours"))


def _asked_together(rows: DevelopmentRows) -> DevelopmentRows:
    asked = OuterRef("ticket__created_at")
    others = DevelopmentRequest.objects.filter(
        ticket__requester=OuterRef("ticket__requester"),
        system=OuterRef("system"),
        ticket__created_at__range=(asked - TOGETHER, asked + TOGETHER),
    ).exclude(pk=OuterRef("pk"))
    return _summed(_within_limit(rows), others)


def _linked(rows: DevelopmentRows) -> DevelopmentRows:
    ticket = OuterRef("ticket_id")
    ties = Tie.objects.filter(Q(first=ticket) | Q(second=ticket))
    has_any = Exists(ties) | Q(ticket__parent__isnull=False) | Q(ticket__split_from__isnull=False)
    has_any |= Q(ticket__children__isnull=False) | Q(ticket__pk__in=_sources())
    other, own = OuterRef("ticket_id"), OuterRef(OuterRef("ticket_id"))
    tied = Tie.objects.filter(Q(first=other, second=own) | Q(second=other, first=own))
    near = (
        Exists(tied)
        | Q(ticket__parent=ticket)
        | Q(ticket__split_from=ticket)
        | Q(ticket=OuterRef("ticket__parent"))
        | Q(ticket=OuterRef("ticket__split_from"))
        | Q(ticket__parent=OuterRef("ticket__parent"))
        | Q(ticket__split_from=OuterRef("ticket__split_from"))
    )
    others = DevelopmentRequest.objects.filter(near).exclude(pk=OuterRef("pk"))
    return _summed(_within_limit(rows.filter(has_any).distinct()), others)


def _sources() -> Any:
    """Requests out of which others were made."""
    split = DevelopmentRequest.objects.filter(ticket__split_from__isnull=False)
    return split.order_by().values("ticket__split_from")


def _over_estimate(rows: DevelopmentRows) -> DevelopmentRows:
    over = rows.annotate(over_hours=F("booked_hours") - F("ticket__estimate_hours"))
    return over.filter(over_hours__gt=0)


def _same_pair(rows: DevelopmentRows, asked: Asked) -> DevelopmentRows:
    """BRMs of branches whose forms nearly always the same people approve, with how many of how many they were; few enough a
    year to be counted here.
    """
    approved = (
        Approval.objects.filter(
            kind=FormKind.BRM,
            state__in=[ApprovalState.APPROVED, ApprovalState.SUPERSEDED],
            submitted_at__gte=timezone.now() - PAIR_WITHIN,
            decisions__outcome=Outcome.APPROVE,
        )
        .order_by()
        .annotate(who=ArrayAgg("decisions__decided_by", distinct=True, default=[]))
        .values_list("branch_id", "subject_id", "who")
    )
    forms = [(branch, subject, tuple(sorted(who))) for branch, subject, who in approved]
    pairs, all_of = Counter((b, who) for b, _s, who in forms), Counter(b for b, _s, _w in forms)
    usual = {
        (b, who): times
        for (b, who), times in pairs.items()
        if all_of[b] >= asked.least and times * 100 >= asked.share * all_of[b]
    }
    counts = {subject: (usual[b, who], all_of[b]) for b, subject, who in forms if (b, who) in usual}
    return rows.filter(pk__in=counts).annotate(
        deciders=_deciders(),
        pair_forms=_looked_up({subject: times for subject, (times, _all) in counts.items()}),
        branch_forms=_looked_up({subject: total for subject, (_times, total) in counts.items()}),
    )


def _looked_up(found: dict[int, int]) -> Case:
    """A number for each row, by its key."""
    by_number: dict[int, list[int]] = {}
    for key, number in found.items():
        by_number.setdefault(number, []).append(key)
    cases = (When(pk__in=keys, then=Value(number)) for number, keys in by_number.items())
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _deciders() -> Subquery:
    """The names of who approved the BRM of a development, in the order of their names."""
    found = Decision.objects.filter(
        approval__kind=FormKind.BRM, approval__subject_type="devflow.developmentrequest",
        approval__subject_id=OuterRef("pk"), outcome=Outcome.APPROVE,
    )  # fmt: skip
    grouped = found.order_by().values("approval__subject_id")
    return Subquery(grouped.annotate(w=ArrayAgg("decided_by__name", distinct=True)).values("w")[:1])


def _events(*types: str) -> Any:
    """Events in the chain of a development's request, the newest first."""
    return Event.objects.filter(
        subject_type="tickets.ticket", subject_id=OuterRef("ticket_id"), type__in=types
    ).order_by("-seq")


def _soon_again(rows: DevelopmentRows) -> DevelopmentRows:
    back = Subquery(_events(*_WENT_BACK).values("at")[:1])
    done = rows.filter(stage=Stage.DONE).annotate(back_at=back)
    return done.filter(back_at__gte=F("ticket__finished_at") - SOON)


def _lowered(rows: DevelopmentRows) -> DevelopmentRows:
    """Lowered from above the limit to within it. Facts of other events are never taken for hours."""

    def hours(fact: str) -> Case:
        return Case(When(type=TicketEvent.ESTIMATED, then=Cast(KT(f"facts__{fact}"), _HOURS)))

    limit = OuterRef("brm_threshold_hours")
    lowered = (
        _events(TicketEvent.ESTIMATED)
        .annotate(was=hours("before"), became=hours("hours"))
        .filter(was__gt=limit, became__lte=limit)
    )
    return rows.filter(Exists(lowered)).annotate(
        was=Subquery(lowered.values("was")[:1]),
        became=Subquery(lowered.values("became")[:1]),
        lowered_at=Subquery(lowered.values("at")[:1]),
        lowered_by=Subquery(lowered.values("actor_label")[:1]),
    )


def _taken_back(rows: DevelopmentRows) -> DevelopmentRows:
    """Hours taken back while they counted above the limit. Facts of other events are never taken for hours."""
    was = Case(When(type=DevelopmentEvent.HOURS_TAKEN_BACK, then=Cast(KT("facts__was"), _HOURS)))
    taken = _events(DevelopmentEvent.HOURS_TAKEN_BACK).annotate(was=was)
    taken = taken.filter(was__gt=OuterRef("brm_threshold_hours"))

    def of(fact: str) -> Subquery:
        return Subquery(taken.annotate(said=KT(f"facts__{fact}")).values("said")[:1])

    return rows.filter(Exists(taken)).annotate(
        taken_hours=Cast(of("hours"), _HOURS), taken_was=Cast(of("was"), _HOURS), taken_became=Cast(of("became"), _HOURS),
        taken_at=Subquery(taken.values("at")[:1]), taken_by=Subquery(taken.values("actor_label")[:1]), taken_why=of("reason"),
    )  # fmt: skip


def _emergencies(rows: DevelopmentRows) -> DevelopmentRows:
    fixes = EmergencyFix.objects.filter(build__request=OuterRef("pk"), due_date__isnull=False).order_by("-pk")

    def of(name: str) -> Subquery:
        return Subquery(fixes.values(name)[:1])

    return rows.filter(Exists(fixes)).annotate(
        fix_why=of("reason"), fix_manager=of("manager__name"), fix_second=of("second__name"), fix_due=of("due_date"),
        fix_settled=of("settled_at"),
    )  # fmt: skip


# The table ------------------------------------------------------------------------------------------------------------


def _fact(label: Any, name: str, *, instant: bool = False) -> Column:
    return Column(label, lambda row: getattr(row, name), instant=instant)


def _all(find: Callable[[DevelopmentRows], DevelopmentRows]) -> Find:
    """A report without a threshold of its own."""
    return lambda rows, _asked: find(rows)


_SUMMED = {
    "other_requests": _fact(_("Other requests"), "others_count"),
    "hours_together": _fact(_("Hours together"), "sum_hours"),
}
REPORTS = {
    report.name: report
    for report in (
        Report(
            "just-under", _("Just under the threshold"),
            _("The estimate lies between 90 and 100 percent of the hours from which Director and Board decide."),
            _all(_just_under), {},
        ),
        Report(
            "together", _("Asked for in parts"),
            _("The same person asked for more on the same system within 30 days; alone each stays within the threshold, together they cross it."),
            _all(_asked_together), _SUMMED,
        ),
        Report(
            "linked", _("Linked or split"),
            _("Requests that are linked, parts of one another, or made out of one: alone within the threshold, together above it."),
            _all(_linked), _SUMMED,
        ),
        Report(
            "over-estimate", _("More hours than estimated"),
            _("More hours are booked than were estimated."),
            _all(_over_estimate), {"hours_more": _fact(_("Hours more"), "over_hours")},
        ),
        Report(
            "same-pair", _("Approved by the same people"),
            _("BRM forms of a branch that nearly always the same people approved within a year. From which share on, and from how many forms, is yours to say."),
            _same_pair, {
                "approved_by": Column(_("Who approved"), lambda row: ", ".join(row.deciders or [])),
                "forms_of_the_pair": _fact(_("Forms approved by them"), "pair_forms"),
                "forms_of_the_branch": _fact(_("Forms of the branch"), "branch_forms"),
            }, is_asked=True,
        ),
        Report(
            "soon-again", _("Done soon after going back"),
            _("The work went back to Trial, also out of Production, and was in Production within 24 hours."),
            _all(_soon_again), {
                "back_to_trial_at": _fact(_("Back to Trial"), "back_at", instant=True),
                "done_at": Column(_("Done"), lambda row: row.ticket.finished_at, instant=True),
            },
        ),
        Report(
            "lowered", _("Estimate lowered"),
            _("The estimate was above the threshold and was lowered to within it."),
            _all(_lowered), {
                "was": _fact(_("Was (hours)"), "was"), "became": _fact(_("Became (hours)"), "became"),
                "lowered_at": _fact(_("Lowered"), "lowered_at", instant=True), "lowered_by": _fact(_("By whom"), "lowered_by"),
            },
        ),
        Report(
            "taken-back", _("Hours taken back"),
            _("Hours were taken back after the hours that count had crossed the threshold. Of several the last is shown."),
            _all(_taken_back), {
                "hours_taken_back": _fact(_("Taken back (hours)"), "taken_hours"),
                "was": _fact(_("Was (hours)"), "taken_was"), "became": _fact(_("Became (hours)"), "taken_became"),
                "taken_back_at": _fact(_("Taken back at"), "taken_at", instant=True), "taken_back_by": _fact(_("By whom"), "taken_by"),
                "why": _fact(_("Why"), "taken_why"),
            },
        ),
        Report(
            "emergencies", _("Emergency fixes"),
            _("A build went to Production before its UAT, by the word of the IT Manager and of a Database Manager or Director."),
            _all(_emergencies), {
                "why": _fact(_("Why"), "fix_why"),
                "agreed_by": Column(_("Agreed by"), lambda row: f"{row.fix_manager}, {row.fix_second}"),
                "due_date": _fact(_("UAT and review until"), "fix_due"),
                "settled_at": _fact(_("Settled"), "fix_settled", instant=True),
            },
        ),
    )
}  # fmt: skip


def audited_by(user: User) -> DevelopmentRows:
    """The developments that the reader's reports are about: those they may see, and so may open."""
    return DevelopmentRequest.objects.visible_to(user)


def beyond(user: User, report: Report, asked: Asked) -> int:
    """For the Board of the group, how many findings there are among cases that it may not open; for others none.

    The Board answers for the threshold (SOP-A5), and what never reached it is what these reports are about: it learns that
    there is something, and the auditor, who sees everything, can read what.
    """
    if not user.holds(Role.BOD) or user.holds(Role.AUDITOR, Role.IT_MANAGER):
        return 0
    seen = DevelopmentRequest.objects.visible_to(user).values("pk")
    return report.find(DevelopmentRequest.objects.exclude(pk__in=seen), asked).count()
