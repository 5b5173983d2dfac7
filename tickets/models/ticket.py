"""The ticket, with the triggers that hold SOP-A1 whoever comes."""

from typing import Any

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.enums import IT_STAFF
from accounts.gates import holds_role
from core import labels, times
from core.database import gate
from core.transitions import StateField
from tickets import lists, rules, search
from tickets.enums import TICKET_MOVES, Channel, Kind, Priority, Status
from tickets.querysets import (
    TicketRows,
)

_ACCEPTED_BY_IT_MANAGER = holds_role(role="'it_manager'", person="NEW.accepted_by_id", branch="NEW.branch_id")
_CLOSED_BY_POLICY = (
    "(NEW.kind = 'troubleshooting' AND EXISTS (SELECT 1 FROM accounts_user u"
    " WHERE u.id = NEW.confirmed_by_id AND u.is_robot))"
)
_ROLES_OF_IT = ", ".join(f"'{role.value}'" for role in IT_STAFF)
_OF_IT = holds_role(role=f"ANY(ARRAY[{_ROLES_OF_IT}])", person="NEW.confirmed_by_id", branch="NEW.branch_id")
_HEAD = holds_role(role="'branch_head'", person="NEW.confirmed_by_id", branch="NEW.branch_id")
_TESTED_BY_HEAD = (
    "(NEW.kind = 'data_update' AND EXISTS (SELECT 1 FROM accounts_user u"
    f" WHERE u.id = NEW.requester_id AND NOT u.is_active) AND {_HEAD} AND NOT {_OF_IT})"
)
_TICKET_GATES = (
    gate(
        "SOP-A1",
        "TG_OP = 'INSERT' AND NEW.status <> 'new'",
        "A request begins in the triage queue of the IT Manager.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND OLD.status = 'new' AND NEW.status = 'waiting'"
        f" AND (NEW.accepted_by_id IS NULL OR NOT {_ACCEPTED_BY_IT_MANAGER})",
        "Only the IT Manager or the dated substitute accepts a request.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND OLD.accepted_by_id IS NOT NULL"
        " AND NEW.accepted_by_id IS DISTINCT FROM OLD.accepted_by_id",
        "Who accepted a request is history.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND (NEW.requester_id, NEW.branch_id, NEW.created_at)"
        " IS DISTINCT FROM (OLD.requester_id, OLD.branch_id, OLD.created_at)",
        "Who asked, from where and when, is history.",
    )
    + gate(
        "SOP-A1",
        "TG_OP = 'UPDATE' AND OLD.status IN ('in_progress', 'user_testing') AND NEW.status = 'cancelled'"
        " AND NEW.merged_into_id IS NULL AND NEW.kind <> 'development'",
        "Work that has begun ends with the requester's word, or as the duplicate of another request.",
    )
    + gate(
        "SOP-A1",
        "NEW.status = 'new' AND (NEW.assignee_id IS NOT NULL OR NEW.team_id IS NOT NULL)",
        "Nobody works on a request before the IT Manager has accepted it.",
    )
    + gate(
        "SOP-A5",
        "NEW.kind = 'development' AND NEW.split_from_id IS NOT NULL AND EXISTS (SELECT 1 FROM tickets_ticket t"
        " WHERE t.kind = 'development' AND t.id <> NEW.id"
        " AND (t.id = NEW.split_from_id OR t.split_from_id = NEW.split_from_id))",
        "The hours of a development count together; it is not divided.",
    )
    + gate(
        "SOP-A5",
        "TG_OP = 'UPDATE' AND OLD.split_from_id IS NOT NULL"
        " AND (NEW.split_from_id IS DISTINCT FROM OLD.split_from_id OR NEW.kind <> OLD.kind)",
        "Out of which request this one was made is history.",
    )
    + gate(
        "SOP-A6",
        "TG_OP = 'UPDATE' AND NEW.status = 'done' AND OLD.status <> 'done' AND NEW.kind <> 'development'"
        " AND NEW.confirmed_by_id IS DISTINCT FROM NEW.requester_id"
        f" AND NOT {_CLOSED_BY_POLICY} AND NOT {_TESTED_BY_HEAD}",
        "A request is done when the requester says so.",
    )
    + " RETURN NEW;"
)


