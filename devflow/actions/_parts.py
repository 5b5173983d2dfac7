"""What several actions of a development share. Called inside their transactions."""

from accounts.models import User
from devflow.models import Build, DevelopmentRequest
from tickets import actions as tickets
from tickets.enums import Status


def lock(request: DevelopmentRequest) -> DevelopmentRequest:
    """Hold the case and the row, read afresh with the ticket."""
    return DevelopmentRequest.objects.lock(request, "ticket")


def lock_build(build: Build) -> Build:
    """Hold the case of a build, then its row, read afresh with what the rules look at; `request` is the held one."""
    request = lock(build.request)
    build = Build.objects.for_rules().select_for_update(of=("self",)).get(pk=build.pk)
    build.request = request
    return build


def follow(request: DevelopmentRequest, by: User) -> None:
    """The status of the ticket follows the stage."""
    tickets.follow(ticket=request.ticket, status=Status(request.ticket_status), by=by)
