"""Work that stands still for a while, ends with its request, or is taken back out of Production."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from core.errors import NotPossible
from core.transitions import fire, why_not
from devflow.actions import emergency
from devflow.actions._parts import follow, lock, lock_build
from devflow.actions.development import back_to_trial, end_brm, withdraw_open_uats
from devflow.enums import DeploymentResult, DevelopmentEvent, EnvironmentKind, Stage
from devflow.models import Build, Deployment, DevelopmentRequest, Environment
from devflow.systems import running_of
from events import actions as events
from events.enums import Audience
from tickets import actions as tickets
from tickets.models import Ticket


@transaction.atomic
def hold(*, request: DevelopmentRequest, reason: str, by: User) -> DevelopmentRequest:
    """Let the work stand still, with the reason; it remembers where it stood. Raises NotPossible without a reason."""
    request = lock(request)
    if refusal := why_not(request, "hold", by):
        raise refusal
    request.hold_reason = reason.strip()[:500]
    if not request.hold_reason:
        raise NotPossible(_("Say why the work stands still; the requester will read it."))
    fire(request, "hold", by=by)
    events.record(DevelopmentEvent.PUT_ON_HOLD, request.ticket, by=by, reason=request.hold_reason)
    return request


@transaction.atomic
def resume(*, request: DevelopmentRequest, by: User) -> DevelopmentRequest:
    """The work goes on where it stood."""
    request = lock(request)
    if refusal := why_not(request, "resume", by):
        raise refusal
    request.hold_reason = ""
    fire(request, f"resume_in_{request.held_from}", by=by)
    events.record(DevelopmentEvent.RESUMED, request.ticket, by=by, stage=request.stage)
    emergency.settle(request=request, by=by)
    return request


@transaction.atomic
def end_work(*, ticket: Ticket, by: User) -> None:
    """What is no longer wanted is not worked on, and nobody decides on it; answers `tickets.on_cancelled`."""
    request = DevelopmentRequest.objects.filter(ticket=ticket).first()
    if request is None:
        return
    request = lock(request)
    request.hold_reason = ""
    fire(request, "cancel", by=by)
    end_brm(request=request, by=by)


@transaction.atomic
def end(*, request: DevelopmentRequest, reason: str, by: User) -> DevelopmentRequest:
    """The IT Manager ends begun work, with the reason: tests and forms are withdrawn, what is left on servers is noted.

    What was worked stays booked and counts for its purpose (SOP-A5). Raises NotPossible without a reason, and while a
    build of it runs in Production or the review of an emergency fix is owed (SOP-A6).
    """
    request = lock(request)
    if refusal := why_not(request, "end", by):
        raise refusal
    request.end_reason, request.ended_by, request.hold_reason = reason.strip()[:500], by, ""
    if not request.end_reason:
        raise NotPossible(_("Say why the work ends; the requester will read it."))
    request.save(update_fields=["end_reason", "ended_by"])
    withdraw_open_uats(request=request, by=by)
    _note_what_is_left(request, by)
    # The ticket ends first: PostgreSQL lets a development end with its request only.
    tickets.end_begun(ticket=request.ticket, reason=request.end_reason, by=by)
    fire(request, "end", by=by)
    end_brm(request=request, by=by)
    return request


def _note_what_is_left(request: DevelopmentRequest, by: User) -> None:
    """Builds stay where they are until another one is deployed there: the history says which."""
    for place in running_of(request):
        build, kind = place.running.build.version, place.server.kind
        events.record(
            DevelopmentEvent.LEFT_RUNNING, request.ticket, by=by, audience=Audience.STAFF, build=build, environment=kind
        )  # fmt: skip


@transaction.atomic
def roll_back(*, build: Build, reason: str, by: User, restore: Build | None = None) -> Deployment:
    """A released build was found bad and taken out of Production; `restore` runs there again, or nothing does.

    The request goes back to Trial and what was signed no longer counts (SOP-A6). Raises NotPossible without a reason,
    and for a build to put back that was never released on this system.
    """
    build = lock_build(build)
    request = build.request
    if refusal := why_not(build, "roll_back", by):
        raise refusal
    if not reason.strip():
        raise NotPossible(_("Say what is wrong with it."))
    if restore is not None and not Build.objects.to_restore(build).filter(pk=restore.pk).exists():
        raise NotPossible(
            _("Only a build that was released before on this system is put back."), rule="SOP-A6"
        )
    fire(build, "roll_back", by=by)
    taken = _on_production(build, DeploymentResult.ROLLED_BACK, reason, by)
    if restore is not None:
        _on_production(restore, DeploymentResult.RESTORED, reason, by)
    events.record(
        DevelopmentEvent.ROLLED_BACK, request.ticket, by=by,
        on_behalf_of=by.stands_in_for(Role.IT_MANAGER, branch_id=request.branch_id), build=build.version,
        restored=restore.version if restore else "–", deployment=taken.pk, reason=taken.notes,
    )  # fmt: skip
    _begin_again(request, by)
    emergency.settle(request=request, by=by)
    return taken


def _on_production(build: Build, result: DeploymentResult, reason: str, by: User) -> Deployment:
    server = Environment.objects.get(system=build.request.system_id, kind=EnvironmentKind.PRODUCTION)
    return Deployment.objects.create(
        build=build, environment=server, deployed_by=by, result=result, notes=reason.strip()
    )


def _begin_again(request: DevelopmentRequest, by: User) -> None:
    if request.stage == Stage.DONE:
        request.signed_build = None
        fire(request, "reopen", by=by)
        follow(request, by)
    elif request.stage != Stage.TRIAL:
        back_to_trial(request=request, by=by)