_OPEN = ["new", "waiting", "in_progress", "user_testing"]
_NEXT = {
    Status.NEW: _("The IT Manager is deciding on it."),
    Status.WAITING: _("Accepted. %(assignee)s will take it up."),
    Status.IN_PROGRESS: _("%(assignee)s is working on it."),
    Status.USER_TESTING: _("Your turn: please test it."),
    Status.DONE: _("Done. Thank you for testing."),
    Status.REJECTED: _("It was rejected; the reason stands on its page."),
    Status.CANCELLED: _("It was withdrawn or ended."),
}


def _step_state(number: int, here: int, length: int) -> str:
    if number == here and here < length - 1:
        return "current"
    return "done" if number <= here else "todo"


def number_of(key: int) -> str:
    """How people call the ticket with this key: T-00017."""
    return f"T-{key:05d}"


class Ticket(models.Model):
    """One request of a branch to the IT division."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.BROWSER)
    title = models.CharField(_("title"), max_length=150)
    description = models.TextField(_("description"))
    details = models.JSONField(_("answers"), default=dict, blank=True)
    # Branch, requester and assignee stand first in indexes below: one more of each would only cost.
    branch = models.ForeignKey(
        "accounts.Branch",
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requester"),
        on_delete=models.PROTECT,
        related_name="requests",
        db_index=False,
    )
    status = StateField(_("status"), default=Status.NEW, choices=Status.choices, protected=True)
    priority = models.CharField(_("priority"), max_length=10, choices=Priority, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assignee"),
        on_delete=models.PROTECT,
        null=True,
        related_name="work",
        db_index=False,
    )
    estimate_hours = models.DecimalField(
        _("estimate (hours)"), max_digits=7, decimal_places=2, null=True,
        validators=[MinValueValidator(0), MaxValueValidator(10000)],
    )  # fmt: skip
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    answered_at = models.DateTimeField(_("first answered"), null=True)
    team = models.ForeignKey(
        "accounts.Team", verbose_name=_("team"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    start_date = models.DateField(_("planned start"), null=True)
    finish_date = models.DateField(_("planned finish"), null=True)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), on_delete=models.PROTECT, null=True, related_name="children"
    )
    merged_into = models.ForeignKey(
        "self", verbose_name=_("merged into"), on_delete=models.PROTECT, null=True, related_name="duplicates"
    )
    split_from = models.ForeignKey(
        "self", verbose_name=_("split from"), on_delete=models.PROTECT, null=True, related_name="parts"
    )
    asked_back_at = models.DateTimeField(_("waits for the requester since"), null=True)
    changed_at = models.DateTimeField(_("last changed"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )  # fmt: skip
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = TicketRows.as_manager()
    get_kind_display = labels.of("kind", Kind)
    get_channel_display = labels.of("channel", Channel)
    get_status_display = labels.of("status", Status)
    get_priority_display = labels.of("priority", Priority)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            models.Index(
                fields=["-id"], name="ticket_open",
                condition=models.Q(status__in=_OPEN),
            ),
            models.Index(fields=["id"], name="ticket_new", condition=models.Q(status="new")),
            models.Index(fields=["requester", "-id"], name="ticket_of_requester"),
            models.Index(fields=["branch", "-id"], name="ticket_of_branch"),
            models.Index(fields=["assignee", "status"], name="ticket_of_assignee"),
            models.Index(fields=["team", "-id"], name="ticket_of_team", condition=models.Q(status__in=_OPEN)),
            models.Index(
                fields=["-changed_at", "-id"], name="ticket_changed", condition=models.Q(status__in=_OPEN)
            ),
            models.Index(
                fields=["created_at", "id"], name="ticket_unanswered",
                condition=models.Q(status__in=_OPEN, answered_at=None),
            ),
            models.Index(
                fields=["finish_date"], name="ticket_finish", condition=models.Q(finish_date__isnull=False)
            ),
            models.Index(
                fields=["start_date"], name="ticket_start",
                condition=models.Q(start_date__isnull=False, finish_date=None),
            ),
            # Somebody's work, its count by status out of the index alone; the columns of the board.
            models.Index(
                fields=["assignee", "-id"], include=["status"], name="ticket_work",
                condition=models.Q(status__in=_OPEN),
            ),
            models.Index(
                fields=["status", "-id"], name="ticket_of_status", condition=models.Q(status__in=_OPEN)
            ),
            models.Index(
                fields=["requester", "-id"], name="ticket_open_of_requester", condition=models.Q(status__in=_OPEN)
            ),
            models.Index(
                fields=["branch", "-id"], name="ticket_open_of_branch", condition=models.Q(status__in=_OPEN)
            ),
            models.Index(
                fields=["finish_date"], name="ticket_open_plans",
                condition=models.Q(status__in=_OPEN, finish_date__isnull=False),
            ),
            # Those that can be late, for `TicketRows.late`.
            models.Index(
                fields=["-id"], name="ticket_could_be_late",
                condition=models.Q(status__in=_OPEN)
                & (models.Q(answered_at=None) | models.Q(finish_date__isnull=False)),
            ),
            # Lists of all tickets, the ended ones too, in each of their orders.
            models.Index(fields=["-changed_at", "-id"], name="ticket_by_change"),
            models.Index(lists.URGENCY.desc(), models.F("id").desc(), name="ticket_by_urgency"),
            models.Index(fields=["created_at"], name="ticket_asked"),
            models.Index(
                fields=["channel", "-id"], name="ticket_by_channel", condition=~models.Q(channel="browser")
            ),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="ticket_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="ticket_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(accepted_by=None, accepted_at=None)
                | models.Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="ticket_accepted_by_somebody_at_some_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["new", "rejected", "cancelled"])
                | models.Q(accepted_by__isnull=False, assignee__isnull=False) & ~models.Q(priority=""),
                name="ticket_is_worked_on_only_when_accepted",
            ),
            models.CheckConstraint(
                condition=models.Q(estimate_hours=None) | models.Q(estimate_hours__gte=0),
                name="ticket_estimate_is_hours",
            ),
            models.CheckConstraint(
                condition=models.Q(start_date=None)
                | models.Q(finish_date=None)
                | models.Q(finish_date__gte=models.F("start_date")),
                name="ticket_finishes_after_it_starts",
            ),
            models.CheckConstraint(
                condition=(models.Q(parent=None) | ~models.Q(parent=models.F("id")))
                & (
                    models.Q(merged_into=None)
                    | models.Q(status="cancelled") & ~models.Q(merged_into=models.F("id"))
                ),
                name="ticket_is_not_its_own_relative",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="ticket_moves_as_declared", field="status", transitions=TICKET_MOVES),
            pgtrigger.Trigger(
                name="ticket_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_TICKET_GATES,
            ),
            pgtrigger.Protect(name="ticket_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="ticket_words_are_kept",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("title", "description"),  # type: ignore[no-untyped-call]
                func=search.ON_TICKET,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Its page, as Django asks for it."""
        return self.url

    @property
    def number(self) -> str:
        """How people call it: T-00017."""
        return number_of(self.pk)

    @property
    def is_development(self) -> bool:
        """The work behind it has stages."""
        return rules.is_development(self)

    @property
    def has_ended(self) -> bool:
        """Nothing more happens to it."""
        return not rules.has_not_ended(self)

    @property
    def was_closed_by_policy(self) -> bool:
        """It ended without the requester's word, after the reminders."""
        by_somebody = self.status == Status.DONE and self.confirmed_by_id is not None
        return by_somebody and self.confirmed_by_id != self.requester_id and rules.is_troubleshooting(self)

    @cached_property
    def has_open_parts(self) -> bool:
        """Requests that were made parts of this one are still worked on; asked of PostgreSQL once."""
        return self.children.open().exists()

    @cached_property
    def is_rated(self) -> bool:
        """The requester has said how satisfied they are; asked of PostgreSQL once."""
        return hasattr(self, "rating")

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("tickets:detail", args=[self.pk])

    @property
    def status_label(self) -> str:
        """The status in the reader's words; a finished development is deployed (SOP-A3)."""
        if self.status == Status.DONE and self.is_development:
            return str(_("Done (Deploy)"))
        return str(self.get_status_display())

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The way of the request, like a parcel's: label, state (done, current, todo, stopped), at."""
        way = [
            (_("Received"), Status.NEW, self.created_at),
            (_("Accepted"), Status.WAITING, self.accepted_at),
            (_("In progress"), Status.IN_PROGRESS, self.started_at),
            (_("Your test"), Status.USER_TESTING, None),
            (_("Done"), Status.DONE, self.finished_at),
        ]
        if self.status in (Status.REJECTED, Status.CANCELLED):
            stopped = {"label": self.get_status_display(), "state": "stopped", "at": self.finished_at}
            return [{"label": label, "state": "done", "at": at} for label, _s, at in way[:2] if at] + [
                stopped
            ]
        here = [status for _l, status, _a in way].index(Status(self.status))
        return [
            {"label": label, "state": _step_state(n, here, len(way)), "at": at if n <= here else None}
            for n, (label, _s, at) in enumerate(way)
        ]

    @property
    def sentence(self) -> str:
        """What happens next, for the requester. Needs the list's columns (`response_due_at`)."""
        if self.merged_into_id:
            return str(_("It goes on as %(number)s, which asks for the same.")) % {
                "number": number_of(self.merged_into_id)
            }
        if self.asked_back_at and not self.has_ended:
            return str(_("We have asked you something. Please answer it below."))
        if self.was_closed_by_policy:
            if rules.ended_lately(self):
                return str(_("It ended, as we heard nothing from you. You can still open it again."))
            return str(_("It ended, as we heard nothing from you."))
        due = getattr(self, "response_due_at", None)
        if self.status == Status.NEW and self.answered_at is None and due:
            if timezone.now() > due:
                return str(_("The answer is late. The IT Manager has been told."))
            return str(_("You will be answered before %(time)s.")) % {
                "time": times.words(due, timezone.now())
            }
        return str(_NEXT[Status(self.status)] % {"assignee": self.assignee or ""})

    @fsm.transition(field=status, source=Status.NEW, target=Status.WAITING, permission=rules.is_it_manager)
    def accept(self) -> None:
        """The IT Manager receives the request and decides who does it (SOP-A1)."""

    @fsm.transition(field=status, source=Status.NEW, target=Status.REJECTED, permission=rules.is_it_manager)
    def reject(self) -> None:
        """The IT Manager says no, with a reason."""

    @fsm.transition(
        field=status, source=Status.NEW, target=None, permission=rules.is_it_manager,
        conditions=[rules.may_change_kind],
    )  # fmt: skip
    def reclassify(self) -> None:
        """It is of another kind than its requester thought, or an e-mail could say."""

    @fsm.transition(
        field=status, source=[Status.NEW, Status.WAITING], target=Status.CANCELLED,
        permission=rules.is_requester_or_it_manager,
    )  # fmt: skip
    def cancel(self) -> None:
        """It is no longer wanted."""

    @fsm.transition(
        field=status, source=[Status.NEW, Status.WAITING, Status.IN_PROGRESS], target=Status.CANCELLED,
        permission=rules.is_it_manager, conditions=[rules.is_not_being_developed],
    )  # fmt: skip
    def merge(self) -> None:
        """It asks for the same as another request, and goes on there."""

    @fsm.transition(
        field=status, source=Status.DONE, target=Status.IN_PROGRESS, permission=rules.is_requester,
        conditions=[rules.may_be_reopened, rules.ended_lately],
    )  # fmt: skip
    def reopen(self) -> None:
        """It came back within the days that a requester has for it."""

    @fsm.transition(
        field=status, source=Status.USER_TESTING, target=Status.DONE, permission=rules.is_policy,
        conditions=[rules.is_troubleshooting],
    )  # fmt: skip
    def close_unconfirmed(self) -> None:
        """The requester was reminded and said nothing: the policy ends it, and the timeline says so."""

    @fsm.transition(
        field=status, source=[Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING], target=None,
        permission=rules.is_it_manager,
    )  # fmt: skip
    def assign(self) -> None:
        """Somebody else does it."""

    @fsm.transition(
        field=status, source=[Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING], target=None,
        permission=rules.is_it_manager,
    )  # fmt: skip
    def prioritise(self) -> None:
        """The IT Manager says anew how urgent it is (SOP-A3)."""

    @fsm.transition(
        field=status, source=[Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING], target=None,
        permission=rules.is_worker,
    )  # fmt: skip
    def estimate(self) -> None:
        """How many hours it takes (SOP-A3)."""

    @fsm.transition(
        field=status, source=Status.WAITING, target=Status.IN_PROGRESS, permission=rules.is_worker,
        conditions=[rules.is_accepted, rules.is_not_development],
    )  # fmt: skip
    def start(self) -> None:
        """Work begins."""

    @fsm.transition(
        field=status, source=Status.IN_PROGRESS, target=Status.USER_TESTING, permission=rules.is_worker,
        conditions=[rules.is_not_development, rules.parts_have_ended],
    )  # fmt: skip
    def hand_over(self) -> None:
        """The worker thinks it is right; the requester tries it."""

    @fsm.transition(
        field=status, source=Status.USER_TESTING, target=Status.IN_PROGRESS, permission=rules.may_test,
        conditions=[rules.is_not_development],
    )  # fmt: skip
    def send_back(self) -> None:
        """The requester says it is not right yet."""

    @fsm.transition(
        field=status, source=Status.USER_TESTING, target=Status.DONE, permission=rules.may_test,
        conditions=[rules.is_not_development],
    )  # fmt: skip
    def confirm(self) -> None:
        """The requester says it is right."""

    @fsm.transition(
        field=status, source=[Status.WAITING, Status.USER_TESTING, Status.DONE], target=Status.IN_PROGRESS,
        permission=rules.anyone, conditions=[rules.is_development],
    )  # fmt: skip
    def follow_to_in_progress(self) -> None:
        """Its development is on Trial, also again: what was released was taken back."""

    @fsm.transition(
        field=status, source=Status.IN_PROGRESS, target=Status.USER_TESTING, permission=rules.anyone,
        conditions=[rules.is_development],
    )  # fmt: skip
    def follow_to_user_testing(self) -> None:
        """Its development is on Training."""

    @fsm.transition(
        field=status, source=Status.USER_TESTING, target=Status.DONE, permission=rules.anyone,
        conditions=[rules.is_development],
    )  # fmt: skip
    def follow_to_done(self) -> None:
        """The signed build is in production (SOP-A6)."""

    @fsm.transition(
        field=status, source=[Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING], target=Status.CANCELLED,
        permission=rules.is_it_manager, conditions=[rules.is_development],
    )  # fmt: skip
    def follow_to_cancelled(self) -> None:
        """The IT Manager ended its development."""

    @fsm.transition(
        field=status,
        source=list(Status),
        target=None,
        permission=rules.may_write,
        conditions=[rules.has_not_ended],
    )
    def answer(self) -> None:
        """Somebody in the case writes to the others."""

    @fsm.transition(field=status, source=list(Status), target=None, permission=rules.is_it_staff)
    def note(self) -> None:
        """IT writes among itself."""

    @fsm.transition(field=status, source=_OPEN, target=None, permission=rules.may_ask_back)
    def ask_back(self) -> None:
        """Whoever works on it needs to know something from the requester first."""

    @fsm.transition(
        field=status, source=_OPEN, target=None, permission=rules.is_worker, conditions=[rules.is_accepted]
    )
    def plan(self) -> None:
        """From when to when it is worked on (SOP-A3)."""

    @fsm.transition(
        field=status, source=[Status.NEW, Status.WAITING, Status.IN_PROGRESS], target=None,
        permission=rules.is_worker, conditions=[rules.is_accepted],
    )  # fmt: skip
    def escalate(self) -> None:
        """Experts are asked to solve it (SOP-B4.3.2)."""

    @fsm.transition(
        field=status, source=[Status.NEW, Status.WAITING, Status.IN_PROGRESS], target=None,
        permission=rules.may_take, conditions=[rules.is_accepted],
    )  # fmt: skip
    def take(self) -> None:
        """One of the experts takes it on."""

    @fsm.transition(
        field=status, source=_OPEN, target=None, permission=rules.is_it_staff, conditions=[rules.hours_stay_together]
    )  # fmt: skip
    def split(self) -> None:
        """A part of it becomes a request of its own, in the triage queue."""

    @fsm.transition(field=status, source=list(Status), target=None, permission=rules.is_it_staff)
    def tie(self) -> None:
        """It has to do with another one; also taken away again."""

    @fsm.transition(field=status, source=_OPEN, target=None, permission=rules.is_it_staff)
    def adopt(self) -> None:
        """It becomes a part of another one, or independent again."""

    @fsm.transition(field=status, source=list(Status), target=None, permission=rules.may_write)
    def watch(self) -> None:
        """Somebody follows it, or no longer."""

    @fsm.transition(field=status, source=_OPEN, target=None, permission=rules.is_it_staff)
    def add_watcher(self) -> None:
        """IT lets somebody follow it who may see it anyway."""

    @fsm.transition(
        field=status, source=Status.DONE, target=None, permission=rules.is_requester, conditions=[rules.is_unrated]
    )  # fmt: skip
    def rate(self) -> None:
        """The requester says how satisfied they are; once."""
