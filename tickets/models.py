"""Tables of tickets, with the triggers that hold SOP-A1 whoever comes."""

from typing import Any

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.gates import holds_role
from core import times
from core.database import gate
from tickets import rules
from tickets.enums import TICKET_MOVES, Channel, Kind, Priority, Status
from tickets.querysets import AttachmentRows, CommentRows, DraftRows, TicketRows

_ACCEPTED_BY_IT_MANAGER = holds_role(role="'it_manager'", person="NEW.accepted_by_id", branch="NEW.branch_id")
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
    + " RETURN NEW;"
)


_NEXT = {
    Status.NEW: _("The IT Manager is deciding on it."),
    Status.WAITING: _("Accepted. %(assignee)s will take it up."),
    Status.IN_PROGRESS: _("%(assignee)s is working on it."),
    Status.USER_TESTING: _("Your turn: please test it."),
    Status.DONE: _("Done. Thank you for testing."),
    Status.REJECTED: _("It was rejected; the reason stands on its page."),
    Status.CANCELLED: _("It was withdrawn."),
}


def _step_state(number: int, here: int, length: int) -> str:
    if number == here and here < length - 1:
        return "current"
    return "done" if number <= here else "todo"


class Ticket(models.Model):
    """One request of a branch to the IT division."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.BROWSER)
    title = models.CharField(_("title"), max_length=150)
    description = models.TextField(_("description"))
    details = models.JSONField(_("answers"), default=dict, blank=True)
    branch = models.ForeignKey(
        "accounts.Branch", verbose_name=_("branch"), on_delete=models.PROTECT, related_name="+"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requester"),
        on_delete=models.PROTECT,
        related_name="requests",
    )
    status = fsm.FSMField(_("status"), default=Status.NEW, choices=Status.choices, protected=True)
    priority = models.CharField(_("priority"), max_length=10, choices=Priority, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assignee"),
        on_delete=models.PROTECT,
        null=True,
        related_name="work",
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
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = TicketRows.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            models.Index(
                fields=["-id"], name="ticket_open",
                condition=models.Q(status__in=["new", "waiting", "in_progress", "user_testing"]),
            ),
            models.Index(fields=["id"], name="ticket_new", condition=models.Q(status="new")),
            models.Index(fields=["requester", "-id"], name="ticket_of_requester"),
            models.Index(fields=["branch", "-id"], name="ticket_of_branch"),
            models.Index(fields=["assignee", "status"], name="ticket_of_assignee"),
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
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Its page, as Django asks for it."""
        return self.url

    @property
    def number(self) -> str:
        """How people call it: T-00017."""
        return f"T-{self.pk:05d}"

    @property
    def is_development(self) -> bool:
        """The work behind it has stages."""
        return rules.is_development(self)

    @property
    def has_ended(self) -> bool:
        """Nothing more happens to it."""
        return not rules.has_not_ended(self)

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
        field=status, source=[Status.NEW, Status.WAITING], target=Status.CANCELLED,
        permission=rules.is_requester_or_it_manager,
    )  # fmt: skip
    def cancel(self) -> None:
        """It is no longer wanted."""

    @fsm.transition(
        field=status, source=[Status.WAITING, Status.IN_PROGRESS, Status.USER_TESTING], target=None,
        permission=rules.is_it_manager,
    )  # fmt: skip
    def assign(self) -> None:
        """Somebody else does it."""

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
        conditions=[rules.is_not_development],
    )  # fmt: skip
    def hand_over(self) -> None:
        """The worker thinks it is right; the requester tries it."""

    @fsm.transition(
        field=status, source=Status.USER_TESTING, target=Status.IN_PROGRESS, permission=rules.is_requester,
        conditions=[rules.is_not_development],
    )  # fmt: skip
    def send_back(self) -> None:
        """The requester says it is not right yet."""

    @fsm.transition(
        field=status, source=Status.USER_TESTING, target=Status.DONE, permission=rules.is_requester,
        conditions=[rules.is_not_development],
    )  # fmt: skip
    def confirm(self) -> None:
        """The requester says it is right."""

    @fsm.transition(
        field=status, source=[Status.WAITING, Status.USER_TESTING], target=Status.IN_PROGRESS,
        permission=rules.anyone, conditions=[rules.is_development],
    )  # fmt: skip
    def follow_to_in_progress(self) -> None:
        """Its development is on Trial."""

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


class Comment(models.Model):
    """Something that was written about a ticket: an answer to all, or an internal note of IT."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("text"))
    is_internal = models.BooleanField(_("internal note"), default=False)
    created_at = models.DateTimeField(_("written"), default=timezone.now)

    objects = CommentRows.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return self.text[:60]


class Draft(models.Model):
    """A request that is being written: it outlives errors, closed browsers and ended sessions."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    fields = models.JSONField(default=dict)
    updated_at = models.DateTimeField(_("last written"), auto_now=True)
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, null=True, related_name="draft")

    objects = DraftRows.as_manager()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = [
            models.Index(fields=["owner", "-id"], condition=models.Q(ticket=None), name="draft_of_owner")
        ]

    def __str__(self) -> str:
        return str(self.fields.get("title") or self.get_kind_display())


class Attachment(models.Model):
    """A file of a draft, a ticket or one of its comments; its content lies under its hash."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="attachments")
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="attachments")
    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, null=True, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = AttachmentRows.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ticket__isnull=False, draft=None)
                | models.Q(ticket=None, draft__isnull=False),
                name="attachment_belongs_to_ticket_or_draft",
            )
        ]

    def __str__(self) -> str:
        return self.name
