"""Tables of the work: developments, builds, deployments, hours."""

from decimal import Decimal
from typing import Any

import django_fsm as fsm
import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core.transitions import StateField
from devflow import gates, rules
from devflow.enums import (
    BUILD_MOVES,
    RISKS,
    STAGE_MOVES,
    STATUS_OF,
    DeploymentResult,
    EnvironmentKind,
    Reached,
    Stage,
)
from devflow.models.systems import Environment, System, lines_of_text
from devflow.querysets import BuildRows, DeploymentRows, DevelopmentRows
from events.subjects import Subject
from tickets.models import Ticket


class DevelopmentRequest(models.Model):
    """The work behind one accepted development ticket."""

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="development")
    system = models.ForeignKey(
        System, verbose_name=_("system"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    stage = StateField(_("stage"), default=Stage.WAITING, choices=Stage.choices, protected=True)
    # Written by a trigger, whoever moves the stage; empty for what moved before this column was here.
    stage_at = models.DateTimeField(_("in this stage since"), null=True, editable=False)
    brm_threshold_hours = models.DecimalField(_("BRM from so many hours"), max_digits=7, decimal_places=2)
    approved_hours = models.DecimalField(_("approved hours"), max_digits=7, decimal_places=2, null=True)
    held_from = models.CharField(
        _("stage before it was put on hold"), max_length=10, blank=True, default="", db_default=""
    )
    hold_reason = models.CharField(
        _("why it is on hold"), max_length=500, blank=True, default="", db_default=""
    )
    risks = models.JSONField(
        _("risks"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    # The questions of its system as they were when it was chosen, asked beside those of everybody.
    own_questions = lines_of_text(_("risk questions of the system"))
    risk_notes = models.TextField(_("about the risks"), blank=True, default="", db_default="")
    rollback_plan = models.TextField(_("roll-back plan"), blank=True, default="", db_default="")
    end_reason = models.CharField(
        _("why it was ended"), max_length=500, blank=True, default="", db_default=""
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    booked_hours = models.DecimalField(_("booked hours"), max_digits=8, decimal_places=2, default=0)
    signed_build = models.ForeignKey("Build", on_delete=models.PROTECT, null=True, related_name="+")

    objects = DevelopmentRows.as_manager()

    class Meta:
        verbose_name = _("development")
        verbose_name_plural = _("developments")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage__in=Stage.values), name="development_stage_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(stage="on_hold", held_from__in=["waiting", "trial", "training", "ready"])
                | ~models.Q(stage="on_hold") & models.Q(held_from=""),
                name="development_remembers_where_it_stood",
            ),
        ]
        indexes = [models.Index(fields=["stage", "stage_at"], name="development_of_stage")]
        triggers = [
            pgtrigger.FSM(name="development_moves_as_declared", field="stage", transitions=STAGE_MOVES),
            pgtrigger.Trigger(
                name="development_stage_is_dated",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=gates.STAGE_DATE,
            ),
            pgtrigger.Trigger(
                name="development_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("r", "devflow_developmentrequest"), ("t", "tickets_ticket")],
                func=gates.REQUEST_GATES,
            ),
            pgtrigger.Protect(name="development_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.ticket)

    @property
    def case(self) -> Subject:
        """Its events stand in the chain of the ticket."""
        return Subject("tickets.ticket", self.ticket_id)

    @property
    def branch_id(self) -> int:
        """The branch of the ticket: roles are held per branch."""
        return self.ticket.branch_id

    @cached_property
    def purpose(self) -> dict[str, Any]:
        """What the requests of the same purpose add; read with the list's columns, else asked of PostgreSQL once."""
        read: dict[str, Any] | None = getattr(self, "summed", None)
        return read or DevelopmentRequest.objects.with_purpose().get(pk=self.pk).summed  # type: ignore[attr-defined]

    @property
    def others_hours(self) -> Decimal:
        """The hours of the other requests that serve the same purpose (SOP-A5)."""
        return Decimal(self.purpose["hours"])

    @property
    def is_crowd(self) -> bool:
        """More requests hang together with it than are looked through; their hours are not counted."""
        return bool(self.purpose["crowd"])

    @property
    def allowed_hours(self) -> Decimal:
        """Up to how many hours nobody has to be asked: the threshold, or what a BRM of this purpose allows."""
        return max(self.brm_threshold_hours, Decimal(self.purpose["approved"]))

    @cached_property
    def is_asked(self) -> bool:
        """Director and Board are asked about its purpose, or the form is being written; asked of PostgreSQL once."""
        return DevelopmentRequest.objects.asks_brm(self.pk)

    @cached_property
    def lacks_review(self) -> bool:
        """A build of it went to Production as an emergency fix that nobody reviewed; asked of PostgreSQL once."""
        return self.builds.filter(emergency__due_date__isnull=False, emergency__reviewed_at=None).exists()

    @property
    def questions(self) -> dict[str, Any]:
        """What is asked before its release, by name: the questions of everybody, then those of its system."""
        return RISKS | {f"system-{n}": said for n, said in enumerate(self.own_questions, 1)}

    @cached_property
    def is_live(self) -> bool:
        """A build of it runs on the Production server of its system; asked of PostgreSQL once."""
        newest = Deployment.objects.on_production(self.system_id).select_related("build").first()
        if newest is None or newest.result == DeploymentResult.ROLLED_BACK:
            return False
        return newest.build.request_id == self.pk

    @property
    def place(self) -> Stage:
        """The stage where it stands on its way, also while it is on hold."""
        return Stage(self.held_from or self.stage)

    @property
    def ticket_status(self) -> str:
        """The status of its ticket, derived from the stage here and nowhere else (SOP-A3)."""
        return STATUS_OF[self.place]

    @property
    def is_over(self) -> bool:
        """Done, or ended with its request: nobody plans it any more."""
        return self.stage == Stage.DONE or not rules.is_open(self)

    @property
    def effort(self) -> Any:
        """Hours that count for SOP-A5, those of the same purpose among them."""
        return rules.effort(self)

    @property
    def own_effort(self) -> Any:
        """Hours of this request alone."""
        return rules.own_effort(self)

    @property
    def needs_brm(self) -> bool:
        """The work is held until Director and Board approve (SOP-A5)."""
        return not rules.is_within_approval(self)

    @fsm.transition(field=stage, source=Stage.WAITING, target=None, permission=rules.is_worker)
    def plan(self) -> None:
        """Say which system is changed."""

    @fsm.transition(
        field=stage, source="*", target=None, permission=rules.may_ask, conditions=[rules.is_open]
    )
    def open_brm(self) -> None:
        """Ask Director and Board."""

    @fsm.transition(
        field=stage, source=Stage.WAITING, target=Stage.TRIAL, permission=rules.is_worker,
        conditions=[rules.is_accepted, rules.has_system, rules.is_estimated, rules.is_within_approval],
    )  # fmt: skip
    def start(self) -> None:
        """Work begins on Trial."""

    @fsm.transition(
        field=stage, source="*", target=None, permission=rules.is_it_staff, conditions=[rules.is_open]
    )
    def book_hours(self) -> None:
        """Hours are booked, also while the work is held: what was done is done."""

    @fsm.transition(
        field=stage, source="*", target=None, permission=rules.is_it_staff, conditions=[rules.is_open]
    )
    def start_timer(self) -> None:
        """Somebody works on it now; beside booking by hand."""

    @fsm.transition(field=stage, source="*", target=None, permission=rules.is_it_staff)
    def stop_timer(self) -> None:
        """One's own timer is booked, or thrown away; also when the request has ended meanwhile."""

    @fsm.transition(
        field=stage, source=[Stage.WAITING, Stage.TRIAL, Stage.TRAINING, Stage.READY, Stage.ON_HOLD], target=None,
        permission=rules.is_worker, conditions=[rules.is_open],
    )  # fmt: skip
    def prepare(self) -> None:
        """What may go wrong with the release, and how it is undone."""

    @fsm.transition(
        field=stage, source="*", target=None, permission=rules.is_it_staff, conditions=[rules.is_open]
    )
    def keep_checklist(self) -> None:
        """Lines are added and ticked."""

    @fsm.transition(
        field=stage, source="*", target=None, permission=rules.is_it_staff, conditions=[rules.is_open]
    )
    def link_commit(self) -> None:
        """A commit belongs to it."""

    @fsm.transition(
        field=stage, source=[Stage.TRIAL, Stage.TRAINING, Stage.READY], target=None, permission=rules.registers,
        conditions=[rules.is_within_approval],
    )  # fmt: skip
    def register_build(self) -> None:
        """A build exists."""

    @fsm.transition(
        field=stage, source=[Stage.TRAINING, Stage.READY], target=Stage.TRIAL, permission=rules.anyone
    )
    def back_to_trial(self) -> None:
        """A new build, or a rejected UAT."""

    @fsm.transition(field=stage, source=Stage.TRIAL, target=Stage.TRAINING, permission=rules.anyone)
    def to_training(self) -> None:
        """A build runs on Training."""

    @fsm.transition(field=stage, source=Stage.TRAINING, target=Stage.READY, permission=rules.anyone)
    def to_ready(self) -> None:
        """The UAT is signed and accepted."""

    @fsm.transition(field=stage, source=Stage.READY, target=Stage.DONE, permission=rules.anyone)
    def to_done(self) -> None:
        """The signed build is in production."""

    @fsm.transition(field=stage, source=Stage.DONE, target=Stage.TRIAL, permission=rules.anyone)
    def reopen(self) -> None:
        """What was released is taken out of Production again."""

    @fsm.transition(
        field=stage, source=[Stage.WAITING, Stage.TRIAL, Stage.TRAINING, Stage.READY], target=Stage.ON_HOLD,
        permission=rules.is_worker, conditions=[rules.is_open],
    )  # fmt: skip
    def hold(self) -> None:
        """The work stands still for a while."""
        self.held_from = self.stage

    @fsm.transition(
        field=stage, source=Stage.ON_HOLD, target=None, permission=rules.is_worker, conditions=[rules.is_open]
    )
    def resume(self) -> None:
        """The work goes on where it stood: fires one of the four below."""

    @fsm.transition(field=stage, source=Stage.ON_HOLD, target=Stage.WAITING, permission=rules.anyone)
    def resume_in_waiting(self) -> None:
        """It was held before it began."""
        self.held_from = ""

    @fsm.transition(field=stage, source=Stage.ON_HOLD, target=Stage.TRIAL, permission=rules.anyone)
    def resume_in_trial(self) -> None:
        """It was held on Trial, or its test was rejected meanwhile."""
        self.held_from = ""

    @fsm.transition(field=stage, source=Stage.ON_HOLD, target=Stage.TRAINING, permission=rules.anyone)
    def resume_in_training(self) -> None:
        """It was held while users test."""
        self.held_from = ""

    @fsm.transition(field=stage, source=Stage.ON_HOLD, target=Stage.READY, permission=rules.anyone)
    def resume_in_ready(self) -> None:
        """It was held before its release, or its UAT was signed meanwhile."""
        self.held_from = ""

    @fsm.transition(
        field=stage, source=[Stage.WAITING, Stage.ON_HOLD], target=Stage.CANCELLED, permission=rules.anyone
    )
    def cancel(self) -> None:
        """The request was withdrawn, or goes on as another one."""
        self.held_from = ""

    @fsm.transition(
        field=stage, source=[Stage.TRIAL, Stage.TRAINING, Stage.READY, Stage.ON_HOLD], target=Stage.CANCELLED,
        permission=rules.ends, conditions=[rules.is_open, rules.nothing_is_live, rules.owes_no_review],
    )  # fmt: skip
    def end(self) -> None:
        """Begun work is ended: by the IT Manager, with a reason."""
        self.held_from = ""


class Build(models.Model):
    """One version of the work, known by its artefact."""

    request = models.ForeignKey(DevelopmentRequest, on_delete=models.PROTECT, related_name="builds")
    version = models.CharField(_("version"), max_length=60)
    commit = models.CharField(_("commit"), max_length=64, blank=True)
    artefact_hash = models.CharField(_("artefact hash"), max_length=128, blank=True)
    reached = StateField(_("reached"), default=Reached.REGISTERED, choices=Reached.choices, protected=True)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(_("registered"), default=timezone.now)

    objects = BuildRows.as_manager()

    class Meta:
        verbose_name = _("build")
        verbose_name_plural = _("builds")
        constraints = [
            models.UniqueConstraint(fields=["request", "version"], name="build_version_once_per_development"),
            models.CheckConstraint(
                condition=models.Q(reached__in=Reached.values), name="build_reached_is_known"
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="build_moves_as_declared", field="reached", transitions=BUILD_MOVES),
            pgtrigger.Protect(name="build_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="build_is_what_it_was",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "request", "version", "commit", "artefact_hash", "registered_by"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @cached_property
    def is_live(self) -> bool:
        """It runs on the Production server of its system; asked of PostgreSQL once."""
        newest = Deployment.objects.on_production(self.request.system_id).first()
        if newest is None or newest.result == DeploymentResult.ROLLED_BACK:
            return False
        return newest.build_id == self.pk

    @cached_property
    def replaced_by(self) -> "Build | None":
        """The build that was put on the Training server after this one; asked of PostgreSQL once."""
        there = Deployment.objects.on_server(self.request.system_id, EnvironmentKind.TRAINING)
        newest = there.select_related("build").first()
        return None if newest is None or newest.build_id == self.pk else newest.build

    @cached_property
    def on_trial(self) -> dict[str, Any]:
        """What runs on the Trial server of its system: `build`, `version` and `request`, empty while nothing does.

        Read with what the gates look at, else asked of PostgreSQL once.
        """
        if "runs_on_trial" not in self.__dict__:
            return Build.objects.with_trial().get(pk=self.pk).on_trial
        return self.__dict__["runs_on_trial"] or {}

    @fsm.transition(
        field=reached, source=[Reached.REGISTERED, Reached.TRIAL], target=Reached.TRIAL,
        permission=rules.deploys_on_trial,
        conditions=[
            rules.build_is_in_work, rules.work_goes_on, rules.work_has_started, rules.build_is_within_approval,
        ],
    )  # fmt: skip
    @fsm.transition(
        field=reached, source=Reached.TRAINING, target=None, permission=rules.deploys_on_trial,
        conditions=[
            rules.build_is_in_work, rules.work_goes_on, rules.has_to_be_tested_again, rules.build_is_within_approval,
        ],
    )  # fmt: skip
    def to_trial(self) -> None:
        """Deployed on Trial; once more, where it has to be tested again and another build took its place there."""

    @fsm.transition(
        field=reached, source=[Reached.REGISTERED, Reached.TRIAL, Reached.TRAINING], target=Reached.TRAINING,
        permission=rules.deploys_on_training,
        conditions=[
            rules.build_is_in_work, rules.work_goes_on, rules.is_on_trial, rules.build_is_within_approval,
        ],
    )  # fmt: skip
    def to_training(self) -> None:
        """Deployed on Training: users may test it."""

    @fsm.transition(
        field=reached, source=[Reached.REGISTERED, Reached.TRIAL, Reached.TRAINING, Reached.PRODUCTION],
        target=Reached.PRODUCTION, permission=rules.carries_out,
        conditions=[
            rules.build_is_in_work, rules.work_goes_on, rules.was_on_training, rules.may_go_live,
            rules.build_is_within_approval, rules.reviews_are_written, rules.is_prepared,
            rules.is_in_window,
        ],
    )  # fmt: skip
    def to_production(self) -> None:
        """Released."""

    @fsm.transition(
        field=reached, source=Reached.PRODUCTION, target=Reached.ROLLED_BACK, permission=rules.takes_back,
        conditions=[rules.work_goes_on, rules.runs_in_production],
    )  # fmt: skip
    def roll_back(self) -> None:
        """Taken out of Production: it was found bad there."""

    @fsm.transition(
        field=reached, source=Reached.TRAINING, target=None, permission=rules.builds,
        conditions=[
            rules.build_is_in_work, rules.work_goes_on, rules.no_emergency_was_asked, rules.build_is_within_approval,
            rules.is_prepared,
        ],
    )  # fmt: skip
    def ask_emergency(self) -> None:
        """It cannot wait for its UAT: two are asked to agree."""

    @fsm.transition(
        field=reached, source=Reached.TRAINING, target=None, permission=rules.may_agree,
        conditions=[rules.build_is_in_work],
    )  # fmt: skip
    def agree_emergency(self) -> None:
        """One of the two agrees that it goes to Production before its UAT."""

    @fsm.transition(
        field=reached, source=[Reached.PRODUCTION, Reached.ROLLED_BACK], target=None, permission=rules.takes_back,
        conditions=[rules.was_an_emergency, rules.is_not_reviewed],
    )  # fmt: skip
    def review_emergency(self) -> None:
        """The IT Manager writes what happened and what is learnt from it."""

    @fsm.transition(
        field=reached, source=[Reached.REGISTERED, Reached.TRIAL, Reached.TRAINING, Reached.PRODUCTION], target=None,
        permission=rules.gives,
        conditions=[
            rules.build_is_in_work, rules.work_goes_on, rules.was_on_training, rules.may_go_live,
            rules.build_is_within_approval, rules.reviews_are_written, rules.is_prepared, rules.has_robot,
        ],
    )  # fmt: skip
    def give_release(self) -> None:
        """A robot may release it within some hours."""


class Deployment(models.Model):
    """One build put on one server: by whom, when, with what result. Never changed, never removed."""

    build = models.ForeignKey(Build, on_delete=models.PROTECT, related_name="deployments")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="deployments")
    deployed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    deployed_at = models.DateTimeField(_("deployed"), default=timezone.now)
    result = models.CharField(
        _("result"), max_length=12, choices=DeploymentResult, default=DeploymentResult.SUCCEEDED
    )
    notes = models.TextField(_("notes"), blank=True)

    objects = DeploymentRows.as_manager()

    class Meta:
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")
        indexes = [models.Index(fields=["environment", "-id"], name="deployment_of_server")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(result__in=DeploymentResult.values), name="deployment_result_is_known"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="deployment_is_final", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="deployment_keeps_the_sop",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("b", "devflow_build"),
                    ("r", "devflow_developmentrequest"),
                    ("t", "tickets_ticket"),
                    ("e", "devflow_environment"),
                ],
                func=gates.DEPLOYMENT_GATES,
            ),
            pgtrigger.Trigger(
                name="deployment_keeps_who_and_when",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[
                    ("b", "devflow_build"),
                    ("r", "devflow_developmentrequest"),
                    ("t", "tickets_ticket"),
                    ("e", "devflow_environment"),
                    ("by_robot", "boolean"),
                ],
                func=gates.SERVER_GATES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.build} → {self.environment}"


class DevelopmentTicket(Ticket):
    """The ticket's table seen from here: its status may not run ahead of the stage, whoever writes it."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="ticket_follows_its_stage",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("at_stage", "text")],
                func=gates.TICKET_GATES,
            )
        ]
