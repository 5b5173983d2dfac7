"""What several actions of a development share. Called inside their transactions."""

from accounts.models import User
from devflow.models import DevelopmentRequest
from tickets import actions as tickets
from tickets.enums import Status


def lock(request: DevelopmentRequest) -> DevelopmentRequest:
    """Hold the case and the row, read afresh with the ticket."""
    return DevelopmentRequest.objects.lock(request, "ticket")


def follow(request: DevelopmentRequest, by: User) -> None:
    """The status of the ticket follows the stage."""
    tickets.follow(ticket=request.ticket, status=Status(request.ticket_status), by=by)
